"""The school's calendar: where it comes from, what is in it, and what an administrator made of an entry by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Date, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import IDENTITY, TECHNICAL, Base, SchoolRow, of_school
from db.types import EventKind, Instant, enum


class SchoolCalendar(Base, SchoolRow):
    """One a school: its region, its feed, and how the last look at that went."""

    __tablename__ = "school_calendar"
    __table_args__ = of_school(UniqueConstraint("school_id"))

    region: Mapped[str] = mapped_column(String(10), default="", info=TECHNICAL, comment="As bot/calendar/holidays.yml.")
    closed_on: Mapped[str] = mapped_column(
        String(100), default="", info=TECHNICAL, comment="Public holidays of its own choice, by comma."
    )
    url: Mapped[str] = mapped_column(String(1000), default="", info=TECHNICAL, comment="May hold a key: never logged.")
    etag: Mapped[str] = mapped_column(String(300), default="", info=TECHNICAL)
    modified: Mapped[str] = mapped_column(String(60), default="", info=TECHNICAL)
    tried_at: Mapped[dt.datetime | None] = mapped_column(Instant, comment="Claims the next look.")
    fetched_at: Mapped[dt.datetime | None] = mapped_column(Instant, comment="When the feed last answered well.")
    read_at: Mapped[dt.datetime | None] = mapped_column(Instant, comment="When all of it was last read.")
    fault: Mapped[str] = mapped_column(String(200), default="", info=TECHNICAL, comment="Why the last look failed.")


class CalendarSource(Base, SchoolRow):
    """What was found in a feed or a file: counts, and every entry that was refused."""

    __tablename__ = "calendar_source"
    __table_args__ = of_school(UniqueConstraint("school_id", "name"))

    name: Mapped[str] = mapped_column(String(10), info=TECHNICAL, comment="feed or file")
    at: Mapped[dt.datetime] = mapped_column(Instant)
    past: Mapped[int] = mapped_column(default=0, comment="Entries that are over, or more than 18 months away.")
    refused: Mapped[list[list[Any]]] = mapped_column(
        JSON, default=list, info=IDENTITY, comment="[entry, reason]; a title may name a person."
    )


class CalendarEvent(Base, SchoolRow):
    """One entry on its days, in the school's own time."""

    __tablename__ = "calendar_event"
    __table_args__ = of_school()

    source: Mapped[str] = mapped_column(String(10), info=TECHNICAL, comment="feed or file")
    uid: Mapped[str] = mapped_column(String(80), info=TECHNICAL, comment="The same at every look; many may repeat it.")
    first_day: Mapped[dt.date] = mapped_column(Date, info=TECHNICAL)
    last_day: Mapped[dt.date] = mapped_column(Date, info=TECHNICAL)
    starts: Mapped[str] = mapped_column(String(5), default="", info=TECHNICAL, comment="HH:MM; empty: the whole day.")
    ends: Mapped[str] = mapped_column(String(5), default="", info=TECHNICAL)
    title: Mapped[str] = mapped_column(String(200), info=IDENTITY, comment="May name a person.")
    room: Mapped[str] = mapped_column(String(80), default="", info=IDENTITY, comment="May name a person.")
    kind: Mapped[EventKind] = mapped_column(enum(EventKind), comment="What its words say it is.")
    audience: Mapped[str] = mapped_column(
        String(400), default="", info=TECHNICAL, comment="Years and classes by comma; empty: everybody."
    )


class CalendarChoice(Base, SchoolRow):
    """What an administrator says an entry is, whatever its words say."""

    __tablename__ = "calendar_choice"
    __table_args__ = of_school(UniqueConstraint("school_id", "uid"))

    uid: Mapped[str] = mapped_column(String(80), info=TECHNICAL)
    kind: Mapped[EventKind] = mapped_column(enum(EventKind))
