"""The ladder of a silence, moment by moment."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from bot.people.availability import promise
from bot.people.steps import Step, following
from tests.people.view import ZONE, colleague, view


def climb(weekdays: range, now: str) -> list[tuple[str, str]]:
    """Every step of a silence from a moment, with the local time of each."""
    person = colleague(1, weekdays=frozenset(weekdays))
    at = dt.datetime.fromisoformat(now).replace(tzinfo=ZoneInfo(ZONE))
    promised, step, found = promise(view(), person, at), Step.NOTHING, []
    while step < Step.TOLD:
        step, at = following(view(), person, promised, step, at)
        found.append((step.name, f"{at.astimezone(ZoneInfo(ZONE)):%a %H:%M}"))
    return found


def test_every_step_before_the_promise_passes() -> None:
    """Reminded the day before at noon, to the next at eight, to who is above at ten; told at the promise."""
    assert climb(range(5), "2026-11-23 10:00") == [
        ("REMINDED", "Tue 12:00"),
        ("NEXT", "Wed 08:00"),
        ("ABOVE", "Wed 10:00"),
        ("TOLD", "Wed 12:00"),
    ]


def test_over_the_end_of_summer_time() -> None:
    """By the clock at school: Friday in summer time, Monday without it."""
    assert climb(range(5), "2026-10-22 10:00")[:2] == [("REMINDED", "Fri 12:00"), ("NEXT", "Mon 08:00")]


def test_a_reminder_waits_for_a_working_day() -> None:
    """Who works on Mondays and Tuesdays is not reminded on a Sunday."""
    assert climb(range(2), "2026-11-25 10:00")[0] == ("REMINDED", "Mon 12:00")
