"""Looks at a translation without understanding it: what must have survived, and what seems not to have.

Pure. A doubt is a question to a person, with the words it is about; no doubt is no proof.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.translation import glossary, naming
from bot.translation.counting import codes, phones, quantities, unmet, weeks
from bot.translation.halves import halves
from bot.translation.negation import Denials, denials, disagree
from bot.translation.quantity import Quantity

_SENTENCE = re.compile(r"(?<=[.!?…。！？؟።])[\s\"”»)]+|(?<=[。！？])|\n+")
_SHORTENED = re.compile(r"\b(?:mevr|mw|dhr|mr|mrs|dr|nr|bijv|o\.a|t\.a\.v|p\.m|a\.m|ul|godz|г|ч|str)\.$", re.IGNORECASE)

_GREETING = 30
"""Letters that one may have."""


class Kind(StrEnum):
    """What may be wrong."""

    NEGATION = "negation"
    NUMBER = "number"
    TIME = "time"
    DATE = "date"
    NAME = "name"
    WORD = "word"
    LENGTH = "length"
    BACK = "back"
    """It could not be translated back, so nobody can look."""
    UNCHECKED = "unchecked"
    """The checker itself failed: a person has to look at all of it."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that may be wrong: of which kind, the words it is about, and in which of the two texts they stand."""

    kind: Kind
    said: str
    before: bool = True


def check(before: str, after: str, source: str, target: str, names: Sequence[str] = ()) -> tuple[Doubt, ...]:
    """The doubts about a translation; `names` are those known to the case."""
    found = [
        *_counted(naming.without(before, names), naming.without(after, names), source, target),
        *_denied(before, after, source, target),
        *(Doubt(Kind.NAME, name, here) for name, here in naming.lost(before, after, source, target, names)),
        *(Doubt(Kind.WORD, word) for word in glossary.lost(before, after, source, target)),
        *_length(before, after),
    ]
    return tuple(dict.fromkeys(found))


def _counted(before: str, after: str, source: str, target: str) -> Iterator[Doubt]:
    mine, theirs = quantities(before, source), quantities(after, target)
    for quantity in unmet(mine, theirs):
        yield Doubt(_kind(quantity), quantity.said)
    for quantity in unmet(theirs, mine):
        yield Doubt(_kind(quantity), quantity.said, before=False)
    if (week := weeks(mine)) and (other := weeks(theirs)) and not week & other:
        yield Doubt(Kind.DATE, next(each.said for each in mine if each.readings & {("week", value) for value in week}))
    half, their_half = halves(before, source, mine), halves(after, target, theirs)
    if half and their_half and not half.keys() & their_half.keys():
        yield Doubt(Kind.TIME, next(iter(half.values())))
    for number in sorted(phones(before) ^ phones(after)):
        yield Doubt(Kind.NUMBER, number, before=number in phones(before))
    if (class_codes := codes(before)) and (others := codes(after)):
        for code in sorted(class_codes ^ others):
            yield Doubt(Kind.NUMBER, code, before=code in class_codes)


def _kind(quantity: Quantity) -> Kind:
    kinds = {kind for kind, _ in quantity.readings}
    if kinds & {"time", "exact"}:
        return Kind.TIME
    return Kind.DATE if kinds & {"day", "weekday", "month", "date"} else Kind.NUMBER


def _denied(before: str, after: str, source: str, target: str) -> Iterator[Doubt]:
    mine, theirs = denials(before, source), denials(after, target)
    if disagree(before, source, after, target):
        yield _denial(mine, theirs, before, after)
        return
    if mine.swapped(theirs):
        yield _denial(mine, theirs, before, after)
        return
    ours, others = _sentences(before), _sentences(after)
    if len(ours) != len(others) and not any(
        denials(text[0], language).most for text, language in ((ours, source), (others, target)) if _greets(text)
    ):
        ours, others = _greeted(ours), _greeted(others)
    if len(ours) == len(others) > 1:
        for one, other in zip(ours, others, strict=True):
            if disagree(one, source, other, target):
                yield _denial(denials(one, source), denials(other, target), one, other)


def _denial(mine: Denials, theirs: Denials, before: str, after: str) -> Doubt:
    """The clause that denies where the other text does not, or the whole of a short text."""
    if mine.least >= theirs.least:
        return Doubt(Kind.NEGATION, (mine.clauses or (before,))[0][:120])
    return Doubt(Kind.NEGATION, (theirs.clauses or (after,))[0][:120], before=False)


def _sentences(text: str) -> list[str]:
    found: list[str] = []
    for part in filter(None, (each.strip() for each in _SENTENCE.split(text))):
        if found and _SHORTENED.search(found[-1]):
            found[-1] += f" {part}"
        else:
            found.append(part)
    return found


def _greets(sentences: list[str]) -> bool:
    """Whether it begins as "Hello Mrs Demir!" does."""
    return len(sentences) > 1 and len(sentences[0]) <= _GREETING and sentences[0].endswith(("!", "！"))


def _greeted(sentences: list[str]) -> list[str]:
    """Without that, which another language ends with a comma: else each is held against the one beside it."""
    return sentences[1:] if _greets(sentences) else sentences


def _length(before: str, after: str) -> Iterator[Doubt]:
    """Half of a long text is gone, or it came back as it was."""
    mine, theirs = _sentences(before), _sentences(after)
    if len(mine) >= 4 and len(theirs) * 2 < len(mine):  # noqa: PLR2004 - short texts are often put into one sentence
        yield Doubt(Kind.LENGTH, mine[-1][:120])
