"""Reads the one day that a text names: a word (tomorrow), a weekday, or a date. A doubtful day is none: the flow asks."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from babel import Locale, UnknownLocaleError

from nlu.text import fold, words

_DATA = Path(__file__).parent / "dates.yml"
_HORIZON = dt.timedelta(days=274)  # nine months
_SCHOOL = "nl"  # its words for days are understood from everybody
_ANSWER = 3  # words: in so short a text "do" is Thursday
_ABBREVIATION = 3  # letters, up to which a weekday's name may be another word
_NEAR = 1  # words between a weekday and its "next"

_NUMERIC = re.compile(r"(?<![\d/.:-])(\d{1,2})\s?([/.-])\s?(\d{1,2})(?:\2(20\d\d|\d\d))?(?![\d:]|[/.-]\d)")
_ISO = re.compile(r"(?<!\d)(20\d\d)-(\d{1,2})-(\d{1,2})(?!\d)")
_DAY_NUMBER = re.compile(r"([0-2]?\d|3[01])(?:st|nd|rd|th|e|ste|de|го)?")
_YEAR = re.compile(r"20\d\d")

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """What words may mean in one language; phrases are tuples of folded words."""

    days: dict[Words, int] = field(default_factory=dict)
    weekdays: dict[Words, int] = field(default_factory=dict)
    months: dict[Words, int] = field(default_factory=dict)
    turns: dict[Words, str] = field(default_factory=dict)  # next, next_week, coming
    ignored: set[Words] = field(default_factory=set)
    clock: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A phrase found at a place among the words of a text."""

    place: int
    phrase: Words


def read_date(text: str, language: str, today: dt.date) -> dt.date | None:
    """The day from `today` on that a text names, if it names exactly one within nine months."""
    lexicon = _lexicon(language)
    folded = fold(text)
    tokens = words(folded)
    marks = list(_marks(tokens, lexicon))
    dates = {*_numeric(folded, lexicon, today), *_written(tokens, lexicon, today)}
    weekdays = {_weekday(mark, marks, lexicon, today) for mark in marks if _is_weekday(mark, tokens, lexicon)}
    if dates:
        named = {day.weekday() for day in dates if day}
        if weekdays and not {day.weekday() for day in weekdays if day} <= named:
            return None
    else:
        dates = weekdays | {today + dt.timedelta(lexicon.days[m.phrase]) for m in marks if m.phrase in lexicon.days}
    day = dates.pop() if len(dates) == 1 else None
    return day if day is not None and today <= day <= today + _HORIZON else None


def _marks(tokens: list[str], lexicon: _Lexicon) -> Iterator[_Mark]:
    """Phrases of the lexicon, the longest first; months are looked at beside numbers only."""
    known = {*lexicon.days, *lexicon.weekdays, *lexicon.turns, *lexicon.ignored}
    longest = max(map(len, known))
    place = 0
    while place < len(tokens):
        for size in range(longest, 0, -1):
            phrase = tuple(tokens[place : place + size])
            if len(phrase) == size and phrase in known:
                yield _Mark(place, phrase)
                place += size
                break
        else:
            place += 1


def _is_weekday(mark: _Mark, tokens: list[str], lexicon: _Lexicon) -> bool:
    if mark.phrase not in lexicon.weekdays:
        return False
    followed = tokens[mark.place + 1 : mark.place + 2]
    dated = bool(followed) and followed[0][0].isdigit()
    return len(mark.phrase[0]) > _ABBREVIATION or len(tokens) <= _ANSWER or dated


def _weekday(mark: _Mark, marks: list[_Mark], lexicon: _Lexicon, today: dt.date) -> dt.date | None:
    weekday = lexicon.weekdays[mark.phrase]
    ahead = dt.timedelta((weekday - today.weekday()) % 7)
    next_week = today + dt.timedelta(7 - today.weekday() + weekday)
    turns = {
        lexicon.turns[other.phrase]
        for other in marks
        if other.phrase in lexicon.turns and _between(*sorted((mark, other), key=lambda it: it.place)) <= _NEAR
    }
    if "next_week" in turns:
        return next_week
    if "next" in turns:
        return None if weekday > today.weekday() else next_week
    if "coming" in turns:
        return today + (ahead or dt.timedelta(7))
    return today + ahead


