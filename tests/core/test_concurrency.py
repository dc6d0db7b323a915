"""Many at once on one conversation: `seq` decides, nothing is lost, nothing doubled, nobody waits for ever."""

from __future__ import annotations

import asyncio
import datetime as dt
from functools import partial

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core import ingress
from bot.core.clock import TestClock
from bot.core.conversations import add_outbox, lock, next_seq
from bot.core.ingress import store
from bot.core.known import Scenes
from bot.core.results import record_failure
from bot.core.timers import Firing
from bot.core.turns import Turns
from bot.errors import TooMany
from bot.messages import Inbound
from bot.staff.replies import Letter, reply
from db.engine import Database
from db.queries.staff import Me
from db.tables import Case, Conversation, Inbox, Outbox, ProviderAccount, School, Staff, Timer
from db.types import ChannelName, InboundKind, InboxState, OutboxState
from tests.core.world import PlainMinds, World, make_world

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(120)]
ROUNDS = 12
PEAK = 40
"""Rounds in which there is always something new."""
WHO = "+31600000001"


def message(number: str, words: str, *, who: str = WHO, clock: TestClock) -> Inbound:
    return Inbound(ChannelName.WHATSAPP, who, number, InboundKind.TEXT, clock.now(), words)


async def test_of_two_that_wait_for_each_other_both_are_done(database: Database) -> None:
    """PostgreSQL ends one of them: it is done again, and nobody hears of it."""
    if database.is_sqlite:
        pytest.skip("on SQLite one transaction writes at a time")

    async def found(session: AsyncSession) -> list[int]:
        schools = [School(name=name, version=1) for name in ("one", "two")]
        session.add_all(schools)
        await session.flush()
        return [school.id for school in schools]

    ids, begun, tries = await database.write(found), asyncio.Barrier(2), list[int]()

    async def both(session: AsyncSession, first: int, second: int) -> None:
        tries.append(first)
        again = tries.count(first) > 1
        (await session.get_one(School, first, with_for_update=True)).version += 1
        if not again:
            await begun.wait()
        (await session.get_one(School, second, with_for_update=True)).version += 1

    one, two = ids
    works = [database.write(partial(both, first=a, second=b)) for a, b in ((one, two), (two, one))]
    await asyncio.wait_for(asyncio.gather(*works), 60)
    async with database.read() as session:
        versions = await session.scalars(select(School.version).where(School.id.in_(ids)))
    assert (versions.all(), len(tries)) == ([3, 3], 3)


async def test_who_holds_the_conversation_comes_first(
    database: Database, second: Database, clock: TestClock, request: pytest.FixtureRequest
) -> None:
    """Two inserting connections: the one that took the row first has the lower seq, and the other waits for it."""
    if database.is_sqlite:
        pytest.skip("on SQLite one transaction writes at a time")
    world = await make_world(database, clock)
    await world.write("hello")
    held, go = asyncio.Event(), asyncio.Event()

    async def slowly(session: AsyncSession) -> None:
        await store(session, world.account, [message("in-a", "first", clock=clock)], now=clock.now())
        held.set()
        await go.wait()

    async def quickly(session: AsyncSession) -> None:
        await store(session, world.account, [message("in-b", "second", clock=clock)], now=clock.now())

    for one, other in ((database, second), (second, database)):
        held.clear()
        go.clear()
        first = asyncio.create_task(one.write(slowly))
        await held.wait()
        following = asyncio.create_task(other.write(quickly))
        done, _ = await asyncio.wait({following}, timeout=0.2)
        assert not done, request.node.name
        go.set()
        await asyncio.gather(first, following)
        await world.worker.drain()
        assert world.texts()[-2:] == ["re: first", "re: second"]
        await database.write(lambda s: s.execute(update(Inbox).values(provider_id=Inbox.id)))


