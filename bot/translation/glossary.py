"""School words: what our own sentences call them in every language (`locales/<language>/glossary.yml`)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import yaml

from locales.languages import FOLDER, SOURCE
from nlu.text import fold

_SHORT = 3
_LIKEWISE = Path(__file__).with_name("likewise.yml")


@cache
def glossary(language: str) -> Mapping[str, str]:
    """Dutch words and hers; nothing for Dutch and for a language without a list."""
    path = FOLDER / language / "glossary.yml"
    if language == SOURCE or not path.exists():
        return {}
    return {str(dutch): str(word) for dutch, word in yaml.safe_load(path.read_text(encoding="utf-8")).items()}


def words_in(text: str, source: str, target: str) -> Mapping[str, str]:
    """The school words that a text holds, each with its word in the other language."""
    pairs = glossary(target).items() if source == SOURCE else ((hers, nl) for nl, hers in glossary(source).items())
    folded = fold(text)
    return {mine: theirs for mine, theirs in pairs if _said(fold(mine), folded)}


def lost(before: str, after: str, source: str, target: str) -> Iterator[str]:
    """School words that are kept in Dutch (mentor, Magister) and did not come back."""
    folded = fold(after)
    for mine, theirs in words_in(before, source, target).items():
        if fold(mine) == fold(theirs) and fold(theirs) not in folded and not _likewise(theirs, folded, target):
            yield mine


def _likewise(word: str, folded: str, language: str) -> bool:
    """Whether a text calls it what other translators do."""
    return any(_said(fold(each), folded) for each in _others().get(word, {}).get(language, ()))


@cache
def _others() -> Mapping[str, Mapping[str, list[str]]]:
    content: dict[str, dict[str, list[str]]] = yaml.safe_load(_LIKEWISE.read_text(encoding="utf-8"))
    return content


def _said(word: str, folded: str) -> bool:
    end = r"(?!\w)" if len(word) <= _SHORT else ""  # ISK is not in "iskuulka"
    return re.search(rf"(?<!\w){re.escape(word)}{end}", folded) is not None