def _between(first: _Mark, second: _Mark) -> int:
    return second.place - first.place - len(first.phrase)


def _numeric(folded: str, lexicon: _Lexicon, today: dt.date) -> Iterator[dt.date | None]:
    for year, month, day in _ISO.findall(folded):
        yield _date(int(day), int(month), int(year), today)
    for match in _NUMERIC.finditer(_ISO.sub(" ", folded)):
        day, separator, month, year = match.groups()
        before = words(match.string[: match.start()])[-1:]
        if separator == "." and not year and before and before[0] in lexicon.clock:
            continue
        found = _date(int(day), int(month), int(year) % 100 + 2000 if year else None, today)
        if found is not None:
            yield found


def _written(tokens: list[str], lexicon: _Lexicon, today: dt.date) -> Iterator[dt.date | None]:
    """`12 november 2026` and `November 12`."""
    for place in range(len(tokens)):
        for size in (2, 1):
            month = lexicon.months.get(tuple(tokens[place : place + size]))
            if month is None:
                continue
            behind = tokens[place + size : place + size + 2]
            before = [word for word in tokens[max(0, place - 2) : place] if word != "of"][-1:]
            number = _first_number(before) or _first_number(behind)
            if number is not None:
                year = next((int(token) for token in behind if _YEAR.fullmatch(token)), None)
                yield _date(number, month, year, today)
            break


def _first_number(tokens: list[str]) -> int | None:
    match = _DAY_NUMBER.fullmatch(tokens[0]) if tokens else None
    return int(match.group(1)) if match else None


def _date(day: int, month: int, year: int | None, today: dt.date) -> dt.date | None:
    """Without a year: the first one from today on."""
    try:
        if year is not None:
            return dt.date(year, month, day)
        this_year = dt.date(today.year, month, day)
        return this_year if this_year >= today else dt.date(today.year + 1, month, day)
    except ValueError:
        return None


@cache
def _lexicon(language: str) -> _Lexicon:
    data: dict[str, Any] = yaml.load(_DATA.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    lexicon = _Lexicon()
    for name in dict.fromkeys((_SCHOOL, language)):
        borrowed = name != language
        _add_names(lexicon, name, borrowed=borrowed)
        entry = data.get(name)
        if entry is None:
            continue
        for kind, known in (("days", lexicon.days), ("weekdays", lexicon.weekdays), ("months", lexicon.months)):
            for phrase, meaning in _pairs(entry[kind]):
                if not borrowed or len(phrase) > _ABBREVIATION:
                    known[_phrase(phrase)] = meaning
        for turn in ("next", "next_week", "coming"):
            lexicon.turns.update((_phrase(phrase), turn) for phrase in entry[turn])
        lexicon.ignored.update(_phrase(phrase) for phrase in entry["ignore"])
        lexicon.clock.update(fold(word) for word in entry["clock"])
    return lexicon


def _pairs(entry: dict[Any, Any]) -> Iterator[tuple[str, int]]:
    """`word: number` as well as `number: [words]`."""
    for key, value in entry.items():
        if isinstance(value, list):
            yield from ((phrase, key) for phrase in value)
        else:
            yield key, value


def _add_names(lexicon: _Lexicon, language: str, *, borrowed: bool) -> None:
    """Babel's names of weekdays and months, in the middle of a sentence and alone."""
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for names, known in ((locale.days, lexicon.weekdays), (locale.months, lexicon.months)):
                for number, name in names[context][width].items():
                    phrase = _phrase(name)
                    if phrase and not phrase[0].isdigit() and not (borrowed and len(phrase[0]) <= _ABBREVIATION):
                        known[phrase] = number


def _phrase(text: str) -> Words:
    return tuple(words(fold(text)))
