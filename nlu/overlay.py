"""A school's own examples over the shared models: learnt in about a second, in the serving process, for that school alone.

Nothing shared is changed. Each intent of the school's own gets a column of n-grams and, where there are points, one beside the
shipped examples of the pivot language (`dense.py`): what was taught in Dutch is understood in every language. Each example, of
shipped intents too, gives a nudge: what is written nearly the same way is taken for its intent. Fusion weights, sharpness and
thresholds stay those of the last full fit, and what the shared models take for danger stays theirs.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nlu import examples as shipped
from nlu import safety
from nlu.calibration import GRAVE
from nlu.dense import PIVOT
from nlu.embedded import EmbeddedRecogniser, Judged
from nlu.embedding import READ
from nlu.examples import Example
from nlu.lessons import Grams, Points, learn_grams, learn_points, together
from nlu.ngram import Counts, Floats, ngrams, softmax
from nlu.port import OUT_OF_SCOPE, Recogniser
from nlu.rasa.recogniser import RasaRecogniser

NEAR = (0.2, 0.7)
"""How alike n-grams are from where a nudge begins, to where it is whole .."""
NEAR_POINTS = (0.4, 0.9)
""".. and the same for points."""
LEAST = 2.0
"""Of a nudge, in logarithms of odds: an example that was understood before still pulls what resembles it."""
_TINY = 1e-9

Chances = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Overlay:
    """What a school's examples teach. `intents`: its own, in the order of the columns."""

    examples: tuple[Example, ...]
    intents: tuple[str, ...]
    grams: Grams
    points: Points | None
    alone: Floats
    """The nudge of each example, in logarithms of odds, where n-grams are asked alone .."""
    mixed: Floats
    """.. and where points are asked too."""

    @classmethod
    def fit(
        cls, base: EmbeddedRecogniser, examples: Sequence[Example], *, shown: Sequence[Example] | None = None
    ) -> Overlay:
        """Learn. `shown`: shipped examples that own intents are told from, of the languages that they are taught in."""
        examples = tuple(dict.fromkeys(examples))
        model, deep = base.trained.intents, base.deep
        own = tuple(sorted({example.intent for example in examples} - set(model.labels)))
        grams = learn_grams(examples, own, model.features, _shipped(examples, own) if shown is None else shown)
        points = learn_points(examples, own, deep.model, deep.embedder) if deep else None
        nothing = np.zeros(len(examples), dtype=np.float32)
        bare = TaughtRecogniser(base, cls(examples, own, grams, points, nothing, nothing))
        return replace(bare.overlay, alone=bare.nudges(), mixed=bare.nudges(points))

    def lacks(self, base: EmbeddedRecogniser) -> bool:
        """Whether the engine has points now, and had none when this was learnt."""
        return base.deep is not None and self.points is None


