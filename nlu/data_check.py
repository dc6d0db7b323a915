"""What is wrong with the messages that understanding learns from: too few, said twice, torn between two intents, all in one style.

Simple measures that anybody can follow. Whether a sentence is good, and right in its language, only a reader can say.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Self

import yaml

from nlu import danger, examples, likeness
from nlu.calibration import GRAVE
from nlu.examples import Example
from nlu.port import OUT_OF_SCOPE, SafetyLevel
from nlu.styles import faults_of_style
from nlu.text import words

FEWEST, FEWEST_OUTSIDE = 20, 60
FEWEST_DANGER, FEWEST_HARMLESS = 100, 300
SOURCE = "nl"
_HARMLESS = "harmless"


class Kind(StrEnum):
    """What is wrong; the columns of the table."""

    THIN = "thin"
    TWICE = "twice"
    TORN = "two intents"
    NEAR = "near"
    STYLE = "one style"
    DANGER = "danger"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One of them: where, what, and the likely fix."""

    file: str
    line: int
    what: str
    fix: str
    kind: Kind
    language: str

    def __str__(self) -> str:
        """As a compiler says it."""
        return f"{self.file}:{self.line}: {self.what}. {self.fix}"


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence, what it is taken for, and the file that it stands in."""

    path: Path
    language: str
    means: str
    text: str
    words: str

    @classmethod
    def of(cls, path: Path, language: str, means: str, text: str) -> Self:
        """Capitals and punctuation make no other sentence. Diacritics do: leaving them out is a style."""
        return cls(path, language, means, text, " ".join(words(text.casefold())) or text)

    def wrong(self, kind: Kind, what: str, fix: str) -> Finding:
        """A finding about this sentence."""
        return Finding(_name(self.path), _lines(self.path).get(_bare(self.text), 1), what, fix, kind, self.language)


def check(folder: Path = examples.FOLDER, messages: Path = danger.FOLDER) -> list[Finding]:
    """All of it, by file and line. Raises BadExamples or BadMessages where a file cannot be read."""
    _lines.cache_clear()
    shown = [
        _Said.of(path, *_fields(each)) for path in sorted(folder.glob("*.yml")) for each in examples.read_file(path)
    ]
    told = list(_told(messages))
    by_language: dict[str, list[_Said]] = defaultdict(list)
    for said in shown:
        by_language[said.language].append(said)
    in_dutch = {said.words: said for said in by_language.get(SOURCE, ())}
    intents = {said.means for said in by_language.get(SOURCE, ())}
    found = [*_contradictions(shown, told), *_danger(told)]
    for its in by_language.values():
        found += [*_thin(its, intents), *_style(its), *_near(its), *_doubles(its, in_dutch)]
    return sorted(set(found))


def _thin(shown: Sequence[_Said], in_dutch: set[str]) -> Iterator[Finding]:
    """An intent with too few examples; one that Dutch has and this language has not is thin too."""
    counts = Counter(said.means for said in shown)
    path = shown[0].path
    for intent in sorted({*counts, *in_dutch}):
        fewest = FEWEST_OUTSIDE if intent == OUT_OF_SCOPE else FEWEST
        if counts[intent] < fewest:
            line = _lines(path).get(f"intent: {intent}", 1)
            what, fix = f"{intent} has {counts[intent]} of {fewest} examples", "Write more, in other styles."
            yield Finding(_name(path), line, what, fix, Kind.THIN, shown[0].language)


def _doubles(shown: Sequence[_Said], in_dutch: Mapping[str, _Said]) -> Iterator[Finding]:
    """The same words twice in a language; or Dutch words with another meaning than in Dutch, where they come from."""
    for same in _groups(shown):
        for one, other in pairwise(same):
            if one.means == other.means:
                yield other.wrong(Kind.TWICE, f"{one.means} has {other.text!r} twice", "Remove one.")
            else:
                what = f"{other.text!r} is {other.means} here and {one.means} there"
                yield other.wrong(Kind.TORN, what, "Keep it where a parent means it.")
    for said in shown:
        meant = in_dutch.get(said.words)
        if meant is not None and said.language != SOURCE and meant.means != said.means:
            what = f"{said.text!r} is {said.means} here and {meant.means} in Dutch"
            yield said.wrong(Kind.TORN, what, "The words are Dutch: give them one meaning, or say more in one.")


def _near(shown: Sequence[_Said]) -> Iterator[Finding]:
    for one, other in likeness.near([said.text for said in shown]):
        first, second = shown[one], shown[other]
        if first.means != second.means and first.words != second.words:
            what = f"{second.means} has {second.text!r}, nearly what {first.means} has: {first.text!r}"
            yield second.wrong(Kind.NEAR, what, "Say one of them differently.")


def _style(shown: Sequence[_Said]) -> Iterator[Finding]:
    """Parents write in many ways: an intent whose examples all look alike teaches how they look."""
    for intent in sorted({said.means for said in shown}):
        texts = [said.text for said in shown if said.means == intent]
        if len(texts) < FEWEST:
            continue  # thin: that is said already
        path = next(said.path for said in shown if said.means == intent)
        line = _lines(path).get(f"intent: {intent}", 1)
        for what, fix in faults_of_style(texts):
            yield Finding(_name(path), line, f"the examples of {intent} {what}", fix, Kind.STYLE, shown[0].language)


def _danger(told: Sequence[_Said]) -> Iterator[Finding]:
    """Too few messages at a level, or one message at two levels, or twice."""
    counts = Counter((said.language, said.means) for said in told)
    for path, language in sorted({(said.path, said.language) for said in told}):
        for level in (*SafetyLevel, _HARMLESS):
            fewest = FEWEST_HARMLESS if level == _HARMLESS else FEWEST_DANGER
            if (number := counts[language, level]) < fewest:
                what = f"{level} has {number} of {fewest} messages"
                yield Finding(_name(path), _lines(path).get(f"{level}:", 1), what, "Write more.", Kind.DANGER, language)
        for same in _groups([said for said in told if said.path == path]):
            for one, other in pairwise(same):
                what = f"{other.text!r} stands under {one.means} and under {other.means}"
                yield other.wrong(Kind.DANGER, what, "Keep the one that is right.")


def _contradictions(shown: Sequence[_Said], told: Sequence[_Said]) -> Iterator[Finding]:
    """An example of an intent that is danger stands among the harmless messages, or the other way round."""
    intents = {(said.language, said.words): said.means for said in shown}
    for said in told:
        intent = intents.get((said.language, said.words))
        if intent is not None and (intent in GRAVE) == (said.means == _HARMLESS):
            what = f"{said.text!r} is {said.means} here and an example of {intent}"
            yield said.wrong(Kind.DANGER, what, "Decide what it is.")


def _groups(said: Iterable[_Said]) -> Iterator[list[_Said]]:
    """What is said more than once."""
    groups: dict[str, list[_Said]] = defaultdict(list)
    for each in said:
        groups[each.words].append(each)
    return (group for group in groups.values() if len(group) > 1)


def _fields(example: Example) -> tuple[str, str, str]:
    return example.language, example.intent, example.text


def _told(folder: Path) -> Iterator[_Said]:
    try:
        for message in danger.read_folder(folder):
            path = folder / f"{message.language}.yml"
            yield _Said.of(path, message.language, message.level or _HARMLESS, message.text)
    except yaml.YAMLError as error:
        raise danger.BadMessages(f"{folder}: not YAML: {error}") from error


def _name(path: Path) -> str:
    return "/".join(path.parts[-3:])


@cache
def _lines(path: Path) -> dict[str, int]:
    """Where each thing stands in a file; the last place of what stands there twice."""
    return {_bare(line): number for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)}


def _bare(line: str) -> str:
    """Without the signs of a list and of a string."""
    return line.strip().removeprefix("- ").strip("\"'")
