"""Examples that are nearly those of something else: the line cannot tell them apart, so a person has to. Pure but for one file."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from locales.languages import SOURCE
from nlu import likeness
from nlu.examples import FOLDER, Example, read_file
from nlu.port import OUT_OF_SCOPE
from nlu.text import fold, words


@dataclass(frozen=True, slots=True)
class Resembling:
    """One of mine, and one of another intent's that says it in nearly the same words."""

    mine: str
    intent: str
    theirs: str


@functools.cache
def shipped_examples() -> tuple[Example, ...]:
    """The Dutch examples that come with the line, of all that it answers."""
    return tuple(each for each in read_file(FOLDER / f"{SOURCE}.yml") if each.intent != OUT_OF_SCOPE)


def bare(text: str) -> str:
    """The words alone: capitals and punctuation make no other sentence."""
    return " ".join(words(fold(text))) or text


def resembling(mine: Sequence[str], others: Iterable[Example]) -> tuple[Resembling, ...]:
    """For each Dutch text of mine the first that is the same, or nearly so where it is long enough to tell."""
    theirs = [*others, *shipped_examples()]
    texts = [*(each.text for each in theirs), *mine]
    same = {bare(each.text): each for each in reversed(theirs)}
    near: dict[str, Example] = {}
    for one, other in likeness.near(texts):
        if one < len(theirs) <= other:
            near.setdefault(texts[other], theirs[one])
    found = ((text, same.get(bare(text)) or near.get(text)) for text in mine)
    return tuple(Resembling(text, each.intent, each.text) for text, each in found if each is not None)