class TaughtRecogniser(EmbeddedRecogniser):
    """The embedded engine for one school; shares all models with the engine that serves the others."""

    def __init__(self, base: EmbeddedRecogniser, overlay: Overlay, known: Collection[str] | None = None) -> None:
        """`known`: the own intents that the school has an answer to (None: all); any other is out of scope."""
        super().__init__(base.trained, base.word_lists)
        self.deep = base.deep
        self.overlay = overlay
        self._unknown = () if known is None else tuple(set(overlay.intents) - set(known))

    def _judged(self, text: str, language: str, words: safety.Finding) -> Judged:
        judged = super()._judged(text, language, words)
        grave = judged.level is not None or max(judged.chances, key=judged.chances.__getitem__) in GRAVE
        if grave or not judged.counts:
            return judged
        nudges = self.overlay.alone if judged.point is None else self.overlay.mixed
        point = self._placed(text) if judged.point is None else judged.point
        chances = self._nudged(self._with_own(judged.chances, judged.counts, point), judged.counts, point, nudges)
        return replace(judged, chances=self._answerable(chances))

    def _placed(self, text: str) -> Floats | None:
        """N-grams were sure, but know no intent that was taught in another language."""
        if self.deep is None or self.overlay.points is None or not self.overlay.intents:
            return None
        return self.deep.model.space.place(self.deep.embedder.embed([text[:READ]]))

    def _with_own(self, chances: Chances, counts: Counts, point: Floats | None) -> dict[str, float]:
        """The own intents take their share, the shipped ones share what is left."""
        if not self.overlay.intents:
            return dict(chances)
        odds = self._odds(counts) if self.overlay.points is None or point is None else self._odds_at(point)
        own = np.exp(odds - together(np.append(odds, 0.0)[None]))
        rest = 1 - float(own.sum())
        shipped_ones = {intent: chance * rest for intent, chance in chances.items()}
        return shipped_ones | dict(zip(self.overlay.intents, own.tolist(), strict=True))

    def _odds(self, counts: Counts) -> Floats:
        """Logarithms of the own intents' odds against all shipped ones, by n-grams alone."""
        model, grams = self.trained.intents, self.overlay.grams
        scores = model.scores(counts)
        own = (grams.row(model.features, counts) @ grams.weights + grams.bias - scores.mean()) * self._alone.sharpness
        odds: Floats = own - together(self._scores(counts) * self._alone.sharpness)
        return odds

    def _odds_at(self, point: Floats) -> Floats:
        """The same by points."""
        assert self.deep is not None  # noqa: S101 - where there is a point, there is the model
        assert self.overlay.points is not None  # noqa: S101
        return self.overlay.points.odds(self.deep.model, point)

    def _nudged(self, chances: Chances, counts: Counts, point: Floats | None, nudges: Floats) -> dict[str, float]:
        """Of several examples of an intent the strongest nudge counts."""
        strengths = nudges * self._likeness(counts, point)
        lifts: dict[str, float] = {}
        for example, strength in zip(self.overlay.examples, strengths.tolist(), strict=True):
            lifts[example.intent] = max(lifts.get(example.intent, 0.0), strength)
        lifted = {intent: chance * math.exp(lifts.get(intent, 0.0)) for intent, chance in chances.items()}
        whole = sum(lifted.values())
        return {intent: chance / whole for intent, chance in lifted.items()}

    def _likeness(self, counts: Counts, point: Floats | None) -> Floats:
        """How much of its nudge each example gives to a text, 0 to 1."""
        grams, points = self.overlay.grams, self.overlay.points
        alike = _ramp(grams.likeness(grams.row(self.trained.intents.features, counts)), NEAR)
        if points is None or point is None:
            return alike
        return np.maximum(alike, _ramp(points.places @ point[0], NEAR_POINTS))

    def _answerable(self, chances: dict[str, float]) -> dict[str, float]:
        for intent in self._unknown:
            chances[OUT_OF_SCOPE] = chances.get(OUT_OF_SCOPE, 0.0) + chances.pop(intent)
        return chances

    def nudges(self, points: Points | None = None) -> Floats:
        """What each example needs to be answered at once when it is written again; `points`: where points are asked too."""
        wanted = _log_odds((1 + (self._alone if points is None else self._mixed).answer) / 2)
        needed = []
        for place, example in enumerate(self.overlay.examples):
            counts = ngrams(example.text)
            point = None if points is None else points.places[place : place + 1]
            chance = self._with_own(self._chances(counts, point, example.language), counts, point)[example.intent]
            needed.append(max(LEAST, wanted - _log_odds(chance)))
        return np.array(needed, dtype=np.float32)

    def _chances(self, counts: Counts, point: Floats | None, language: str) -> Chances:
        """What the shared models say of an example."""
        scores = self._scores(counts)
        if point is None or self.deep is None:
            return self._named(softmax(scores, self._alone.sharpness))
        return self._mixture(self.deep, scores, point, language)


def with_overlay(recogniser: Recogniser, overlay: Overlay, known: Collection[str] | None = None) -> Recogniser:
    """The engine for the school that taught it this; an engine that cannot be taught stays as it is."""
    match recogniser:
        case EmbeddedRecogniser():
            return TaughtRecogniser(recogniser, overlay, known)
        case RasaRecogniser():
            return recogniser.over(TaughtRecogniser(recogniser.own, overlay, known))
        case _:
            return recogniser


def teachable(recogniser: Recogniser) -> EmbeddedRecogniser | None:
    """The part of an engine that learns a school's examples, if it has one."""
    own = recogniser.own if isinstance(recogniser, RasaRecogniser) else recogniser
    return own if isinstance(own, EmbeddedRecogniser) else None


def _shipped(examples: Sequence[Example], own: Sequence[str]) -> list[Example]:
    languages = {PIVOT, *(example.language for example in examples if example.intent in own)} if own else set()
    files = [file for file in sorted(shipped.FOLDER.glob("*.yml")) if file.stem.partition("_")[0] in languages]
    return [example for file in files for example in shipped.read_file(file)]


def _ramp(likeness: Floats, between: tuple[float, float]) -> Floats:
    low, high = between
    ramp: Floats = np.clip((likeness - low) / (high - low), 0, 1).astype(np.float32)
    return ramp


def _log_odds(chance: float) -> float:
    kept = min(max(chance, _TINY), 1 - _TINY)
    return math.log(kept / (1 - kept))
