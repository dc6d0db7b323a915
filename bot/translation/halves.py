"""Which half of the day a text names: nine in the morning is not nine in the evening, though both are nine."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from bot.translation.quantity import Quantity
from bot.translation.spelling import data
from nlu.text import fold

_NOON = 13 * 60.0


def halves(text: str, language: str, counted: Iterable[Quantity]) -> dict[str, str]:
    """`am`, `pm` or both or none, each as it is said; a time from one o'clock on in 24 hours is of the second half."""
    code = language.partition("_")[0]
    folded = fold(text)
    found = {
        half: match[0].strip()
        for half in ("am", "pm")
        if (known := _words(code, half)) and (match := known.search(folded))
    }
    for each in counted:
        for kind, value in each.readings:
            if kind == "exact":
                found.setdefault("pm" if value >= _NOON else "am" if value < _NOON - 60 else "noon", each.said)
    return {half: said for half, said in found.items() if half != "noon"}


@cache
def _words(language: str, half: str) -> re.Pattern[str] | None:
    known = [fold(str(each)) for each in data().get(language, {}).get(half, ())]
    if not known:
        return None
    edge = ("", "") if language == "zh" else (r"(?<!\w)", r"(?!\w)")
    return re.compile(f"{edge[0]}(?:{'|'.join(map(re.escape, known))}){edge[1]}")
