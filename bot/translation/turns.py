"""Turns of speech that deny in one language and need not in another (`turns.yml`): why don't you, not only, I don't mind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import yaml

from nlu.text import fold

_DATA = Path(__file__).with_name("turns.yml")
_MOST = 4
"""So many turns of one text are looked at, together and each alone."""
_QUESTION = r"[^.!?。！？؟\n]*[?？؟]"


def without(text: str, language: str, other: str, theirs: str) -> Iterator[str]:
    """A folded text without one or more of its turns, those that the other one may say without denying."""
    found = [patterns for turn in _turns() if (patterns := turn.patterns(text, language, other, theirs))]
    found += [(pattern,) for pattern in _asked(text, language, other, theirs)]
    for many in range(1, len(found[:_MOST]) + 1):
        for turns in combinations(found[:_MOST], many):
            left = text
            for pattern in chain.from_iterable(turns):
                left = pattern.sub(" ", left)
            yield left


@dataclass(frozen=True, slots=True)
class _Turn:
    said: Mapping[str, tuple[re.Pattern[str], ...]]
    word: Mapping[str, re.Pattern[str]]
    needs: Mapping[str, re.Pattern[str]]

    def patterns(self, text: str, language: str, other: str, theirs: str) -> tuple[re.Pattern[str], ...]:
        """Those of a language, unless the other text says the same, or holds the bare word: then its denial is lost."""
        patterns = self.said.get(language, ())
        if not any(pattern.search(text) for pattern in patterns):
            return ()
        word = self.word.get(theirs)
        same = any(pattern.search(other) for pattern in self.said.get(theirs, ()))
        if same or (word is not None and word.search(other)):
            return ()
        return patterns if not self.needs or (theirs in self.needs and self.needs[theirs].search(other)) else ()


def _asked(text: str, language: str, other: str, theirs: str) -> list[re.Pattern[str]]:
    """Questions that propose, or that only seem to doubt."""
    why, tag = _questions()["why"], _questions()["tag"]
    found = []
    if language in why and why[language][1].search(text) and not (theirs in why and why[theirs][0].search(other)):
        found.append(why[language][1])
    tagged = theirs in tag and tag[theirs][1].search(other) is not None
    if tagged and language in tag and tag[language][1].search(text):  # both: the tag itself may be a "no?"
        found.append(tag[language][0])
    if tagged and not (language in tag and tag[language][1].search(text)):
        found.append(_ANY_QUESTION)
    return found


_ANY_QUESTION = re.compile(r"[^.!?。！？؟\n]+[?？؟]")


@cache
def _turns() -> tuple[_Turn, ...]:
    return tuple(_turn(entry) for entry in _data()["turns"].values())


def _turn(entry: Mapping[str, Any]) -> _Turn:
    ahead = f"(?={_QUESTION})" if entry.get("asked") else ""
    return _Turn(
        {code: tuple(_compiled(each, code, ahead) for each in given) for code, given in entry["said"].items()},
        *(
            {code: _compiled("|".join(given), code) for code, given in entry.get(kind, {}).items()}
            for kind in ("word", "needs")
        ),
    )


@cache
def _questions() -> Mapping[str, Mapping[str, tuple[re.Pattern[str], re.Pattern[str]]]]:
    """Of each kind and language: the words, and a question that has them."""
    return {
        kind: {
            code: (_compiled("|".join(given), code), _compiled("|".join(given), code, _QUESTION))
            for code, given in entry.items()
        }
        for kind, entry in _data()["questions"].items()
    }


def _compiled(pattern: str, language: str, after: str = "") -> re.Pattern[str]:
    edges = ("", "") if language == "zh" else (r"(?<!\w)", r"(?!\w)")
    return re.compile(f"{edges[0]}(?:{folded_pattern(pattern)}){edges[1]}{after}")


def folded_pattern(pattern: str) -> str:
    r"""A regular expression with its letters folded, `\w`, `\b` and the like left."""
    return "".join(fold(part) if not part.startswith("\\") else part for part in re.split(r"(\\.)", pattern))


@cache
def _data() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(_DATA.read_text(encoding="utf-8"))
    return content
