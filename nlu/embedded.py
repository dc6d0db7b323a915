"""The embedded engine: n-grams, points of sentences, language and safety joined into one answer, in this process.

It serves as soon as the n-grams are there; the points come later (`deepen.py`) and are taken in between two messages.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlu import examples, safety, store, tuning
from nlu.calibration import CHOICES, GRAVE, Calibration
from nlu.danger import DangerModel, judge
from nlu.dense import DenseModel, centred
from nlu.embedding import READ, Embedder
from nlu.language import OTHER, LanguageModel
from nlu.ngram import Floats, ngrams, softmax
from nlu.port import LEVELS, OUT_OF_SCOPE, Decision, Guess, LanguageGuess, SafetyLevel, Understood
from nlu.store import Trained

_READ = 1500  # characters that are looked at for intent and language; for safety, all are
_OVERLAP = 100  # characters that two parts of a long text share
_PARTS = 12  # of a long text are embedded: the first ones and the last
_ALARM = {"emergency": SafetyLevel.PERHAPS, "report_bullying": SafetyLevel.SCHOOL}  # `now` needs words, not chances
_SPOKEN = 0.8  # how likely a language must be for only its own typos to be forgiven
_DESPITE_FIGURE = 0.9  # the chance of danger that outweighs a figure of speech ("dying of laughter")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Deep:
    """The part that needs embeddings."""

    model: DenseModel
    embedder: Embedder
    danger: DangerModel

    def vectors(self, text: str) -> Floats:
        """Of the parts of a text, however long; the first part is all that its intent is taken from."""
        parts = [text[at : at + READ] for at in range(0, max(len(text) - _OVERLAP, 1), READ - _OVERLAP)]
        if len(parts) > _PARTS:
            parts = [*parts[: _PARTS // 2], *parts[-_PARTS // 2 :]]
        return self.embedder.embed(parts)


class EmbeddedRecogniser:
    """Understands by n-grams, and by points where it has them and the n-grams are not sure by themselves."""

    def __init__(self, trained: Trained, word_lists: safety.WordLists) -> None:
        """N-grams alone, until `deep` is set."""
        self.trained = trained
        self.word_lists = word_lists
        self.deep: Deep | None = None
        tuned = tuning.read()
        self._alone, self._mixed = tuned[tuning.NGRAMS], tuned[tuning.FULL]
        self._caution = tuning.read_caution()

    @property
    def name(self) -> str:
        """What answers at this moment."""
        return f"ngram and {self.deep.embedder.name}" if self.deep else "ngram"

    def understand(self, text: str, *, known_language: str | None = None) -> Understood:
        """Understand one breath of a parent whose language may be known. Never raises for any text."""
        read = text[:_READ]
        language = self.trained.languages.guess(read, known=known_language)
        spoken = language.language if language.confidence >= _SPOKEN and language.language != OTHER else None
        words = self.word_lists.scan(text, spoken)
        chances, level, calibration = self._judged(text, language.language, words)
        ranking = self._ranking(chances)
        return Understood(ranking, self._decide(ranking, language, level, calibration), language, level)

    def _judged(
        self, text: str, language: str, words: safety.Finding
    ) -> tuple[dict[str, float], SafetyLevel | None, Calibration]:
        """The chance of each intent, the level of danger, and the numbers that they were judged by."""
        model, deep, read = self.trained.intents, self.deep, text[:_READ]
        counts = ngrams(read)
        if not counts:
            return dict.fromkeys(model.labels, 0.0) | {OUT_OF_SCOPE: 1.0}, words.level, self._alone
        scores = centred(model.scores(counts)[None])
        alone = softmax(scores, self._alone.sharpness)[0]
        named = dict(zip(model.labels, alone.tolist(), strict=True))
        if deep is None or self._sure(named, text, language, words, deep):
            return named, self._alarm(words, named, self._alone), self._alone
        vectors = deep.vectors(text)
        mixed = self._mixture(deep, scores, vectors[:1], language)
        score, likely = max((deep.danger.score(vector) for vector in vectors), key=lambda found: found[0])
        level = judge(words.level, score, likely, self._caution)
        return dict(zip(model.labels, mixed.tolist(), strict=True)), level, self._mixed

    def _sure(self, chances: dict[str, float], text: str, language: str, words: safety.Finding, deep: Deep) -> bool:
        """Whether n-grams are sure enough by themselves, and nothing hints at danger: an embedding would cost ten times more."""
        best = max(chances, key=lambda intent: chances[intent])
        plain = words.level is None and not words.harmless and best not in GRAVE and len(text) <= READ
        return plain and chances[best] >= self._alone.sure and language not in deep.model.thin

    def _mixture(self, deep: Deep, scores: Floats, vectors: Floats, language: str) -> Floats:
        point = deep.model.space.place(vectors)
        regression, neighbours = deep.model.scores(point)
        one, two = self._mixed.weights
        chances = softmax(scores + one * regression + two * neighbours, self._mixed.sharpness)[0]
        return deep.model.mixed(chances, deep.model.pivot(point, language)[0], language)

    def _ranking(self, chances: dict[str, float]) -> tuple[Guess, ...]:
        best = sorted(chances.items(), key=lambda pair: -pair[1])[:CHOICES]
        return tuple(Guess(intent, confidence) for intent, confidence in best)

    def _decide(
        self, ranking: tuple[Guess, ...], language: LanguageGuess, level: SafetyLevel | None, calibration: Calibration
    ) -> Decision:
        if level is not None:
            return Decision.PERSON
        decision = calibration.decide(ranking)
        foreign = language.language == OTHER and language.sure  # no examples: its confidence is noise
        return Decision.OFFER if foreign and decision is Decision.ANSWER else decision

    def _alarm(self, words: safety.Finding, chances: dict[str, float], calibration: Calibration) -> SafetyLevel | None:
        """Danger by words, or by a low chance of an intent that is one: without points there is nothing better."""
        levels = [] if words.level is None else [words.level]
        for intent, least in calibration.alarms.items():
            if chances.get(intent, 0.0) >= (_DESPITE_FIGURE if words.harmless else least):
                levels.append(_ALARM[intent])
        return min(levels, key=LEVELS.index, default=None)


def load(folder: Path = examples.FOLDER, *, cache: Path | None = None) -> EmbeddedRecogniser:
    """The recogniser of a folder of examples by n-grams, trained now (some seconds) where no earlier training is kept."""
    kept = store.cache_file(folder, cache or store.cache_folder())
    trained = store.read(kept)
    if trained is None:
        trained = train(folder)
        store.write(trained, kept)
    recogniser = EmbeddedRecogniser(trained, safety.shipped())
    recogniser.understand("?a")  # loads py3langid now, not under the first parent's message
    return recogniser


def train(folder: Path) -> Trained:
    """Train on all examples of a folder."""
    from nlu.training import fit_ngrams

    begun = time.monotonic()
    shown = examples.read_folder(folder)
    languages = LanguageModel.of(shown)
    logger.info("Learning from %d examples in %d languages ..", len(shown), len(languages.languages))
    intents = fit_ngrams(shown)
    # Kept as half floats: serve from the same numbers the first time as every time after.
    np.copyto(intents.weights, intents.weights.astype(np.float16))
    logger.info("Learnt in %.1f seconds.", time.monotonic() - begun)
    return Trained(intents, languages)
