"""Broadcasts: to everybody who should get one and to nobody else, once, and not more than three a week."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
import pytest_asyncio
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core import apply
from bot.core.clock import TestClock
from bot.core.conversations import lock
from bot.errors import Refusal
from bot.staff import expanding
from bot.staff.broadcasts import Notice
from bot.turn.types import OptOut
from db.engine import Database
from db.tables import Broadcast, BroadcastRecipient, Outbox
from db.types import BroadcastState, ChannelName, Lane, LeftOut, OutboxState, Rights
from tests.conftest import NOW
from tests.core.families import NOTICE, Families, expansion, settle_down
from tests.core.world import make_world

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(120)]
ONE, TWO, THREE = "+31611000001", "+31611000002", "+31611000003"


@pytest_asyncio.fixture
async def families(database: Database, clock: TestClock) -> Families:
    return await settle_down(await make_world(database, clock))


# --------------------------------------------------------------------------- once, to each


async def test_three_slices_for_1200_guardians(families: Families) -> None:
    """500 a transaction, each with its cursor; one message for each guardian, named by its cause."""
    await families.many(1200)
    number = await families.released()
    slices, rows, fares = await families.expand(), await families.rows(), await families.progress(number)
    keys = {f"broadcast:{number}:{r.guardian_id}:sms" for r in await families.world.rows(BroadcastRecipient)}
    assert (slices, len(rows), {row.key for row in rows} == keys, len(keys)) == (3, 1200, True, 1200)
    assert ({row.lane for row in rows}, {row.seq for row in rows}) == ({Lane.PROACTIVE}, {1})
    assert (fares.state, fares.recipients, fares.messages) == (
        BroadcastState.EXPANDED,
        1200,
        {OutboxState.QUEUED: 1200},
    )


async def test_two_workers_expand_it_once(families: Families, second: Database) -> None:
    """Whoever comes second leaves the slice to the first."""
    await families.many(1200)
    number = await families.released()
    others = expansion(second, families.world)

    async def all_of(part: expanding.Expansion) -> int:
        return sum([await part.once() for _ in range(6)])

    slices = await asyncio.gather(all_of(families.world.worker.parts[0]), all_of(others))  # type: ignore[arg-type]
    assert (sum(slices), len(await families.rows()), (await families.progress(number)).recipients) == (3, 1200, 1200)


async def test_a_guardian_of_two_children_gets_one(families: Families) -> None:
    """And two guardians who read the same phone get one between them."""
    mother = await families.parent("mother", child="a", number=ONE)
    await families.parent("mother", child="b", group="3C")
    father = await families.parent("father", child="a", number=ONE)
    number = await families.released()
    await families.expand()
    fares = await families.progress(number)
    assert [row.key for row in await families.rows()] == [f"broadcast:{number}:{mother}:sms"]
    assert (father > mother, fares.left_out) == (True, {LeftOut.SAME_PHONE: 1})


async def test_the_same_phone_in_another_slice(families: Families, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second of them may come 500 guardians later."""
    monkeypatch.setattr(expanding, "SLICE", 1)
    for name in ("mother", "father"):
        await families.parent(name, child="a", number=ONE)
    number = await families.released()
    await families.expand()
    assert (len(await families.rows()), (await families.progress(number)).left_out) == (1, {LeftOut.SAME_PHONE: 1})


