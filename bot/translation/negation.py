"""How often a text denies: not a number but a range, for some words deny in one language what is only closed in another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.translation import turns
from nlu.text import fold, words

_DATA = Path(__file__).with_name("negation.yml")
_CLAUSE = re.compile(r"([.,;:!?…\n。，！？；：、،؛؟።፣()«»\"“”]+)")
_ENDS = re.compile(r"[.!?\n]")
_ASKING = frozenset(("ma", "miyaanay", "miyaan"))
"""Somali asks with the word with which it denies."""
_APART = re.compile("[’'ʼ]")
_NAMED = re.compile(r"\b[A-ZÇĞİÖŞÜ]\w+['’]\w+")
"""A name with its ending, as Turkish writes it: Thomas'ın is no -masın."""
_NOT = re.compile(r"n[’'ʼ]t\b", re.IGNORECASE)
_FRENCH = frozenset(("pas", "plus", "jamais", "rien", "personne", "aucun", "aucune", "ni", "guere", "nulle", "point"))
_ALONE = frozenset(("pas", "jamais", "rien", "aucun", "aucune"))


@dataclass(frozen=True, slots=True)
class Denials:
    """At least and at most so many; the clauses in which they surely stand; and "no longer", "not yet"."""

    least: int
    most: int
    clauses: tuple[str, ...] = ()
    longer: bool = False
    yet: bool = False
    but: int = 0
    """Denials that may come with a "without", "until", "before": "not .. until four" is "only from four"."""
    only: int = 0
    """Words that say that the other way round: "only", "at the earliest", "provided"."""

    def disagrees(self, other: Denials) -> bool:
        """Whether no number is in both ranges, nor in what is left where one says "not without" and the other "only with"."""
        return self.apart(other) and self._positive(other).apart(other._positive(self))

    def _positive(self, other: Denials) -> Denials:
        """Without the denials for which the other text has an "only" more."""
        said = max(0, min(self.but - other.but, other.only - self.only))
        return replace(self, least=self.least - said, most=self.most - said)

    def apart(self, other: Denials) -> bool:
        """What only perhaps denies in both texts is taken for the same thing in both."""
        mine, theirs = self.most - self.least, other.most - other.least
        most, others = self.least + max(0, mine - theirs), other.least + max(0, theirs - mine)
        return most < other.least or others < self.least

    def swapped(self, other: Denials) -> bool:
        """Whether one says "no longer" and the other "not yet"."""
        if not (self.least and other.least):
            return False
        return (self.longer and other.yet and not other.longer) or (self.yet and other.longer and not other.yet)


def denials(text: str, language: str) -> Denials:
    """Count."""
    lexicon = _lexicon(language.partition("_")[0])
    least = most = 0
    places: list[str] = []
    follows = leads = False
    for clause, asked, ends in _clauses(text, language):
        surely, perhaps, along = lexicon.count(clause, asked=asked)
        if follows and (along or lexicon.goes_on(clause)):  # "not to me, nor to others": once
            surely, perhaps = 0, perhaps + 1
        elif leads and surely and not along:  # "neither I, nor he did not": the ones before go along with it
            least, perhaps = least - 1, perhaps + 1
        leads = along and bool(surely) and not ends
        follows = (follows or bool(surely)) and not ends
        least, most = least + surely, most + surely + perhaps
        if surely:
            places.append(clause)
    whole = lexicon.bare(" ".join(_folded(text, language).split()))
    longer, yet = (any(found.search(whole) for found in each) for each in (lexicon.longer, lexicon.yet))
    but, only = (sum(len(found.findall(whole)) for found in each) for each in (lexicon.but, lexicon.only))
    return Denials(least, most, tuple(places), longer, yet, min(but, least), only)


def disagree(one: str, source: str, other: str, target: str) -> bool:
    """Whether they do in each way of counting: as they stand, and without turns that the other need not deny."""
    mine, theirs = denials(one, source), denials(other, target)
    if not mine.disagrees(theirs):
        return False
    code, their_code = source.partition("_")[0], target.partition("_")[0]
    here, there = _folded(one, code), _folded(other, their_code)
    ours = [mine, *(denials(each, source) for each in turns.without(here, code, there, their_code))]
    others = [theirs, *(denials(each, target) for each in turns.without(there, their_code, here, code))]
    return all(each.disagrees(another) for each in ours for another in others)


def _folded(text: str, language: str) -> str:
    if language == "tr":
        text = _NAMED.sub(" ", text)
    if language == "fr":
        text = _APART.sub(" ", text)
    if language in {"fr", "ro"}:
        text = text.replace("-", " ")
    if language == "en":
        text = _NOT.sub("nt", text)
    return fold(text.replace("\u200c", "" if language == "fa" else " "))


def _clauses(text: str, language: str) -> Iterator[tuple[str, bool, bool]]:
    """Each clause, whether it asks, and whether it is the last of a sentence."""
    parts = _CLAUSE.split(_folded(text, language))
    marks = [*parts[1::2], ""]
    for place, clause in enumerate(parts[::2]):
        if clause.strip():
            ends = next((mark for mark in marks[place:] if _ENDS.search(mark)), "")
            yield clause.strip(), "?" in ends, _ENDS.search(marks[place]) is not None


