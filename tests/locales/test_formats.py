"""Dates, times, amounts and lists, in every language and whole in both directions."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
from decimal import Decimal

import pytest

from locales import formats
from locales.languages import LANGUAGES

THURSDAY = dt.date(2026, 11, 12)
FIRST = dt.date(2026, 12, 1)
DATES = {
    "nl": ("donderdag 12 november", "dinsdag 1 december"),
    "en": ("Thursday, 12 November", "Tuesday, 1 December"),
    "tr": ("12 Kasım Perşembe", "1 Aralık Salı"),
    "ar": ("الخميس، 12 تشرين الثاني (نوفمبر)", "الثلاثاء، 1 كانون الأول (ديسمبر)"),
    "ary": ("الخميس، 12 نونبر", "الثلاثاء، 1 دجنبر"),
    "ary_Latn": ("lkhmis 12 november", "tlata 1 december"),
    "pl": ("czwartek, 12 listopada", "wtorek, 1 grudnia"),
    "uk": ("четвер, 12 листопада", "вівторок, 1 грудня"),
    "ru": ("четверг, 12 ноября", "вторник, 1 декабря"),
    "fa": ("پنجشنبه 12 نوامبر (نومبر)", "سه‌شنبه 1 دسامبر (دسمبر)"),
    "so": ("Khamiis, Noofeembar 12", "Talaado, Diseembar 1"),
    "ti": ("ሓሙስ፣ 12 ሕዳር", "ሰሉስ፣ 1 ታሕሳስ"),
    "es": ("jueves, 12 de noviembre", "martes, 1 de diciembre"),
    "fr": ("jeudi 12 novembre", "mardi 1er décembre"),
    "de": ("Donnerstag, 12. November", "Dienstag, 1. Dezember"),
    "ro": ("joi, 12 noiembrie", "marți, 1 decembrie"),
    "bg": ("четвъртък, 12 ноември", "вторник, 1 декември"),
    "zh": ("11月12日星期四", "12月1日星期二"),
    "pap": ("djaweps, 12 Novèmber", "djamars, 1 Desèmber"),
}


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_date_has_weekday_day_and_month_and_no_year(code: str) -> None:
    """As each language writes it, the first of a month too."""
    assert (formats.date(THURSDAY, code), formats.date(FIRST, code)) == DATES[code]


def test_both_names_of_an_arabic_month_stand_in_a_list_too() -> None:
    """Which tradition a parent grew up with, nobody knows: Syria and Iraq say one, Egypt and Sudan the other."""
    assert formats.typed("dates", "2026-12-11, 2027-03-19", "ar") == "11 كانون الأول (ديسمبر) و19 آذار (مارس)"


def test_a_persian_month_has_its_name_in_dari() -> None:
    """And no ezafe, which would bind it to a year."""
    assert formats.typed("dates", "2027-01-11, 2027-07-16", "fa") == "11 ژانویه (جنوری) و 16 ژوئیه (جولای)"


def test_darija_in_latin_letters_has_its_own_weekdays_and_dutch_months() -> None:
    """Many who write it never learned French; the months they hear here are Dutch."""
    assert formats.weekdays((2, 4), "ary_Latn") == "larb3 w ljem3a"
    assert formats.moment(dt.datetime(2026, 11, 26, 12, 0, tzinfo=dt.UTC), "ary_Latn") == "lkhmis 26 november, 12:00"


def test_a_day_at_the_end_of_a_date_does_not_run_into_the_time() -> None:
    """Somali has the day behind the month."""
    assert formats.moment(dt.datetime(2026, 11, 12, 19, 5, tzinfo=dt.UTC), "so") == "Khamiis, Noofeembar 12, 19:05"


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("0", "0 euro"),
        ("12", "12 euro"),
        ("45", "45 de euro"),
        ("100", "100 de euro"),
        ("119", "119 euro"),
        ("1200", "1.200 de euro"),
        ("12.50", "12,50 euro"),
    ],
)
def test_romanian_counts_euros(amount: str, expected: str) -> None:
    """`de` from twenty on, but not where the last two digits are below."""
    assert formats.money(Decimal(amount), "ro") == expected


YEAR = """
import datetime as dt, sys
from babel import Locale
for name in sys.argv[1:]:
    for part in (Locale.parse(name).months, Locale.parse(name).days):
        [part[context]["wide"][1] for context in ("stand-alone", "format")]
