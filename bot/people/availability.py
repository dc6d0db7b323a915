"""When somebody is at work, until when an answer may be promised, and who is warned of danger. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import islice
from zoneinfo import ZoneInfo

from bot.calendar.facts import is_closed, knows_holidays
from bot.turn.types import Rota
from db.queries.school import Colleague, SchoolView

OPENS, CLOSES = dt.time(8), dt.time(17)
"""Where the school's facts do not say."""
PROMISED_AT = dt.time(12, 0)
PROMISED_DAYS = 2
"""An answer is promised before noon of the second day the person works."""
_FAR = 120
_WEEKEND = 5


def opening(view: SchoolView, day: dt.date) -> dt.datetime:
    """When the school opens on a day, as its facts say."""
    return dt.datetime.combine(day, time_of(view.facts.get("office_open", ""), OPENS), ZoneInfo(view.timezone))


def closing(view: SchoolView) -> dt.time:
    """When the school closes, as its facts say."""
    return time_of(view.facts.get("office_close", ""), CLOSES)


def is_open(view: SchoolView, day: dt.date) -> bool:
    """Whether it is a day of school: Monday to Friday, and no holiday or closing day."""
    return day.weekday() < _WEEKEND and not in_holiday(view, day)


def works_on(view: SchoolView, person: Colleague, day: dt.date) -> bool:
    """Whether this person is at work on that day: their days, no absence, no school holiday."""
    return day.weekday() in person.weekdays and is_open(view, day) and absent(person, day) is None


def last_hour(view: SchoolView, person: Colleague | None, day: dt.date) -> dt.time:
    """After this nobody asks anything of this person: their own last hour of that weekday, else until the school closes."""
    closes = closing(view)
    own = person.last_hours.get(day.weekday()) if person else None
    return min(dt.time.fromisoformat(own), closes) if own else closes


def absent(person: Colleague, day: dt.date) -> tuple[dt.date, dt.date, int | None] | None:
    """The absence that a day falls in."""
    return next((each for each in person.absences if each[0] <= day <= each[1]), None)


def in_holiday(view: SchoolView, day: dt.date) -> bool:
    """Whether the school is closed: as its calendar says, or else the holiday among its facts."""
    if is_closed(view.calendar, day):
        return True
    if knows_holidays(view.calendar, day):
        return False
    try:
        first = dt.date.fromisoformat(view.facts["next_holiday_start"])
        last = dt.date.fromisoformat(view.facts["next_holiday_end"])
    except (KeyError, ValueError):
        return False
    return first <= day <= last


def work_days(view: SchoolView, person: Colleague | None, after: dt.date) -> Iterator[dt.date]:
    """The days after one on which this person works (nobody: on which there is school), as far as anybody looks."""
    for ahead in range(1, _FAR):
        day = after + dt.timedelta(days=ahead)
        if works_on(view, person, day) if person else is_open(view, day):
            yield day


def promise(view: SchoolView, person: Colleague | None, now: dt.datetime, *, days: int = PROMISED_DAYS) -> dt.datetime:
    """The moment before which the parent hears: noon of the second day after today that the person works.

    Before noon where that is this person's last hour. Of somebody who is away for months: as of anybody at school.
    """
    zone = ZoneInfo(view.timezone)
    today = now.astimezone(zone).date()
    for who in (person, None):
        found = list(islice(work_days(view, who, today), days))
        if len(found) == days:
            at = min(PROMISED_AT, last_hour(view, who, found[-1]))
            return dt.datetime.combine(found[-1], at, zone).astimezone(dt.UTC)
    return dt.datetime.combine(today + dt.timedelta(days=_FAR), PROMISED_AT, zone).astimezone(dt.UTC)


def kept(view: SchoolView, person: Colleague | None, promised: dt.datetime, now: dt.datetime) -> dt.datetime:
    """A promise as this person can keep it: as it was, where they are at work until then that day; else their next day."""
    local = promised.astimezone(ZoneInfo(view.timezone))
    there = works_on(view, person, local.date()) if person else is_open(view, local.date())
    in_time = opening(view, local.date()) < local and local.time() <= last_hour(view, person, local.date())
    return promised if there and in_time else promise(view, person, max(promised, now), days=1)


def on_rota(view: SchoolView, now: dt.datetime) -> tuple[Colleague, ...]:
    """Who is warned at this moment."""
    local = now.astimezone(ZoneInfo(view.timezone))
    clock = f"{local:%H:%M}"
    return tuple(
        view.staff[shift.staff_id]
        for shift in view.rota
        if shift.staff_id in view.staff
        and local.weekday() in shift.weekdays
        and shift.starts <= clock < shift.ends
        and not in_holiday(view, local.date())
        and absent(view.staff[shift.staff_id], local.date()) is None
    )


def rota(view: SchoolView, now: dt.datetime) -> Rota:
    """As a turn needs it: the names, or when somebody reads again."""
    people = on_rota(view, now)
    if people:
        return Rota(names=tuple(dict.fromkeys(person.name for person in people)), opens_at=None)
    zone = ZoneInfo(view.timezone)
    today = now.astimezone(zone).date()
    starts = [
        opens
        for ahead in range(_FAR)
        for shift in view.rota
        if (day := today + dt.timedelta(days=ahead)).weekday() in shift.weekdays
        and not in_holiday(view, day)
        and (opens := dt.datetime.combine(day, dt.time.fromisoformat(shift.starts), zone)) > now
    ]
    return Rota(names=(), opens_at=min(starts).astimezone(dt.UTC) if starts else None)


def time_of(text: str, usual: dt.time) -> dt.time:
    """A time of the day as it was typed; the usual one where it is none."""
    try:
        return dt.time.fromisoformat(text)
    except ValueError:
        return usual