@pytest.mark.postgres
async def test_an_id_drawn_first_but_visible_last_is_answered_last(
    database: Database, second: Database, clock: TestClock
) -> None:
    """PostgreSQL draws ids before the lock is taken, so an id says nothing about order; `seq` does."""
    if database.is_sqlite:
        pytest.skip("SQLite draws ids under its one write lock")
    world = await make_world(database, clock)
    await world.write("hello")
    await world.worker.drain()
    drawn, go = asyncio.Event(), asyncio.Event()

    async def late(session: AsyncSession) -> int:
        number: int = (await session.execute(text("SELECT nextval('inbox_id_seq')"))).scalar_one()
        drawn.set()
        await go.wait()
        conversation = await lock(session, (await session.execute(select(Conversation.id))).scalar_one())
        session.add(
            Inbox(
                id=number,
                school_id=conversation.school_id,
                conversation_id=conversation.id,
                account_id=conversation.account_id,
                seq=next_seq(conversation),
                provider_id="drawn-first",
                kind=InboundKind.TEXT,
                text="visible last",
                sent_at=clock.now(),
                received_at=clock.now(),
                not_before=clock.now(),
            )
        )
        return number

    task = asyncio.create_task(second.write(late))
    await drawn.wait()
    later_id = await world.write("visible first") or 0
    go.set()
    earlier_id = await task
    await world.worker.drain()
    assert (earlier_id < later_id, world.texts()[1:]) == (True, ["re: visible first", "re: visible last"])


async def _prepare(world: World) -> tuple[Me, int]:
    """A conversation with a case, and the person who has it."""
    await world.write("help me")
    await world.worker.drain()
    case, staff = (await world.rows(Case))[0], (await world.rows(Staff))[0]
    me = Me(staff.id, case.school_id, "mevrouw Bos", True, (), "Voorbeeldcollege", "Europe/Amsterdam", "")
    return me, case.id


async def _fired(session: AsyncSession, firing: Firing) -> None:
    add_outbox(session, firing.conversation, key=firing.key, text=firing.timer.payload["text"], now=firing.now)


async def test_a_turn_a_reply_and_a_timer_at_once(database: Database, second: Database, clock: TestClock) -> None:
    """On one conversation, again and again, by two workers: never lost, never doubled, no deadlock, order kept."""
    world = await make_world(database, clock, handlers={"plan": _fired})
    other = world.worker
    turns = Turns(second, PlainMinds(), Scenes("secret"), clock, world.timing)
    me, case_id = await _prepare(world)
    conversation_id = (await world.rows(Conversation))[0].id

    async def plan(session: AsyncSession, number: int) -> None:
        await lock(session, conversation_id)
        session.add(
            Timer(
                school_id=me.school_id,
                conversation_id=conversation_id,
                kind="plan",
                payload={"text": f"timer {number}"},
                due_at=clock.now(),
            )
        )

    async def answer(session: AsyncSession, number: int) -> None:
        words = f"staff {number}"
        letter = Letter((words,), "nl", "utter_staff_reply", words, True)
        await reply(
            session, me, case_id, (letter,), token=f"token{number:05}", language="nl", knocking=None, now=clock.now()
        )

    for number in range(ROUNDS):
        clock.move(seconds=61)
        await asyncio.gather(
            world.write(f"turn {number}", number=f"in-{number}"),
            second.write(lambda s, n=number: plan(s, n)),  # type: ignore[misc]
            database.write(lambda s, n=number: answer(s, n)),  # type: ignore[misc]
            other.turns.once(),
            turns.once(),
            other.timers.once(),
            other.sender.once(),
        )
        await asyncio.gather(other.turns.once(), turns.once(), other.timers.once(), other.timers.once())
    await other.drain()
    texts = world.texts()[1:]
    by_kind = {
        kind: [t for t in texts if t.removeprefix("re: ").startswith(kind)] for kind in ("turn", "staff", "timer")
    }
    rows, conversation = await world.rows(Inbox), (await world.rows(Conversation))[0]
    assert by_kind == {
        "turn": [f"re: turn {n}" for n in range(ROUNDS)],
        "staff": [f"staff {n}" for n in range(ROUNDS)],
        "timer": [f"timer {n}" for n in range(ROUNDS)],
    }
    assert {row.state for row in rows} == {InboxState.DONE}
    # Each turn added one to what the memory counts: no commit was lost under another.
    assert conversation.memory["count"] == ROUNDS + 1


