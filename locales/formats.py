"""Dates, times, amounts and lists as each language writes them; and names of one script inside a sentence of another."""

from __future__ import annotations

import datetime as dt
import functools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal

from locales.languages import LANGUAGES

ISOLATE, END_ISOLATE = "\u2068", "\u2069"
BOTH_MONTHS = {"ar": ("ar_SY", "ar"), "fa": ("fa", "fa_AF")}
"""Two names of a month, the second in brackets: Damascus and Baghdad say تشرين الثاني, Cairo نوفمبر; Tehran ژوئیه, Kabul جولای."""
WEEKDAYS = {"ary_Latn": ("tnin", "tlata", "larb3", "lkhmis", "ljem3a", "sebt", "l7ed")}
"""From Monday, where no locale writes a language as its people do; the months of `ary_Latn` are Dutch, as they hear them here."""
AND = {"ary_Latn": "w"}

_YEAR = re.compile(r"(?:\s+'de')?,?\s*y(?:年|\s'[рг]'\.)?")
_SPACES = re.compile("[\u00a0\u2007\u2009\u202f]")
_DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_EZAFE = "\u0654"  # binds a Persian month to a year; here none follows
_FIRST = re.compile(r"\b1 (?=[^\W\d])")
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})")
_ROMANIAN_DE = 20  # from here on, and at round hundreds, `de` stands before what is counted
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
# A run of Latin words or of digits with signs between them ("Magister", "0800-2000"), whose parts must not change places.
_RUN = re.compile(r"[A-Za-z0-9+€]+(?:[ -/:@_A-Za-zÀ-ž0-9€]*[A-Za-zÀ-ž0-9/€])?")


def date(value: dt.date, language: str) -> str:
    """Weekday, day and month: "donderdag 12 november"."""
    written = format_date(value, _date_pattern(language), locale=_locale(language))
    if language in WEEKDAYS:
        usual = _locale(language).days["format"]["wide"][value.weekday()]
        written = written.replace(usual, WEEKDAYS[language][value.weekday()])
    return _as_said(written, value, language)


def with_year(value: dt.date, language: str) -> str:
    """A day that may lie far ahead: "12 november 2026"."""
    return _tidy(format_date(value, "long", locale=_locale(language)))


def time(value: dt.time) -> str:
    """The school clock, everywhere the same: "08:30"."""
    return f"{value:%H:%M}"


def moment(value: dt.datetime, language: str) -> str:
    """Day and time, joined as the language does: "donderdag 12 november, 12:00"."""
    joined = str(_locale(language).datetime_formats["medium"])
    day = date(value.date(), language)
    day += "," if day[-1].isdigit() and joined == "{1} {0}" else ""  # "Noofeembar 12, 19:05"
    return _tidy(joined.replace("{1}", day).replace("{0}", time(value.time())))


def weekdays(days: Iterable[int], language: str) -> str:
    """Names of weekdays, 0 for Monday: "woensdag en vrijdag"."""
    names = WEEKDAYS.get(language) or _locale(language).days["stand-alone"]["wide"]
    return items([names[day] for day in sorted(set(days))], language)


def short_weekday(day: dt.date, language: str) -> str:
    """Its name as it fits on a button: "do"."""
    names = WEEKDAYS.get(language) or _locale(language).days["format"]["abbreviated"]
    return strip_directions(names[day.weekday()])


def money(amount: Decimal, language: str) -> str:
    """Euros."""
    if language == "ro":
        return _euro_in_romanian(amount)
    return _tidy(format_currency(amount, "EUR", locale=_locale(language)))


def items(parts: Sequence[str], language: str) -> str:
    """A list in words: "Elif, Can en Ada"."""
    if language in AND and len(parts) > 1:
        return f"{', '.join(parts[:-1])} {AND[language]} {parts[-1]}"
    return _tidy(format_list(list(parts), locale=_locale(language)))


def typed(kind: str, value: str, language: str) -> str:
    """A fact of the school as `flows/facts.yml` types it; what cannot be read as its type is shown as it stands."""
    try:
        match kind:
            case "date":
                return date(dt.date.fromisoformat(value.strip()), language)
            case "dates":
                days = [dt.date.fromisoformat(part.strip()) for part in value.split(",") if part.strip()]
                return items([_day(day, language) for day in days], language)
            case "time" if found := _TIME.fullmatch(value.strip()):
                return time(dt.time(int(found[1]), int(found[2])))
            case "money":
                amount = Decimal(value.strip().replace(",", "."))
                return money(amount, language) if amount.is_finite() else value
            case _:
                return value
    except (ValueError, InvalidOperation):
        return value


def strip_directions(text: str) -> str:
    """Without the invisible signs that turn the direction of what follows."""
    return _DIRECTIONS.sub("", text)


def isolated(value: str, language: str) -> str:
    """A value that is written the other way than its sentence, fenced off so that nothing around it jumps."""
    rtl = LANGUAGES[language].rtl
    letters = {unicodedata.bidirectional(letter) for letter in value}
    other = letters & ({"L", "EN"} if rtl else _RIGHT_TO_LEFT)
    return f"{ISOLATE}{value}{END_ISOLATE}" if other else value


def isolated_runs(text: str, language: str) -> str:
    """A sentence of ours with its Latin words and numbers fenced off, where it is written from right to left."""
    if not LANGUAGES[language].rtl or ISOLATE in text:
        return text
    return _RUN.sub(lambda run: run[0] if run[0].isdigit() else f"{ISOLATE}{run[0]}{END_ISOLATE}", text)


def _euro_in_romanian(amount: Decimal) -> str:
    """In a word, as it is said ("12 euro", "45 de euro", "12,50 euro"): the code that Babel writes stands on invoices."""
    whole = int(amount)
    if amount != whole:
        return format_decimal(amount, "#,##0.00", locale=_locale("ro")) + " euro"
    counted = whole >= _ROMANIAN_DE and not 0 < whole % 100 < _ROMANIAN_DE
    return format_decimal(whole, "#,##0", locale=_locale("ro")) + (" de euro" if counted else " euro")


def _day(value: dt.date, language: str) -> str:
    """Without the weekday, whose comma would be lost among those of a list."""
    written = format_skeleton("MMMMd", value, locale=_locale(language))
    return _as_said(written, value, language)


def _as_said(written: str, value: dt.date, language: str) -> str:
    """A day as it is said: the first of a French month is its "1er"; a month has both of its names, where there are two."""
    if language == "fr":
        written = _FIRST.sub("1er ", written)
    if language in BOTH_MONTHS:
        # Never `stand-alone`: Babel resolves that alias once, for whichever of a language's countries is asked first.
        usual, first, second = (
            Locale.parse(locale).months["format"]["wide"][value.month].removesuffix(_EZAFE)
            for locale in (LANGUAGES[language].locale, *BOTH_MONTHS[language])
        )
        written = written.replace(_EZAFE, "").replace(usual, f"{first} ({second})")
    return _tidy(written)


@functools.cache
def _locale(language: str) -> Locale:
    return Locale.parse(LANGUAGES[language].locale)


@functools.cache
def _date_pattern(language: str) -> str:
    """The language's full date without its year: there is no skeleton for it, and fixed patterns are wrong in some."""
    return _YEAR.sub("", str(_locale(language).date_formats["full"].pattern), count=1).strip(" ,،")


def _tidy(text: str) -> str:
    """With plain spaces, and without direction marks: those of `isolated` do it whole."""
    return strip_directions(_SPACES.sub(" ", text))
