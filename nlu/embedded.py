"""The embedded engine: n-grams, points of sentences, language and safety joined into one answer, in this process.

It serves as soon as the n-grams are there; the points come later (`deepen.py`) and are taken in between two messages.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path

from nlu import danger, examples, safety, store, tuning
from nlu.calibration import CHOICES, GRAVE, Calibration
from nlu.danger import Caution, DangerModel, judge
from nlu.dense import DenseModel, centred
from nlu.embedding import READ, Embedder
from nlu.language import OTHER, LanguageModel
from nlu.ngram import Counts, Floats, ngrams, softmax
from nlu.parts import two_errands
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

    def worst(self, parts: Sequence[str], vectors: Floats, caution: Caution) -> tuple[float, SafetyLevel]:
        """How likely danger is in the part that speaks of it most, and which level it would be."""
        found = (self.danger.score(vector) for vector in vectors)
        hints = (caution.grams * self.danger.hint(ngrams(part)) for part in parts)
        return max(
            ((score + hint, level) for (score, level), hint in zip(found, hints, strict=True)), key=itemgetter(0)
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """What a text may mean and how grave it is, before anything is decided."""

    chances: Mapping[str, float]
    level: SafetyLevel | None
    calibration: Calibration  # the numbers that it was judged by
    counts: Counts
    point: Floats | None = None  # (1, size); None where n-grams were asked alone


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
        whole = self._whole(text, known_language)
        if whole.safety is not None:
            return whole
        two = two_errands(text, whole, self._look, lambda piece: self._whole(piece, whole.language.language))
        return replace(whole, two=two) if two else whole

    def _whole(self, text: str, known_language: str | None) -> Understood:
        """What a text means as a whole."""
        read = text[:_READ]
        language = self.trained.languages.guess(read, known=known_language)
        spoken = language.language if language.confidence >= _SPOKEN and language.language != OTHER else None
        words = self.word_lists.scan(text, spoken)
        judged = self._judged(text, language.language, words)
        ranking = self._ranking(judged.chances)
        decision = self._decide(ranking, language, judged.level, judged.calibration)
        return Understood(ranking, decision, language, judged.level)

    def _judged(self, text: str, language: str, words: safety.Finding) -> Judged:
        counts, deep = ngrams(text[:_READ]), self.deep
        if not counts:
            nothing = dict.fromkeys(self.trained.intents.labels, 0.0) | {OUT_OF_SCOPE: 1.0}
            return Judged(nothing, words.level, self._alone, counts)
        scores = self._scores(counts)
        alone = self._named(softmax(scores, self._alone.sharpness))
        if deep is None or (self._sure(alone, text, language, words, deep) and deep.danger.hint(counts) < 0):
            return Judged(alone, self._alarm(words, alone, self._alone), self._alone, counts)
        parts = parts_of(text)
        vectors = deep.embedder.embed(parts)
        point = deep.model.space.place(vectors[:1])
        score, likely = deep.worst(parts, vectors, self._caution)
        level = judge(words.level, score, likely, self._caution)
        return Judged(self._mixture(deep, scores, point, language), level, self._mixed, counts, point)

    def _look(self, text: str) -> Guess:
        """The best guess of the shared n-grams, which cost little."""
        return self._ranking(self._named(softmax(self._scores(ngrams(text)), self._alone.sharpness)))[0]

    def _scores(self, counts: Counts) -> Floats:
        return centred(self.trained.intents.scores(counts)[None])

    def _named(self, chances: Floats) -> dict[str, float]:
        return dict(zip(self.trained.intents.labels, chances[0].tolist(), strict=True))

    def _sure(self, chances: Mapping[str, float], text: str, language: str, words: safety.Finding, deep: Deep) -> bool:
        """Whether n-grams are sure enough by themselves, and nothing hints at danger: an embedding would cost ten times more."""
        best = max(chances, key=lambda intent: chances[intent])
        plain = words.level is None and not words.harmless and best not in GRAVE and len(text) <= READ
        return plain and chances[best] >= self._alone.sure and language not in deep.model.thin

    def _mixture(self, deep: Deep, scores: Floats, point: Floats, language: str) -> dict[str, float]:
        regression, neighbours = deep.model.scores(point)
        one, two = self._mixed.weights
        chances = softmax(scores + one * regression + two * neighbours, self._mixed.sharpness)[0]
        return self._named(deep.model.mixed(chances, deep.model.pivot(point, language)[0], language)[None])

    def _ranking(self, chances: Mapping[str, float]) -> tuple[Guess, ...]:
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

    def _alarm(
        self, words: safety.Finding, chances: Mapping[str, float], calibration: Calibration
    ) -> SafetyLevel | None:
        """Danger by words, or by a low chance of an intent that is one: without points there is nothing better."""
        levels = [] if words.level is None else [words.level]
        for intent, least in calibration.alarms.items():
            if chances.get(intent, 0.0) >= (_DESPITE_FIGURE if words.harmless else least):
                levels.append(_ALARM[intent])
        return min(levels, key=LEVELS.index, default=None)


def parts_of(text: str) -> list[str]:
    """The parts of a text, however long, that are embedded; its intent is taken from the first."""
    parts = [text[at : at + READ] for at in range(0, max(len(text) - _OVERLAP, 1), READ - _OVERLAP)]
    return parts if len(parts) <= _PARTS else [*parts[: _PARTS // 2], *parts[-_PARTS // 2 :]]


def load(folder: Path = examples.FOLDER, *, cache: Path | None = None) -> EmbeddedRecogniser:
    """The recogniser of a folder of examples by n-grams, trained now (some seconds) where no earlier training is kept."""
    kept = store.cache_file(folder, cache or store.cache_folder())
    trained = store.read(kept)
    if trained is None:
        trained = train(folder)
        store.write(trained, kept)
    recogniser = EmbeddedRecogniser(trained, safety.shipped())
    recogniser.understand("?a")  # what is read at the first message is read now, not under the first parent's message
    return recogniser


def train(folder: Path) -> Trained:
    """Train on all examples of a folder."""
    from nlu.training import fit_ngrams

    begun = time.monotonic()
    shown = examples.read_folder(folder)
    sentences = [(example.language, example.text) for example in shown]
    learnt = {language for language, _ in sentences}
    sentences += [(said.language, said.text) for said in danger.read_folder() if said.language in learnt]
    languages = LanguageModel.of(sentences, store.world())
    logger.info("Learning from %d examples in %d languages ..", len(shown), len(languages.languages))
    intents = fit_ngrams(shown)
    logger.info("Learnt in %.1f seconds.", time.monotonic() - begun)
    return Trained(intents, languages)
