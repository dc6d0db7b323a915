"""Days that parents write."""

from __future__ import annotations

import datetime as dt

import pytest

from nlu.entities import read_date

TODAY = dt.date(2026, 11, 18)  # a Wednesday

CASES: dict[str, dict[str, str | None]] = {
    "nl": {
        "vandaag": "11-18",
        "morgen": "11-19",
        "overmorgen": "11-20",
        "ziek sinds vanochtend": "11-18",
        "dinsdag": "11-24",
        "woensdag": "11-18",
        "dinsdag morgen": "11-24",
        "volgende maandag": "11-23",
        "volgende vrijdag": None,  # this week's or next week's?
        "volgende week vrijdag": "11-27",
        "vrijdag volgende week": "11-27",
        "komende woensdag": "11-25",
        "do": "11-19",
        "do 26 nov": "11-26",
        "ma 26 nov": None,  # a Thursday
        "ik doe het do of zo": None,
        "12-12": "12-12",
        "12.12": "12-12",
        "12.12.2026": "12-12",
        "om 10.12": None,
        "8.30": None,
        "12 december": "12-12",
        "de 12e december graag": "12-12",
        "12 december 2027": None,  # too far
        "12/11": None,  # last week
        "12/12 of 13/12": None,
        "vandaag en morgen": None,
        "goede morgen": None,
        "2026-12-01": "12-01",
        "31 februari": None,
        "18/11": "11-18",
        "1": None,
    },
    "en": {
        "today": "11-18",
        "tomorow": "11-19",
        "the day after tomorrow": "11-20",
        "next tuesday": "11-24",
        "next friday": None,
        "next week friday": "11-27",
        "december 12th": "12-12",
        "the 12th of december": "12-12",
        "sat": "11-21",
        "he sat in the car with us": None,
        "may i come": None,
        "12/12/26": "12-12",
    },
    "tr": {
        "bugün": "11-18",
        "yarin": "11-19",
        "öbür gün": "11-20",
        "salı günü": "11-24",
        "haftaya cuma": "11-27",
        "cumaya kadar": "11-20",
        "12 Aralık'ta": "12-12",
        "12 aralik": "12-12",
        "vrijdag gelemez": "11-20",  # Dutch words stand in all languages
    },
    "ar": {
        "اليوم": "11-18",
        "بكرا": "11-19",
        "غداً": "11-19",
        "بعد بكرا": "11-20",
        "يوم الثلاثاء": "11-24",
        "الجمعة": "11-20",
        "١٢ كانون الأول": "12-12",
        "12 ديسمبر": "12-12",
        "١٢/١٢": "12-12",
    },
    "pl": {
        "dzis": "11-18",
        "jutro": "11-19",
        "pojutrze": "11-20",
        "we wtorek": "11-24",
        "w środę": "11-18",
        "w przyszły piątek": "11-27",
        "12 grudnia": "12-12",
        "12.12": "12-12",
        "o 10.12": None,
    },
    "uk": {
        "сьогодні": "11-18",
        "завтра": "11-19",
        "післязавтра": "11-20",
        "у вівторок": "11-24",
        "в п’ятницю": "11-20",
        "наступного тижня у п'ятницю": "11-27",
        "12 грудня": "12-12",
    },
}


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [(language, text, day) for language, table in CASES.items() for text, day in table.items()],
)
def test_days_per_language(language: str, text: str, day: str | None) -> None:
    """A clear day is read; a doubtful one is none, and the flow asks."""
    expected = dt.date.fromisoformat(f"2026-{day}") if day else None

    assert expected == read_date(text, language, TODAY)


def test_a_new_year_lies_ahead() -> None:
    """In November, January is the next one."""
    assert dt.date(2027, 1, 7) == read_date("7 januari", "nl", TODAY)


def test_a_language_without_words_reads_numbers_and_dutch() -> None:
    """No language is an error."""
    assert dt.date(2026, 12, 12) == read_date("12/12", "xx", TODAY)
    assert dt.date(2026, 11, 19) == read_date("morgen", "other", TODAY)
