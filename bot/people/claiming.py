"""What a parent writes of her child, beside what the school has: right enough, or not. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from rapidfuzz.distance import OSA

from nlu.text import fold, fold_digits, words

READ = 3
"""So many words are compared: a list of names is no answer."""
LONGEST = 60
_LONG, _VERY_LONG = 5, 9
_DAY = re.compile(r"(\d{1,2})\s*[-/. ]\s*(\d{1,2})(?:\s*[-/. ]\s*(\d{4})?)?")
_CHINESE_DAY = re.compile(r"(?:(?P<year>\d{4})\s*年\s*)?(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*[日号號]")


def names_child(text: str, children: Iterable[tuple[str, dt.date | None]]) -> bool:
    """Whether it begins with the given name of one of these children, or is the day and month of its birth."""
    said = unfolded(text)
    if not said or len(text) > LONGEST:
        return False
    return any(_is_named(said, given) or _is_born(text, birthday) for given, birthday in children)


def unfolded(text: str) -> list[str]:
    """The words that are compared."""
    return words(fold(text))[:READ]


def _is_named(said: list[str], given: str) -> bool:
    """A slip is forgiven where the name is long: "Youssef" and "Yousef" are one child, "Elif" and "Elia" are not."""
    name = words(fold(given))
    if not name:
        return False
    whole = "".join(name)
    ways = {*said, *("".join(said[:length]) for length in range(2, READ + 1))}
    return any(_alike(way, wanted) for way in ways for wanted in {name[0], whole})


def _alike(written: str, name: str) -> bool:
    slips = 2 if len(name) >= _VERY_LONG else 1 if len(name) >= _LONG else 0
    return OSA.distance(written, name, score_cutoff=slips) <= slips


def _is_born(text: str, birthday: dt.date | None) -> bool:
    """Day and month in this order, as everywhere in the Netherlands; a year that is written must be right too."""
    written = fold_digits(text).strip()
    if birthday is None:
        return False
    if found := _DAY.fullmatch(written):
        day, month, year = found.groups()
    elif found := _CHINESE_DAY.fullmatch(written):
        day, month, year = found["day"], found["month"], found["year"]
    else:
        return False
    return (int(day), int(month)) == (birthday.day, birthday.month) and (year is None or int(year) == birthday.year)