@dataclass(frozen=True, slots=True)
class _Lexicon:
    language: str
    strong: frozenset[str]
    concord: frozenset[str]
    weak: frozenset[str]
    not_these: frozenset[str]
    denies: tuple[re.Pattern[str], ...]
    maybe: tuple[re.Pattern[str], ...]
    phrases: Mapping[str, tuple[re.Pattern[str], ...]]
    longer: tuple[re.Pattern[str], ...]
    yet: tuple[re.Pattern[str], ...]
    but: tuple[re.Pattern[str], ...]
    only: tuple[re.Pattern[str], ...]
    also: tuple[re.Pattern[str], ...]

    def bare(self, text: str) -> str:
        """Without what denies nothing: "quarter to" is no "before"."""
        for phrase in self.phrases["none"]:
            text = phrase.sub(" ", text)
        return text

    def goes_on(self, clause: str) -> bool:
        """Whether it says no more than that the denial before it holds here as well."""
        return any(pattern.fullmatch(clause) for pattern in self.also)

    def count(self, clause: str, *, asked: bool) -> tuple[int, int, bool]:
        """Surely, perhaps besides, and whether only by a word that goes along with another."""
        found = {"one": 0, "weak": 0, "none": 0}
        for kind in ("none", "weak", "one"):
            for phrase in self.phrases[kind]:
                clause, times = phrase.subn(" ", clause)
                found[kind] += times
        if self.language == "zh":
            strong = sum(char in self.strong for char in clause)
            return strong + found["one"], found["weak"] + sum(char in self.weak for char in clause), False
        tokens = words(clause)
        if self.language == "fr":
            strong, perhaps = self._french(tokens)
        else:
            strong = sum(token in self.strong or self._matches(self.denies, token) for token in tokens)
            perhaps = 0
        if self.language == "so" and asked:
            asking = sum(token in _ASKING for token in tokens)
            strong, perhaps = strong - asking, asking
        along = not strong and not found["one"]
        if along:
            strong = min(1, sum(token in self.concord for token in tokens))
        weak = sum(
            token not in self.strong and (token in self.weak or self._matches(self.maybe, token)) for token in tokens
        )
        return strong + found["one"], perhaps + weak + found["weak"], along and bool(strong)

    def _matches(self, patterns: tuple[re.Pattern[str], ...], token: str) -> bool:
        return token not in self.not_these and any(pattern.fullmatch(token) for pattern in patterns)

    def _french(self, tokens: list[str]) -> tuple[int, int]:
        """`ne .. pas` is one; `ne` alone may be for the ear only; without it `pas` and its like deny once."""
        said, surely, perhaps = sum(token in self.strong for token in tokens), 0, 0
        leads = [place for place, token in enumerate(tokens) if token in {"ne", "n"}]
        for place in leads:
            if _FRENCH.intersection(tokens[place : place + 9]) or _FRENCH.intersection(
                tokens[max(0, place - 3) : place]
            ):
                surely += 1
            else:
                perhaps += 1
        if not leads:
            surely = min(1, sum(token in _ALONE for token in tokens))
        return said + surely, perhaps


@cache
def _lexicon(language: str) -> _Lexicon:
    entry: dict[str, Any] = _data().get(language, {})
    phrases = entry.get("phrases", {})
    return _Lexicon(
        language=language,
        strong=_set(entry.get("strong", ())),
        concord=_set(entry.get("concord", ())),
        weak=_set(entry.get("weak", ())),
        not_these=_set(entry.get("not", ())),
        denies=(*_patterns(entry.get("starts", ())), *_patterns(rf"\w{{2,}}{end}" for end in entry.get("ends", ()))),
        maybe=_patterns(entry.get("maybe", ())),
        phrases={kind: _patterns(phrases.get(kind, ()), bounded=language != "zh") for kind in ("none", "weak", "one")},
        longer=_patterns(entry.get("longer", ()), bounded=language != "zh"),
        yet=_patterns(entry.get("yet", ()), bounded=language != "zh"),
        but=_patterns((f"(?:{each}){_end(language)}" for each in entry.get("but", ())), bounded=language != "zh"),
        also=_patterns(entry.get("also", ())),
        only=_patterns((f"(?:{each}){_end(language)}" for each in entry.get("only", ())), bounded=language != "zh"),
    )


@cache
def _data() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(_DATA.read_text(encoding="utf-8"))
    return content


def _end(language: str) -> str:
    return "" if language == "zh" else r"(?!\w)"


def _set(given: Iterable[str]) -> frozenset[str]:
    return frozenset(fold(word) for word in given)


def _patterns(given: Iterable[str], *, bounded: bool = False) -> tuple[re.Pattern[str], ...]:
    """Letters as `fold` leaves them: written in the file as people know them."""
    return tuple(re.compile((r"(?<!\w)" if bounded else "") + turns.folded_pattern(each)) for each in given)
