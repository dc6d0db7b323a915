"""The embedded engine: n-grams, language and safety joined into one answer, in this process, with nothing fetched."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import numpy as np

from nlu import examples, safety, store
from nlu.calibration import CHOICES
from nlu.language import OTHER, LanguageModel
from nlu.ngram import ngrams, softmax
from nlu.port import OUT_OF_SCOPE, Decision, Guess, LanguageGuess, SafetyLevel, Understood
from nlu.store import Trained

_READ = 1500  # characters that are looked at for intent and language; for safety, all are
_ALARM = {"emergency": SafetyLevel.PERHAPS, "report_bullying": SafetyLevel.SCHOOL}  # `now` needs words, not chances
_DESPITE_FIGURE = 0.9  # the chance of danger that outweighs a figure of speech ("dying of laughter")

logger = logging.getLogger(__name__)


class NgramRecogniser:
    """Understands by n-grams alone."""

    name = "ngram"

    def __init__(self, trained: Trained, word_lists: safety.WordLists) -> None:
        self.trained = trained
        self.word_lists = word_lists

    def understand(self, text: str, *, known_language: str | None = None) -> Understood:
        """Understand one breath of a parent whose language may be known. Never raises for any text."""
        read = text[:_READ]
        chances = self._chances(read)
        ranking = self._ranking(chances)
        language = self.trained.languages.guess(read, known=known_language)
        level = self._safety(text, chances)
        return Understood(ranking, self._decide(ranking, language, level), language, level)

    def _chances(self, text: str) -> dict[str, float]:
        model = self.trained.intents
        counts = ngrams(text)
        if not counts:
            return dict.fromkeys(model.labels, 0.0) | {OUT_OF_SCOPE: 1.0}
        chances = softmax(model.scores(counts), self.trained.calibration.sharpness)
        return dict(zip(model.labels, chances.tolist(), strict=True))

    def _ranking(self, chances: dict[str, float]) -> tuple[Guess, ...]:
        best = sorted(chances.items(), key=lambda pair: -pair[1])[:CHOICES]
        return tuple(Guess(intent, confidence) for intent, confidence in best)

    def _decide(self, ranking: tuple[Guess, ...], language: LanguageGuess, level: SafetyLevel | None) -> Decision:
        if level is not None:
            return Decision.PERSON
        decision = self.trained.calibration.decide(ranking)
        foreign = language.language == OTHER and language.sure  # no examples: its confidence is noise
        return Decision.OFFER if foreign and decision is Decision.ANSWER else decision

    def _safety(self, text: str, chances: dict[str, float]) -> SafetyLevel | None:
        by_words = self.word_lists.scan(text)
        levels = [] if by_words.level is None else [by_words.level]
        for intent, least in self.trained.calibration.alarms.items():
            if chances.get(intent, 0.0) >= (_DESPITE_FIGURE if by_words.harmless else least):
                levels.append(_ALARM[intent])
        return min(levels, key=safety.LEVELS.index, default=None)


def load(folder: Path = examples.FOLDER, *, cache: Path | None = None) -> NgramRecogniser:
    """The recogniser of a folder of examples, trained now (some seconds) where no earlier training is kept."""
    kept = store.cache_file(folder, cache or store.cache_folder())
    trained = store.read(kept)
    if trained is None:
        trained = train(folder)
        store.write(trained, kept)
    recogniser = NgramRecogniser(trained, safety.shipped())
    recogniser.understand("?a")  # loads py3langid now, not under the first parent's message
    return recogniser


def train(folder: Path) -> Trained:
    """Train on all examples of a folder."""
    from nlu.training import fit

    begun = time.monotonic()
    shown = examples.read_folder(folder)
    languages = LanguageModel.of(shown)
    logger.info("Learning from %d examples in %d languages ..", len(shown), len(languages.languages))
    intents, calibration = fit(shown)
    # Kept as half floats: serve from the same numbers the first time as every time after.
    np.copyto(intents.weights, intents.weights.astype(np.float16))
    logger.info("Learnt in %.1f seconds.", time.monotonic() - begun)
    return Trained(intents, calibration, languages)
