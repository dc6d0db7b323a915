"""The embedded engine, with intents ranked by Rasa where Rasa can: language and danger stay our own."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np

from nlu.calibration import CHOICES, Calibration
from nlu.embedded import EmbeddedRecogniser
from nlu.ngram import softmax
from nlu.port import Guess, Understood
from nlu.text import fold, words

TUNED = Path(__file__).with_name("tuned.json")
READ = 1500
"""Characters of a message that Rasa is shown, as many as our own engine looks at."""

logger = logging.getLogger(__name__)


class Ranker(Protocol):
    """Ranks the intents of a text, elsewhere."""

    @property
    def name(self) -> str:
        """What ranks at this moment; empty while nothing does."""

    def rank(self, text: str) -> Mapping[str, float] | None:
        """Every intent it knows with its probability, 0 to 1; None where it does not answer in time. Never raises."""


class RasaRecogniser:
    """Understands as the embedded engine does, which also answers whenever Rasa does not, or should not be asked."""

    def __init__(self, own: EmbeddedRecogniser, ranker: Ranker) -> None:
        """`own` learnt from the same examples as Rasa's model."""
        self.own = own
        self._ranker = ranker
        self._calibration = read()
        self._warned = False

    @property
    def name(self) -> str:
        """What answers at this moment."""
        return f"{self._ranker.name}, else {self.own.name}" if self._ranker.name else self.own.name

    def understand(self, text: str, *, known_language: str | None = None) -> Understood:
        """Understand one breath of a parent whose language may be known. Never raises for any text."""
        understood = self.own.understand(text, known_language=known_language)
        if not self._may_ask(text, understood):
            return understood
        chances = self._ranker.rank(text[:READ])
        if chances is None or not self._is_ours(chances, understood.intent):
            return understood
        ranking = self._sharpened(chances)
        return replace(understood, ranking=ranking, decision=self._calibration.decide(ranking))

    def over(self, own: EmbeddedRecogniser) -> RasaRecogniser:
        """The same with another engine of ours below it: one that a school has taught."""
        return RasaRecogniser(own, self._ranker)

    def _may_ask(self, text: str, understood: Understood) -> bool:
        """Danger waits for nobody. Without words, or in a language without examples, Rasa's confidence is noise."""
        language = understood.language.language  # may be `other`
        return (
            understood.safety is None
            and language in self.own.trained.languages.languages
            and not self._thin(understood.intent, language)
            and bool(words(fold(text[:READ])))
        )

    def _thin(self, intent: str, language: str) -> bool:
        """Whether our engine knows this intent from Dutch alone: Rasa never chooses what it has no examples of."""
        deep = self.own.deep
        return deep is not None and intent in {deep.model.labels[at] for at in deep.model.thin.get(language, ())}

    def _is_ours(self, chances: Mapping[str, float], intent: str) -> bool:
        """Whether Rasa's model is of our intents, and knows the one we would choose."""
        known = self.own.trained.intents.labels
        if chances.keys() <= set(known):
            return intent in chances and len(chances) >= CHOICES
        if not self._warned:
            self._warned = True
            logger.warning(
                "Rasa names intents that are not ours: its model learnt from other examples and is not used."
            )
        return False

    def _sharpened(self, chances: Mapping[str, float]) -> tuple[Guess, ...]:
        names = list(chances)
        sharp = softmax(np.log(np.array(list(chances.values())) + 1e-9), self._calibration.sharpness)
        best = np.argsort(-sharp, kind="stable")[:CHOICES]
        return tuple(Guess(names[at], float(sharp[at])) for at in best)


def read(path: Path = TUNED) -> Calibration:
    """Rasa's own sharpness and thresholds, as `tuning.py` found them."""
    return Calibration(**json.loads(path.read_text(encoding="utf-8")), alarms={})