@pytest.mark.parametrize("known", [True, False])
async def test_two_batches_in_opposite_order_do_not_block_each_other(
    database: Database, second: Database, clock: TestClock, monkeypatch: pytest.MonkeyPatch, *, known: bool
) -> None:
    """Several conversations are taken in sorted order, those that open just now too."""
    world = await make_world(database, clock)
    people = [f"+3160000000{n}" for n in range(3)]
    if known:
        for person in people:
            await world.write("hello", who=person)
    original = ingress._store_one

    async def slower(session: AsyncSession, account: ProviderAccount, one: Inbound, *, now: dt.datetime) -> int | None:
        row = await original(session, account, one, now=now)
        await asyncio.sleep(0.05)
        return row

    monkeypatch.setattr(ingress, "_store_one", slower)
    there = [message(f"a{who}", "there", who=who, clock=clock) for who in people]
    back = [message(f"b{who}", "back", who=who, clock=clock) for who in reversed(people)]
    stored = await asyncio.gather(
        database.write(lambda s: store(s, world.account, there, now=clock.now())),
        second.write(lambda s: store(s, world.account, back, now=clock.now())),
    )
    assert [len(ids) for ids in stored] == [3, 3]


async def test_a_429_does_not_block_a_batch_that_comes_in(
    database: Database, second: Database, clock: TestClock
) -> None:
    """A batch refers to its account while a limited send changes that row, each holding what the other needs next."""
    if database.is_sqlite:
        pytest.skip("on SQLite one transaction writes at a time")
    world = await make_world(database, clock)
    people = [f"+3160000000{n}" for n in range(2)]
    for person in people:
        await world.write("hello", who=person)
    await world.worker.turns.once()
    claims = await world.worker.sender.claim(8)
    last = max(claims, key=lambda claim: claim.conversation_id)
    inserted, limited = asyncio.Event(), asyncio.Event()

    async def batch(session: AsyncSession) -> None:
        await store(session, world.account, [message("a", "one", who=people[0], clock=clock)], now=clock.now())
        inserted.set()
        await limited.wait()
        await store(session, world.account, [message("b", "two", who=people[1], clock=clock)], now=clock.now())

    async def limit(session: AsyncSession) -> None:
        await lock(session, last.conversation_id)
        await inserted.wait()
        limited.set()
        await asyncio.sleep(0.05)
        await record_failure(
            session, last.outbox_id, last.token, 1, TooMany("slow"), now=clock.now(), timing=world.timing
        )

    await asyncio.wait_for(asyncio.gather(database.write(batch), second.write(limit)), 10)
    states = {row.id: row.state for row in await world.rows(Outbox)}
    assert (len(await world.rows(Inbox)), states[last.outbox_id]) == (4, OutboxState.QUEUED)


async def test_what_failed_is_tried_however_much_is_new(database: Database, clock: TestClock) -> None:
    """In a peak that never ends, a message that failed still gets its next attempts."""
    world = await make_world(database, clock)
    await world.write("boom", who="+31600000099")
    await world.worker.turns.once()
    for number in range(PEAK):
        clock.move(seconds=30)
        await world.write(f"new {number}", who=f"+3160000{number:04}")
        await world.worker.turns.once()
    row = next(row for row in await world.rows(Inbox) if row.text == "boom")
    assert row.attempts == 5


async def test_danger_is_seen_behind_any_number_of_others(database: Database, clock: TestClock) -> None:
    """The look-out looks at all that is stored, not at the oldest only, and at what follows a message it cannot read."""
    world = await make_world(database, clock, rota=True)
    mind = await PlainMinds().of(0)

    class Trips:
        """A mind that fails on one message, while it looks for danger."""

        revision, turn, words = 0, staticmethod(mind.turn), staticmethod(mind.words)

        def scan(self, words: str) -> object:
            if words == "trips":
                raise ValueError(words)
            return mind.scan(words)

    class TripsMinds:
        async def of(self, school_id: int) -> Trips:
            del school_id
            return Trips()

    world.worker.lookout._minds = TripsMinds()  # type: ignore[assignment]
    crowd = [message("trips", "trips", clock=clock)]
    crowd += [message(f"m{n}", f"message {'i' * n}", clock=clock) for n in range(450)]
    crowd += [message("danger", "help 112", clock=clock)]
    await database.write(lambda s: store(s, world.account, crowd, now=clock.now()))
    written = await world.worker.lookout.once()
    assert (written, [row.text for row in await world.rows(Outbox)][:1]) == (1, ["bel 112"])
