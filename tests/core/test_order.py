"""Order, once, lanes: laws 1, 2, 3 and 6 on both databases."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import TestClock
from bot.core.conversations import add_outbox, lock
from bot.errors import Ambiguous, Refused, TooMany, TryLater
from bot.staff.knocking import Knock, add_knock
from db.engine import Database
from db.tables import Case, Conversation, Inbox, Outbox
from db.types import InboxState, Lane, OutboxState, WaitReason
from tests.core.world import AfterAccepting, World, make_world

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def world(database: Database, clock: TestClock) -> World:
    return await make_world(database, clock)


async def put(world: World, key: str, lane: Lane = Lane.REPLY, **more: object) -> int:
    """A message put into the outbox of the first conversation."""

    async def work(session: object) -> int:
        conversation = await lock(session, (await world.rows(Conversation))[0].id)  # type: ignore[arg-type]
        row = add_outbox(
            session,  # type: ignore[arg-type]
            conversation,
            key=key,
            text=key,
            now=world.clock.now(),
            lane=lane,
            **more,  # type: ignore[arg-type]
        )
        await session.flush()  # type: ignore[attr-defined]
        return row.id

    return await world.database.write(work)


async def test_one_message_posted_50_times_at_once_gives_one_reply(world: World) -> None:
    """Law 2: the same provider message, 50 times at once, is one message and one reply."""
    stored = await asyncio.gather(*(world.write("hello", number="SM-same") for _ in range(50)))
    await world.worker.drain()
    assert (sum(s is not None for s in stored), world.texts()) == (1, ["re: hello"])


async def test_replies_leave_in_the_order_she_wrote(world: World) -> None:
    """Law 2: in order per conversation, for many conversations at once."""
    people = [f"+3160000{n:04d}" for n in range(12)]
    for turn in range(5):
        await asyncio.gather(*(world.write(f"{person} {turn}", who=person) for person in people))
    await world.worker.drain()
    got = {person: [m.text for m in world.provider.accepted if m.external_id == person] for person in people}
    assert got == {person: [f"re: {person} {turn}" for turn in range(5)] for person in people}


async def test_a_breath_is_read_together(world: World) -> None:
    """Fragments get one answer, when two seconds have passed after the last."""
    await world.write("hallo..")
    await world.worker.drain()
    world.clock.move(seconds=1)
    await world.write("mijn zoon..")
    await world.worker.drain()
    world.clock.move(seconds=1)
    await world.write("is ziek")
    await world.worker.drain()
    assert world.texts() == ["re: hallo..\nmijn zoon..\nis ziek"]


async def test_a_fragment_alone_is_answered_after_two_seconds(world: World) -> None:
    """One breath: nothing follows, so it is answered."""
    await world.write("hallo..")
    await world.worker.drain()
    before = world.texts()
    world.clock.move(seconds=2.1)
    await world.worker.drain()
    assert (before, world.texts()) == ([], ["re: hallo.."])


async def test_a_failing_message_gets_five_attempts_then_a_person(world: World) -> None:
    """A turn that fails is tried five times; then it is dead, a case is there, and she hears so."""
    await world.write("boom")
    for pause in (0, 1, 4, 10, 30, 30):
        world.clock.move(seconds=pause)
        await world.worker.drain()
    rows, cases = await world.rows(Inbox), await world.rows(Case)
    assert ([(r.state, r.attempts) for r in rows], [c.reason for c in cases], world.texts()) == (
        [(InboxState.DEAD, 5)],
        ["failed"],
        ["utter_failed"],
    )


async def test_what_follows_a_dead_message_is_answered(world: World) -> None:
    """A poison message does not end a conversation."""
    await world.write("boom")
    await world.write("still there?")
    for pause in (0, 1, 4, 10, 30, 30):
        world.clock.move(seconds=pause)
        await world.worker.drain()
    assert world.texts() == ["utter_failed", "re: still there?"]


IN_FRONT = ["held", "paused", "quiet", "broadcast", "poison"]
STATES = {
    "held": OutboxState.HELD,
    "dead": OutboxState.DEAD,
    "cancelled": OutboxState.CANCELLED,
    "waiting": OutboxState.WAITING,
    "sending": OutboxState.SENDING,
    "unknown": OutboxState.UNKNOWN,
}


async def something_in_front(world: World, before: str) -> None:
    """After a first answer, something else stands in her conversation."""
    await world.write("hello")
    await world.worker.drain()
    if before in {"poison", "breath", "paused"}:
        if before == "paused":
            world.provider.script.append(TooMany("slow down"))
        await world.write({"poison": "boom", "breath": "hallo..", "paused": "again"}[before])
        await world.worker.drain()
        return
    row = await put(
        world,
        "in front",
        Lane.PROACTIVE if before == "broadcast" else Lane.REPLY,
        wait=WaitReason.QUIET_HOURS if before == "quiet" else None,
    )
    if before in STATES:
        await world.change(row, state=STATES[before], wait_reason=WaitReason.PERSON, unknown_at=world.clock.now())
    else:
        await world.change(row, not_before=world.clock.now().replace(hour=23))


@pytest.mark.parametrize("before", [*IN_FRONT, "sending", "unknown", "breath"])
async def test_danger_leaves_at_once_whatever_stands_in_front(
    database: Database, clock: TestClock, before: str
) -> None:
    """Law 6: a 112 answer leaves within a second (here: without the clock moving), and so does the alarm."""
    world = await make_world(database, clock, rota=True)
    await something_in_front(world, before)
    await world.write("help 112")
    await world.worker.drain()
    assert sorted(world.texts()[1:])[-2:] == [
        "Ouderlijn: er is een dringend bericht van een ouder. Open nu de inbox.",
        "bel 112",
    ]


@pytest.mark.parametrize("before", [*IN_FRONT, "dead", "cancelled", "waiting"])
async def test_a_knock_leaves_whatever_stands_in_front(world: World, before: str) -> None:
    """What waits or is over blocks nothing, so the knock that opens the window leaves; a 429 holds it back until it is over."""
    await something_in_front(world, before)
    await world.database.write(lambda session: knock(session, world))
    await world.worker.drain()
    at_once = world.texts()[1:]
    world.clock.move(seconds=6)
    await world.worker.drain()
    expected = ([], ["re: again", "please write"]) if before == "paused" else (["please write"], ["please write"])
    assert (at_once, world.texts()[1:]) == expected


async def knock(session: AsyncSession, world: World) -> None:
    """WhatsApp's window is closed: a late reply waits, and the template that opens it goes before."""
    conversation = await lock(session, (await world.rows(Conversation))[0].id)
    conversation.window_until = None
    late = add_outbox(
        session, conversation, key="late", text="a late reply", now=world.clock.now(), wait=WaitReason.WINDOW
    )
    await session.flush()
    add_knock(session, conversation, late, Knock("HX1", {}, "please write", "nl"), world.clock.now())


