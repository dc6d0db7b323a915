"""Which of her children a text names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol, TypeVar

from nlu.text import fold, words

SHORT = 5
"""Three letters and the spaces around them: what is no longer may be a word."""
_APOSTROPHES = re.compile(r"['’‘ʼ`´]")


class Named(Protocol):
    """Whoever has a given name."""

    @property
    def given_name(self) -> str:
        """As it is written at school."""


Child = TypeVar("Child", bound=Named)


def only_named(children: Iterable[Child], text: str) -> Child | None:
    """The one child whose given name is in a text. A short name may be a word ("Can you .."): not at the start of more words."""
    said, apart = _spaced(text), _spaced(_APOSTROPHES.sub(" ", text))
    named = [child for child in children if _names(_spaced(child.given_name), said, apart)]
    return named[0] if len(named) == 1 else None


def _names(name: str, said: str, apart: str) -> bool:
    """`apart`: without what an apostrophe joins to a name, "Elif'in", "d'Inès"; a short name may be half a word ("can't")."""
    if len(name) > SHORT:
        return name in said or name in apart
    return name in said and (said == name or name in said[1:])


def _spaced(text: str) -> str:
    return f" {' '.join(words(fold(text)))} "
