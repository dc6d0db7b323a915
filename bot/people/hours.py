"""School hours: when the school may begin to write (law 12). Pure."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from bot.people.availability import in_holiday
from db.queries.school import SchoolView

OPENS, CLOSES = dt.time(8), dt.time(17)
"""Where the school's facts do not say."""
_FAR = 120


def quiet_until(view: SchoolView, now: dt.datetime) -> dt.datetime | None:
    """The moment at which the school next opens; None while it is open."""
    zone = ZoneInfo(view.timezone)
    local = now.astimezone(zone)
    opens, closes = _fact(view, "office_open", OPENS), _fact(view, "office_close", CLOSES)
    if _school_day(view, local.date()) and opens <= local.time() < closes:
        return None
    days = (local.date() + dt.timedelta(days=ahead) for ahead in range(_FAR))
    openings = (dt.datetime.combine(day, opens, zone) for day in days if _school_day(view, day))
    found = next((opening for opening in openings if opening > now), local + dt.timedelta(days=1))
    return found.astimezone(dt.UTC)


def _school_day(view: SchoolView, day: dt.date) -> bool:
    return day.weekday() < 5 and not in_holiday(view, day)  # noqa: PLR2004 - Monday to Friday


def _fact(view: SchoolView, name: str, usual: dt.time) -> dt.time:
    try:
        return dt.time.fromisoformat(view.facts.get(name, ""))
    except ValueError:
        return usual
