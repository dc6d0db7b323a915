"""The numbers, times and days that a text names, whatever the language writes them in: digits, words, "half vier", 下午三点半."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from bot.translation.lists import listed
from bot.translation.quantity import Quantity, Reading
from bot.translation.spelling import OCLOCK, Spelling, data, spelling, whole
from nlu.dates import Names, apart, names
from nlu.text import fold, words

_HALF_DAY, _HOUR, _MONTHS, _DAYS, _DAY_HOURS = 720, 60, 12, 31, 24

_FULL = re.compile(r"(?<![\d.])(\d{1,4})([-/.])(\d{1,2})\2(\d{2,4})(?![\d])")
_PHONE = re.compile(r"(?<!\d)(?:\+|0)\d(?:[\s().\-–/]{0,3}\d){6,}")
_CLOCK = re.compile(r"(?<![\d:.,])(\d{1,2})\s?(?:[:h]|uur |часов |ч\.?)\s?(\d\d)(?![\d])\s?(am|pm|a\.m|p\.m)?")
_DOTTED = re.compile(r"(?<![\d.,])([0-3]?\d)[.٫]([0-5]?\d)(?!\d|[.٫]\d|[.,]\d)")
_MONEY = re.compile(
    r"^ ?(?:€|eur|يورو|یورو|اورو|أورو|євро|евро|ዩሮ|ኤውሮ|yuuro|欧|歐|元)|(?:€|eur|euros?|يورو|یورو|اورو|欧元) ?$"
)
_HOURS = re.compile(r"(?<![\d:.,])(\d{1,2})\s?(?:h\b|(am|pm|a\.m\.?|p\.m\.?)(?!\w))")
_TO = r"tot|–|-|bis|to|until|till|до|a|à|al|hasta|pana la|la|do|حتى|الى|تا|te|ilaa|ክሳብ|ክሳዕ|至|到"
_OF_HOURS = re.compile(
    rf"(?<![\d:.,])(\d{{1,2}})(?!\d|[.,:]\d)(?= ?(?:(?:{_TO}) ?\d{{1,2}}(?:[.:]\d\d)? ?)?(?:{OCLOCK})(?!\w))"
    rf"|(?<!\w)(?:{OCLOCK}) (\d{{1,2}})(?!\d|[.,:/-]\d)"
)
"""A number beside the word for hours: one of the clock, or a length; it is a number as well."""
_HAN_CLOCK = re.compile(r"(\d{1,2})\s?[点點时時](?!间|間|候)(?:(半)|([一三13])刻|(?:钟|鐘)?(\d{1,2})分?)?")
_HAN_TO = re.compile(r"差\s?(?:[一1]?(刻)|(\d{1,2})分?)(?:钟|鐘)?到?\s?(\d{1,2})\s?[点點]")
_HAN_MINUTES = re.compile(r"(?<=[点點时時])[零一二三四五六七八九十]{1,3}(?![刻一二三四五六七八九十]|个|個)")
_HAN_DATE = re.compile(r"(\d{1,2})\s?月\s?(\d{1,2})\s?[日号號]?")
_SHORT = re.compile(r"(?<![\d/.:-])(\d{1,2})([-/])(\d{1,2})(?![\d:]|[/.-]\d)")
_NUMBER = re.compile(r"\d+(?:[.,٫]\d+)*")
_GROUPED = re.compile(r"\d{1,3}(?:[.,٫]\d{3})+")
_SPACED = re.compile(r"(?<![\d.,])(\d{1,3})\s(?=000(?!\d))")
_CODE = re.compile(r"(?<![^\W_])(\d{1,2})([A-Za-z]{1,2})(?![^\W_])|(?<![^\W_])([A-Z]{1,2})(\d{1,2})([a-z]?)(?![^\W_])")
_HAN = re.compile(
    r"(?<![星期周拜一二三四五六七八九十百第几])([一二两兩三四五六七八九十百]+)(?=[点點个個天周週次号號日月年小时時分岁歲位名欧歐节節门門倍楼樓班页頁份家晚句趟张張元课課星半件种種条條本辆瓶段双雙块塊遍封台部套项級级层站顿餐秒届期集章道题題组組队隊人间間场場口米克升元千礼刻])"
    r"|第([一二三四五六七八九十]+)"
)
_READ = " qqq "
"""A word that no list holds, where something was read: what stands around it is not neighbours."""
_SIGNS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"两": 2, "兩": 2}


def quantities(text: str, language: str) -> tuple[Quantity, ...]:
    """All of a text."""
    code = language.partition("_")[0]
    folded = fold(_SPACED.sub(r"\1", text))
    if code == "zh":
        folded = _HAN_MINUTES.sub(lambda found: str(_han(found[0].lstrip("零"))), folded)
        folded = _HAN.sub(lambda found: found[0] if "一" in found.groups() else str(_han(found[1] or found[2])), folded)
    reader = _Reader(folded, spelling(code))
    found = [*reader.digits()]
    days, rest = _days(reader.text, code)
    return (*found, *days, *reader.numbers(), *reader.lexicon.spelled(rest))


def codes(text: str) -> frozenset[str]:
    """Codes of classes and rooms: 2B, H4a."""
    found = (match for match in _CODE.finditer(text))
    return frozenset(
        match[0].casefold() for match in found if (match[2] or match[3] or "").casefold() not in listed("units")
    )


def phones(text: str) -> frozenset[str]:
    """Telephone numbers, digits only."""
    return frozenset(re.sub(r"\D", "", found[0]) for found in _PHONE.finditer(fold(text)))


class _Reader:
    """Takes out of a text what it has read, so that nothing is read twice."""

    def __init__(self, folded: str, lexicon: Spelling) -> None:
        self.text, self.lexicon = folded, lexicon

    def _take(self, pattern: re.Pattern[str], read: Any) -> Iterator[Quantity]:
        taken: list[Quantity] = []

        def replace(match: re.Match[str]) -> str:
            got = read(match)
            taken.extend(got)
            return _READ if got else match[0]

        self.text = pattern.sub(replace, self.text)
        yield from taken

    def digits(self) -> Iterator[Quantity]:
        """Telephone numbers are compared elsewhere; dates and times in digits."""
        self.text = _PHONE.sub(lambda match: match[0] if _FULL.match(match[0]) else _READ, self.text)
        yield from self._take(_FULL, _full_date)
        yield from self._take(_HAN_DATE, lambda match: [_number(match[2], "number"), _number(match[1], "month")])
        for empty in self.lexicon.empty:
            self.text = empty.sub(_READ, self.text)
        for shape, values in self.lexicon.spans:
            yield from self._take(
                shape, lambda match, values=values: [Quantity(match[0], frozenset(("number", each) for each in values))]
            )
        for pattern in self.lexicon.composites:
            yield from self._take(pattern[0], lambda match, kind=pattern[1]: self.lexicon.composed(match, kind))
        for shape, values in self.lexicon.and_half:
            yield from self._take(shape, lambda match, values=values: [_perhaps(match[0], values)])
        yield from self._take(_HAN_TO, lambda match: [_until(match)])
        yield from self._take(_HAN_CLOCK, self._han_clock)
        yield from self._take(_CLOCK, self._clock)
        yield from self._take(_DOTTED, _decimal)
        yield from self._take(_HOURS, lambda match: [_time(match, int(match[1]), 0, half=_half(match[2]))])
        yield from self._take(_SHORT, _short_date)
        yield from self._take(_OF_HOURS, _of_hours)

    def numbers(self) -> Iterator[Quantity]:
        """Numbers in digits that are left."""
        yield from self._take(_NUMBER, lambda match: [Quantity(match[0], frozenset({("number", _value(match[0]))}))])

    def _clock(self, match: re.Match[str]) -> list[Quantity]:
        if int(match[1]) > 24 or int(match[2]) >= _HOUR:  # noqa: PLR2004
            return []
        return [_time(match, int(match[1]), int(match[2]), half=_half(match[3]))]

    def _han_clock(self, match: re.Match[str]) -> list[Quantity]:
        half, quarters, minutes = match[2], match[3], match[4]
        if half:
            minute = 30
        elif quarters:
            minute = 15 * (int(quarters) if quarters.isdigit() else _SIGNS[quarters])
        else:
            minute = int(minutes or 0)
        return [_time(match, int(match[1]), minute)]


def _half(said: str | None) -> str:
    return "" if not said else "pm" if said.startswith("p") else "am"


def _time(match: re.Match[str], hour: int, minute: int, *, half: str = "", decimal: str = "") -> Quantity:
    minutes = hour * _HOUR + minute
    if half == "pm":
        minutes = minutes % _HALF_DAY + _HALF_DAY
    exact = bool(half) or hour > _MONTHS
    readings: set[Reading] = {("exact" if exact else "time", float(minutes))} if hour <= _DAY_HOURS else set()
    if decimal:
        readings.add(("number", _value(decimal)))
        if date := _day_and_month(decimal, hour, minute):
            readings |= date.readings
    return Quantity(match[0].strip(), frozenset(readings))


def _decimal(match: re.Match[str]) -> list[Quantity]:
    """A number, a time or a day; beside money it is that."""
    around = (match.string[match.end() : match.end() + 8], match.string[max(0, match.start() - 8) : match.start()])
    if any(map(_MONEY.search, around)):
        return [Quantity(match[0], frozenset({("number", _value(match[0]))}))]
    return [_time(match, int(match[1]), int(match[2]), decimal=match[0])]


def _perhaps(said: str, values: Iterable[float]) -> Quantity:
    return Quantity(said, frozenset(("number", each) for each in values), sure=False)


def _until(match: re.Match[str]) -> Quantity:
    minutes = 15 if match[1] else int(match[2])
    return Quantity(match[0], frozenset({("time", float(int(match[3]) * _HOUR - minutes))}))


def _of_hours(match: re.Match[str]) -> list[Quantity]:
    hour = int(match[1] or match[2])
    if not _MONTHS < hour <= _DAY_HOURS:
        return []
    return [Quantity(match[0], frozenset({("number", float(hour)), ("time", float(hour * _HOUR))}))]


def _full_date(match: re.Match[str]) -> list[Quantity]:
    first, middle, last = (int(match[place]) for place in (1, 3, 4))
    day, year = (last, first) if len(match[1]) == len("2026") else (first, last)
    found = _day_and_month(match[0], day, middle)
    year_number: frozenset[Reading] = frozenset({("number", float(year % 100 + 2000))})
    return [found, Quantity(match[0], year_number, sure=False)] if found else []


def _short_date(match: re.Match[str]) -> list[Quantity]:
    found = _day_and_month(match[0], int(match[1]), int(match[3]))
    return [found] if found else []


def _day_and_month(said: str, day: int, month: int) -> Quantity | None:
    """One reading; Americans, and some models, write the month first."""
    if month > _MONTHS >= day:
        day, month = month, day
    if not (1 <= day <= _DAYS and 1 <= month <= _MONTHS):
        return None
    return Quantity(said, frozenset({("date", float(100 * day + month))}))


def _number(said: str, kind: str) -> Quantity:
    return Quantity(said, frozenset({(kind, float(said))}))


def _value(said: str) -> float:
    plain = said.replace("٫", ",")
    if _GROUPED.fullmatch(plain):
        return float(re.sub(r"[.,]", "", plain))
    head, _, tail = plain.replace(",", ".").rpartition(".")
    return float(f"{head.replace('.', '')}.{tail}" if head else tail)


def _han(signs: str) -> int:
    if "百" in signs:
        head, _, tail = signs.partition("百")
        return (_SIGNS.get(head, 1)) * 100 + (_han(tail) if tail else 0)
    head, ten, tail = signs.rpartition("十")
    return (10 * _SIGNS.get(head or "一", 1) if ten else 0) + (_SIGNS.get(tail, 0) if tail else 0)


# --- days


@cache
def _more_days(language: str) -> Mapping[tuple[str, ...], frozenset[int]]:
    """Phrases and their days; "vannacht" is the night that was and the one that comes."""
    found: dict[tuple[str, ...], frozenset[int]] = {}
    for value, forms in data().get(language, {}).get("days", {}).items():
        for each in forms:
            phrase = tuple(words(apart(fold(each))))
            found[phrase] = found.get(phrase, frozenset()) | {int(value)}
    return found


@cache
def _more_months(language: str) -> tuple[tuple[re.Pattern[str], int], ...]:
    given = data().get(language, {}).get("months", {})
    return tuple((whole(each), int(value)) for value, forms in given.items() for each in forms)


def _days(folded: str, language: str) -> tuple[list[Quantity], list[str]]:
    """Days from today, weekdays, months and weeks, the longest phrase first; and the words that are none."""
    known, more = names(language), _more_days(language)
    tokens = words(apart(folded))
    if language in {"ar", "ary"}:
        single = {phrase[0] for phrase in (*known.weekdays, *known.months, *known.days) if len(phrase) == 1}
        tokens = [_bare(token, single) for token in tokens]
    longest = max(
        len(phrase) for phrase in (*more, *known.days, *known.weekdays, *known.months, *known.ignore, *known.turns)
    )
    found: list[Quantity] = []
    rest: list[str] = []
    place = 0
    while place < len(tokens):
        for size in range(min(longest, len(tokens) - place), 0, -1):
            phrase = tuple(tokens[place : place + size])
            beside = tokens[max(0, place - 2) : place] + tokens[place + size : place + size + 2]
            passed = phrase in known.ignore and phrase not in more
            quantity = _day(phrase, known, more, language, numbered=any(token[0].isdigit() for token in beside))
            if passed or quantity:
                found += [quantity] if quantity and not passed else _inside(phrase, known, language)
                # A doubtful one may be a number's word after all: the Arabic Monday is also "two".
                rest += [_READ.strip()] if passed or (quantity and quantity.sure) else phrase
                place += size
                break
        else:
            rest.append(tokens[place])
            place += 1
    return found, rest


_JOINED = re.compile(r"[وفبلكد](\w{3,})")


def _bare(token: str, known: set[str]) -> str:
    """A day or month without the "and", "in" or "to" that Arabic writes to it: لفبراير is to February."""
    if token in known or not (joined := _JOINED.fullmatch(token)):
        return token
    return joined[1] if joined[1] in known else token


def _inside(phrase: tuple[str, ...], known: Names, language: str) -> list[Quantity]:
    """A day in a phrase that is mostly something else: "tot morgen" is a greeting, or the day until which."""
    each = (_day((token,), known, {}, language, numbered=False) for token in phrase)
    return [replace(day, sure=False) for day in each if day and len(phrase) > 1]


def _day(
    phrase: tuple[str, ...],
    known: Names,
    more: Mapping[tuple[str, ...], frozenset[int]],
    language: str,
    *,
    numbered: bool,
) -> Quantity | None:
    said = " ".join(phrase)
    sure = (phrase not in known.unsure and said not in _THE_DAY) or (numbered and len(said) > 2)  # noqa: PLR2004 - do, ma, zo
    readings: set[Reading] = set()
    if phrase in more:
        readings |= {("day", float(day)) for day in more[phrase]}
    elif phrase in known.days:
        readings.add(("day", float(known.days[phrase])))
    if phrase in known.weekdays:
        readings.add(("weekday", float(known.weekdays[phrase])))
    if month := known.months.get(phrase):
        readings.add(("month", float(month)))
    if len(phrase) == 1 and not readings:
        readings |= {("month", float(value)) for shape, value in _more_months(language) if shape.fullmatch(said)}
    if not readings and len(phrase) == 1:
        readings = _longer(phrase[0], known, _ENDINGS if language in _INFLECTED else _ENDINGS // 2)
    if len(phrase) == 1 and ("weekday" in dict(readings)) and language in {"ar", "ary"}:
        readings |= {
            ("number", float(value)) for value in spelling(language).means(said)
        }  # التلاتة: Tuesday, the three
    if not readings and known.turns.get(phrase) in {"this_week", "next_week"}:
        return Quantity(said, frozenset({("week", float(known.turns[phrase] == "next_week"))}), sure=False)
    return Quantity(said, frozenset(readings), sure) if readings else None


_THE_DAY = frozenset(("ce jour", "اليوم"))
"""Today, and the day."""


_ENDINGS = 4
_INFLECTED = frozenset(("tr", "pl", "uk", "ru", "bg", "ro", "so", "ti", "ar", "ary", "fa"))
"""Languages with long endings; in the others `maartje` is no March."""


def _longer(token: str, known: Names, ending: int) -> set[Reading]:
    """Names with an ending that no list holds."""
    for kind, each in (("weekday", known.weekdays), ("month", known.months)):
        for phrase, value in each.items():
            name = phrase[0]
            if len(phrase) == 1 and len(name) > 4 and token.startswith(name) and len(token) - len(name) <= ending:  # noqa: PLR2004
                return {(kind, float(value))}
    return set()


def unmet(mine: Iterable[Quantity], theirs: Iterable[Quantity]) -> Iterator[Quantity]:
    """What surely stands in one text and in no form in the other."""
    others = tuple(theirs)
    plain = {value for each in others for kind, value in each.readings if kind == "number"}
    months = plain | {value for each in others for kind, value in each.readings if kind == "month"}
    for each in mine:
        if not each.sure or any(each.meets(other) for other in others):
            continue
        if not any(_apart(reading, plain, months) for reading in each.readings) and not _part_of(each, others):
            yield each


def _apart(reading: Reading, plain: set[float], months: set[float]) -> bool:
    """`3:10` as "three ten", `24-11` as "24 November": one thing here is two there."""
    kind, value = reading
    if kind == "date":
        day, month = divmod(value, 100)
        return day in plain and month in months
    if kind not in {"time", "exact"}:
        return False
    return value % _HOUR in plain and bool(_hours(value) & plain)


def _part_of(one: Quantity, others: Iterable[Quantity]) -> bool:
    """The same from the other side."""
    numbers = {value for kind, value in one.readings if kind == "number"}
    months = numbers | {value for kind, value in one.readings if kind == "month"}
    for kind, value in (reading for other in others for reading in other.readings):
        day, month = divmod(value, 100)
        if kind == "date" and (day in numbers or month in months):
            return True
        if kind in {"time", "exact"} and value % _HOUR and numbers & {value % _HOUR, *_hours(value)}:
            return True
    return False


def _hours(minutes: float) -> set[float]:
    hour = minutes // _HOUR
    return {hour, hour % _MONTHS, hour % _MONTHS + _MONTHS}


def weeks(found: Iterable[Quantity]) -> frozenset[float]:
    """This week (0), next week (1)."""
    return frozenset(value for each in found for kind, value in each.readings if kind == "week")
