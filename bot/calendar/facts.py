"""What the calendar knows: the facts that it fills in for a class, and the days on which the school is closed. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.calendar.holidays import GOOD_FRIDAY, LIBERATION_DAY, NAMES, Holiday, closed_days, of_region, public
from bot.calendar.meaning import holiday_name, serves
from db.queries.calendar import Calendar, Entry
from db.queries.school import SchoolView
from db.types import EventKind

BRIDGED = dt.timedelta(days=3)
"""Entries of one kind on Friday and on Monday are one: a test week that is written down day by day."""
YEAR_BEGINS = 8
"""August: until then this school year's reports and holidays are told."""
_KEPT = 32  # calendars and days; a calendar that was read anew is another
_DAY = dt.timedelta(days=1)

# The facts of flows/facts.yml that each kind of entry fills in.
_SPANS = {
    EventKind.DAY_OFF: ("next_day_off", ""),
    EventKind.TEST_WEEK: ("test_week_start", "test_week_end"),
    EventKind.TRIP: ("trips_start", "trips_end"),
    EventKind.EXAM: ("exam_start", ""),
    EventKind.COUNCIL: ("council_meeting_date", ""),
    EventKind.PARENTS_EVENING: ("parents_evening_date", ""),
    EventKind.OPEN_DAY: ("open_day_date", ""),
}
_DAYS = {EventKind.REPORT: "report_dates", EventKind.SHORT_TALKS: "short_talks_dates"}
_ALSO_CALLED = {"krokusvakantie": "voorjaarsvakantie", "carnavalsvakantie": "voorjaarsvakantie"}
_OWN_DAYS = {GOOD_FRIDAY: "good_friday", LIBERATION_DAY: "liberation_day"}
_ALL_YEAR = {*_OWN_DAYS.values(), *(f"{name}_{end}" for name in NAMES for end in ("start", "end"))}
"""What is still told when it is over: "when was the autumn holiday?"."""
_TIMES = {
    EventKind.PARENTS_EVENING: ("parents_evening_time", ""),
    EventKind.OPEN_DAY: ("open_day_start", "open_day_end"),
}


def known_facts(view: SchoolView, now: dt.datetime, classes: Sequence[str] = ()) -> dict[str, str]:
    """All facts of a school at a moment: what its calendar knows, and for the rest what is typed in the settings."""
    today = now.astimezone(ZoneInfo(view.timezone)).date()
    return {"school_name": view.name, **to_come(view.facts, today), **facts(view.calendar, today, classes)}


def to_come(typed: Mapping[str, str], today: dt.date) -> dict[str, str]:
    """What was typed, without the days that are over: nobody is invited to an evening of last week."""
    return {name: rest for name, value in typed.items() if (rest := _rest(name, value, typed, today))}


def _rest(name: str, value: str, typed: Mapping[str, str], today: dt.date) -> str:
    days = _iso_days(value)
    if not days or name in _ALL_YEAR:
        return value
    if name.endswith("_start") and any(
        end >= today for end in _iso_days(typed.get(f"{name.removesuffix('_start')}_end", ""))
    ):
        return value  # it goes on
    return ", ".join(day.isoformat() for day in days if day >= today)


def _iso_days(value: str) -> tuple[dt.date, ...]:
    """The days in a value as it is kept; none in one of another kind."""
    try:
        return tuple(dt.datetime.strptime(part.strip(), "%Y-%m-%d").date() for part in value.split(","))  # noqa: DTZ007 - a day
    except ValueError:
        return ()


def facts(calendar: Calendar, today: dt.date, classes: Sequence[str] = ()) -> Mapping[str, str]:
    """The facts that the calendar fills in, for children in these classes; for nobody in particular: what is for everybody.

    An empty fact: the calendar has such a day for others only, so what stands in the settings would be wrong as well.
    """
    return _facts(calendar, today, tuple(classes))


@lru_cache(maxsize=_KEPT)
def _facts(calendar: Calendar, today: dt.date, classes: tuple[str, ...]) -> Mapping[str, str]:
    coming = [entry for entry in calendar.entries if entry.last >= today]
    mine = [entry for entry in coming if _for(entry, classes)]
    filled: dict[str, str] = {}
    for kind, (first, last) in _SPANS.items():
        if not any(entry.kind is kind for entry in coming):
            continue
        spans = _joined(entry for entry in mine if entry.kind is kind)
        found = next(iter(spans), None)
        filled[first] = found[0].isoformat() if found else ""
        if last:
            filled[last] = found[1].isoformat() if found else ""
    for kind, (starts, ends) in _TIMES.items():
        entry = next((entry for entry in mine if entry.kind is kind), None)
        if entry is not None and entry.starts:
            filled[starts] = entry.starts
            filled |= {ends: entry.ends} if ends and entry.ends > entry.starts else {}
        if entry is not None and entry.room and kind is EventKind.PARENTS_EVENING:
            filled["parents_evening_room"] = _room(entry.room)
    for kind, name in _DAYS.items():
        if any(entry.kind is kind for entry in coming):
            filled[name] = _listed((entry for entry in mine if entry.kind is kind), today)
    return filled | _holidays(calendar, today, classes) | _own_days(calendar, today)


def _listed(entries: Iterable[Entry], today: dt.date) -> str:
    """The days to come in this school year."""
    until = school_year(today)[1]
    days = {entry.first + _DAY * ahead for entry in entries for ahead in range((entry.last - entry.first).days + 1)}
    return ", ".join(day.isoformat() for day in sorted(days) if today <= day < until)


