"""Sloppy spelling, as thumbs on a phone make it: what thresholds are measured on."""

from __future__ import annotations

import random
import re
import unicodedata

# How many people write so.
_WITHOUT_CAPITALS, _WITHOUT_DIACRITICS, _WITHOUT_PUNCTUATION = 0.6, 0.4, 0.5
_TYPO_EVERY = 20  # characters
_SHORTEST = 6  # shorter texts keep their letters: one typo in "ja" makes another word

_PUNCTUATION = re.compile(r"[^\w\s]")


def sloppy(text: str, rng: random.Random) -> str:
    """The text as typed in a hurry: often no capitals, diacritics or punctuation, and a typo about every 20 letters."""
    if rng.random() < _WITHOUT_CAPITALS:
        text = text.lower()
    if rng.random() < _WITHOUT_DIACRITICS:
        text = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    if rng.random() < _WITHOUT_PUNCTUATION:
        text = _PUNCTUATION.sub("", text)
    if len(text) < _SHORTEST:
        return text
    chars = list(text)
    for _ in range(max(1, round(len(chars) / _TYPO_EVERY))):
        _typo(chars, rng)
    return "".join(chars)


def _typo(chars: list[str], rng: random.Random) -> None:
    at = rng.randrange(len(chars) - 1)
    kind = rng.choice(("swap", "swap", "drop", "drop", "double", "other"))
    if kind == "swap":
        chars[at], chars[at + 1] = chars[at + 1], chars[at]
    elif kind == "drop":
        del chars[at]
    elif kind == "double":
        chars.insert(at, chars[at])
    else:
        chars[at] = rng.choice(chars)