async def test_a_retry_blocks_its_lane_only(world: World) -> None:
    """The head rule holds within a conversation and lane."""
    await world.write("hello")
    await world.worker.drain()
    world.provider.script.append(TryLater("not now"))
    await put(world, "first")
    await world.worker.drain()
    await put(world, "second")
    await put(world, "broadcast", Lane.PROACTIVE)
    await world.worker.drain()
    before = world.texts()[1:]
    world.clock.move(seconds=6)
    await world.worker.drain()
    assert (before, world.texts()[1:]) == (["broadcast"], ["broadcast", "first", "second"])


async def test_a_second_conversations_429_pauses_the_account(world: World) -> None:
    """Two conversations limited within ten seconds: the account is."""
    for person in ("+31600000001", "+31600000002", "+31600000003"):
        await world.write("hello", who=person)
    await world.worker.drain()
    world.provider.script.extend([TooMany("slow"), TooMany("slow")])
    await world.write("one", who="+31600000001")
    await world.write("two", who="+31600000002")
    await world.worker.drain()
    await world.write("three", who="+31600000003")
    await world.worker.drain()
    before = world.texts()[3:]
    world.clock.move(seconds=6)
    await world.worker.drain()
    assert (before, sorted(world.texts()[3:])) == ([], ["re: one", "re: three", "re: two"])


async def test_a_dropped_answer_that_was_taken_is_not_sent_again(world: World) -> None:
    """Accepted, then the line broke: the provider is asked, and nobody reads it twice."""
    world.provider.script.append(AfterAccepting(Ambiguous("dropped")))
    await world.write("hello")
    await world.worker.drain()
    world.clock.move(seconds=61)
    await world.worker.drain()
    rows = await world.rows(Outbox)
    assert (world.texts(), [r.state for r in rows], rows[0].doubled) == (["re: hello"], [OutboxState.SENT], 0)


async def test_a_lost_answer_is_sent_after_five_minutes(world: World) -> None:
    """Not found for five minutes: it leaves, with a new seq, behind what was said since."""
    world.provider.script.append(Ambiguous("dropped"))
    await world.write("hello")
    await world.worker.drain()
    await world.write("next")
    world.clock.move(seconds=61)
    await world.worker.drain()
    before = world.texts()
    world.clock.move(seconds=300)
    await world.worker.drain()
    assert (before, world.texts()) == (["re: next"], ["re: next", "re: hello"])


async def test_where_nobody_can_be_asked_an_answer_comes_again_and_is_counted(world: World) -> None:
    """Telegram has no look-up: a repeatable answer is sent again; another is held for a person."""
    world.provider.lookup = False
    await world.write("hello")
    await world.worker.drain()
    world.provider.script.extend([AfterAccepting(Ambiguous("dropped")), Ambiguous("dropped")])
    await put(world, "again")
    await put(world, "once", repeatable=False)
    await world.worker.drain()
    world.clock.move(seconds=61)
    await world.worker.drain()
    world.clock.move(seconds=61)
    await world.worker.drain()
    rows = await world.rows(Outbox)
    assert (world.texts()[1:], [r.doubled for r in rows][1:], rows[2].state) == (
        ["again", "again"],
        [1, 0],
        OutboxState.HELD,
    )


async def test_a_refused_message_blocks_nothing(world: World) -> None:
    """Dead is dead; what follows leaves."""
    world.provider.script.append(Refused("no"))
    await world.write("hello")
    await world.write("next")
    await world.worker.drain()
    assert (world.texts(), await world.states()) == (["re: next"], [OutboxState.DEAD, OutboxState.SENT])
