"""The plan of a year: who writes when, who is away when, who leaves, and what else changes; thrown beforehand."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any, Protocol

from db.types import Role
from tests.year.line import TOPICS
from tests.year.naive import DAY, number
from tests.year.school import Place

FIRST, LAST = dt.date(2026, 8, 31), dt.date(2027, 7, 9)
STORMS = ("2026-12-03", "2027-01-27", "2027-03-31")
"""Closed at a day's notice."""


class Planned(Protocol):
    """A year that can be planned."""

    dice: random.Random
    place: Place

    def at(self, when: int, kind: str, *what: Any) -> None:
        """Something will happen."""


def plan(year: Planned, messages: int, absences: int) -> None:
    """Everything that does not follow from something else; so many absences a person."""
    dice, days = year.dice, [number(FIRST) + n for n in range((LAST - FIRST).days)]
    for _ in range(messages):
        when = dice.choice(days) * DAY + dice.choice((dice.randint(300, 1290), dice.randint(400, 1000)))
        year.at(when, "message", *dice.choice(year.place.families), dice.choice(TOPICS))
    everybody = list(year.place.fingers.people)
    for staff_id in everybody * absences:
        first = dice.choice(days)
        length = dice.choice((1, 1, 1, 2, 3, 5, 10, 15))
        ahead = dice.choice((0, 0, 0, 1, 3, 20))
        substitute = dice.choice((None, *year.place.holders[Role.TEAM_LEADER], *everybody))
        entered = (first - ahead) * DAY + dice.randint(6 * 60, 9 * 60)
        year.at(entered, "absence", staff_id, first, first + length - 1, substitute)
    mentors = [staff_id for staff in year.place.mentors.values() for staff_id in staff]
    for _ in range(max(3, len(everybody) // 10)):
        year.at(dice.choice(days) * DAY + 900, "other_days", dice.choice(mentors))
        year.at(dice.choice(days) * DAY + 840, "other_mentor", dice.choice(year.place.classes), dice.choice(mentors))
    for staff_id in dice.sample(mentors, max(1, len(mentors) // 20)):
        year.at(dice.choice(days[60:]) * DAY + 960, "leaves", staff_id)
    for day in STORMS:
        year.at(number(dt.date.fromisoformat(day)) * DAY - DAY + 900, "closes", day)
