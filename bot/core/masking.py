"""A text without the names and numbers that are known to belong to the person who wrote it. Class codes stay."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from nlu.text import fold, words

MASK = "…"
_NUMBER = re.compile(r"(?:\+|00)?\d(?:[\s().\-–/]{0,3}\d){6,}")
_ADDRESS = re.compile(r"\S+@\S+")
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_APOSTROPHE = re.compile("['’]")
_PARTICLES = frozenset(
    ("van", "de", "den", "der", "het", "ten", "ter", "el", "al", "ben", "bin", "ibn", "von", "la", "le", "di", "da")
)
_LONG = 4
"""Letters of a name from which on an ending is seen through (Elif, Elif'in; Fatma, Fatmaya) .."""
_ENDING = 4
""".. of so many letters."""


def mask(text: str, names: Iterable[str]) -> str:
    """Names in any spelling that folds to theirs, numbers as long as a telephone's, mail addresses."""
    parts = [words(fold(name)) for name in names]
    known = {part for name in parts for part in name if len(part) > 1} - _PARTICLES
    alone = {name[0] for name in parts if len(name) == 1} & _PARTICLES

    def masked(found: re.Match[str]) -> str:
        token, stem = ("".join(words(fold(said))) for said in (found[0], _APOSTROPHE.split(found[0])[0]))
        called = found[0][0].isupper() and not alone.isdisjoint((token, stem))  # Ben, who is ill; not: ik ben
        return MASK if called or stem in known or any(_is(token, name) for name in known) else found[0]

    plain = unicodedata.normalize("NFC", text)
    return _TOKEN.sub(masked, _NUMBER.sub(MASK, _ADDRESS.sub(MASK, plain)))


def _is(token: str, name: str) -> bool:
    return token == name or (len(name) >= _LONG and token.startswith(name) and len(token) - len(name) <= _ENDING)
