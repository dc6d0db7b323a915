"""The school's calendar: what a turn knows of it, and what its page shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import CalendarChoice, CalendarEvent, CalendarSource, SchoolCalendar, SchoolClass
from db.types import EventKind


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry on its days, both included; `starts` and `ends` are empty where it takes the whole day.

    `kind` is what it counts as; `chosen` where an administrator said so.
    """

    uid: str
    first: dt.date
    last: dt.date
    starts: str
    ends: str
    title: str
    room: str
    kind: EventKind
    audience: tuple[str, ...]
    chosen: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """A school's calendar at one version of its settings. Compared by identity: what is worked out of it can be kept."""

    region: str = ""
    closed_on: frozenset[str] = frozenset()
    entries: tuple[Entry, ...] = ()


NO_CALENDAR = Calendar()


@dataclass(frozen=True, slots=True)
class SourceRow:
    """What was found in the feed or the file. `refused`: (entry, reason)."""

    name: str
    at: dt.datetime
    past: int
    refused: tuple[tuple[str, str], ...]


async def calendar_row(session: AsyncSession, school_id: int) -> SchoolCalendar | None:
    """Region and feed, where anything was ever set."""
    row: SchoolCalendar | None = await session.scalar(
        select(SchoolCalendar).where(SchoolCalendar.school_id == school_id)
    )
    return row


async def calendar_of(session: AsyncSession, school_id: int) -> Calendar:
    """What the line tells parents from: entries that mean something, the earliest first."""
    row = await calendar_row(session, school_id)
    entries = await all_entries(session, school_id)
    return Calendar(
        region=row.region if row else "",
        closed_on=frozenset(filter(None, row.closed_on.split(","))) if row else frozenset(),
        entries=tuple(entry for entry in entries if entry.kind is not EventKind.OTHER),
    )


async def all_entries(session: AsyncSession, school_id: int) -> tuple[Entry, ...]:
    """Everything in it, the earliest first."""
    chosen: dict[str, EventKind] = {
        row.uid: row.kind
        for row in await session.execute(
            select(CalendarChoice.uid, CalendarChoice.kind).where(CalendarChoice.school_id == school_id)
        )
    }
    rows = await session.execute(
        select(*_COLUMNS)
        .where(CalendarEvent.school_id == school_id)
        .order_by(CalendarEvent.first_day, CalendarEvent.starts, CalendarEvent.id)
    )
    return tuple(
        Entry(
            uid=row.uid,
            first=row.first_day,
            last=row.last_day,
            starts=row.starts,
            ends=row.ends,
            title=row.title,
            room=row.room,
            kind=chosen.get(row.uid, row.kind),
            audience=tuple(filter(None, row.audience.split(","))),
            chosen=row.uid in chosen,
            source=row.source,
        )
        for row in rows
    )


async def chosen_entries(session: AsyncSession, school_id: int) -> tuple[Entry, ...]:
    """Those of which an administrator said what they are; most schools have none."""
    choices = select(CalendarChoice.id).where(CalendarChoice.school_id == school_id).limit(1)
    if await session.scalar(choices) is None:
        return ()
    return tuple(entry for entry in await all_entries(session, school_id) if entry.chosen)


_COLUMNS = [
    CalendarEvent.uid,
    CalendarEvent.first_day,
    CalendarEvent.last_day,
    CalendarEvent.starts,
    CalendarEvent.ends,
    CalendarEvent.title,
    CalendarEvent.room,
    CalendarEvent.kind,
    CalendarEvent.audience,
    CalendarEvent.source,
]


async def sources(session: AsyncSession, school_id: int) -> tuple[SourceRow, ...]:
    """The feed and the file, as far as they were read."""
    rows: Sequence[CalendarSource] = (
        await session.scalars(
            select(CalendarSource).where(CalendarSource.school_id == school_id).order_by(CalendarSource.name)
        )
    ).all()
    return tuple(
        SourceRow(row.name, row.at, row.past, tuple((str(entry), str(why)) for entry, why in row.refused))
        for row in rows
    )


async def class_names(session: AsyncSession, school_id: int) -> tuple[str, ...]:
    """What the school calls its classes."""
    return tuple(await session.scalars(select(SchoolClass.name).where(SchoolClass.school_id == school_id)))
