"""How well an engine does on labelled messages, per language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from nlu.calibration import GRAVE
from nlu.marks import SMALL, Share
from nlu.port import OUT_OF_SCOPE, Decision, Recogniser, SafetyLevel, Understood

ALL, MEAN = "all", "mean"
_BINS = 10

Figures = dict[str, int | float | None]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A message and what it really is: an intent, whether it speaks of danger (for the figures of danger), or both."""

    language: str
    text: str
    intent: str | None = None
    danger: bool | None = None


@dataclass(slots=True)
class Tally:
    """Counts over the messages of one language; shares are None where nothing was counted."""

    messages: int = 0
    outside: int = 0  # of them out of scope
    first: int = 0
    among_three: int = 0
    answered: int = 0
    answered_right: int = 0
    answered_outside: int = 0
    served: int = 0  # right at once, among the three offered, or danger seen as such; in scope only
    offered: int = 0
    offered_right: int = 0
    language_right: int = 0
    confidences: list[tuple[float, bool]] = field(default_factory=list)  # of the first guess, and whether it was right
    dangers: int = 0
    dangers_seen: int = 0
    harmless: int = 0
    false_now: int = 0
    false_other: int = 0

    def add(self, message: Labelled, understood: Understood) -> None:
        """Count one message."""
        if message.intent is not None:
            self._add_intent(message, message.intent, understood)
        if message.danger is not None:
            self._add_danger(danger=message.danger, level=understood.safety)

    def _add_intent(self, message: Labelled, intent: str, understood: Understood) -> None:
        answered, offered = (understood.decision is it for it in (Decision.ANSWER, Decision.OFFER))
        outside = intent == OUT_OF_SCOPE
        right = understood.intent == intent
        among = any(guess.intent == intent for guess in understood.ranking)
        self.messages += 1
        self.outside += outside
        self.first += right
        self.among_three += among
        self.answered += answered
        self.answered_right += answered and right
        self.answered_outside += answered and outside
        self.offered += offered and not outside
        self.offered_right += offered and among and not outside
        grave = intent in GRAVE and understood.safety is not None  # the numbers and a person: no other answer is right
        self.served += not outside and ((answered and right) or (offered and among) or grave)
        self.language_right += understood.language.language == message.language
        self.confidences.append((understood.confidence, right))

    def _add_danger(self, *, danger: bool, level: SafetyLevel | None) -> None:
        self.dangers += danger
        self.dangers_seen += danger and level is not None
        self.harmless += not danger
        self.false_now += not danger and level is SafetyLevel.NOW
        self.false_other += not danger and level is not None and level is not SafetyLevel.NOW

    def shares(self) -> dict[str, Share]:
        """`answered` and `precision` are of all messages; `served` and `offered_right` of what is in scope."""
        return {
            "top1": Share(self.first, self.messages),
            "top3": Share(self.among_three, self.messages),
            "answered": Share(self.answered, self.messages),
            "precision": Share(self.answered_right, self.answered),
            "offered_right": Share(self.offered_right, self.offered),
            "served": Share(self.served, self.messages - self.outside),
            "out_of_scope_answered": Share(self.answered_outside, self.outside),
            "language": Share(self.language_right, self.messages),
            "danger_seen": Share(self.dangers_seen, self.dangers),
            "false_now": Share(self.false_now, self.harmless),
            "false_other": Share(self.false_other, self.harmless),
        }

    def figures(self) -> Figures:
        """Every share as a number, and what is no share."""
        return {
            "n": self.messages,
            **{name: share.value for name, share in self.shares().items()},
            "calibration_error": self.calibration_error(),
            "dangers": self.dangers,
            "harmless": self.harmless,
        }

    def calibration_error(self) -> float | None:
        """How far confidence and truth lie apart on average, over ten bins of confidence (ECE)."""
        if not self.confidences:
            return None
        said, right = np.array(self.confidences, dtype=float).T
        bins = np.minimum((said * _BINS).astype(int), _BINS - 1)
        gaps = (abs(float((said - right)[bins == each].sum())) for each in np.unique(bins))
        return round(sum(gaps) / len(said), 4)


def evaluate(recogniser: Recogniser, labelled: Iterable[Labelled]) -> dict[str, Tally]:
    """A tally per language in the order of their names, and `all` at the end. No language is known beforehand."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    total = Tally()
    for message in labelled:
        understood = recogniser.understand(message.text)
        tallies[message.language].add(message, understood)
        total.add(message, understood)
    return dict(sorted(tallies.items())) | {ALL: total}


def mean(tallies: Mapping[str, Tally]) -> Figures:
    """Of the big languages, each counting the same however many messages it has; sums of what is counted."""
    rows = [tally.figures() for language, tally in tallies.items() if language not in {ALL, *SMALL}]
    columns = {name: [row[name] for row in rows] for name in Tally().figures()}
    return {name: _mean([value for value in column if value is not None]) for name, column in columns.items()}


def _mean(values: list[int | float]) -> int | float | None:
    if all(isinstance(value, int) for value in values):
        return sum(values) if values else None
    return round(sum(values) / len(values), 4)
