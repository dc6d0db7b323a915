"""Reads the one day that a text names: a word (tomorrow), a weekday, or a date. A doubtful day is none: the flow asks."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any

import yaml
from babel import Locale, UnknownLocaleError

from nlu.text import fold, words

_DATA = Path(__file__).parent / "dates.yml"
_HORIZON = dt.timedelta(days=274)  # nine months
_SCHOOL = "nl"  # its words for days are understood from everybody
_ANSWER = 3  # words: in so short a text "do" is Thursday
_ABBREVIATION = 3  # letters, up to which an abbreviated weekday may be another word
_NEAR = 1  # words between a weekday and its "next"
_MONTH_DAYS = 31
_AROUND = 40  # characters around a date in numbers that may say what it is

_NUMERIC = re.compile(r"(?<![\d/.:-])(\d{1,2})\s?([/.-])\s?(\d{1,2})(?:\2(20\d\d|\d\d))?(?![\d:]|[/.-]\d)")
_ISO = re.compile(r"(?<!\d)(20\d\d)([/.-])(\d{1,2})\2(\d{1,2})(?!\d)")
_DAY_NUMBER = re.compile(r"(\d{1,2})(\D*)")
_YEAR = re.compile(r"20\d\d")
_MINUTES = re.compile(r"00|1[3-9]|[2-5]\d")  # of a time written apart, "15 30"; smaller ones may be a month
_TIME = re.compile(r"(?<!\d)\d{1,2}[:h]\d\d(?!\d)")
_A_TIME = " hhmm "  # a word that no list holds: the numbers of a time are no days

_HAN = re.compile(r"[\u3400-\u9fff]")
_HAN_NUMBER = re.compile(r"(?:[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九])(?=[月日号號])")

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """What words may mean in one language, as `dates.yml` explains; phrases are tuples of folded words."""

    days: dict[Words, int] = field(default_factory=dict)
    weekdays: dict[Words, int] = field(default_factory=dict)
    months: dict[Words, int] = field(default_factory=dict)
    turns: dict[Words, str] = field(default_factory=dict)  # what stands beside a weekday, to its key
    short: set[Words] = field(default_factory=set)
    doubtful: set[Words] = field(default_factory=set)
    ignore: set[Words] = field(default_factory=set)
    before: set[Words] = field(default_factory=set)
    clock: set[str] = field(default_factory=set)
    units: set[str] = field(default_factory=set)
    of: set[str] = field(default_factory=set)
    the: set[str] = field(default_factory=set)
    lead: set[str] = field(default_factory=set)
    range: set[str] = field(default_factory=set)
    suffixes: set[str] = field(default_factory=set)
    day_of_month: set[str] = field(default_factory=set)
    month_first: set[str] = field(default_factory=set)


_TURNS = ("this_week", "next", "next_week", "coming", "never", "since")
_PHRASES = ("doubtful", "ignore", "before")
_SINGLE_WORDS = ("clock", "units", "of", "the", "lead", "range", "suffixes", "day_of_month")


@dataclass(frozen=True, slots=True)
class _Mark:
    """A phrase found at a place among the words of a text."""

    place: int
    phrase: Words

    @property
    def end(self) -> int:
        """The place of the word behind it."""
        return self.place + len(self.phrase)


def read_date(text: str, language: str, today: dt.date, *, begins: bool = False) -> dt.date | None:
    """The day from `today` on that a text names, if it names exactly one within nine months.

    `begins`: an "until" follows it, so that many a language's "since Monday" is "from Monday".
    """
    lexicon = _lexicon(language.partition("_")[0])
    folded = apart(fold(text))
    tokens = words(_TIME.sub(_A_TIME, folded))
    marks = list(_marks(tokens, lexicon))
    days = {today + dt.timedelta(lexicon.days[mark.phrase]) for mark in marks if mark.phrase in lexicon.days}
    if any(day < today for day in days):
        return None
    dates = {*_numeric(folded, lexicon, today), *_written(tokens, marks, lexicon, today)}
    named = {
        mark: beside
        for place, mark in enumerate(marks)
        if _is_weekday(mark, beside := marks[max(0, place - 2) : place + 3], tokens, lexicon)
    }
    past = {"never"} if begins else {"never", "since"}
    weekdays = {_weekday(mark, beside, lexicon, today, past) for mark, beside in named.items()}
    if dates:
        theirs = {day.weekday() for day in dates if day}
        if not days <= dates or not {day.weekday() for day in weekdays if day} <= theirs:
            return None
    elif not all(_agrees(mark, weekdays, tokens, lexicon) for mark in named):
        return None
    found = dates or {*days, *weekdays}
    day = next(iter(found)) if len(found) == 1 else None
    return day if day is not None and today <= day <= today + _HORIZON else None


def apart(folded: str) -> str:
    """A folded text with its Chinese characters as words of one, and Chinese numbers of months and days in digits."""
    return _HAN.sub(r" \g<0> ", _HAN_NUMBER.sub(lambda match: str(_han_number(match.group())), folded))


def _han_number(signs: str) -> int:
    tens, ten, ones = signs.rpartition("十")
    return (10 * _han_digit(tens or "一") if ten else 0) + (_han_digit(ones) if ones else 0)


def _han_digit(sign: str) -> int:
    return int(unicodedata.numeric(sign))


def _marks(tokens: list[str], lexicon: _Lexicon) -> Iterator[_Mark]:
    """Phrases of the lexicon, the longest first."""
    known = {*lexicon.days, *lexicon.weekdays, *lexicon.months, *lexicon.turns, *lexicon.ignore}
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


def _is_weekday(mark: _Mark, beside: list[_Mark], tokens: list[str], lexicon: _Lexicon) -> bool:
    """Whether a weekday's name means the day here: a short one and a doubtful one may be another word."""
    if mark.phrase not in lexicon.weekdays:
        return False
    if _place_behind(mark, tokens, lexicon) is not None:
        return True
    if mark.phrase in lexicon.doubtful:
        return len(tokens) == len(mark.phrase) or bool(_turns(mark, beside, lexicon))
    return mark.phrase not in lexicon.short or len(tokens) <= _ANSWER


