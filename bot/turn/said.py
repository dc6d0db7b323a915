"""What she writes of an absence, of a stretch of days and of a mistake: phrases of `said.yml`.

Those of her language count, and the Dutch and the English ones.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import yaml

from nlu.dates import apart
from nlu.entities import read_date, read_yes_no
from nlu.text import fold, words

Words: TypeAlias = tuple[str, ...]

KINDS = ("sick", "late", "doctor")
BESIDE = 2
"""How far before a word its "not" may stand: "no está enfermo"."""
OPENING = 3
"""Among how many first words the "not" of "not .. but .." stands."""
LONGEST_STRETCH = dt.timedelta(days=60)
READ = 1500
"""Characters of a message that are looked at: what is longer tells a story."""
PIECES, UNTILS = 30, 6
"""Pieces of a message, and places of "until", that are looked at."""
_SIGNS = re.compile(r"[,;!?\n،؛؟。，；！？፡፣።]+|\.(?=\s|$)")
_DASH = re.compile(r"\s[-–—]\s")
_NUMBER = re.compile(r"\d+")


def says(kind: str, text: str, language: str) -> bool:
    """Whether one of the phrases of this kind stands in the text, and no "not" beside it."""
    parts = [_words(piece) for piece in pieces(text, language)]
    return any(_plainly(part, language, phrase) for part in parts for phrase in _phrases(kind, language))


def why_away(text: str, language: str) -> str | None:
    """The one reason that a text gives for an absence: sick, late, doctor. Two reasons are none: the flow asks."""
    found = [kind for kind in KINDS if says(kind, text, language)]
    return found[0] if len(found) == 1 else None


def stretch(text: str, language: str, today: dt.date) -> tuple[dt.date, dt.date] | None:
    """The first and the last day of "from .. until ..", where both are clear."""
    for left, right in _halves(text[:READ], language):
        last = read_date(right, language, today)
        lefts = (left, _of_the_same_month(left, right))
        first = next((day for one in lefts if (day := read_date(one, language, today, begins=True))), None)
        if first and last and first < last <= first + LONGEST_STRETCH:
            return first, last
    return None


def takes_back(text: str, language: str) -> bool:
    """Whether a message begins with a no or a not: "nee, morgen", "sorry, niet ziek maar te laat"."""
    text = text[:READ]
    said = _words(text)
    first = _SIGNS.split(text.strip(), maxsplit=1)[0]
    openings = (first, " ".join(said[:1]), " ".join(said[:2]))
    denied = any(read_yes_no(opening, language) is False for opening in openings if opening)
    start = OPENING if any(_at(said, phrase) for phrase in _phrases("but", language)) else 1
    opened = any(place < start for phrase in _phrases("not", language) for place in _at(said, phrase))
    return denied or opened or any(_at(said, phrase) for phrase in _phrases("not_behind", language))


def pieces(text: str, language: str) -> tuple[str, ...]:
    """A message at its commas and its "but": each piece says one thing."""
    parts = _SIGNS.split(text[:READ])
    for phrase in _raw("but", language):
        parts = [piece for part in parts for piece in re.split(_whole(phrase), part, flags=re.IGNORECASE)]
    return tuple(part for part in parts if part.strip())[:PIECES]


def _plainly(part: Words, language: str, phrase: Words) -> bool:
    """Whether the phrase stands there and is not denied; one that says "not" itself means what it says."""
    before = {place + len(no) - 1 for no in _phrases("not", language) for place in _at(part, no)}
    behind = {place for no in _phrases("not_behind", language) for place in _at(part, no)}
    places = {place: place + len(phrase) for place in _at(part, phrase)}
    return any(not before & set(range(start - BESIDE, start)) and end not in behind for start, end in places.items())


def _halves(text: str, language: str) -> Iterator[tuple[str, str]]:
    if len(found := _DASH.split(text)) == len(("left", "right")):
        yield found[0], found[1]
    for phrase in _raw("until", language):
        for match in islice(re.finditer(_whole(phrase), text, re.IGNORECASE), UNTILS):
            yield text[: match.start()], text[match.end() :]


def _of_the_same_month(left: str, right: str) -> str:
    """The left of "12 until 14 November" with what the right says of the month."""
    numbers = _NUMBER.findall(left)
    return _NUMBER.sub(numbers[-1], right, count=1) if numbers else ""


def _whole(phrase: str) -> str:
    """A pattern for whole words; Chinese has no spaces around them."""
    return phrase if apart(phrase) != phrase else rf"(?<!\w){re.escape(phrase)}(?!\w)"


def _at(said: Words, phrase: Words) -> list[int]:
    return [place for place in range(len(said) - len(phrase) + 1) if said[place : place + len(phrase)] == phrase]


def _words(text: str) -> Words:
    return tuple(words(apart(fold(text))))


@functools.cache
def _phrases(kind: str, language: str) -> tuple[Words, ...]:
    found = {_words(phrase) for phrase in _raw(kind, language)}
    return tuple(sorted(found, key=lambda phrase: (-len(phrase), phrase)))


@functools.cache
def _raw(kind: str, language: str) -> tuple[str, ...]:
    """In her language (a script as its language), then in Dutch and English; the longest first."""
    listed = _data()[kind]
    known = dict.fromkeys((language.partition("_")[0], "nl", "en"))
    return tuple(sorted({phrase for code in known for phrase in listed.get(code, ())}, key=lambda p: (-len(p), p)))


@functools.cache
def _data() -> Mapping[str, Mapping[str, list[str]]]:
    read: Mapping[str, Mapping[str, list[str]]] = yaml.safe_load(
        Path(__file__).with_name("said.yml").read_text(encoding="utf-8")
    )
    return read
