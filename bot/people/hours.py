"""School hours: when the school may begin to write (law 12). Pure."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from bot.people.availability import closing, is_open, opening
from db.queries.school import SchoolView

_FAR = 120


def quiet_until(view: SchoolView, now: dt.datetime) -> dt.datetime | None:
    """The moment at which the school next opens; None while it is open."""
    local = now.astimezone(ZoneInfo(view.timezone))
    today = local.date()
    if is_open(view, today) and opening(view, today).time() <= local.time() < closing(view):
        return None
    days = (today + dt.timedelta(days=ahead) for ahead in range(_FAR))
    openings = (opening(view, day) for day in days if is_open(view, day))
    found = next((opens for opens in openings if opens > now), local + dt.timedelta(days=1))
    return found.astimezone(dt.UTC)