from locales import formats
from locales.languages import LANGUAGES
for code in LANGUAGES:
    for month in range(1, 13):
        print(formats.date(dt.date(2026, month, 12), code), formats.typed("dates", f"2026-{month:02}-12", code))
    print(formats.weekdays(range(7), code))
"""


def test_names_do_not_depend_on_what_was_loaded_before() -> None:
    """Babel keeps what it resolved of a language for its countries loaded later: no name of ours may come from there."""

    def year(*loaded: str) -> str:
        made = subprocess.run(
            [sys.executable, "-X", "utf8", "-c", YEAR, *loaded],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
        )
        return made.stdout

    countries = ("ar_MA", "ar_SY", "en_GB", "fa_AF")
    first = year(*countries, "ar", "en", "en_001", "fa")
    assert len(first.splitlines()) == 13 * len(LANGUAGES)
    assert year("ar", "en", "en_001", "fa", *countries) == first


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_format_is_plain(code: str) -> None:
    """No invisible direction marks, no spaces that phones show as boxes, no 12-hour clock."""
    made = [
        formats.moment(dt.datetime(2026, 11, 12, 19, 5, tzinfo=dt.UTC), code),
        formats.money(Decimal("45.50"), code),
        formats.weekdays((4, 2), code),
        formats.items(["Elif", "Can", "Ada"], code),
        formats.typed("dates", "2026-12-11, 2027-03-19", code),
    ]
    assert "19:05" in made[0]
    assert not re.search("[\u00a0\u2009\u202f\u200e\u200f\u061c]", "".join(made))


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("date", "2026-11-12", "donderdag 12 november"),
        ("dates", "2026-12-11, 2027-03-19", "11 december en 19 maart"),
        ("time", "8:30", "08:30"),
        ("time", "08.30", "08:30"),
        ("money", "45", "€ 45,00"),
        ("money", "12,5", "€ 12,50"),
        ("phone", "030 000 01 00", "030 000 01 00"),
        ("date", "na de kerst", "na de kerst"),
        ("time", "25:99", "25:99"),
        ("money", "niets", "niets"),
        ("money", "NaN", "NaN"),
    ],
)
def test_facts_are_shown_by_their_type(kind: str, value: str, expected: str) -> None:
    """What cannot be read as its type stands as the school wrote it."""
    assert formats.typed(kind, value, "nl") == expected


@pytest.mark.parametrize(
    ("value", "language", "isolated"),
    [
        ("Elif", "ar", True),
        ("08:30", "ar", True),
        ("محمد", "ar", False),
        ("العربية", "nl", True),
        ("Elif", "nl", False),
        ("08:30", "tr", False),
    ],
)
def test_what_runs_the_other_way_is_fenced_off(value: str, language: str, *, isolated: bool) -> None:
    """A Latin name in Arabic, an Arabic name in Dutch."""
    assert formats.isolated(value, language) == (f"\u2068{value}\u2069" if isolated else value)


def test_latin_words_inside_a_sentence_stay_whole() -> None:
    """A number with a hyphen would change its halves; a bare number cannot, and words of the language are left alone."""
    text = "اتصل بـ 112 أو Veilig Thuis 0800-2000 (مجانا)."
    expected = "اتصل بـ 112 أو \u2068Veilig Thuis 0800-2000\u2069 (مجانا)."
    assert formats.isolated_runs(text, "ar") == expected
