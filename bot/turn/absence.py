"""What is remembered of an absence that was reported, and whether the desk wanted to hear of it earlier."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from bot.turn import days
from bot.turn.recent import Absence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.turn.draft import Draft
    from flows.values import Value

REMEMBERED = dt.timedelta(days=10)
"""So long after a child's last day of absence it may still be "still sick": a weekend and a holiday week."""
KEPT = 4


def remembered(draft: Draft) -> tuple[Absence, ...]:
    """The children of whom she may say that they are still sick, or better."""
    since = draft.today - REMEMBERED
    return tuple(one for one in draft.memory.absences if one.day >= since and (draft.child(one.child) or not one.known))


def after(draft: Draft, slots: Mapping[str, Value]) -> tuple[Absence, ...]:
    """What is remembered once this was passed on: the child's last day of illness, or nothing of a child that is better."""
    child, known = slots.get("child"), True
    if child is None:
        child, known = slots.get("child_text"), False
    others = tuple(one for one in draft.memory.absences if child is None or (one.child, one.known) != (child, known))
    day = _day(slots.get("absence_until")) or _day(slots.get("absence_date"))
    if slots.get("absence_kind") != "sick" or child is None or day is None:
        return others
    return (Absence(str(child), known, day), *others)[:KEPT]


def after_deadline(draft: Draft, slots: Mapping[str, Value]) -> bool:
    """Whether this is about today and the desk wanted to hear it earlier."""
    deadline = draft.known.school.facts.get("absence_deadline", "")
    if not deadline or slots.get("absence_kind") == "better" or not days.is_school_day(draft.known.school, draft.today):
        return False
    return slots.get("absence_date") == draft.today.isoformat() and days.is_past(draft, deadline)


def _day(value: Value) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        return None