def _place_behind(mark: _Mark, tokens: list[str], lexicon: _Lexicon) -> int | None:
    """Where the day's number stands behind a weekday or a month: `Friday 14`, `December the 12th`."""
    place = mark.end + _count(tokens[mark.end :], lexicon.the)
    if place >= len(tokens) or not _day_number(tokens[place], lexicon):
        return None
    counted = any(token in lexicon.units or _MINUTES.fullmatch(token) for token in tokens[place + 1 : place + 2])
    return None if counted else place


def _agrees(weekday: _Mark, days: set[dt.date | None], tokens: list[str], lexicon: _Lexicon) -> bool:
    """Whether the day's number behind a weekday, if any, is that of a day found: Friday the 14th is not any Friday."""
    place = _place_behind(weekday, tokens, lexicon)
    return place is None or _day_number(tokens[place], lexicon) in {day.day for day in days if day}


def _turns(mark: _Mark, beside: list[_Mark], lexicon: _Lexicon) -> set[str]:
    """What stands beside a weekday: next, last, every; "since" and the like only before it."""
    found = set()
    for other in beside:
        turn = lexicon.turns.get(other.phrase)
        before = other.place < mark.place
        between = mark.place - other.end if before else other.place - mark.end
        anywhere = turn != "since" and other.phrase not in lexicon.before
        if turn is not None and between <= _NEAR and (before or anywhere):
            found.add(turn)
    return found


def _weekday(mark: _Mark, beside: list[_Mark], lexicon: _Lexicon, today: dt.date, past: set[str]) -> dt.date | None:
    weekday = lexicon.weekdays[mark.phrase]
    ahead = dt.timedelta((weekday - today.weekday()) % 7)
    next_week = today + dt.timedelta(7 - today.weekday() + weekday)
    turns = _turns(mark, beside, lexicon)
    if turns & past:
        return None
    if "this_week" in turns:
        return next_week - dt.timedelta(7)
    if "next_week" in turns:
        return next_week
    if "next" in turns:
        return None if weekday > today.weekday() else next_week
    if "coming" in turns:
        return today + (ahead or dt.timedelta(7))
    return today + ahead


