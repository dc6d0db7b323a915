"""Hints for simpler Dutch: long sentences, hard words, the passive, sayings. Pure: text in, hints out, nothing is changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml

from nlu.text import fold

LONG = 15
"""Words, from which on a sentence is long for somebody who reads little, and for a translator."""
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_WORD = re.compile(r"[\w’'-]+")
_PASSIVE = re.compile(
    r"\b(?:wordt|worden|werd|werden|is|zijn)\b(?P<between>(?:\s+[\w’'-]+){0,6}?)\s+(?P<done>(?:ge|be|ver|ont|her|aan|af|op|uit|in|mee|door|over|toe|voor)\w+(?:d|t|en))\b"
)
_ACTIVE = frozenset(("wordt", "worden", "werd", "werden"))
_DATA = Path(__file__).with_name("plain.yml")


class Kind(StrEnum):
    """What could be simpler."""

    LONG = "long"
    WORD = "word"
    PASSIVE = "passive"
    SAYING = "saying"


@dataclass(frozen=True, slots=True)
class Hint:
    """Which words, and what could be said instead (empty: say it in your own simpler words)."""

    kind: Kind
    said: str
    instead: str = ""


def plainer(text: str) -> tuple[Hint, ...]:
    """All hints, in the order of the text, each once."""
    found = [hint for sentence in _SENTENCE.findall(text) for hint in _of(sentence.strip())]
    return tuple(dict.fromkeys(found))


def _of(sentence: str) -> Iterator[Hint]:
    if len(_WORD.findall(sentence)) > LONG:
        yield Hint(Kind.LONG, sentence)
    folded = fold(sentence)
    for saying, pattern in _sayings().items():
        if pattern.search(folded):
            yield Hint(Kind.SAYING, saying)
            break
    for word, (pattern, instead) in _hard().items():
        if pattern.search(folded):
            yield Hint(Kind.WORD, word, instead)
    if (passive := _PASSIVE.search(sentence)) and _ACTIVE.intersection(passive[0].casefold().split()):
        yield Hint(Kind.PASSIVE, passive[0])


@cache
def _data() -> dict[str, object]:
    content: dict[str, object] = yaml.safe_load(_DATA.read_text(encoding="utf-8"))
    return content


@cache
def _hard() -> Mapping[str, tuple[re.Pattern[str], str]]:
    words = _data()["words"]
    assert isinstance(words, dict)  # noqa: S101 - our own file
    return {
        str(word): (re.compile(rf"(?<!\w){re.escape(fold(str(word)))}(?!\w)"), str(instead))
        for word, instead in words.items()
    }


@cache
def _sayings() -> Mapping[str, re.Pattern[str]]:
    sayings = _data()["sayings"]
    assert isinstance(sayings, list)  # noqa: S101 - our own file
    return {str(each): re.compile(rf"(?<!\w){re.escape(fold(str(each)))}(?!\w)") for each in sayings}
