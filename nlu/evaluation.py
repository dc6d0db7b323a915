"""How well an engine does on labelled messages, per language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from nlu.examples import Example
from nlu.port import OUT_OF_SCOPE, Decision, Recogniser, Understood

ALL = "all"


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

    def add(self, intent: str, understood: Understood) -> None:
        """Count one message that really has this intent."""
        answered = understood.decision is Decision.ANSWER
        outside = intent == OUT_OF_SCOPE
        self.messages += 1
        self.outside += outside
        self.first += understood.intent == intent
        self.among_three += any(guess.intent == intent for guess in understood.ranking)
        self.answered += answered
        self.answered_right += answered and understood.intent == intent
        self.answered_outside += answered and outside

    def figures(self) -> dict[str, int | float | None]:
        """The table's row: shares of all messages, of the answers, and of what is out of scope."""
        return {
            "n": self.messages,
            "top1": _share(self.first, self.messages),
            "top3": _share(self.among_three, self.messages),
            "answered": _share(self.answered, self.messages),
            "precision": _share(self.answered_right, self.answered),
            "out_of_scope_answered": _share(self.answered_outside, self.outside),
        }


def evaluate(recogniser: Recogniser, labelled: Iterable[Example]) -> dict[str, Tally]:
    """A tally per language in the order of their names, and `all` at the end."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    total = Tally()
    for example in labelled:
        understood = recogniser.understand(example.text)
        tallies[example.language].add(example.intent, understood)
        total.add(example.intent, understood)
    return dict(sorted(tallies.items())) | {ALL: total}


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
