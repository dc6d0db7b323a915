"""Timers: wall-clock times over summer time, the state looked at again, fired once whoever fires."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import TestClock
from bot.core.conversations import add_outbox, lock
from bot.core.timers import Firing, Timers, at_local, recompute
from bot.errors import Refusal
from bot.staff.settings import change
from db.engine import Database
from db.queries.staff import Me
from db.tables import Conversation, School, Timer
from tests.core.world import World, make_world

pytestmark = pytest.mark.timeout(60)
ZONE = "Europe/Amsterdam"


async def say(session: AsyncSession, firing: Firing) -> None:
    """Fires once more only if nobody has written since; raises where it is told to."""
    if firing.timer.payload.get("unless") == firing.conversation.last_seq:
        return
    if firing.timer.payload.get("fails", 0) > firing.timer.attempts:
        raise KeyError
    add_outbox(session, firing.conversation, key=firing.key, text=firing.key, now=firing.now)


@pytest_asyncio.fixture
async def world(database: Database, clock: TestClock) -> World:
    made = await make_world(database, clock, handlers={"plan": say})
    await made.write("hello")
    await made.worker.drain()
    return made


@pytest_asyncio.fixture
async def second(database_url: str, world: World) -> AsyncIterator[Timers]:
    """Another worker's timers."""
    made = Database(database_url)
    yield Timers(made, world.clock, world.timing, {"plan": say})
    await made.close()


async def plan(world: World, **columns: Any) -> None:
    conversation = (await world.rows(Conversation))[0]

    async def work(session: AsyncSession) -> None:
        await lock(session, conversation.id)
        session.add(
            Timer(
                school_id=conversation.school_id,
                conversation_id=conversation.id,
                **{"kind": "plan", "due_at": world.clock.now(), **columns},
            )
        )

    await world.database.write(work)


@pytest.mark.parametrize(
    ("day", "clock_time", "instant"),
    [
        ("2026-03-28", "08:00", "2026-03-28T07:00"),
        ("2026-03-29", "08:00", "2026-03-29T06:00"),
        ("2026-03-29", "02:30", "2026-03-29T01:30"),  # does not exist: 03:30 is the next that does
        ("2026-10-24", "08:00", "2026-10-24T06:00"),
        ("2026-10-25", "08:00", "2026-10-25T07:00"),
        ("2026-10-25", "02:30", "2026-10-25T00:30"),  # comes twice: the first
        ("2027-03-27", "08:00", "2027-03-27T07:00"),
        ("2027-03-28", "08:00", "2027-03-28T06:00"),
        ("2027-03-28", "02:30", "2027-03-28T01:30"),
        ("2027-10-30", "08:00", "2027-10-30T06:00"),
        ("2027-10-31", "08:00", "2027-10-31T07:00"),
        ("2027-10-31", "02:30", "2027-10-31T00:30"),
    ],
)
def test_a_wall_clock_time_over_summer_time(day: str, clock_time: str, instant: str) -> None:
    """Eight in the morning at school is eight in the morning, before and after every change of 2026 and 2027."""
    assert at_local(dt.date.fromisoformat(day), clock_time, ZONE) == dt.datetime.fromisoformat(f"{instant}+00:00")


@pytest.mark.asyncio
async def test_wall_clock_timers_are_computed_anew(world: World) -> None:
    """After a change of rules an open one moves to the right instant; a plain one, and one that fired, stay."""
    wrong = dt.datetime(2027, 3, 29, 7, 0, tzinfo=dt.UTC)
    await plan(world, due_at=wrong, local_time="2027-03-29 08:00", zone=ZONE)
    await plan(world, due_at=wrong)
    await plan(world, due_at=wrong, local_time="2027-03-29 08:00", zone=ZONE, state="fired")
    changed = [await world.database.write(recompute) for _ in range(2)]
    right = wrong - dt.timedelta(hours=1)
    assert (changed, [timer.due_at for timer in await world.rows(Timer)]) == ([1, 0], [right, wrong, wrong])


@pytest.mark.asyncio
@pytest.mark.parametrize("refused", [False, True])
async def test_a_change_of_the_schools_zone_moves_its_timers(world: World, *, refused: bool) -> None:
    """With the settings, in one transaction: eight in the morning is eight in the morning where the school is now.

    One that keeps a zone of its own stays, and where the change is refused all do.
    """
    eight = dt.datetime(2027, 3, 29, 6, 0, tzinfo=dt.UTC)
    for zone in (None, ZONE):
        await plan(world, due_at=eight, local_time="2027-03-29 08:00", zone=zone)
    school = world.account.school_id
    me = Me(1, school, "", True, (), "", ZONE, "")

    async def move(session: AsyncSession) -> None:
        (await session.get_one(School, school)).timezone = "Atlantic/Azores"
        if refused:
            raise Refusal("no")

    with pytest.raises(Refusal) if refused else contextlib.nullcontext():
        await change(world.database, me, "the zone", move, at=world.clock.now())
    moved = eight if refused else eight + dt.timedelta(hours=2)
    assert [timer.due_at for timer in await world.rows(Timer)] == [moved, eight]


@pytest.mark.asyncio
@pytest.mark.parametrize("count", [1, 20])
async def test_a_timer_fires_once_with_two_workers(world: World, second: Timers, count: int) -> None:
    """Both see it due; one fires it."""
    for _ in range(count):
        await plan(world)
    fired = await asyncio.gather(world.worker.timers.once(), second.once(), world.worker.timers.once(), second.once())
    await world.worker.drain()
    timers = await world.rows(Timer)
    assert (sum(fired), [t.firing for t in timers]) == (count, [1] * count)
    assert sorted(world.texts()[1:]) == sorted(f"timer:{t.id}:1" for t in timers)


@pytest.mark.asyncio
async def test_the_state_is_looked_at_again(world: World) -> None:
    """What was planned is no longer so when it fires: nothing leaves. A cancelled one does not fire at all."""
    await plan(world, payload={"unless": (await world.rows(Conversation))[0].last_seq})
    await plan(world, state="cancelled")
    await world.worker.drain()
    assert ([t.state for t in await world.rows(Timer)], world.texts()) == (["fired", "cancelled"], ["re: hello"])


@pytest.mark.asyncio
async def test_a_timer_that_fails_is_tried_later(world: World) -> None:
    """It leaves nothing half done, and does not stand in the way of the others."""
    await plan(world, payload={"fails": 1})
    await plan(world)
    await world.worker.drain()
    first = world.texts()[1:]
    world.clock.move(seconds=2)
    await world.worker.drain()
    one, other = await world.rows(Timer)
    assert (first, world.texts()[1:]) == ([f"timer:{other.id}:1"], [f"timer:{other.id}:1", f"timer:{one.id}:1"])


@pytest.mark.asyncio
async def test_a_moment_without_a_zone_is_refused(world: World) -> None:
    """One column type for moments: what does not say where cannot be stored."""
    with pytest.raises(Exception, match="without a time zone"):
        await plan(world, due_at=dt.datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point
