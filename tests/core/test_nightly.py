"""The nightly purge: once a night, by one worker, in pieces, and what it empties is gone from the file too."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import TestClock
from bot.people import keeping, nightly
from bot.people.keeping import Counts, Keeping
from bot.people.nightly import Nightly, due, purge_school
from db.base import MESSAGE_DAYS
from db.engine import Database
from db.tables import Chore, Inbox, Outbox
from db.types import database_time
from tests.conftest import NOW
from tests.core.world import World, make_world

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(60)]
SECRET, WORDS = "secret", "zeer geheime woorden"
ZONE = "Europe/Amsterdam"
YEAR = dt.timedelta(days=MESSAGE_DAYS + 1)
NIGHT = NOW.replace(hour=1, minute=30) + YEAR
"""Half past two at school, a year later."""


@pytest_asyncio.fixture
async def world(database: Database, clock: TestClock) -> World:
    return await make_world(database, clock)


@pytest.fixture
def purged(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The schools that were gone through."""
    seen: list[int] = []

    async def spied(database: Database, school_id: int, **more: Any) -> Counts:
        seen.append(school_id)
        return await purge_school(database, school_id, **more)

    monkeypatch.setattr(nightly, "purge_school", spied)
    return seen


async def year_later(world: World, parents: int = 3) -> Nightly:
    """Some wrote a year ago; last night was as any other; it is night again."""
    worker = Nightly(world.database, world.clock, SECRET)
    await worker.once()
    for number in range(parents):
        await world.write(f"{WORDS} {number}", who=f"+31600{number:06}")
    await world.worker.drain()
    world.clock.move(seconds=(NIGHT - world.clock.now()).total_seconds())
    await world.database.write(lambda s: s.execute(update(Chore).values(done_at=NIGHT - dt.timedelta(days=1))))
    return worker


async def left(world: World) -> int:
    """Messages with words in them."""
    async with world.database.read() as session:
        return await session.scalar(select(func.count()).select_from(Inbox).where(Inbox.text != "")) or 0


@pytest.mark.parametrize(
    ("done", "now", "expected"),
    [
        ("2026-11-22T02:10", "2026-11-23T02:05", True),
        ("2026-11-22T02:10", "2026-11-23T01:55", False),
        ("2026-11-23T02:05", "2026-11-23T04:55", False),
        ("2026-11-22T02:10", "2026-11-23T05:00", False),
        ("2026-11-21T12:00", "2026-11-23T11:59", False),
        ("2026-11-21T12:00", "2026-11-23T12:01", True),
        ("2026-11-23T12:00", "2026-11-24T02:00", True),
        ("2026-12-23T12:00", "2026-11-24T12:00", True),
        ("2026-03-28T02:30", "2026-03-29T03:30", True),
        ("2026-10-24T02:30", "2026-10-25T02:30", True),
    ],
    ids=["night", "before", "done", "day", "waits", "long ago", "by day before", "clock", "summer", "winter"],
)
async def test_when_it_is_due(done: str, now: str, *, expected: bool) -> None:
    """Between two and five by the school's own clock, once; by day only where two nights were missed."""
    zone = dt.timezone(dt.timedelta(hours=2 if "-03-29" in now else 1))
    last, moment = (dt.datetime.fromisoformat(at).replace(tzinfo=zone) for at in (done, now))
    assert due(last.astimezone(dt.UTC), ZONE, moment.astimezone(dt.UTC)) is expected


async def test_once_a_night(world: World, purged: list[int], caplog: pytest.LogCaptureFixture) -> None:
    """A worker that starts anew knows that it was done; the log has numbers only."""
    caplog.set_level(logging.INFO, logger="bot")
    worker = await year_later(world)
    before, first = await left(world), await worker.once()
    again = await worker.once(), await Nightly(world.database, world.clock, SECRET).once()
    chore = (await world.rows(Chore))[0]
    assert (before, await left(world), again, len(purged)) == (3, 0, (0, 0), 1)
    assert (first, chore.emptied, chore.done_at, chore.held_by) == (chore.emptied, first, NIGHT, None)
    assert first >= 9
    assert f"the nightly purge emptied {first} rows" in caplog.text
    assert "inbox 3" in caplog.text
    assert WORDS not in caplog.text
    world.clock.move(days=1)
    await worker.once()
    assert len(purged) == 2


