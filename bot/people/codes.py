"""The code in a guardian's letter: how it looks, how it is found in a message, and what is kept of it (a keyed hash).

A code is copied from paper by hand, by people who may not write Latin letters every day. So it has none of the signs that look
like another one, whatever looks like a sign of it is read as that sign, and its last sign checks the others: one wrong sign, or
two that changed places, is a slip and never counts as a guess.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SIGNS = "012345689ACEFHKMNPRTUWX"
"""23 of them, a prime number: only so does one check sign notice every single slip."""
SURE = frozenset("349")
"""Digits that are not taken for letters. Each code has one: no word does, so no word is taken for a code."""
SIZE = 10
"""Nine drawn signs (more than 40 bits) and the one that checks them."""
_ALIKE = str.maketrans("OQDIL7J|!ZSGBVY", "000111111256" + "8UU")
"""How signs look that no code has, on paper and in haste."""
_ALPHABETS = str.maketrans("АВСЕНІКМОРЅТУХЈЗЧΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABCEHIKMOPSTYXJ34ABEZHIKMNOPTYX")
"""Cyrillic and Greek letters that look like Latin ones: her keyboard may have no others."""
_BEFORE = frozenset("ABCDEFGHJKLMNPQRSTUVWXYZ23456789")
_OLD = re.compile(r"(?<![^\W_])[O0]L[\W_]{0,3}([A-Z0-9]{4})[\W_]{0,3}([A-Z0-9]{4})(?![^\W_])")
"""As letters had them before: eight signs of `_BEFORE` and none to check. They stay good as long as they were promised to."""
_NAME = re.compile(r"(?<![^\W_])[OQ0][\W_]{0,2}[LI1|!](?=[\W_]|[^\W_]{5})")
_PIECES = re.compile(r"[^\W_|!]+|[|!]")
_HALVES = re.compile(r"(?<![^\W_])([^\W_]{5})[-–—.]?([^\W_]{5})(?![^\W_])")
_ALONE = re.compile(r"[\W_]*([^\W_]{5})[\W_]{0,3}([^\W_]{5})[\W_]*")


@dataclass(frozen=True, slots=True)
class Written:
    """What looks like a code: the code as it stands in a letter, or (`code` is empty) a slip of the pen."""

    code: str = ""


def new_code() -> str:
    """A new code, such as `OL-A3C5E-4HK9X`."""
    while True:
        drawn = "".join(secrets.choice(SIGNS) for _ in range(SIZE - 1))
        signs = drawn + check_sign(drawn)
        if fit(signs):
            return _shown(signs)


def fit(signs: str) -> bool:
    """Whether it is plainly a code, with one sign wrong as well: not all digits, like a phone number, nor all letters."""
    return bool(SURE & set(signs)) and 3 <= _letters(signs) <= SIZE - 2  # noqa: PLR2004


def check_sign(drawn: str) -> str:
    """The tenth sign. Each place weighs differently, modulo a prime: no single slip and no exchange of two leaves it as it is."""
    return SIGNS[-sum(place * SIGNS.index(sign) for place, sign in enumerate(drawn, 2)) % len(SIGNS)]


def read_code(text: str) -> Written | None:
    """What in a message is, or was meant to be, the code of a letter; None where nothing is."""
    text = _plain(text)
    slip = False
    for body, meant in _bodies(text):
        signs = body.translate(_ALIKE)
        if len(signs) == SIZE and set(signs) <= set(SIGNS) and check_sign(signs[:-1]) == signs[-1]:
            return Written(_shown(signs))
        slip = slip or meant
    for old in _OLD.finditer(text):
        signs = (old[1] + old[2]).replace("1", "L").replace("I", "L")
        if set(signs) <= _BEFORE:
            return Written(f"OL-{signs[:4]}-{signs[4:]}")
        slip = slip or _like_a_code(signs)
    return Written() if slip else None


def find_code(text: str) -> str | None:
    """The code in a message, as it stands in the letter."""
    read = read_code(text)
    return (read.code or None) if read else None


def hash_code(code: str, secret: str) -> str:
    """What is stored of a code: useless without the installation's secret."""
    return hmac.new(secret.encode(), code.encode(), hashlib.sha256).hexdigest()


def _plain(text: str) -> str:
    """Digits of every script, letters of every width and those that look Latin, all as Latin capitals."""
    signs = ((sign, unicodedata.digit(sign, None)) for sign in unicodedata.normalize("NFKC", text))
    return "".join(sign if digit is None else str(digit) for sign, digit in signs).upper().translate(_ALPHABETS)


def _bodies(text: str) -> Iterator[tuple[str, bool]]:
    """What could be the ten signs, and whether it must have been meant as a code even if its check sign is wrong."""
    for name in _NAME.finditer(text):
        yield from _named(text, name)
    for halves in _HALVES.finditer(text):
        if _like_a_code(body := halves[1] + halves[2]):
            yield body, _ALONE.fullmatch(text) is not None
    if (alone := _ALONE.fullmatch(text)) and _like_a_code(body := alone[1] + alone[2]):
        yield body, False


def _named(text: str, name: re.Match[str]) -> Iterator[tuple[str, bool]]:
    """What follows `OL`, cut where a word ends: in one piece, in halves, sign by sign, with one too few or too many."""
    attached = text[name.end()].isalnum()
    pieces: list[str] = []
    for piece in _PIECES.finditer(text, name.end()):
        pieces.append(piece[0])
        body = "".join(pieces)
        if len(body) > SIZE + 1:
            return
        if len(body) < SIZE - 2 or not _like_a_code(body) or _old_and_a_word(pieces):
            continue
        first = len(pieces[0])
        if not attached or first in (SIZE // 2, SIZE):
            meant = first in (1, SIZE // 2) or first > SIZE - 2
            yield body, meant and not name[0].isdigit() and not (attached and pieces[0].isalpha())


def _old_and_a_word(pieces: Sequence[str]) -> bool:
    half = len("7KQM")
    return [len(piece) for piece in pieces[:2]] == [half, half] and all(piece.isalpha() for piece in pieces[2:])


def _like_a_code(body: str) -> bool:
    return _letters(body) > 1 and any(sign.isdigit() for sign in body)


def _letters(signs: str) -> int:
    return sum(sign.isalpha() for sign in signs)


def _shown(signs: str) -> str:
    return f"OL-{signs[: SIZE // 2]}-{signs[SIZE // 2 :]}"
