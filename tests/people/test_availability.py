"""When somebody is at work, and what may be promised of them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from bot.people.availability import kept, promise, works_on
from bot.people.hours import quiet_until
from tests.people.view import ZONE, away, colleague, day, view

HOLIDAY = {"next_holiday_start": "2026-12-19", "next_holiday_end": "2027-01-03"}


def at(text: str) -> dt.datetime:
    """A moment at school."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE))


def local(moment: dt.datetime) -> str:
    """As the clock at school shows it."""
    return f"{moment.astimezone(ZoneInfo(ZONE)):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("now", "person", "expected"),
    [
        ("2026-11-23 10:00", colleague(1), "2026-11-25 12:00"),
        ("2026-11-23 23:30", colleague(1), "2026-11-25 12:00"),
        ("2026-11-20 16:00", colleague(1), "2026-11-24 12:00"),  # a Friday
        ("2026-11-22 03:00", colleague(1), "2026-11-24 12:00"),  # a Sunday night
        ("2026-11-23 10:00", colleague(1, weekdays=frozenset({0, 3})), "2026-11-30 12:00"),
        ("2026-11-23 10:00", colleague(1, weekdays=frozenset({2, 5, 6})), "2026-12-02 12:00"),  # no school at weekends
        ("2026-11-23 10:00", colleague(1, absences=(away("2026-11-24", "2026-11-27"),)), "2026-12-01 12:00"),
        ("2026-12-17 10:00", colleague(1), "2027-01-04 12:00"),  # the Christmas holiday
        ("2026-12-18 10:00", colleague(1), "2027-01-05 12:00"),
        ("2026-11-23 10:00", colleague(1, last_hours={2: "10:30"}), "2026-11-25 10:30"),
        ("2026-11-23 10:00", colleague(1, last_hours={2: "15:00"}), "2026-11-25 12:00"),
        ("2026-10-23 10:00", colleague(1), "2026-10-27 12:00"),  # summer time ends on Sunday
        ("2027-03-26 10:00", colleague(1), "2027-03-30 12:00"),  # and begins
        ("2026-11-23 10:00", colleague(1, absences=(away("2026-11-01", "2027-11-01"),)), "2026-11-25 12:00"),
        ("2026-11-23 10:00", None, "2026-11-25 12:00"),
    ],
)
def test_a_promise_is_noon_of_the_second_working_day(now: str, person: object, expected: str) -> None:
    """In the school's own time, on a day of school on which this person works, not after their last hour."""
    school = view(facts=HOLIDAY)
    assert local(promise(school, person, at(now))) == expected  # type: ignore[arg-type]


def test_the_school_closes_early() -> None:
    """Nobody is asked for anything after the school closes."""
    school = view(facts={"office_close": "11:00"})
    assert local(promise(school, colleague(1, last_hours={2: "16:00"}), at("2026-11-23 10:00"))) == "2026-11-25 11:00"


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (colleague(1), "2026-11-25 12:00"),
        (colleague(1, weekdays=frozenset({2})), "2026-11-25 12:00"),
        (colleague(1, weekdays=frozenset({0, 1, 3})), "2026-11-26 12:00"),
        (colleague(1, last_hours={2: "11:00"}), "2026-11-26 12:00"),
        (colleague(1, absences=(away("2026-11-25", "2026-11-25"),)), "2026-11-26 12:00"),
    ],
)
def test_a_promise_is_kept_where_it_can_be(person: object, expected: str) -> None:
    """It stays where they are at work until then; else it is noon of their next working day."""
    now, promised = at("2026-11-24 09:00"), at("2026-11-25 12:00")
    assert local(kept(view(), person, promised, now)) == expected  # type: ignore[arg-type]


def test_a_saturday_is_no_day_of_school() -> None:
    """Whatever somebody's days are."""
    assert not works_on(view(), colleague(1, weekdays=frozenset(range(7))), day("2026-11-28"))


def test_the_school_opens_again() -> None:
    """After a Friday afternoon on Monday at eight."""
    opens = quiet_until(view(), at("2026-11-20 17:00"))
    assert opens
    assert local(opens) == "2026-11-23 08:00"
