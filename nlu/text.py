"""Folding: what a text looks like once spelling habits of phones are taken out of it."""

from __future__ import annotations

import re
import unicodedata

# Letters that NFKD leaves whole, and Arabic and Persian letters that people type for one another.
_SAME = str.maketrans(
    {
        "ı": "i",
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "æ": "ae",
        "œ": "oe",
        "ى": "ي",
        "ی": "ي",
        "ک": "ك",
        "ة": "ه",
        "ـ": None,
    }
)
# Ethiopic rows that sound alike in Tigrinya and are typed for one another: from row, to row, letters in it.
_SOUND_ALIKE = (
    (0x1210, 0x1200, 8),
    (0x1280, 0x1200, 8),
    (0x1220, 0x1230, 8),
    (0x1340, 0x1338, 8),
    (0x12D0, 0x12A0, 7),
    (0x1250, 0x1240, 7),
)
_SAME |= {first + place: chr(other + place) for first, other, size in _SOUND_ALIKE for place in range(size)}
_SAME |= {0x12A3: "አ", 0x12D3: "አ", 0x1203: "ሀ", 0x1213: "ሀ", 0x1283: "ሀ"}  # first and fourth order
_APOSTROPHES = re.compile(r"(?<=\w)['’‘ʼ`´ʹ](?=\w)")
_UNHEARD = {"Mn", "Me", "Cf", "Cs"}  # marks, invisible signs, halves of surrogates
_DRAWN_OUT = re.compile(r"([^\W\d])\1{2,}")
_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """The text in lower case without diacritics, apostrophes inside words, drawn-out letters; digits of all scripts as 0-9."""
    bare = text.casefold()
    if not text.isascii():
        bare = "".join(
            char
            for char in unicodedata.normalize("NFKD", fold_digits(bare))
            if unicodedata.category(char) not in _UNHEARD
        )
    return _DRAWN_OUT.sub(r"\1", _APOSTROPHES.sub("", bare.translate(_SAME)))


def words(folded: str) -> list[str]:
    """The words of a folded text, in order; numbers are words."""
    return _WORD.findall(folded)


def letters(text: str) -> int:
    """How many letters a text has; digits, emoji and punctuation are none."""
    return sum(char.isalpha() for char in text)


def fold_digits(text: str) -> str:
    """The text with the digits of every script as 0-9."""
    return "".join(str(unicodedata.digit(char)) if char.isdigit() else char for char in text)
