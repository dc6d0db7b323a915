"""School days, and the moments for a talk that are offered on them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from bot.turn import days
from bot.turn.draft import Draft
from bot.turn.memory import Remembered
from bot.turn.types import Heard
from db.types import InboundKind
from locales.languages import LANGUAGES
from tests.turn.scene import ELIF, MONDAY, Phone, Script, book, school


def draft(language: str = "nl") -> Draft:
    """A turn in that language."""
    known = Phone().known
    return Draft(
        Heard("", InboundKind.TEXT, MONDAY), known, book(), Script(), tuple(LANGUAGES), Remembered(language=language)
    )


def test_weekends_holidays_and_days_off_are_no_school_days() -> None:
    """As far as the school has said when they are."""
    assert days.next_school_day(school(), dt.date(2026, 11, 28)) == dt.date(2026, 11, 30)
    assert days.next_school_day(school(), dt.date(2026, 12, 19)) == dt.date(2027, 1, 4)
    assert not days.is_school_day(school(), dt.date(2027, 1, 25))
    assert days.is_school_day(replace(school(), facts={}), dt.date(2026, 12, 21))
    free = frozenset({dt.date(2026, 11, 24)})
    assert days.next_school_day(replace(school(), no_lessons=free), dt.date(2026, 11, 24)) == dt.date(2026, 11, 25)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_moments_fit_on_a_button(language: str) -> None:
    """Three of them, in each language, with the day's name where there is room for it."""
    titles = [choice.title for choice in days.moments(draft(language), None, with_mentor=False)]
    assert len(titles) == 3
    assert all(len(title) <= 20 and "/" in title for title in titles)


def test_moments_on_days_that_the_mentor_works() -> None:
    """Mevrouw De Wit does not work on Wednesday."""
    offered = [choice.value for choice in days.moments(draft(), ELIF, with_mentor=True)]
    assert offered == ["24-11-2026, 15:30", "26-11-2026, 9:00", "27-11-2026, 13:30"]
    anybody = [choice.value for choice in days.moments(draft(), ELIF, with_mentor=False)]
    assert str(anybody[1]).startswith("25-11-2026")
