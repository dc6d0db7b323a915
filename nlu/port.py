"""What every engine of understanding offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

OUT_OF_SCOPE = "out_of_scope"


class Decision(StrEnum):
    """What the confidence allows."""

    ANSWER = "answer"
    OFFER = "offer"
    PERSON = "person"


class SafetyLevel(StrEnum):
    """Danger now, perhaps danger, bullying or threats at school."""

    NOW = "now"
    PERHAPS = "perhaps"
    SCHOOL = "school"


LEVELS = tuple(SafetyLevel)
"""The gravest first."""


@dataclass(frozen=True, slots=True)
class Guess:
    """One intent and its calibrated probability, 0 to 1."""

    intent: str
    confidence: float


@dataclass(frozen=True, slots=True)
class LanguageGuess:
    """A language code of ours or `other`, with its probability; `sure` where a change of language may follow."""

    language: str
    confidence: float
    sure: bool


@dataclass(frozen=True, slots=True)
class Errand:
    """One of two things that a message asks for, with her words of it."""

    intent: str
    confidence: float
    text: str


@dataclass(frozen=True, slots=True)
class Understood:
    """What a text may mean. `ranking` holds three guesses, best first."""

    ranking: tuple[Guess, ...]
    decision: Decision
    language: LanguageGuess
    safety: SafetyLevel | None = None
    entities: Mapping[str, str] = field(default_factory=dict)
    two: tuple[Errand, Errand] | None = None
    """Two things that it asks for, where each is clear by itself, what is to be done first; `ranking` is of the whole."""

    @property
    def intent(self) -> str:
        """The best guess."""
        return self.ranking[0].intent

    @property
    def confidence(self) -> float:
        """The best guess's probability."""
        return self.ranking[0].confidence


class Recogniser(Protocol):
    """An engine. Pure: the same text and prior give the same answer."""

    @property
    def name(self) -> str:
        """What answers, for logs and for whoever measures."""

    def understand(self, text: str, *, known_language: str | None = None) -> Understood:
        """Understand one breath of a parent whose language may be known. Never raises for any text."""
