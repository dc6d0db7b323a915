"""Reads what flows ask for out of a parent's words: a choice from a menu, yes or no, a class, a phone number, a day.

Pure, and strict: what is not clearly that is `None`, and the flow asks again.
"""

from __future__ import annotations

import re
import unicodedata
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import phonenumbers
import yaml

from nlu.dates import apart, read_date
from nlu.text import fold, fold_digits, words

__all__ = ["read_choice", "read_class", "read_date", "read_phone", "read_yes_no", "says_neither"]

_HERE = Path(__file__).parent
_UNDERSTOOD_FROM_ALL = ("nl", "en")
_REGION = "NL"
_YES_AT_MOST = 8
"""Words of one yes after another; what is longer tells more than that."""

_DIGIT = re.compile(r"([1-9])(\D*)")
_LEVEL = r"(?:kader|basis|mavo|havo|vwo|vmbo|tl|gl|bb|kb|gt|th|hv|mh|vt|isk|gym|atheneum|ath|brug)"
_CLASS = re.compile(
    rf"(?<!\w)(?:[1-6] ?{_LEVEL} ?[a-z]?\d?|{_LEVEL} ?[1-6] ?[a-z]?|[hvmbktga][1-6][a-z]?\d?|[1-6][a-dg-tv-z]{{1,2}}\d?)(?!\w)",
    re.IGNORECASE,
)
_SPACED_CLASS = re.compile(r"(?:\w+ )?([1-6]) ([a-z])", re.IGNORECASE)  # "2 b", as a whole answer only
_NOT_A_CLASS = re.compile(r"[1-6](?:st|nd|rd|th|de|x|km|cm|kg|pm|am)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Choices:
    """How a choice is worded in one language, folded: what stands around or behind it or is written to a digit, number words."""

    around: frozenset[str]
    behind: frozenset[str]
    suffixes: frozenset[str]
    numbers: dict[str, int]


def read_choice(text: str, language: str) -> int | None:
    """The number 1-9 that the whole message chooses: `2`, `٢`, `2️⃣`, `optie 2`, `iki`."""
    tokens = words(apart(fold(text)))
    for name in _understood(language):
        choices = _choices(name)
        chosen = [token for token in tokens if token not in choices.around]
        if len(chosen) > 1 and chosen[-1] in choices.behind:
            chosen.pop()
        if len(chosen) == 1:
            digit = _DIGIT.fullmatch(chosen[0])
            known = digit is not None and digit.group(2) in choices.suffixes
            choice = int(digit.group(1)) if digit and known else choices.numbers.get(chosen[0])
            if choice is not None:
                return choice
    return None


def read_yes_no(text: str, language: str) -> bool | None:
    """Whether the whole message says yes or no, in words or with a thumb; numbers are choices, not answers."""
    phrase = _said_once(text)
    if not phrase:
        return _read_emoji(text)
    for name in _understood(language):
        known = _answers(name)
        if phrase in known:
            return known[phrase]
    said, (every, polite) = phrase.split(), _all_answers(language)
    if len(said) > _YES_AT_MOST or any(every.get(part, True) is not True for part in _joined(said)):
        return None
    return True if _only_yes(said, every, polite) else None


def says_neither(text: str, language: str) -> bool:
    """Whether the whole message is known to be neither a clear yes nor a clear no: "ja maar", a Polish "no"."""
    return _all_answers(language)[0].get(_said_once(text), True) is None


def read_class(text: str) -> str | None:
    """A class code without spaces, as written (`2B`, `1kader`, `H3a`): compare it casefolded."""
    folded = fold_digits(text)
    spaced = _SPACED_CLASS.fullmatch(folded.strip(" .!?"))
    if spaced:
        return "".join(spaced.groups())
    found = {match.replace(" ", "") for match in _CLASS.findall(folded) if not _NOT_A_CLASS.fullmatch(match)}
    return found.pop() if len(found) == 1 else None


def read_phone(text: str) -> str | None:
    """The one valid phone number of a text in E.164; without a country code it is Dutch."""
    folded = fold_digits(text)
    matches = phonenumbers.PhoneNumberMatcher(folded, _REGION)
    found = {phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164) for match in matches}
    return found.pop() if len(found) == 1 else None


def _said_once(text: str) -> str:
    """The words of a text, `ja ja` as `ja`."""
    return " ".join(token for token, _ in groupby(words(apart(fold(text)))))


def _joined(said: list[str]) -> Iterator[str]:
    """Two or more of these words that stand together: "not right" is no "right", wherever it stands."""
    ends = range(2, len(said) + 1)
    return (" ".join(said[start:end]) for end in ends for start in range(end - 1))


def _only_yes(
    said: list[str], known: Mapping[str, bool | None], polite: frozenset[str], *, agreed: bool = False
) -> bool:
    """Whether it is one yes after another, and nothing else but politeness: "ja hoor, doe maar, dank u".

    Two noes may be a yes ("not wrong"), and a "please" beside a no may be a cry: such a no is not read.
    """
    for size in range(1, len(said) + 1):
        phrase = " ".join(said[:size])
        yes = known.get(phrase) is True
        if (yes or phrase in polite) and _only_yes(said[size:], known, polite, agreed=agreed or yes):
            return True
    return agreed and not said


@cache
def _all_answers(language: str) -> tuple[Mapping[str, bool | None], frozenset[str]]:
    """What is understood from a language, where its own meanings win, and what is only polite."""
    understood = tuple(_understood(language))
    polite = (phrase for name in understood for phrase in _data("yesno.yml").get(name, {}).get("polite", ()))
    return dict(ChainMap(*map(_answers, understood))), frozenset(map(_said_once, polite))


def _read_emoji(text: str) -> bool | None:
    known = _answers("emoji")
    meanings = {known.get(char) for char in text if unicodedata.category(char) == "So"}
    return meanings.pop() if len(meanings) == 1 else None


def _understood(language: str) -> Iterable[str]:
    """The languages whose words count, a script (`ary_Latn`) as its language."""
    return dict.fromkeys((language.partition("_")[0], *_UNDERSTOOD_FROM_ALL))


@cache
def _choices(language: str) -> _Choices:
    entry = _data("choices.yml").get(language, {})
    around, behind, suffixes, numbers = (entry.get(key, ()) for key in ("around", "behind", "suffixes", "numbers"))
    return _Choices(
        frozenset(token for word in around for token in words(apart(fold(word)))),
        frozenset(map(fold, behind)),
        frozenset(("", *map(fold, suffixes))),
        {fold(word): number for number, names in enumerate(numbers, start=1) for word in names},
    )


@cache
def _answers(language: str) -> dict[str, bool | None]:
    meanings = {"affirm": True, "deny": False, "unclear": None}
    entry = _data("yesno.yml").get(language, {})
    kinds = ((meaning, entry.get(kind, ())) for kind, meaning in meanings.items())
    return {_said_once(phrase) or phrase: meaning for meaning, phrases in kinds for phrase in phrases}


@cache
def _data(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.load((_HERE / name).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return content
