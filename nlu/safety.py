"""Finds danger in a text by reviewed word lists, whatever the language: parents mix them.

A phrase matches when its words occur in this order, at most two other words between neighbours; case, diacritics and one
typo in a word of five letters or more are forgiven, unless what was typed is an ordinary word itself ("getest" is no
"gepest"). `*` stands for more letters before or behind. What a harmless phrase covers ("dead tired") does not count.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml
from rapidfuzz.distance import DamerauLevenshtein

from nlu import examples
from nlu.examples import Example
from nlu.port import SafetyLevel
from nlu.text import fold, words

FOLDER = Path(__file__).parent / "safety"
HARMLESS = "harmless"
LEVELS = tuple(SafetyLevel)  # the gravest first

GRAVE = {"emergency", "report_bullying", "report_concern"}  # intents whose examples may hold alarming words
_GAP = 2  # other words between neighbours
_FORGIVING = 5  # letters from which on one typo is forgiven
_LONGEST_WORD = 40
_REMEMBERED = 50_000  # words

Span = tuple[int, int]


class BadWordList(ValueError):
    """A word list cannot be used; the text names the file and the fault."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What word lists make of a text: a level, and whether a figure of speech was seen."""

    level: SafetyLevel | None
    harmless: bool


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One word of a phrase: its letters, and whether more may stand before or behind."""

    stem: str
    open_before: bool
    open_behind: bool
    forgiving: bool  # of a typo

    def accepts(self, start: int, end: int, length: int) -> bool:
        return (self.open_before or start == 0) and (self.open_behind or end == length)


@dataclass(frozen=True, slots=True)
class _Phrase:
    kind: str
    patterns: tuple[_Pattern, ...]


@dataclass(slots=True)
class WordLists:
    """Compiled phrases: found by their first word, and words by their letters or their letters less one."""

    by_first: dict[_Pattern, list[_Phrase]] = field(default_factory=lambda: defaultdict(list))
    by_stem: dict[str, set[_Pattern]] = field(default_factory=lambda: defaultdict(set))
    by_shortened: dict[str, set[_Pattern]] = field(default_factory=lambda: defaultdict(set))
    ordinary: Container[str] = frozenset()
    _seen: dict[str, frozenset[_Pattern]] = field(default_factory=dict)

    @classmethod
    def of(cls, phrases: Mapping[str, Iterable[str]], ordinary: Container[str] = frozenset()) -> WordLists:
        """Compile phrases by kind: a level, or `harmless`. `ordinary` words are never taken for typos."""
        lists = cls(ordinary=ordinary)
        for kind, texts in phrases.items():
            for text in texts:
                lists._add(kind, text)
        return lists

    def scan(self, text: str) -> Finding:
        """The gravest level that a phrase of a text names, unless a harmless one covers it."""
        found: dict[str, list[Span]] = defaultdict(list)
        tokens = [self._patterns(token[:_LONGEST_WORD]) for token in words(fold(text))]
        for start, patterns in enumerate(tokens):
            for pattern in patterns:
                for phrase in self.by_first.get(pattern, ()):
                    found[phrase.kind] += [(start, end) for end in _ends(phrase, start, tokens)]
        harmless = found[HARMLESS]
        for level in LEVELS:
            for start, end in found[level]:
                if not any(first <= start and end <= last for first, last in harmless):
                    return Finding(level, harmless=bool(harmless))
        return Finding(None, harmless=bool(harmless))

    def _add(self, kind: str, text: str) -> None:
        # A typo never makes a text harmless: "gepest" is not "getest".
        patterns = tuple(_patterns_of(text, forgiving=kind != HARMLESS))
        if not patterns:
            message = f"{kind}: the phrase {text!r} has no words"
            raise BadWordList(message)
        self.by_first[patterns[0]].append(_Phrase(kind, patterns))
        for pattern in patterns:
            self.by_stem[pattern.stem].add(pattern)
            if pattern.forgiving and len(pattern.stem) >= _FORGIVING:
                for shortened in (pattern.stem, *_shortened(pattern.stem)):
                    self.by_shortened[shortened].add(pattern)

    def _patterns(self, token: str) -> frozenset[_Pattern]:
        known = self._seen.get(token)
        if known is None:
            if len(self._seen) > _REMEMBERED:
                self._seen.clear()
            known = self._seen[token] = frozenset(self._search(token))
        return known

    def _search(self, token: str) -> Iterator[_Pattern]:
        length = len(token)
        forgiving = token not in self.ordinary
        for start in range(length):
            for end in range(start + 1, length + 1):
                window = token[start:end]
                for pattern in self.by_stem.get(window, ()):
                    if pattern.accepts(start, end, length):
                        yield pattern
                if end - start >= _FORGIVING - 1 and forgiving:
                    for shortened in (window, *_shortened(window)):
                        for pattern in self.by_shortened.get(shortened, ()):
                            if pattern.accepts(start, end, length) and _one_typo(window, pattern.stem):
                                yield pattern


def scan(text: str) -> SafetyLevel | None:
    """The gravest level that the shipped word lists find in a text."""
    return shipped().scan(text).level


@cache
def shipped() -> WordLists:
    """The word lists of all languages in `nlu/safety/`; ordinary words are those of the shipped examples."""
    return load(FOLDER, ordinary_words(examples.read_folder()))


def ordinary_words(shown: Iterable[Example]) -> frozenset[str]:
    """Words that parents use for other things than danger, more than once (once may be a typo)."""
    counts = Counter(
        word for example in shown if example.intent not in GRAVE for word in set(words(fold(example.text)))
    )
    return frozenset(word for word, count in counts.items() if count > 1)


def load(folder: Path, ordinary: Container[str] = frozenset()) -> WordLists:
    """Read and compile every file of a folder."""
    phrases: dict[str, list[str]] = defaultdict(list)
    files = sorted(folder.glob("*.yml"))
    if not files:
        message = f"{folder}: no word lists (*.yml) here"
        raise BadWordList(message)
    for file in files:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        for kind in (*LEVELS, HARMLESS):
            texts = content.get(kind) if isinstance(content, dict) else None
            if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
                message = f"{file}: `{kind}:` is not a list of phrases (quote a phrase that begins with `*`)"
                raise BadWordList(message)
            phrases[kind] += texts
    return WordLists.of(phrases, ordinary)


def _patterns_of(text: str, *, forgiving: bool) -> Iterator[_Pattern]:
    for part in fold(text).split():
        stems = words(part)
        for index, stem in enumerate(stems):
            yield _Pattern(
                stem,
                open_before=index == 0 and part.startswith("*"),
                open_behind=index == len(stems) - 1 and part.endswith("*"),
                forgiving=forgiving,
            )


def _ends(phrase: _Phrase, start: int, tokens: list[frozenset[_Pattern]]) -> set[int]:
    """Where a phrase that begins at `start` can end."""
    places = {start}
    for pattern in phrase.patterns[1:]:
        places = {
            place
            for before in places
            for place in range(before + 1, min(before + _GAP + 2, len(tokens)))
            if pattern in tokens[place]
        }
    return places


def _shortened(word: str) -> tuple[str, ...]:
    """The word with any one letter left out."""
    return tuple({word[:index] + word[index + 1 :] for index in range(len(word))})


def _one_typo(typed: str, meant: str) -> bool:
    return DamerauLevenshtein.distance(typed, meant, score_cutoff=1) <= 1
