"""Takes names, numbers, addresses, links and class codes out of a text before it leaves, and puts them back afterwards.

Each becomes a slot, `QX1`, which is no word in any language and is copied by translators in every script. Words for days and
months stay: a translator needs them, and they name nobody.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.translation.lists import listed
from bot.translation.port import NoTranslation, Why
from bot.translation.sounds import keys, sounds
from nlu.text import fold, fold_digits

_APART = re.compile(
    r"""(?P<link>(?:https?://|www\.)\S+?(?=[.,;:!?)]*(?:\s|$))|\b[\w-]+\.(?:nl|com|org|net|eu|be|de|fr|me|app)\b(?:/\S*)?)
    |(?P<mail>[^\s@<>,;:()]+@[^\s@<>,;()]*[^\s@<>,;:().])
    |(?P<date>(?<!\d)\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}(?![-/.]?\d))
    |(?P<phone>(?<!\d)(?:\+|00?)[\s(]{0,2}\d(?:[\s().\-–/]{0,3}\d){6,}|(?<!\d)\d(?:[\s\-–]?\d){8,})
    |(?P<code>(?<![^\W_])(?:[A-Za-z]{1,3}-?\d{1,2}[A-Za-z]{0,2}|\d{1,2}[A-Za-z]{1,3}\d{0,2})(?![^\W_]))
    |(?P<number>[€$£]?\d+(?:[.,:٫٬/–-]\d+)*)""",
    re.VERBOSE,
)
_CODE = re.compile(r"(\d+)([A-Za-z]+)")
_TOKEN = re.compile(r"[^\W\d_\u3400-\u9fff]+")
_SLOT = re.compile(r"(?<![A-Za-z])[QqＱ]\s?[XxＸХхΧ]\s?[-_]?\s?(\d{1,3})")
_LONG, _ENDING = 4, 4
"""Letters of a name from which on an ending is seen through (Elif, Elifin; Fatma, Fatmaya), of so many letters."""


@dataclass(frozen=True, slots=True)
class Masked:
    """A text that may leave, and what each slot stands for."""

    text: str
    values: tuple[str, ...]


def mask(text: str, names: Iterable[str]) -> Masked:
    """Put slots for all that is not to leave. Raises NoTranslation where something of it would."""
    plain = fold_digits(unicodedata.normalize("NFC", text))
    known = _Names(names)
    found = sorted(_spans(plain, known))
    parts: list[str] = []
    values: list[str] = []
    place = 0
    for start, end, value in found:
        if start < place:
            continue
        parts += [plain[place:start], f"QX{len(values) + 1}"]
        values.append(value)
        place = end
    masked = Masked("".join([*parts, plain[place:]]), tuple(values))
    if _leaks(masked.text, known):
        raise NoTranslation(Why.UNSAFE)
    return masked


def restore(text: str, masked: Masked) -> str:
    """Put the values back. Raises NoTranslation unless each slot stands there exactly once."""
    folded = fold_digits(text)
    numbers = [int(found[1]) for found in _SLOT.finditer(folded)]
    if Counter(numbers) != Counter(range(1, len(masked.values) + 1)):
        raise NoTranslation(Why.GARBLED)
    return _SLOT.sub(lambda found: masked.values[int(found[1]) - 1], folded)


class _Names:
    """The names that are known here, by how they sound."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by: dict[str, str] = {}
        self.whole: list[str] = []
        for name in names:
            tokens = _TOKEN.findall(name)
            if any(char.isdigit() for char in name):
                self.whole.append(name)
            for token in tokens:
                if len(token) > 1 and fold(token) not in listed("particles"):
                    for key in keys(token):
                        self._by.setdefault(key, token)

    def called(self, token: str) -> str | None:
        """The name that a word is, as it is to be put back; None: it is another word."""
        if token.islower() and fold(token) in listed("everyday"):
            return None
        own = token.isascii() or "LATIN" in unicodedata.name(token[0], "")
        for key in sounds(token):
            if name := self._by.get(key):
                return token if own else name
            if name := next((n for k, n in self._by.items() if _inflected(key, k)), None):
                return token if own else name
        return None


def _inflected(key: str, name: str) -> bool:
    if key.startswith("*") != name.startswith("*") or len(name) < _LONG:
        return False
    if name.startswith("*"):
        return len(key) - len(name) in {0, 1} and key.startswith(name) and len(name) > _LONG
    stem = name[:-1] if name[-1] in "aeiouy" and len(name) > _LONG else name  # Fatma: Fatmy, Fatmie
    return key.startswith(stem) and len(key) - len(stem) <= _ENDING


def _spans(text: str, known: _Names) -> Iterator[tuple[int, int, str]]:
    for whole in known.whole:
        for found in re.finditer(rf"(?<![^\W_]){re.escape(whole)}(?![^\W_])", text, re.IGNORECASE):
            yield found.start(), found.end(), found[0]
    taken = []
    for found in _APART.finditer(text):
        start, end = found.span()
        if found.lastgroup == "code" and (unit := _CODE.fullmatch(found[0])) and fold(unit[2]) in listed("units"):
            end = start + len(unit[1])
        taken.append((start, end))
        yield start, end, text[start:end]
    for found in _TOKEN.finditer(text):
        inside = any(start <= found.start() < end for start, end in taken)
        if not inside and (name := known.called(found[0])):
            yield found.start(), found.end(), name


def _leaks(text: str, known: _Names) -> bool:
    """Whether a digit stands outside a slot, or a name is left."""
    bare = _SLOT.sub(" ", text)
    return any(char.isdigit() for char in bare) or "@" in bare or any(map(known.called, _TOKEN.findall(bare)))
