"""Keeps a school's calendar: looks at its feed every few hours, and what an administrator sets, uploads or says of an entry."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Collection
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.calendar.fetching import Fetcher, clean_url
from bot.calendar.holidays import CHOICES, REGIONS
from bot.calendar.meaning import audience_of, kind_of
from bot.calendar.reading import Found, Read, read
from bot.content.values import clean
from bot.core.clock import Clock
from bot.core.timers import recompute
from bot.errors import Refusal
from bot.staff.marks import N_
from bot.staff.settings import NotHere
from bot.staff.typed import WrongFields
from db.engine import Database
from db.queries.calendar import calendar_row, class_names
from db.tables import CalendarChoice, CalendarEvent, CalendarSource, School, SchoolCalendar
from db.types import EventKind

log = logging.getLogger(__name__)
FEED, FILE = "feed", "file"
EVERY, AGAIN = dt.timedelta(hours=6), dt.timedelta(hours=1)
"""Between two looks; and after one that failed."""
ANEW = dt.timedelta(days=7)
"""After so long all of it is read again, changed or not: what was too far away has come nearer."""
OLD = dt.timedelta(days=3)
_AT_ONCE = 4


class Refresh:
    """A part of the worker: looks at the feeds that are due. Several may run side by side."""

    name = "calendar"

    def __init__(self, database: Database, clock: Clock, fetcher: Fetcher) -> None:
        """Nothing is started here."""
        self._db, self._clock, self._fetcher = database, clock, fetcher

    async def once(self) -> int:
        """Look at some; returns how many."""
        now = self._clock.now()
        row = SchoolCalendar
        due = or_(
            row.tried_at.is_(None), row.tried_at <= now - EVERY, and_(row.fault != "", row.tried_at <= now - AGAIN)
        )
        async with self._db.read() as session:
            found = (
                await session.execute(select(row.school_id, row.tried_at).where(row.url != "", due).limit(_AT_ONCE))
            ).all()
        for school_id, tried_at in found:
            if await self._db.write(lambda s, i=school_id, t=tried_at: _claim(s, i, t, now)):  # type: ignore[misc]
                await refresh(self._db, self._fetcher, school_id, now)
        return len(found)


async def _claim(session: AsyncSession, school_id: int, tried_at: dt.datetime | None, now: dt.datetime) -> bool:
    row = SchoolCalendar
    claimed = await session.execute(
        update(row).where(row.school_id == school_id, row.tried_at == tried_at).values(tried_at=now).returning(row.id)
    )
    return claimed.first() is not None


async def refresh_now(database: Database, fetcher: Fetcher, school_id: int, now: dt.datetime) -> None:
    """The same for an administrator who does not wait; whoever clicks again meanwhile starts no second look."""
    if school_id in fetcher.looking:
        return
    fetcher.looking.add(school_id)
    try:
        await refresh(database, fetcher, school_id, now)
    finally:
        fetcher.looking.discard(school_id)


async def refresh(database: Database, fetcher: Fetcher, school_id: int, now: dt.datetime) -> None:
    """Look at a school's feed now. Where that fails, what was there stays, and the page says why."""
    async with database.read() as session:
        row = await calendar_row(session, school_id)
        school = await session.get_one(School, school_id)
    if row is None or not row.url:
        return
    known = row.read_at is not None and row.read_at > now - ANEW
    fetched = found = None
    fault = ""
    try:
        fetched = await fetcher.fetch(row.url, etag=row.etag if known else "", modified=row.modified if known else "")
        if fetched.data is not None:
            found = await read_file(fetcher, fetched.data, school.timezone, now)
    except Refusal as refusal:
        fault = str(refusal)

    async def keep(session: AsyncSession) -> None:
        await _lock(session, school_id)
        kept = await calendar_row(session, school_id)
        if kept is None or kept.url != row.url:  # another address was set meanwhile
            return
        kept.tried_at, kept.fault = now, fault[:200]
        if not fault:
            kept.fetched_at = now
        if found is not None and fetched is not None:
            kept.etag, kept.modified, kept.read_at = fetched.etag, fetched.modified, now
            await store(session, school_id, FEED, found, now)

    await database.write(keep)
    log.info("the calendar of school %d: %s", school_id, "a fault" if fault else "read" if found else "as it was")


def is_old(row: SchoolCalendar, now: dt.datetime) -> bool:
    """Whether a feed has not answered well for so long that administrators should look."""
    since = row.fetched_at or row.tried_at
    return bool(row.fault) and since is not None and since < now - OLD


async def read_file(fetcher: Fetcher, data: bytes, timezone: str, now: dt.datetime) -> Read:
    """What is in a file; raises Refusal where nothing of it can be used."""
    async with fetcher.alone:
        found = await asyncio.to_thread(read, data, timezone, now.astimezone(ZoneInfo(timezone)).date())
    if found.refused and not found.entries and not found.past:
        raise Refusal(N_("Not one entry of this calendar can be read."))
    return found


