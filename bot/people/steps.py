"""The ladder of a silence: what the line does while a promise comes near, and after it has passed. Pure.

Who has the case is reminded at noon of their last working day before the promised one. On the morning of the promised day it
goes to who stands next; halfway to the promise to whoever is above; at the promise the parent hears of a new day and who has
it now; if that day passes as well it goes to the last resort, and the parent hears of that. Then a reminder each morning.
"""

from __future__ import annotations

import datetime as dt
from enum import IntEnum
from zoneinfo import ZoneInfo

from bot.people.availability import is_open, last_hour, opening, work_days, works_on
from db.queries.school import Colleague, SchoolView

NOON = dt.time(12)
_BACK = 60


class Step(IntEnum):
    """How far it has come; what a case keeps."""

    NOTHING = 0
    REMINDED = 1
    NEXT = 2
    ABOVE = 3
    TOLD = 4
    LAST_RESORT = 5


def moment_of(view: SchoolView, person: Colleague | None, promised: dt.datetime, step: Step) -> dt.datetime:
    """When a step is due, of a promise that this person is to keep."""
    local = promised.astimezone(ZoneInfo(view.timezone))
    opens = min(opening(view, local.date()), local)
    match step:
        case Step.REMINDED:
            at = _noon_before(view, person, local.date()) or opens
        case Step.NEXT:
            at = opens
        case Step.ABOVE:
            at = (opens.astimezone(dt.UTC) + (promised - opens) / 2).astimezone(local.tzinfo)
        case _:
            at = local
    return at.astimezone(dt.UTC)


def following(
    view: SchoolView, person: Colleague | None, promised: dt.datetime, step: Step, now: dt.datetime
) -> tuple[Step, dt.datetime]:
    """The step after this one, and when. What would come at once is left out where they have just got it."""
    if step is Step.LAST_RESORT:
        return step, next_morning(view, person, now)
    ahead = Step(step + 1)
    while step is Step.NOTHING and ahead < Step.TOLD and moment_of(view, person, promised, ahead) <= now:
        ahead = Step(ahead + 1)
    return ahead, moment_of(view, person, promised, ahead)


def due(view: SchoolView, person: Colleague | None, promised: dt.datetime, step: Step, now: dt.datetime) -> Step:
    """The step to take now; after a time in which nobody looked the last one that is due, and none of those before it."""
    ahead = Step(min(step + 1, Step.LAST_RESORT))
    while ahead < Step.TOLD and moment_of(view, person, promised, Step(ahead + 1)) <= now:
        ahead = Step(ahead + 1)
    return ahead


def next_morning(view: SchoolView, person: Colleague | None, now: dt.datetime) -> dt.datetime:
    """When the school opens on the next day that this person works."""
    today = now.astimezone(ZoneInfo(view.timezone)).date()
    day = next(work_days(view, person, today), today + dt.timedelta(days=1))
    return opening(view, day).astimezone(dt.UTC)


def _noon_before(view: SchoolView, person: Colleague | None, promised: dt.date) -> dt.datetime | None:
    days = (promised - dt.timedelta(days=back) for back in range(1, _BACK))
    day = next((day for day in days if (works_on(view, person, day) if person else is_open(view, day))), None)
    if day is None:
        return None
    return dt.datetime.combine(day, min(NOON, last_hour(view, person, day)), ZoneInfo(view.timezone))