def school_year(day: dt.date) -> tuple[dt.date, dt.date]:
    """When the school year of a day begins, and when the next one does."""
    year = day.year - (day.month < YEAR_BEGINS)
    return dt.date(year, YEAR_BEGINS, 1), dt.date(year + 1, YEAR_BEGINS, 1)


def _holidays(calendar: Calendar, today: dt.date, classes: Sequence[str]) -> dict[str, str]:
    """The holiday that is, or the next; and those of this school year, each by its name."""
    known = holidays(calendar, classes)
    begins, ends = school_year(today)
    named = {_usual(holiday.name): holiday for holiday in reversed(known) if begins <= holiday.first < ends}
    named |= {_usual(holiday.name): holiday for holiday in known if holiday.first <= today <= holiday.last}  # in August
    filled: dict[str, str] = {}
    for name in NAMES:
        if name in named:
            filled[f"{name}_start"] = named[name].first.isoformat()
            filled[f"{name}_end"] = named[name].last.isoformat()
    if coming := next((holiday for holiday in known if holiday.last >= today), None):
        filled["next_holiday_name"] = coming.name
        filled["next_holiday_start"] = coming.first.isoformat()
        filled["next_holiday_end"] = coming.last.isoformat()
    return filled


def _own_days(calendar: Calendar, today: dt.date) -> dict[str, str]:
    """Public holidays that the school chose: the next of each."""
    if not calendar.region:
        return {}
    days = sorted((day, name) for year in (today.year, today.year + 1) for day, name in public(year).items())
    return {
        _OWN_DAYS[name]: day.isoformat()
        for day, name in reversed(days)
        if name in calendar.closed_on and name in _OWN_DAYS and day >= today
    }


def holidays(calendar: Calendar, classes: Sequence[str] = ()) -> list[Holiday]:
    """The school's own, and those of its region at times, or by a name, for which it has none of its own that year."""
    titled: dict[str, list[Entry]] = {}
    for entry in calendar.entries:
        if entry.kind is EventKind.HOLIDAY and _for(entry, classes):
            titled.setdefault(holiday_name(entry.title), []).append(entry)
    own = [Holiday(name, *span) for name, entries in titled.items() for span in _joined(entries)]
    region = [holiday for holiday in of_region(calendar.region) if not any(_instead(one, holiday) for one in own)]
    return sorted((*own, *region), key=lambda holiday: holiday.first)


def _instead(own: Holiday, region: Holiday) -> bool:
    """Whether a school has this one in the place of its region's."""
    if own.first <= region.last and region.first <= own.last:
        return True
    return _usual(own.name) == region.name and school_year(own.first) == school_year(region.first)


def _usual(name: str) -> str:
    """What the region calls it."""
    return _ALSO_CALLED.get(name, name)


def knows_holidays(calendar: Calendar, day: dt.date) -> bool:
    """Whether holidays of a day come from the calendar, or else, also when it is outdated, from what is typed in the settings."""
    return any(holiday.last >= day for holiday in holidays(calendar))


def is_closed(calendar: Calendar, day: dt.date) -> bool:
    """Whether the school is closed for everybody: holidays, public ones, and what its own calendar calls so."""
    return day in _closed(calendar)


@lru_cache(maxsize=_KEPT)
def _closed(calendar: Calendar) -> frozenset[dt.date]:
    spans = [(holiday.first, holiday.last) for holiday in holidays(calendar)]
    spans += [(e.first, e.last) for e in calendar.entries if e.kind is EventKind.CLOSED and not e.audience]
    days = {first + _DAY * ahead for first, last in spans for ahead in range((last - first).days + 1)}
    years = {day.year for day in days}
    return frozenset(days) | (closed_days(years, calendar.closed_on) if calendar.region else frozenset())


@lru_cache(maxsize=_KEPT)
def no_lessons(calendar: Calendar, classes: tuple[str, ...] = ()) -> frozenset[dt.date]:
    """The days on which all these classes have no lessons: closing days, and days off of theirs."""
    kinds = {EventKind.DAY_OFF, EventKind.CLOSED, EventKind.HOLIDAY}
    own = [entry for entry in calendar.entries if entry.kind in kinds and _for(entry, classes)]
    days = {entry.first + _DAY * ahead for entry in own for ahead in range((entry.last - entry.first).days + 1)}
    return _closed(calendar) | days


def _for(entry: Entry, classes: Sequence[str]) -> bool:
    """Whether it is for all of these classes; where there are none: for everybody."""
    return not entry.audience or (bool(classes) and all(serves(entry.audience, name) for name in classes))


def _joined(entries: Iterable[Entry]) -> Iterator[tuple[dt.date, dt.date]]:
    """First and last days, of what follows each other joined; the earliest first."""
    now: tuple[dt.date, dt.date] | None = None
    for entry in entries:
        if now is not None and entry.first - now[1] <= BRIDGED:
            now = now[0], max(now[1], entry.last)
            continue
        if now is not None:
            yield now
        now = entry.first, entry.last
    if now is not None:
        yield now


def _room(room: str) -> str:
    """The sentence says "room" itself."""
    for word in ("lokaal ", "room "):
        if room.casefold().startswith(word):
            return room[len(word) :].strip()
    return room