async def store(session: AsyncSession, school_id: int, source: str, found: Read, now: dt.datetime) -> None:
    """Put what was found in the place of what was there; where it differs, the running line sees it and times move with it."""
    classes = await class_names(session, school_id)
    wanted = [_columns(entry, classes) for entry in found.entries]
    old = await session.execute(
        select(*(getattr(CalendarEvent, name) for name in _COLUMNS)).where(
            CalendarEvent.school_id == school_id, CalendarEvent.source == source
        )
    )
    if sorted(map(tuple, old)) != sorted(tuple(row[name] for name in _COLUMNS) for row in wanted):
        await _empty(session, school_id, source)
        if wanted:
            await session.execute(
                insert(CalendarEvent), [{"school_id": school_id, "source": source, **row} for row in wanted]
            )
        await _changed(session, school_id)
    row = await _source(session, school_id, source, now)
    row.at, row.past, row.refused = now, found.past, [[entry, why] for entry, why in found.refused]


_COLUMNS = ("uid", "first_day", "last_day", "starts", "ends", "title", "room", "kind", "audience")


def _columns(entry: Found, classes: Collection[str]) -> dict[str, Any]:
    """An entry as it is kept, with what its words say."""
    return {
        "uid": entry.uid,
        "first_day": dt.date.fromisoformat(entry.first),
        "last_day": dt.date.fromisoformat(entry.last),
        "starts": entry.starts,
        "ends": entry.ends,
        "title": clean(entry.title),
        "room": clean(entry.room),
        "kind": kind_of(entry.words),
        "audience": ",".join(audience_of(entry.title, classes)),
    }


async def _source(session: AsyncSession, school_id: int, name: str, now: dt.datetime) -> CalendarSource:
    found: CalendarSource | None = await session.scalar(
        select(CalendarSource).where(CalendarSource.school_id == school_id, CalendarSource.name == name)
    )
    if found is None:
        found = CalendarSource(school_id=school_id, name=name, at=now, past=0, refused=[])
        session.add(found)
    return found


async def _empty(session: AsyncSession, school_id: int, source: str) -> None:
    await session.execute(
        delete(CalendarEvent).where(CalendarEvent.school_id == school_id, CalendarEvent.source == source)
    )


async def _changed(session: AsyncSession, school_id: int) -> None:
    """Running processes read the school anew."""
    school = await _lock(session, school_id)
    school.version += 1
    await session.flush()
    await recompute(session, school_id)


async def _lock(session: AsyncSession, school_id: int) -> School:
    """Before anything else, as every change of the settings does: one at a time for each school."""
    return await session.get_one(School, school_id, with_for_update={"key_share": True}, populate_existing=True)


# --- what an administrator does; `bot.staff.settings.change` runs these


async def save(session: AsyncSession, school_id: int, *, region: str, closed_on: Collection[str], url: str) -> None:
    """The region, the public holidays of its own choice, and the feed; another feed begins anew."""
    if region and region not in REGIONS:
        raise WrongFields({"region": N_("Choose one of the regions.")})
    try:
        url = clean_url(url)
    except Refusal as error:
        raise WrongFields({"url": str(error)}) from error
    row = await calendar_row(session, school_id)
    if row is None:
        row = SchoolCalendar(school_id=school_id, url="")
        session.add(row)
    if url != row.url:
        row.url, row.etag, row.modified, row.fault = url, "", "", ""
        row.tried_at = row.fetched_at = row.read_at = None
        await drop(session, school_id, FEED)
    row.region, row.closed_on = region, ",".join(day for day in CHOICES if day in closed_on)


async def drop(session: AsyncSession, school_id: int, source: str) -> None:
    """Forget all that came from a feed or a file."""
    await _empty(session, school_id, source)
    await session.execute(
        delete(CalendarSource).where(CalendarSource.school_id == school_id, CalendarSource.name == source)
    )


async def choose(session: AsyncSession, school_id: int, uid: str, kind: EventKind | None) -> None:
    """Say what an entry is, whatever its words say, at this look and the next; None: as its words say."""
    here = and_(CalendarChoice.school_id == school_id, CalendarChoice.uid == uid)
    await session.execute(delete(CalendarChoice).where(here))
    known = await session.scalar(
        select(CalendarEvent.id).where(CalendarEvent.school_id == school_id, CalendarEvent.uid == uid).limit(1)
    )
    if known is None:
        raise NotHere(N_("This is not here (any more)."))
    if kind is not None:
        session.add(CalendarChoice(school_id=school_id, uid=uid, kind=kind))