def _numeric(folded: str, lexicon: _Lexicon, today: dt.date) -> Iterator[dt.date | None]:
    for year, _, month, day in _ISO.findall(folded):
        yield _date(int(day), int(month), int(year), today)
    for match in _NUMERIC.finditer(_ISO.sub(" ", folded)):
        day, separator, month, year = match.groups()
        start, end = match.span()
        before = words(_TIME.sub(_A_TIME, match.string[max(0, start - _AROUND) : start]))
        after = words(_TIME.sub(_A_TIME, match.string[end : end + _AROUND]))
        hour = separator == "." and before and before[-1] in lexicon.clock
        score = separator != "/" and len(day + month) == len("55") and match.group() != folded.strip(" .!?")
        if not year and (hour or score or (after and after[0] in lexicon.units)):
            continue  # 12.30, 3-1, a 5.5, 10-12 days
        numbers = [(int(day), int(month)), (int(month), int(day))]
        orders = numbers if "numbers" in lexicon.month_first else numbers[:1]
        found = {_date(*order, int(year) % 100 + 2000 if year else None, today) for order in orders} - {None}
        if len(found) > 1 or (found and _one_of_two(before, after, lexicon)):
            yield None
        else:
            yield from found


def _written(tokens: list[str], marks: list[_Mark], lexicon: _Lexicon, today: dt.date) -> Iterator[dt.date | None]:
    """`12 november 2026`, `November 12`, `12 de diciembre`; the 12th of no month is a doubtful day."""
    places = set()
    for mark in marks:
        if mark.phrase not in lexicon.months:
            continue
        place = _day_place(mark, tokens, lexicon)
        if place is None:
            continue
        places.add(place)
        start, end = min(place, mark.place), max(place + 1, mark.end)
        before, after = tokens[:start], tokens[end:]
        if _one_of_two(before, after, lexicon):
            yield None
        else:
            year = next((int(token) for token in (*before[-2:], *after[:2]) if _YEAR.fullmatch(token)), None)
            yield _date(_day_number(tokens[place], lexicon), lexicon.months[mark.phrase], year, today)
    for place, (token, behind) in enumerate(pairwise(tokens)):
        if behind in lexicon.day_of_month and place not in places and _day_number(token, lexicon):
            yield None


def _day_place(month: _Mark, tokens: list[str], lexicon: _Lexicon) -> int | None:
    """Where the number of the day stands: before the month, in some languages behind it."""
    place = month.place - 1
    while place > 0 and tokens[place] in lexicon.of:
        place -= 1
    if place >= 0 and _day_number(tokens[place], lexicon):
        return place if month.phrase not in lexicon.doubtful or _announced(place, month, tokens, lexicon) else None
    alone = len(tokens) == len(month.phrase) + 1
    sure = lexicon.month_first and (alone or month.phrase not in lexicon.doubtful)
    return _place_behind(month, tokens, lexicon) if sure else None


def _announced(place: int, month: _Mark, tokens: list[str], lexicon: _Lexicon) -> bool:
    """Whether the number before a doubtful month is a day: `on 5 may`, and not `at 9 may`."""
    word = tokens[place - 1] if place else None
    if word in lexicon.clock:
        return False
    return not lexicon.lead or word is None or word in lexicon.lead or month.end == len(tokens)


def _day_number(token: str, lexicon: _Lexicon) -> int:
    """The day of the month that a word is, or 0: `12`, `12th`."""
    match = _DAY_NUMBER.fullmatch(token)
    if match is None or (match.group(2) and match.group(2) not in lexicon.suffixes):
        return 0
    number = int(match.group(1))
    return number if number <= _MONTH_DAYS else 0


def _one_of_two(before: list[str], after: list[str], lexicon: _Lexicon) -> bool:
    """Whether a date is half of two: `12 [to] 14 December`, `12 December to 14`."""
    back = before[::-1]
    back = back[_count(back, lexicon.range) :]
    if back and _day_number(back[0], lexicon):
        return True
    ahead = after[_count(after, lexicon.day_of_month) :]
    links = ahead[: _count(ahead, lexicon.range)]
    ahead = ahead[len(links) :]
    counted = len(ahead) > 1 and ahead[1] in lexicon.units
    return bool({*links} - lexicon.clock) and bool(ahead) and not counted and _day_number(ahead[0], lexicon) > 0


def _count(tokens: Sequence[str], known: set[str]) -> int:
    return sum(1 for _ in takewhile(known.__contains__, tokens))


