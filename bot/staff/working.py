"""When a colleague may be disturbed, and who is told instead. Pure."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from bot.people.availability import works_on
from bot.people.hours import CLOSES, OPENS
from db.queries.school import Colleague, SchoolView

_FAR = 120


def quiet_for(
    view: SchoolView, person: Colleague, now: dt.datetime, *, opens: str = "", closes: str = ""
) -> dt.datetime | None:
    """When this colleague next works; None: now. Their own hours, else the school's; their days, absences and holidays."""
    zone = ZoneInfo(view.timezone)
    local = now.astimezone(zone)
    first = _time(opens) or _time(view.facts.get("office_open", "")) or OPENS
    last = _time(closes) or _time(view.facts.get("office_close", "")) or CLOSES
    if works_on(view, person, local.date()) and first <= local.time() < last:
        return None
    days = (local.date() + dt.timedelta(days=ahead) for ahead in range(_FAR))
    mornings = (dt.datetime.combine(day, first, zone) for day in days if works_on(view, person, day))
    following = next((morning for morning in mornings if morning > now), local + dt.timedelta(days=1))
    return following.astimezone(dt.UTC)


def stands_in(view: SchoolView, person: Colleague, today: dt.date) -> Colleague | None:
    """Who stands in for somebody who is away today, if that is said and they are here themselves."""
    away = next((absence for absence in person.absences if absence[0] <= today <= absence[1]), None)
    other = view.staff.get(away[2] or 0) if away else None
    if other is None or any(first <= today <= last for first, last, _ in other.absences):
        return None
    return other


def _time(text: str) -> dt.time | None:
    try:
        return dt.time.fromisoformat(text) if text else None
    except ValueError:
        return None
