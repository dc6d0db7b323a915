"""The nightly purge: when it is night at school, by one worker, in small pieces between which everything else goes on."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import Clock, token
from bot.people.keeping import Counts, Keeping, kept, purge_some
from db.engine import Database
from db.scrub import cut_log
from db.tables import Chore, School
from db.types import database_time
from db.upsert import insert_new

log = logging.getLogger(__name__)
PURGE = "purge"
FROM, UNTIL = dt.time(2), dt.time(5)
"""Night at school. A line that was off in the night, or runs by day only, purges when .."""
OVERDUE = dt.timedelta(days=2)
"""".. it was not done for so long."""
WINDOW = 2000
"""Rows looked at in one question: on SQLite everything else waits while it is answered."""
PIECE = 200
"""Rows emptied in one transaction .."""
PIECES = {"media": 4}
""".. unless they are large."""
_LEASE = 600.0


class Lost(Exception):
    """Another worker has taken over."""


class Nightly:
    """Purges each school once a night. Several may run side by side; one does it."""

    def __init__(self, database: Database, clock: Clock, secret: str) -> None:
        """`secret` keys the hashes that stay of the emptied keys."""
        self._db, self._clock, self._secret = database, clock, secret
        self._name = token()

    async def once(self) -> int:
        """Purge where it is time; returns how many rows were emptied."""
        now, total = self._clock.now(), 0
        async with self._db.read() as session:
            found = await session.execute(
                select(School.id, School.timezone, Chore.done_at).outerjoin(
                    Chore, and_(Chore.school_id == School.id, Chore.name == PURGE)
                )
            )
            schools: list[tuple[int, str, dt.datetime | None]] = [(row.id, row.timezone, row.done_at) for row in found]
        for school_id, timezone, done_at in schools:
            if done_at is None:
                await self._db.write(lambda s, of=school_id: _first_seen(s, of, now))  # type: ignore[misc]
            elif due(done_at, timezone, now) and await self._db.write(
                lambda s, of=school_id, at=done_at: self._take(s, of, at)  # type: ignore[misc]
            ):
                total += await self._purge(school_id, now)
        return total

    async def _purge(self, school_id: int, now: dt.datetime) -> int:
        try:
            counts = await purge_school(self._db, school_id, now=now, secret=self._secret, held_by=self._name)
        except Lost:
            return 0
        except BaseException:
            await self._db.write(lambda s: self._let_go(s, school_id))
            raise
        total = sum(counts.values())
        await self._db.write(lambda s: self._let_go(s, school_id, done_at=now, emptied=total))
        log.info("the nightly purge emptied %d rows (%s)", total, ", ".join(f"{t} {n}" for t, n in counts.items()))
        return total

    async def _take(self, session: AsyncSession, school_id: int, done_at: dt.datetime) -> bool:
        taken = await session.execute(
            update(Chore)
            .where(
                Chore.school_id == school_id,
                Chore.name == PURGE,
                Chore.done_at == done_at,
                or_(Chore.held_until.is_(None), Chore.held_until < database_time(), Chore.held_by == self._name),
            )
            .values(held_by=self._name, held_until=database_time(_LEASE))
            .returning(Chore.id)
            .execution_options(synchronize_session=False)
        )
        return taken.first() is not None

    async def _let_go(self, session: AsyncSession, school_id: int, **done: dt.datetime | int) -> None:
        await session.execute(
            update(Chore)
            .where(Chore.school_id == school_id, Chore.name == PURGE, Chore.held_by == self._name)
            .values(held_by=None, held_until=None, **done)
            .execution_options(synchronize_session=False)
        )


def due(done_at: dt.datetime, timezone: str, now: dt.datetime) -> bool:
    """Whether it is night at school and not yet done this night, or far too long ago (or far ahead: a clock was wrong)."""
    local = now.astimezone(ZoneInfo(timezone))
    tonight = dt.datetime.combine(local.date(), FROM, local.tzinfo)
    return (FROM <= local.time() < UNTIL and done_at < tonight) or abs(now - done_at) > OVERDUE


async def _first_seen(session: AsyncSession, school_id: int, now: dt.datetime) -> None:
    values = {"school_id": school_id, "name": PURGE, "done_at": now, "emptied": 0}
    await insert_new(session, Chore, values, unique=("school_id", "name"))


async def purge_school(
    database: Database, school_id: int, *, now: dt.datetime, secret: str, held_by: str = ""
) -> Counts:
    """Empty all that a school has kept long enough. `held_by`: as long as that worker holds the chore, else `Lost`."""
    counts: Counts = {}
    for keeping in kept():
        name, after = keeping.table.name, 0
        while page := await _page(database, keeping, school_id, after):
            after = page[-1]
            for due in await _due(database, keeping, school_id, page, now):
                began = time.monotonic()
                counts[name] = counts.get(name, 0) + await database.write(
                    lambda s, keeping=keeping, due=due: _piece(  # type: ignore[misc]
                        s, school_id, keeping, due, now=now, secret=secret, held_by=held_by
                    )
                )
                await asyncio.sleep(time.monotonic() - began)  # as long again is left to the others
    await cut_log(database.url)
    return {name: count for name, count in counts.items() if count}


async def _page(database: Database, keeping: Keeping, school_id: int, after: int) -> Sequence[int]:
    """The next rows by number, whatever is in them."""
    row = keeping.table.c
    async with database.read() as session:
        found = await session.execute(
            select(row.id).where(row.school_id == school_id, row.id > after).order_by(row.id).limit(WINDOW)
        )
        return found.scalars().all()


async def _due(
    database: Database, keeping: Keeping, school_id: int, page: Sequence[int], now: dt.datetime
) -> Iterator[Select[tuple[int]]]:
    """Those of them that are to be emptied, in pieces; looked at again when it is done."""
    row, over = keeping.table.c, keeping.over(school_id, now)
    async with database.read() as session:
        ids = (await session.execute(over.where(row.id.between(page[0], page[-1])).order_by(row.id))).scalars().all()
    size = PIECES.get(keeping.table.name, PIECE)
    return (over.where(row.id.in_(ids[start : start + size])) for start in range(0, len(ids), size))


async def _piece(
    session: AsyncSession,
    school_id: int,
    keeping: Keeping,
    due: Select[tuple[int]],
    *,
    now: dt.datetime,
    secret: str,
    held_by: str,
) -> int:
    if held_by:
        still = await session.execute(
            update(Chore)
            .where(Chore.school_id == school_id, Chore.name == PURGE, Chore.held_by == held_by)
            .values(held_until=database_time(_LEASE))
            .returning(Chore.id)
            .execution_options(synchronize_session=False)
        )
        if still.first() is None:
            raise Lost
    return await purge_some(session, keeping, due, now=now, secret=secret)