def _date(day: int, month: int, year: int | None, today: dt.date) -> dt.date | None:
    """Without a year: the first one from today on."""
    try:
        if year is not None:
            return dt.date(year, month, day)
        this_year = dt.date(today.year, month, day)
        return this_year if this_year >= today else dt.date(today.year + 1, month, day)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Names:
    """What a language calls days from today, weekdays and months: phrases of folded words; some may mean something else."""

    days: Mapping[Words, int]
    weekdays: Mapping[Words, int]
    months: Mapping[Words, int]
    turns: Mapping[Words, str]
    unsure: AbstractSet[Words]
    ignore: AbstractSet[Words]


def names(language: str) -> Names:
    """The same words by which dates are read here, for whoever compares two texts."""
    known = _lexicon(language.partition("_")[0])
    return Names(known.days, known.weekdays, known.months, known.turns, known.short | known.doubtful, known.ignore)


@cache
def _data() -> dict[str, Any]:
    content: dict[str, Any] = yaml.load(_DATA.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return content


@cache
def _lexicon(language: str) -> _Lexicon:
    data = _data()
    lexicon = _Lexicon()
    for name in dict.fromkeys((_SCHOOL, language)):
        borrowed = name != language
        entry = data.get(name, {})
        _add_names(lexicon, name, {_phrase(word) for word in entry.get("not", ())}, borrowed=borrowed)
        for kind, known in (("days", lexicon.days), ("weekdays", lexicon.weekdays), ("months", lexicon.months)):
            for phrase, meaning in _pairs(entry.get(kind, {})):
                if not borrowed or len(phrase) > _ABBREVIATION:
                    known[_phrase(phrase)] = meaning
                    lexicon.short.discard(_phrase(phrase))
        for phrase, meaning in () if borrowed else _pairs(entry.get("short", {})):
            lexicon.weekdays[_phrase(phrase)] = meaning
            lexicon.short.add(_phrase(phrase))
        for turn in _TURNS:
            lexicon.turns.update((_phrase(phrase), turn) for phrase in entry.get(turn, ()))
        for kind in _PHRASES:
            getattr(lexicon, kind).update(_phrase(phrase) for phrase in entry.get(kind, ()))
        for kind in _SINGLE_WORDS:
            getattr(lexicon, kind).update(fold(word) for word in entry.get(kind, ()))
    own = data.get(language, {})
    lexicon.month_first.update(own.get("month_first", ()))
    _add_prefixed(lexicon, [fold(prefix) for prefix in own.get("prefixes", ())])
    return lexicon


def _add_prefixed(lexicon: _Lexicon, prefixes: Sequence[str]) -> None:
    """Days and weekdays with "and", "on" or "for" written to them, but for doubtful ones."""
    for known in (lexicon.days, lexicon.weekdays):
        for phrase, meaning in list(known.items()):
            for prefix in () if phrase in lexicon.doubtful else prefixes:
                longer = (prefix + phrase[0], *phrase[1:])
                if longer in lexicon.ignore:
                    continue
                known.setdefault(longer, meaning)
                if phrase in lexicon.short:
                    lexicon.short.add(longer)


def _pairs(entry: dict[Any, Any]) -> Iterator[tuple[str, int]]:
    """`word: number` as well as `number: [words]`."""
    for key, value in entry.items():
        if isinstance(value, list):
            yield from ((phrase, key) for phrase in value)
        else:
            yield key, value


def _add_names(lexicon: _Lexicon, language: str, dropped: set[Words], *, borrowed: bool) -> None:
    """Babel's names of weekdays and months, in the middle of a sentence and alone; the abbreviated ones first."""
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return
    for width in ("abbreviated", "wide"):
        for context in ("format", "stand-alone"):
            for names, known in ((locale.days, lexicon.weekdays), (locale.months, lexicon.months)):
                for number, name in names[context][width].items():
                    phrase = _phrase(name)
                    number_only = len(phrase) == 1 and phrase[0].isdigit()
                    small = bool(phrase) and len(phrase[0]) <= _ABBREVIATION
                    if not phrase or number_only or phrase in dropped or (borrowed and small):
                        continue
                    known[phrase] = number
                    if known is lexicon.weekdays:
                        (lexicon.short.add if small and width == "abbreviated" else lexicon.short.discard)(phrase)


def _phrase(text: str) -> Words:
    return tuple(words(apart(fold(text))))
