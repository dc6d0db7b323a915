"""Numbers and times in the words of one language: `numbers.yml`, read once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.translation.quantity import Quantity, Reading
from nlu.text import fold, words

_DATA = Path(__file__).with_name("numbers.yml")
_HALF_DAY, _HOUR = 720, 60
OCLOCK = (
    r"uur|uhr|o ?clock|heures?|horas?|orele|ora|ore|saat|godz\w*|годин\w*|час|часа|часов|час[уі]в|"
    r"الساعه|ساعه|ساعت|saacad\w*|ሰአት|or"
)
"""The word for hours, in every language, folded."""


_WRITTEN_TO = {"ar": r"[وفبلك]?(?:ال|ل)?", "ary": r"[وفبلك]?(?:ال|ل)?", "ti": "[ንብ]?"}
"""What stands before a numeral without a space: and, in, for, the."""


class Spelling:
    """Numbers in the words of one language."""

    def __init__(self, language: str, entry: Mapping[str, Any]) -> None:
        self.language = language
        self.sure: dict[tuple[str, ...], int] = {}
        self.perhaps: dict[tuple[str, ...], int] = {}
        for known, kind in ((self.sure, "words"), (self.perhaps, "perhaps")):
            for value, forms in entry.get(kind, {}).items():
                known.update(
                    (tuple(words(fold(str(form)))), int(value)) for form in forms if not str(form).endswith("_")
                )
        self.longest = max((len(phrase) for phrase in (*self.sure, *self.perhaps)), default=1)
        every = self.sure | self.perhaps
        self._hours = {" ".join(phrase): value for phrase, value in every.items() if value <= 12}  # noqa: PLR2004
        self._minutes = {" ".join(phrase): value for phrase, value in every.items() if value < _HOUR}
        self.composites = list(self._composites(entry))
        self.spans = [(whole(shape), tuple(map(float, values))) for shape, values in entry.get("spans", {}).items()]
        self.and_half = [
            (_part(shape) if language == "zh" else whole(shape), tuple(map(float, values)))
            for shape, values in entry.get("and_half", {}).items()
        ]
        self.empty = [whole(shape) for shape in entry.get("empty", ())]

    def _composites(self, entry: Mapping[str, Any]) -> Iterator[tuple[re.Pattern[str], str]]:
        joined = _WRITTEN_TO.get(self.language, "")
        hour, minute = (
            rf"\b{joined}(?P<{name}>\d{{1,2}}|{'|'.join(sorted(map(re.escape, known), key=len, reverse=True)) or '-'})"
            for name, known in (("n", self._hours), ("m", self._minutes))
        )
        for kind in (
            "half_to",
            "half_past",
            "half_after",
            "past",
            "to",
            "half_before",
            "quarter_towards",
            "minutes_into",
            "minutes_past",
            "minutes_to",
        ):
            for shape in entry.get(kind, ()):
                if shape.endswith("_"):
                    continue
                pattern = _folded_shape(shape).replace("{n}", hour).replace("{m}", minute)
                pattern = pattern.replace(r"пол\b", "пол")
                yield re.compile(rf"(?<!\w){pattern}(?!\w)"), kind

    def composed(self, match: re.Match[str], kind: str) -> list[Quantity]:
        """The time that a composite names."""
        groups = match.groupdict()
        hour, minute = self._read(groups["n"], self._hours), self._read(groups.get("m") or "0", self._minutes)
        if hour is None or minute is None or hour > 24:  # noqa: PLR2004
            return []
        shift = {
            "half_after": 30,
            "half_before": -30,
            "past": 15,
            "to": -15,
            "minutes_past": minute,
            "minutes_to": -minute,
            "half_to": -30 - minute,
            "half_past": -30 + minute,
            "quarter_towards": -45,
            "minutes_into": minute - _HOUR,
        }[kind]
        minutes = hour * _HOUR + shift
        readings: set[Reading] = {("time", float(minutes % (2 * _HALF_DAY)))}
        if kind == "half_after":
            readings.add(("number", hour + 0.5))
        return [Quantity(match[0].strip(), frozenset(readings))]

    @staticmethod
    def _read(said: str, known: Mapping[str, int]) -> int | None:
        return int(said) if said.isdigit() else known.get(said)

    def spelled(self, tokens: list[str]) -> Iterator[Quantity]:
        """Numbers in words, the longest phrase first; twenty and five are twenty-five."""
        hits: list[tuple[int, int, int, bool]] = []
        place = 0
        while place < len(tokens):
            for size in range(min(self.longest, len(tokens) - place), 0, -1):
                phrase = tuple(tokens[place : place + size])
                value, sure = self._meaning(phrase)
                if value is not None:
                    hits.append((place, place + size, value, sure))
                    place += size
                    break
            else:
                place += 1
        merged = _merge(hits, tokens)
        for start, end, value, sure in merged:
            readings: set[Reading] = {("number", float(value))}
            beside = (*tokens[max(0, start - 1) : start], *tokens[end : end + 1])
            if 12 < value <= 24 and any(re.fullmatch(OCLOCK, token) for token in beside):  # noqa: PLR2004 - of the clock
                readings.add(("time", float(value * _HOUR)))
            yield Quantity(" ".join(tokens[start:end]), frozenset(readings), sure)

    def means(self, word: str) -> set[int]:
        """What a word may count, or nothing."""
        value, _ = self._meaning((word,))
        return set() if value is None else {value}

    def _meaning(self, phrase: tuple[str, ...]) -> tuple[int | None, bool]:
        for shape in _shapes(phrase, self.language):
            if shape in self.sure:
                return self.sure[shape], True
            if shape in self.perhaps:
                return self.perhaps[shape], False
        if len(phrase) == 1 and (found := _DUTCH.fullmatch(phrase[0])):
            unit, ten = self.sure.get((found[1],), self.perhaps.get((found[1],))), self.sure.get((found[3],))
            if unit and ten:
                return unit + ten, True
        return None, False


_DUTCH = re.compile(r"(\w{3,}?)(en|und)(\w*(?:tig|zig|ßig|ssig))(?:ste[nrs]?)?")
_TURKISH = re.compile(
    r"(iki|uc|dort|dord|bes|alti|yedi|sekiz|dokuz|on)(?:(?:[iu])?[mn][iu]z(?:[iuae]|d[ae]n?|l[ae]|in|un)?|s[iu](?:n\w*)?|l[iu]|[ae]r|s[ae]r)"
)
"""The three of us, two of them, in fours: iki, ikimiz, ikisine, dörder."""
_THE = re.compile(r"(\w{2,}?)(?:ят|я|та|то|те|ата)")
"""The Bulgarian article behind a numeral: пети, петият; шеста, шестата; пет, петте."""
_JOINED = re.compile(r"(?:و|ف|ب|ل|ك)?(?:ال)?(\w{3,})")
_AND = frozenset(("en", "and", "und", "et", "y", "i", "si", "și", "و", "iyo", "e", "и", "ve"))


def _shapes(phrase: tuple[str, ...], language: str) -> Iterator[tuple[str, ...]]:
    yield phrase
    if language in {"ar", "ary"} and (bare := _JOINED.fullmatch(phrase[0])):
        yield (bare[1], *phrase[1:])
    if language == "tr" and len(phrase) == 1 and (of_us := _TURKISH.fullmatch(phrase[0])):
        yield ("dort" if of_us[1] == "dord" else of_us[1],)
    if language == "bg" and (the := _THE.fullmatch(phrase[0])):
        yield (the[1], *phrase[1:])
    if language == "ti" and "\u1200" <= phrase[0][0] <= "\u137f":
        bare_word = re.sub(r"^[ንብ]|[ንቲ]$", "", phrase[0])
        yield (bare_word, *phrase[1:])
        yield (re.sub(r"ን$", "", phrase[0]), *phrase[1:])


def _merge(hits: list[tuple[int, int, int, bool]], tokens: list[str]) -> list[tuple[int, int, int, bool]]:
    done: list[tuple[int, int, int, bool]] = []
    for hit in hits:
        if done:
            start, end, value, known = done[-1]
            between = tokens[end : hit[0]]
            close = not between or (len(between) == 1 and between[0] in _AND)
            low, high = sorted((value, hit[2]))
            tens = known if value == high else hit[3]  # "a half hour" is not 31
            if close and tens and high in range(20, 100, 10) and 1 <= low <= 9:  # noqa: PLR2004 - tens and ones
                done[-1] = (start, hit[1], low + high, True)
                continue
            if close and (whole := _hundreds(value, hit[2], adjacent=not between)):
                done[-1] = (start, hit[1], whole, True)
                continue
        done.append(hit)
    return done


def _hundreds(value: int, more: int, *, adjacent: bool) -> int:
    """Two hundred, a hundred (and) twenty, soixante-quinze; 0 where they are two numbers."""
    if adjacent and more in {100, 1000} and 1 <= value < more and value % 100:
        return value * more
    if value >= 100 and not value % 100 and 1 <= more < (100 if value % 1000 else 1000):  # noqa: PLR2004
        return value + more
    if adjacent and value == 10 and more < 10:  # noqa: PLR2004 - on dörtte
        return value + more
    if adjacent and value in {60, 80} and more in range(10, 20):
        return value + more
    return 0


def whole(shape: str) -> re.Pattern[str]:
    """A regular expression of the lists, folded, of whole words."""
    return re.compile(rf"(?<!\w)(?:{_folded_shape(shape)})(?!\w)")


def _part(shape: str) -> re.Pattern[str]:
    return re.compile(_folded_shape(shape))


def _folded_shape(shape: str) -> str:
    return "".join(part if part.startswith(("\\", "{")) else fold(part) for part in re.split(r"(\\.|\{\w\})", shape))


@cache
def spelling(language: str) -> Spelling:
    """That of a language; an empty one where none is known."""
    return Spelling(language, data().get(language, {}))


@cache
def data() -> dict[str, Any]:
    """The whole file."""
    content: dict[str, Any] = yaml.safe_load(_DATA.read_text(encoding="utf-8"))
    return content
