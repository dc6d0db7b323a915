"""Who stands for a role on a day, until when an answer may be promised, and who is warned of danger. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.calendar.facts import is_closed, knows_holidays
from bot.turn.types import Rota
from db.queries.school import Colleague, SchoolView
from db.types import Role

PROMISED_AT = dt.time(12, 0)
PROMISED_DAYS = 2
"""An answer is promised before noon of the second day the person works."""
_FAR = 60


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who it goes to, and why (for one line to that person): role, of whom, standing in for whom."""

    person: Colleague | None
    role: Role
    instead_of: Colleague | None = None
    why: str = "role"


def works_on(view: SchoolView, person: Colleague, day: dt.date) -> bool:
    """Whether this person is at work on that day: their days, no absence, no school holiday."""
    if day.weekday() not in person.weekdays or in_holiday(view, day):
        return False
    return not any(first <= day <= last for first, last, _ in person.absences)


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


def choose(view: SchoolView, role: Role, mentor_ids: Sequence[int], today: dt.date) -> Chosen:
    """The person for a role: the pupil's mentor first, then who holds it, who stands in, the administration, anybody.

    A part-time day passes nothing on: only an absence does. Somebody is always named while anybody works here.
    """
    candidates = list(mentor_ids) if role is Role.MENTOR else []
    candidates += [i for i in view.holders.get(role, ()) if i not in candidates]
    for staff_id in candidates:
        person = view.staff.get(staff_id)
        if person is None:
            continue
        absence = next((a for a in person.absences if a[0] <= today <= a[1]), None)
        if absence is None:
            return Chosen(person, role)
        substitute = view.staff.get(absence[2] or 0)
        if substitute is not None and not any(a[0] <= today <= a[1] for a in substitute.absences):
            return Chosen(substitute, role, instead_of=person, why="stands_in")
    for fallback in (Role.TEAM_LEADER, Role.ADMINISTRATION):
        for staff_id in view.holders.get(fallback, ()):
            if staff_id in view.staff:
                return Chosen(view.staff[staff_id], role, why="nobody_holds_it")
    anybody = next(iter(view.staff.values()), None)
    return Chosen(anybody, role, why="nobody_holds_it")


def promise(view: SchoolView, person: Colleague | None, now: dt.datetime) -> dt.datetime:
    """The moment before which the parent hears: noon of the second day after today that the person works."""
    zone = ZoneInfo(view.timezone)
    day = now.astimezone(zone).date()
    left = PROMISED_DAYS
    for _ in range(_FAR):
        day += dt.timedelta(days=1)
        working = works_on(view, person, day) if person else day.weekday() < 5 and not in_holiday(view, day)  # noqa: PLR2004
        left -= working
        if not left:
            break
    return dt.datetime.combine(day, PROMISED_AT, zone).astimezone(dt.UTC)


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
        and not any(a[0] <= local.date() <= a[1] for a in view.staff[shift.staff_id].absences)
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
