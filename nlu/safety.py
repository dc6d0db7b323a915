"""Finds danger in a text by reviewed word lists, whatever the language: parents mix them.

A phrase matches when its words occur in this order, at most two other words between neighbours; case, diacritics and one
typo in a word of five letters or more are forgiven, unless what was typed is an ordinary word itself ("getest" is no
"gepest"). `*` stands for more letters before or behind. What a harmless phrase covers ("dead tired") does not count.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml
from rapidfuzz.distance import DamerauLevenshtein

from nlu import examples, store
from nlu.examples import Example
from nlu.port import LEVELS, SafetyLevel
from nlu.text import fold, words

FOLDER = Path(__file__).parent / "safety"
HARMLESS = "harmless"

GRAVE = {"emergency", "report_bullying", "report_concern"}  # intents whose examples may hold alarming words
_SCHOOL = "nl"  # its words stand in texts of all languages
_GAP = 2  # other words between neighbours
_FORGIVING = 5  # letters from which on one typo is forgiven
_LONGEST_WORD, _OVERLAP = 40, 14
_HAN = re.compile(r"[\u3400-\u9fff]")
_REMEMBERED = 50_000  # words
_KEPT = 200  # texts

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
    language: str = ""

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
    by_stem: dict[str, tuple[_Pattern, ...]] = field(default_factory=dict)
    by_shortened: dict[str, tuple[_Pattern, ...]] = field(
        default_factory=dict
    )  # tuples: a set of one takes five times more
    ordinary: Container[str] = frozenset()
    masks: list[str] = field(default_factory=list)
    longest: int = 0
    _seen: dict[str, tuple[frozenset[_Pattern], frozenset[_Pattern]]] = field(default_factory=dict)
    _found: dict[tuple[str, str | None], Finding] = field(default_factory=dict)

    @classmethod
    def of(cls, phrases: Mapping[str, Iterable[str]], ordinary: Container[str] = frozenset()) -> WordLists:
        """Compile phrases by kind: a level, or `harmless`. `ordinary` words are never taken for typos."""
        return cls(ordinary=ordinary).add(phrases)

    def add(self, phrases: Mapping[str, Iterable[str]], language: str = "") -> WordLists:
        """Add the phrases of one language."""
        for kind, texts in phrases.items():
            for text in texts:
                self._add(kind, text, language)
        return self

    def scan(self, text: str, language: str | None = None) -> Finding:
        """The gravest level that a phrase of a text names, unless a harmless one covers it.

        Phrases are looked for in every language, since parents mix them; but where the text's `language` is known, only its
        own words and Dutch ones are forgiven a typo: the Romanian for lessons is one letter away from a Spanish insult.
        A message is scanned when it is stored, when it is joined with others, and in its turn: what was found is kept.
        """
        known = self._found.get((text, language))
        if known is None:
            if len(self._found) >= _KEPT:
                self._found.clear()
            known = self._found[text, language] = self._scan(text, language)
        return known

    def _scan(self, text: str, language: str | None) -> Finding:
        found: dict[str, list[Span]] = defaultdict(list)
        near = {language, _SCHOOL, ""}
        tokens = []
        folded = fold(text)
        masked = self._masked(folded) if _HAN.search(folded) else folded
        for token in _pieces(words(masked)):
            exact, typos = self._patterns(token)
            tokens.append(exact | {pattern for pattern in typos if language is None or pattern.language in near})
        for start, patterns in enumerate(tokens):
            for pattern in patterns:
                for phrase in self.by_first.get(pattern, ()):
                    found[phrase.kind] += [(start, end) for end in _ends(phrase, start, tokens)]
        harmless = found[HARMLESS]
        seen = bool(harmless) or masked is not folded
        for level in LEVELS:
            for start, end in found[level]:
                if not any(first <= start and end <= last for first, last in harmless):
                    return Finding(level, harmless=seen)
        return Finding(None, harmless=seen)

    def _masked(self, folded: str) -> str:
        """Without its harmless phrases: Chinese writes a clause as one word, and would hide danger behind them."""
        for stem in self.masks:
            if stem in folded:
                folded = folded.replace(stem, " ")
        return folded

    def _add(self, kind: str, text: str, language: str) -> None:
        # A typo never makes a text harmless: "gepest" is not "getest".
        patterns = tuple(_patterns_of(text, language, forgiving=kind != HARMLESS))
        if not patterns:
            message = f"{kind}: the phrase {text!r} has no words"
            raise BadWordList(message)
        if kind == HARMLESS and len(patterns) == 1 and patterns[0].open_before and _HAN.match(patterns[0].stem):
            self.masks = sorted({*self.masks, patterns[0].stem}, key=len, reverse=True)
            return
        self.by_first[patterns[0]].append(_Phrase(kind, patterns))
        for pattern in patterns:
            self.longest = max(self.longest, len(pattern.stem))
            _put(self.by_stem, pattern.stem, pattern)
            if pattern.forgiving and len(pattern.stem) >= _FORGIVING:
                for shortened in (pattern.stem, *_shortened(pattern.stem)):
                    _put(self.by_shortened, shortened, pattern)

    def _patterns(self, token: str) -> tuple[frozenset[_Pattern], frozenset[_Pattern]]:
        """The words of phrases that a token is, and those that it is but for a typo."""
        known = self._seen.get(token)
        if known is None:
            if len(self._seen) > _REMEMBERED:
                self._seen.clear()
            exact_only = token in self.ordinary or _HAN.search(token) is not None  # another sign is another word
            typos = frozenset() if exact_only else frozenset(self._typos(token))
            known = self._seen[token] = (frozenset(self._exact(token)), typos)
        return known

    def _exact(self, token: str) -> Iterator[_Pattern]:
        length = len(token)
        for start, end in _windows(length, 1, self.longest):
            for pattern in self.by_stem.get(token[start:end], ()):
                if pattern.accepts(start, end, length):
                    yield pattern

    def _typos(self, token: str) -> Iterator[_Pattern]:
        length = len(token)
        for start, end in _windows(length, _FORGIVING - 1, self.longest + 1):
            window = token[start:end]
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
    kept = store.words_file(examples.FOLDER, store.cache_folder())
    ordinary = store.read_words(kept)
    if ordinary is None:
        ordinary = ordinary_words(examples.read_folder())
        store.write_words(ordinary, kept)
    return load(FOLDER, ordinary)


def ordinary_words(shown: Iterable[Example]) -> frozenset[str]:
    """Words that parents use for other things than danger, more than once (once may be a typo)."""
    counts = Counter(
        word for example in shown if example.intent not in GRAVE for word in set(words(fold(example.text)))
    )
    return frozenset(word for word, count in counts.items() if count > 1)


def load(folder: Path, ordinary: Container[str] = frozenset()) -> WordLists:
    """Read and compile every file of a folder."""
    lists = WordLists(ordinary=ordinary)
    files = sorted(folder.glob("*.yml"))
    if not files:
        message = f"{folder}: no word lists (*.yml) here"
        raise BadWordList(message)
    for file in files:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        phrases: dict[str, list[str]] = {}
        for kind in (*LEVELS, HARMLESS):
            texts = content.get(kind) if isinstance(content, dict) else None
            if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
                message = f"{file}: `{kind}:` is not a list of phrases (quote a phrase that begins with `*`)"
                raise BadWordList(message)
            phrases[kind] = texts
        lists.add(phrases, file.stem)
    return lists


def _put(index: dict[str, tuple[_Pattern, ...]], key: str, pattern: _Pattern) -> None:
    known = index.get(key, ())
    if pattern not in known:
        index[key] = (*known, pattern)


def _windows(length: int, least: int, most: int) -> Iterator[tuple[int, int]]:
    """The places of every run of `least` to `most` letters in a word."""
    return ((start, end) for start in range(length) for end in range(start + least, min(start + most, length) + 1))


def _pieces(tokens: Iterable[str]) -> Iterator[str]:
    """Words; one that is very long, or a run without spaces, in pieces that overlap."""
    for token in tokens:
        if len(token) <= _LONGEST_WORD:
            yield token
        else:
            step = _LONGEST_WORD - _OVERLAP
            yield from (token[at : at + _LONGEST_WORD] for at in range(0, len(token) - _OVERLAP, step))


def _patterns_of(text: str, language: str, *, forgiving: bool) -> Iterator[_Pattern]:
    for part in fold(text).split():
        stems = words(part)
        for index, stem in enumerate(stems):
            yield _Pattern(
                stem,
                open_before=index == 0 and part.startswith("*"),
                open_behind=index == len(stems) - 1 and part.endswith("*"),
                forgiving=forgiving,
                language=language,
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
