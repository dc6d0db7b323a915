"""When a colleague may be disturbed. Pure."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from bot.people.availability import closing, opening, time_of, works_on
from db.queries.school import Colleague, SchoolView

_FAR = 120


def quiet_for(
    view: SchoolView, person: Colleague, now: dt.datetime, *, opens: str = "", closes: str = ""
) -> dt.datetime | None:
    """When this colleague next works; None: now. Their own hours, else the school's; their days, absences and holidays."""
    zone = ZoneInfo(view.timezone)
    local = now.astimezone(zone)
    first = time_of(opens, opening(view, local.date()).time())
    last = time_of(closes, closing(view))
    if works_on(view, person, local.date()) and first <= local.time() < last:
        return None
    days = (local.date() + dt.timedelta(days=ahead) for ahead in range(_FAR))
    mornings = (dt.datetime.combine(day, first, zone) for day in days if works_on(view, person, day))
    following = next((morning for morning in mornings if morning > now), local + dt.timedelta(days=1))
    return following.astimezone(dt.UTC)