async def test_a_new_school_is_not_gone_through_by_day(world: World, purged: list[int]) -> None:
    """Its first night comes."""
    worker = Nightly(world.database, world.clock, SECRET)
    for hours in (0, 1, 8):
        world.clock.move(hours=hours)
        await worker.once()
    assert (purged, [row.name for row in await world.rows(Chore)]) == ([], ["purge"])


async def test_one_worker_does_it(world: World, second: Database, purged: list[int]) -> None:
    """Two look at the same moment."""
    one = await year_later(world)
    other = Nightly(second, world.clock, SECRET)
    done = await asyncio.gather(one.once(), other.once())
    assert (sorted(bool(count) for count in done), len(purged), await left(world)) == ([False, True], 1, 0)


async def test_a_worker_that_died_in_the_middle_is_relieved(
    world: World, second: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its hold runs out, another goes on; should the first come back, it stops."""
    monkeypatch.setattr(nightly, "PIECE", 2)
    one = await year_later(world, parents=12)
    paused, go, original = asyncio.Event(), asyncio.Event(), nightly._due

    async def stands_still(database: Database, which: Keeping, *given: Any) -> Any:
        pieces = await original(database, which, *given)
        if database is world.database and which.table.name == "inbox":
            paused.set()
            await go.wait()
        return pieces

    monkeypatch.setattr(nightly, "_due", stands_still)
    slow = asyncio.create_task(one.once())
    await asyncio.wait_for(paused.wait(), 20)
    other = Nightly(second, world.clock, SECRET)
    too_early = await other.once()
    await world.database.write(lambda s: s.execute(update(Chore).values(held_until=database_time(-1))))
    relieved = await other.once()
    go.set()
    assert (too_early, relieved > 0, await slow, await left(world)) == (0, True, 0, 0)


async def test_others_write_between_two_pieces(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """No transaction empties more than a piece, and a message that comes in meanwhile is stored at once."""
    monkeypatch.setattr(nightly, "PIECE", 5)
    monkeypatch.setattr(nightly, "WINDOW", 16)
    worker, sizes = await year_later(world, parents=60), list[int]()
    original, begun = keeping.purge_some, asyncio.Event()

    async def counted(session: AsyncSession, *rest: Any, **more: Any) -> int:
        sizes.append(await original(session, *rest, **more))
        begun.set()
        return sizes[-1]

    monkeypatch.setattr(nightly, "purge_some", counted)
    purging = asyncio.create_task(worker.once())
    await asyncio.wait_for(begun.wait(), 20)
    await world.write("in the night")
    at = len(sizes)
    await purging
    assert (max(sizes), at < len(sizes) / 2, await left(world)) == (5, True, 1)


async def test_what_somebody_is_at_is_left_for_the_next_night(world: World, second: Database) -> None:
    """Nobody is waited for: a purge that waits for a row while it holds others could stand in a circle."""
    if world.database.is_sqlite:
        pytest.skip("on SQLite one transaction writes at a time")
    worker = await year_later(world)
    first = (await world.rows(Outbox))[0].id
    taken, go = asyncio.Event(), asyncio.Event()

    async def turn(session: AsyncSession) -> None:
        await session.execute(select(Outbox).where(Outbox.id == first).with_for_update())
        taken.set()
        await go.wait()

    busy = asyncio.create_task(second.write(turn))
    await taken.wait()
    try:
        await asyncio.wait_for(worker.once(), 10)
    finally:
        go.set()
        await busy
    assert [row.id for row in await world.rows(Outbox) if row.text] == [first]


async def test_emptied_words_are_gone_from_the_file(world: World, database_url: str) -> None:
    """Not only from the row: neither free pages nor the log beside the file have them."""
    if not world.database.is_sqlite:
        pytest.skip("PostgreSQL takes old rows away by itself")
    worker = await year_later(world, parents=40)
    path = Path(database_url.removeprefix("sqlite:///"))

    def found() -> list[str]:
        files = [path, path.with_name(f"{path.name}-wal")]
        return [file.name for file in files if WORDS.encode() in file.read_bytes()]

    before = found()
    await worker.once()
    assert (bool(before), found()) == (True, [])
