"""What an entry's words say: what it is, and for which years and classes. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from db.types import EventKind

_FILE = Path(__file__).with_name("words.yml")
_LEVELS = {"gymnasium": "v", "gym": "v", "atheneum": "v", "ath": "v", "vwo": "v", "havo": "h", "mavo": "m", "vmbo": "m"}
"""What a title calls a level, and the letter that stands for it in the names of classes."""
_LEVEL = "|".join(_LEVELS)
LOWER, UPPER = "onderbouw", "bovenbouw"
_VMBO = frozenset("mtkb")
"""Letters of its levels, whose third year is an upper one; `g` may be a gymnasium's."""
_EVERYBODY = re.compile(
    r"\b(?:alle (?:klassen|leerlingen|leerjaren|jaarlagen)|hele school|all (?:classes|years|pupils))\b"
)
_NUMBERS = r"([1-6](?:\s*(?:,|/|&|\+|en|of|and|-|–|t/m|tm|tot en met|to)\s*(?:klas(?:sen)?\s*)?[1-6])*)\b(?![.:]\d)"
_YEARS = (
    re.compile(rf"\b(?:klas(?:sen)?|leerja(?:ar|ren)|ja(?:ar|ren)|jaarla(?:ag|gen)|years?|grades?)\s*{_NUMBERS}"),
    re.compile(rf"\b{_NUMBERS}[- ]?(?:klas|klassen|klassers|jaars|leerjaar)\b"),
)
_OF_LEVEL = (
    re.compile(rf"\b(?P<level>{_LEVEL})[- ]?{_NUMBERS}"),
    re.compile(rf"\b(?P<years>[1-6])[- ]?(?P<level>{_LEVEL})\b"),
)
_ORDINALS = {"eerste": "1", "tweede": "2", "derde": "3", "vierde": "4", "vijfde": "5", "zesde": "6"}
_ORDINAL = re.compile(rf"\b({'|'.join(_ORDINALS)})[- ]?(?:klas|klassen|klassers|jaars|leerjaar)")
_CLASS = re.compile(r"\b(?:[1-6][a-z]{1,3}\d?|[hvmatgkb]{1,2}[1-6][a-z]{0,2})\b")
_NO_CLASS = re.compile(r"[1-6](?:e|de|ste|st|nd|rd|th|x|u|uur|am|pm|min|km)")
_OF_CLASS = re.compile(r"(?P<before>[a-z]*)(?P<year>[1-6])(?P<after>[a-z]*)")


@cache
def _words() -> Mapping[str, Any]:
    read: Mapping[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return read


def folded(text: str) -> str:
    """Small letters without accents, one space between words and at both ends."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").casefold())
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return f" {' '.join(bare.split())} "


def kind_of(words: str) -> EventKind:
    """What an entry with these words is; `other` where nothing says so."""
    text, (never, kinds) = folded(words), _patterns()
    if never.search(text):
        return EventKind.OTHER
    return next((kind for kind, pattern in kinds.items() if pattern.search(text)), EventKind.OTHER)


@cache
def _patterns() -> tuple[re.Pattern[str], Mapping[EventKind, re.Pattern[str]]]:
    """What is no entry for parents, and what each kind is known by, in their order."""
    known = _words()
    kinds = {EventKind(kind): re.compile("|".join(parts)) for kind, parts in known["kinds"].items()}
    return re.compile("|".join(known["not"])), kinds


def holiday_name(title: str) -> str:
    """What Dutch schools call the holiday of a title; its own words where it is none of these."""
    text = folded(title)
    return next((name for part, name in _words()["holidays"].items() if f" {part}" in text), " ".join(title.split()))


def audience_of(title: str, classes: Iterable[str] = ()) -> tuple[str, ...]:
    """For whom: years ("2"), classes ("2b"), years of a level ("h4"), a level ("h"), lower or upper years. Nothing: everybody."""
    text = re.sub(r"\b([1-6])(?:e|de|ste)\b", r"\1", folded(title))  # 2e en 3e klassen
    if _EVERYBODY.search(text):
        return ()
    found: set[str] = set()
    for pattern in _OF_LEVEL:
        for match in pattern.finditer(text):
            years = match.groupdict().get("years") or match[2]
            found |= {f"{_LEVELS[match['level']]}{year}" for year in _span(years)}
            text = text.replace(match[0], " ")
    for pattern in _YEARS:
        for match in pattern.finditer(text):
            found |= set(_span(match[1]))
            text = text.replace(match[0], " ")
    found |= {_ORDINALS[match[1]] for match in _ORDINAL.finditer(text)}
    found |= {"1"} if "brugklas" in text else set()
    names = {_class(name) for name in classes}
    tokens = {*_CLASS.findall(text), *(word for word in re.findall(r"[\w.-]+", text) if _class(word) in names)}
    found |= {_class(token) for token in tokens if not _NO_CLASS.fullmatch(token)}
    found |= _halves(text) or (set() if found else {_LEVELS[level] for level in re.findall(rf"\b({_LEVEL})\b", text)})
    return tuple(sorted(found))


def _halves(text: str) -> set[str]:
    """Lower and upper years; at a vmbo the upper ones begin with the third."""
    if LOWER in text and UPPER in text:
        return set()
    vmbo = "vmbo" in text
    if LOWER in text:
        return {"m1", "m2"} if vmbo else {LOWER}
    if UPPER in text:
        return {"m3", "m4"} if vmbo else {UPPER}
    return set()


def serves(audience: tuple[str, ...], class_name: str) -> bool:
    """Whether an entry for these is for this class. A level counts only where the class's name tells its own."""
    if not audience:
        return True
    name = _class(class_name)
    parts = _OF_CLASS.search(name)
    if parts is None:
        return name in audience
    year = parts["year"]
    level = parts["before"][:1] or (parts["after"][:1] if len(parts["after"]) > 1 or parts["after"] in "hvm" else "")
    upper = year > "3" or (year == "3" and level in _VMBO)
    return bool(
        {name, year, f"{level}{year}" if level else year, level or name, UPPER if upper else LOWER} & set(audience)
    )


def _class(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", folded(name))


def _span(numbers: str) -> list[str]:
    """Years as a title writes them, "1, 3 en 4" or "1 t/m 3"."""
    years = re.findall(r"[1-6]", numbers)
    if len(years) == 2 and re.search(r"-|–|t/m|tm|tot en met|to", numbers):  # noqa: PLR2004 - from one to another
        return [str(year) for year in range(int(years[0]), int(years[1]) + 1)]
    return years
