"""Names and Chinese signs: 陈明 is Chen Ming, 艾玛 is Emma. Known by their sound, roughly, for the signs of `pinyin.yml`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from bot.translation.sounds import distance
from nlu.text import fold

_DATA = Path(__file__).with_name("pinyin.yml")
_SIGNS = re.compile(r"[\u3400-\u9fff]+")
_GLOSSED = re.compile(r"[\u3400-\u9fff·]{2,8}\s?[(（]([^()（）]*[A-Za-z][^()（）]*)[)）]")
_ALIKE = (
    *(("zh", "s"), ("sch", "s"), ("sh", "s"), ("sj", "s"), ("ch", "s"), ("ph", "f"), ("th", "t")),
    *(("x", "s"), ("z", "s"), ("j", "s"), ("q", "k"), ("c", "k"), ("g", "k"), ("h", "k"), ("r", "l")),
    *(("v", "f"), ("w", "f"), ("b", "p"), ("d", "t"), ("ng", "n"), ("m", "n"), ("y", "")),
)
"""What Chinese signs cannot tell apart, or foreign names are written with either way."""
_MUCH = 0.4
"""How much of the consonants of a name may differ."""


def is_chinese(text: str) -> bool:
    """Whether it begins with a Chinese sign."""
    return _SIGNS.match(text) is not None


def found(name: str, text: str) -> bool:
    """Whether a name in other letters may stand in a Chinese text."""
    plain_name = _spoken(name)
    ways = {
        _flat(plain_name),
        _flat(plain_name.replace("j", "y")),
        _flat(plain_name.replace("g", "h")),
        _flat(plain_name.replace("ch", "k")),
    }
    longest = max(map(len, ways)) + 2
    plain = _GLOSSED.sub(r" \1 ", text)
    for run in _SIGNS.findall(plain):
        for start in range(len(run)):
            for size in range(1, min(longest, len(run) - start) + 1):
                if _same(run[start : start + size], plain_name, ways):
                    return True
    return False


def spelled(name: str, text: str) -> bool:
    """Whether a Chinese name stands in a text in Latin letters: each sign that we know as a syllable of a word with a capital."""
    heard = "".join(fold(word) for word in re.findall(r"[^\W\d_]+", text) if word[0].isupper())
    known = [_signs()[sign] for sign in name if sign in _signs()]
    return not known or all(any(syllable in heard for syllable in each) for each in known)


def syllables(text: str) -> frozenset[str]:
    """What its signs may sound like: for names in Latin letters that come out of it."""
    return frozenset(syllable for sign in text for syllable in _signs().get(sign, ()))


def is_made_of(name: str, known: frozenset[str]) -> bool:
    """Whether a word in Latin letters is nothing but such syllables (Chen, Xiaoming)."""
    plain = fold(name)
    reached = {0}
    for place in range(len(plain)):
        if place in reached:
            reached |= {place + len(each) for each in known if plain.startswith(each, place)}
    return len(plain) in reached


def _same(signs: str, name: str, ways: set[str]) -> bool:
    heard = [_signs()[sign] for sign in signs if sign in _signs()]
    if len(heard) < len(signs):
        return False
    if any(name.startswith(syllable) for syllable in heard[0]) and is_made_of(name, syllables(signs)):
        return True
    if len(signs) < 2:  # noqa: PLR2004 - one sign is any word
        return False
    bones = _flat("".join(each[0] for each in heard))
    return any(
        folded
        and bones[:1] == folded[:1]
        and len(_hard(bones)) <= len(_hard(folded))
        and distance(bones, folded) <= _MUCH * max(len(bones), len(folded))
        for folded in ways
    )


def _hard(bones: str) -> str:
    """The consonants that nothing but the name puts there; an l or n may end any syllable."""
    return bones.strip("a").replace("l", "").replace("n", "")


def _spoken(name: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", fold(name)) if char.isalpha())


def _flat(heard: str) -> str:
    """Its consonants, as far as they can be told apart; a vowel at the beginning is one."""
    first = "a" if heard[:1] in set("aeiou") else ""
    for many, one in _ALIKE:
        heard = heard.replace(many, one)
    bones = [char for char in heard if char not in "aeiou"]
    return first + "".join(char for place, char in enumerate(bones) if not place or bones[place - 1] != char)


@cache
def _signs() -> Mapping[str, tuple[str, ...]]:
    content: dict[str, str] = yaml.safe_load(_DATA.read_text(encoding="utf-8"))
    known: dict[str, tuple[str, ...]] = {}
    for syllable, signs in content.items():
        for sign in signs:
            known[sign] = (*known.get(sign, ()), syllable)
    return known