async def test_an_urgent_one_goes_first(families: Families, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then those that were made before."""
    monkeypatch.setattr(expanding, "SLICE", 1)
    for name, number in (("one", ONE), ("two", TWO)):
        await families.parent(name, number=number)
    first, second, urgent = [await families.released(urgent=urgent) for urgent in (False, False, True)]
    await families.expand()
    order = [int(row.key.split(":")[1]) for row in await families.rows()]
    assert order == [urgent, urgent, first, first, second, second]


async def test_two_begun_at_once_never_make_four(families: Families, second: Database) -> None:
    """Two workers, two broadcasts, and room for one more this week."""
    await families.many(600)
    for _ in range(2):
        await families.released()
        await families.expand()
    last = [await families.released() for _ in range(2)]
    parts = [families.world.worker.parts[0], expansion(second, families.world)]
    for _ in range(8):
        await asyncio.gather(*(part.once() for part in parts))
    fares = [await families.progress(number) for number in last]
    assert [(sum(fare.messages.values()), dict(fare.left_out)) for fare in fares] == [
        (600, {}),
        (0, {LeftOut.ENOUGH: 600}),
    ]


async def test_to_some_classes_only(families: Families) -> None:
    """The guardians of 2B, not those of 3C."""
    hers = await families.parent("hers", number=ONE)
    await families.parent("another", group="3C", number=TWO)
    await families.released(classes=[families.classes["2B"]])
    await families.expand()
    assert [row.key.split(":")[2] for row in await families.rows()] == [str(hers)]


# --------------------------------------------------------------------------- who is left out, and why


async def test_who_is_left_out(families: Families) -> None:
    """Limited rights, none, a child of age; STOP, on any of her phones; a block; nowhere to be found."""
    numbers = iter(f"+3161200000{n}" for n in range(9))
    good = await families.parent("good", number=next(numbers))
    await families.parent("limited", number=next(numbers), rights=Rights.LIMITED)
    await families.parent("none", number=next(numbers), rights=Rights.NONE)
    await families.parent("of age", number=next(numbers), birthday=NOW.date().replace(year=2008))
    await families.parent("stopped", number=next(numbers), opted_out_at=NOW)
    await families.parent("stopped", number=next(numbers))
    await families.parent("blocked", number=next(numbers), blocked_at=NOW)
    await families.parent("nowhere")
    await families.parent("never wrote there", number="4242", channel=ChannelName.TELEGRAM)
    number = await families.released()
    await families.expand()
    fares = await families.progress(number)
    assert [row.key.split(":")[2] for row in await families.rows()] == [str(good)]
    assert fares.left_out == {LeftOut.RIGHTS: 3, LeftOut.STOPPED: 1, LeftOut.BLOCKED: 1, LeftOut.NOWHERE: 2}
    assert (fares.recipients, fares.messages) == (8, {OutboxState.QUEUED: 1})


async def test_full_rights_to_one_of_her_children_are_enough(families: Families) -> None:
    """Limited for one, full for another: as a guardian of the other she is written to; not in the class of the first."""
    await families.parent("hers", child="a", rights=Rights.LIMITED, number=ONE)
    await families.parent("hers", child="b", group="3C")
    first = await families.released(classes=[families.classes["2B"]])
    second = await families.released()
    await families.expand()
    assert ((await families.progress(first)).left_out, (await families.progress(second)).messages) == (
        {LeftOut.RIGHTS: 1},
        {OutboxState.QUEUED: 1},
    )


@pytest.mark.parametrize("where", [ONE, TWO], ids=["on this phone", "on another of hers"])
async def test_stop_holds_for_what_has_not_left(families: Families, where: str) -> None:
    """She says STOP in the evening: what waits for the morning never leaves (law 7)."""
    world = families.world
    world.clock.move(hours=12)
    await families.parent("hers", number=ONE, written=True)
    await families.parent("hers", number=TWO)
    await families.released(hours=48)
    await families.expand()
    conversation = await families.conversation(where)

    async def stop(session: AsyncSession) -> None:
        locked = await lock(session, conversation.id)
        await apply._opt_out(session, locked, OptOut(stopped=True), world.clock.now())

    await world.database.write(stop)
    await world.worker.drain()
    world.clock.move(hours=14)
    await world.worker.drain()
    assert ([row.state for row in await families.rows()], world.texts()) == ([OutboxState.CANCELLED], [])


async def test_three_in_a_week_over_all_children_and_addresses(families: Families) -> None:
    """Two to one class, one to the other, on two phones: the fourth is left out; a week later there is room again."""
    await families.parent("hers", child="a", number=ONE, written=True)
    await families.parent("hers", child="b", group="3C", number=TWO)
    families.world.clock.move(minutes=1)
    made = [await families.released(classes=[families.classes[name]]) for name in ("2B", "3C")]
    await families.expand()
    await families.world.worker.drain()

    async def moves(session: AsyncSession) -> None:
        row = await lock(session, (await families.conversation(TWO)).id)
        row.last_inbound_at = families.world.clock.now()

    await families.world.database.write(moves)
    made += [await families.released() for _ in range(2)]
    await families.expand()
    families.world.clock.move(days=7, minutes=1)
    made.append(await families.released())
    await families.expand()
    fares = [await families.progress(number) for number in made]
    assert [dict(fare.left_out) for fare in fares] == [{}, {}, {}, {LeftOut.ENOUGH: 1}, {}]
    assert len({row.conversation_id for row in await families.rows()}) == 2


async def test_urgent_ones_and_those_that_never_left_do_not_count(families: Families) -> None:
    """Law 12: closure and danger are not counted, and are not held back by the count."""
    await families.parent("hers", number=ONE)
    for urgent in (True, True, False, False):
        await families.released(urgent=urgent)
    taken_back = await families.released()
    await families.expand()
    await families.cancel(taken_back)
    last = []
    for urgent in (False, False, True):
        last.append(await families.released(urgent=urgent))
        await families.expand()
    fares = [await families.progress(number) for number in last]
    assert [(sum(f.messages.values()), dict(f.left_out)) for f in fares] == [(1, {}), (0, {LeftOut.ENOUGH: 1}), (1, {})]


# --------------------------------------------------------------------------- released by people, and taken back


async def test_an_urgent_one_needs_two_people(families: Families) -> None:
    """The same person twice is one; until then nothing is expanded."""
    await families.parent("hers", number=ONE)
    number = await families.made(urgent=True)
    first = await families.release(families.one, number)
    with pytest.raises(Refusal, match="second person"):
        await families.release(families.one, number)
    await families.expand()
    early = await families.rows()
    assert (first, await families.release(families.two, number), early) == (False, True, [])
    with pytest.raises(Refusal, match="released or cancelled before"):
        await families.release(families.two, number)


@pytest.mark.parametrize("values", [{}, {"released_by": 1}, {"released_by": 1, "released_too_by": 1}])
async def test_the_database_refuses_an_urgent_one_that_fewer_released(
    families: Families, values: dict[str, int]
) -> None:
    """Whatever the code may do one day."""
    number = await families.made(urgent=True)
    who = dict.fromkeys(values, families.one.staff_id)

    async def work(session: AsyncSession) -> None:
        await session.execute(update(Broadcast).where(Broadcast.id == number).values(state="released", **who))

    with pytest.raises(IntegrityError):
        await families.world.database.write(work)


@pytest.mark.parametrize(
    ("notice", "options"),
    [
        (Notice(), {}),
        (Notice({"tr": "Yarın"}), {}),
        (Notice({"nl": "x" * 1001}), {}),
        (Notice({"nl": "dicht", "xx": "?"}), {}),
        (replace(NOTICE, response="utter_closed"), {}),
        (NOTICE, {"hours": 15 * 24}),
        (NOTICE, {"hours": -1}),
        (NOTICE, {"classes": []}),
        (NOTICE, {"classes": [999]}),
    ],
)
async def test_what_cannot_be_said_is_refused(families: Families, notice: Notice, options: dict[str, object]) -> None:
    """No Dutch, too long, a language that we do not have, both kinds, no time to leave in, classes of nobody."""
    with pytest.raises(Refusal):
        await families.made(notice, **options)  # type: ignore[arg-type]
    assert await families.world.rows(Broadcast) == []


async def test_another_schools_broadcast_does_not_exist(families: Families) -> None:
    """Nobody learns whether it does."""
    number = await families.made()
    with pytest.raises(Refusal, match="does not exist"):
        await families.release(replace(families.one, school_id=families.school + 1), number)


async def test_what_has_not_left_is_taken_back(families: Families) -> None:
    """Cancelled in the middle: what was sent was sent, the rest never leaves, and no further slice is made."""
    world = families.world
    await families.many(600)
    await families.facts(knock_template_nl="HX" + "0" * 32)
    await families.parent("first", number=ONE, channel=ChannelName.WHATSAPP)
    number = await families.released()
    await world.worker.parts[0].once()
    await world.worker.sender.once()
    sent = len(world.provider.accepted)
    await families.cancel(number)
    await world.worker.drain()
    world.clock.move(hours=1)
    await world.worker.drain()
    fares = await families.progress(number)
    assert (sent, len(world.provider.accepted), fares.state) == (1, 1, BroadcastState.CANCELLED)
    assert fares.messages == {OutboxState.SENT: 1, OutboxState.CANCELLED: 499}


async def test_a_knock_for_nothing_is_taken_back_too(families: Families) -> None:
    """Unless something else still waits behind it."""
    await families.facts(knock_template_nl="HX" + "0" * 32)
    for name, number in (("one", ONE), ("two", TWO)):
        await families.parent(name, number=number, channel=ChannelName.WHATSAPP)
    first = await families.released(classes=[families.classes["2B"]])
    await families.parent("two", child="c", group="3C")
    await families.expand()
    await families.released(classes=[families.classes["3C"]])
    await families.expand()
    await families.cancel(first)
    knocks = [row.state for row in await families.world.rows(Outbox) if row.key.startswith("knock:")]
    assert knocks == [OutboxState.CANCELLED, OutboxState.QUEUED]


async def test_news_that_is_old_never_leaves(families: Families) -> None:
    """It waited for a window until its last moment: her word comes too late for it."""
    world = families.world
    await families.parent("hers", number=ONE, channel=ChannelName.WHATSAPP)
    await families.released(hours=1)
    await world.worker.drain()
    world.clock.move(hours=2)
    await world.worker.drain()
    await world.write("ja", who=ONE)
    await world.worker.drain()
    assert ([row.state for row in await families.rows()], world.texts()) == ([OutboxState.CANCELLED], ["re: ja"])


async def test_one_that_has_no_words_keeps_nobody_back(families: Families, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault in one is logged, and the others go on."""
    await families.parent("hers", number=ONE)
    bad = await families.released(urgent=True)
    await families.released()
    whole = expanding.expand

    async def stumbling(session: AsyncSession, number: int, *rest: object) -> bool:
        if number == bad:
            raise LookupError
        return await whole(session, number, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(expanding, "expand", stumbling)
    await families.expand()
    assert len(await families.rows()) == 1
