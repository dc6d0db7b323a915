"""From scores to decisions: one temperature, two thresholds, measured on sentences the model has not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.ngram import Floats, softmax
from nlu.port import OUT_OF_SCOPE, Decision, Guess

PRECISION = 0.95  # of answers
SURE = 0.97  # of answers that no second opinion is asked about
LIKELY = 0.7  # that the right one is among the three offered
FOREIGN = 0.1  # share of messages that are out of scope
FALSE_ALARM = 0.006  # share of ordinary messages that a grave intent's probability may raise an alarm for
CHOICES = 3
GRAVE = ("emergency", "report_bullying")

_SHARPNESS = np.geomspace(0.5, 50, 80)
_FEWEST = 30  # answers that a precision is measured on


@dataclass(frozen=True, slots=True)
class Calibration:
    """How sharp scores are made, and from which probability on to answer, to offer, or to raise an alarm."""

    sharpness: float
    answer: float
    offer: float
    alarms: Mapping[str, float]  # per grave intent
    sure: float = 1.01  # from which on no second opinion is asked
    weights: tuple[float, float] = (0.0, 0.0)  # of regression and neighbours, beside the n-grams' 1

    def decide(self, ranking: Sequence[Guess]) -> Decision:
        """The decision for a ranking of `CHOICES` guesses; `out_of_scope` is never an answer."""
        best = ranking[0]
        if best.intent != OUT_OF_SCOPE and best.confidence >= self.answer:
            return Decision.ANSWER
        if sum(guess.confidence for guess in ranking if guess.intent != OUT_OF_SCOPE) >= self.offer:
            return Decision.OFFER
        return Decision.PERSON


def calibrate(scores: Floats, labels: Sequence[str], truth: Sequence[str]) -> Calibration:
    """Fit on out-of-fold scores of sloppy sentences (rows) and the intents that they really have."""
    right = np.array([labels.index(intent) for intent in truth])
    rows = np.arange(len(right))

    def surprise(sharpness: float) -> float:
        return -float(np.log(softmax(scores, sharpness)[rows, right] + 1e-9).mean())

    sharpness = float(min(_SHARPNESS, key=surprise))
    chances = softmax(scores, sharpness)
    order = np.argsort(-chances, axis=1, kind="stable")[:, :CHOICES]
    outside = labels.index(OUT_OF_SCOPE) if OUT_OF_SCOPE in labels else -1
    foreign = right == outside
    weight = np.where(foreign, FOREIGN / max(foreign.sum(), 1), (1 - FOREIGN) / max((~foreign).sum(), 1))

    top = chances[rows, order[:, 0]]
    top = np.where(order[:, 0] == outside, 0, top)
    answer = _threshold(top, order[:, 0] == right, weight, PRECISION)

    ranked = np.take_along_axis(chances, order, axis=1)
    mass = np.where(order == outside, 0, ranked).sum(axis=1)
    among = (order == right[:, None]).any(axis=1) & ~foreign
    unanswered = top < answer
    offer = _threshold(mass[unanswered], among[unanswered], weight[unanswered], LIKELY)
    sure = _threshold(top, order[:, 0] == right, weight, SURE)
    return Calibration(sharpness, answer, offer, _alarms(chances, labels, right), sure)


def _alarms(chances: Floats, labels: Sequence[str], right: NDArray[np.intp]) -> dict[str, float]:
    """Low thresholds: danger must not be missed, and ordinary messages pay for it with few false alarms."""
    grave = [labels.index(intent) for intent in GRAVE if intent in labels]
    ordinary = chances[~np.isin(right, grave)]
    return {labels[column]: float(np.quantile(ordinary[:, column], 1 - FALSE_ALARM)) for column in grave}


def _threshold(confidence: Floats, good: NDArray[np.bool_], weight: NDArray[np.float64], wanted: float) -> float:
    """The lowest confidence from which on the share of good ones is as wanted; never reached: above 1."""
    order = np.argsort(-confidence, kind="stable")
    share = np.cumsum((good * weight)[order]) / np.cumsum(weight[order])
    reached = np.flatnonzero(share >= wanted)
    reached = reached[reached >= _FEWEST]
    return float(confidence[order[reached[-1]]]) if len(reached) else 1.01
