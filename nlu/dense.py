"""Intents from the points of sentences: logistic regression and nearest neighbours, in a space without languages.

What the points of a language have in common is projected out (the directions in which the means of the languages differ), so
that a neighbour may stand in any language. Serving needs numpy only; `training.py` fits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.ngram import Floats, softmax

NEIGHBOURS = 4
"""Of each intent so many nearest points count .."""
SHARPNESS = 20.0
""".. and this sharply their likeness is weighed."""
PIVOT = "nl"
"""The language in which a school adds what the line shall understand."""
PIVOT_NEIGHBOURS = 2
_STEPS = 127  # from 0 to the largest coordinate
_AT_ONCE = 1024
PIVOT_FAVOUR = 1.0
"""Added to the score of a thin intent: what few examples cannot say."""


@dataclass(frozen=True, slots=True)
class Space:
    """Where points are compared."""

    centre: Floats  # (size,)
    directions: Floats  # (languages - 1, size), orthonormal

    @classmethod
    def of(cls, vectors: Floats, languages: Sequence[str]) -> Space:
        """From the embeddings of examples and the language of each."""
        spoken = np.array(languages)
        names = sorted(set(languages))
        means = np.stack([vectors[spoken == name].mean(axis=0) for name in names])
        _, _, directions = np.linalg.svd(means - means.mean(axis=0), full_matrices=False)
        return cls(vectors.mean(axis=0), np.ascontiguousarray(directions[: len(names) - 1]))

    def place(self, vectors: Floats) -> Floats:
        """The points of embeddings (rows), of length 1."""
        moved = vectors - self.centre
        moved = moved - (moved @ self.directions.T) @ self.directions
        placed: Floats = moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-6)
        return placed


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Points of examples, those of one intent side by side, in whole steps of their coordinates: a quarter of the memory."""

    points: NDArray[np.int8]  # (examples, size)
    starts: NDArray[np.intp]  # per label, where its points begin; those of a label without any begin where the next do
    sizes: NDArray[np.intp]
    step: float = 1.0

    @classmethod
    def of(cls, points: Floats, intents: Sequence[str], labels: Sequence[str]) -> Neighbours:
        """Sort the points by intent."""
        column = np.array([labels.index(intent) for intent in intents], dtype=np.intp)
        order = np.argsort(column, kind="stable")
        sizes = np.bincount(column, minlength=len(labels)).astype(np.intp)
        step = float(np.abs(points).max()) / _STEPS
        return cls(np.rint(points[order] / step).astype(np.int8), np.cumsum(sizes) - sizes, sizes, step)

    def scores(self, points: Floats, count: int = NEIGHBOURS) -> Floats:
        """Per point (row) and label: the logarithm of the mean likeness of its nearest ones; the lowest where it has none."""
        likeness = self._likeness(points)
        scores = np.full((len(points), len(self.sizes)), -SHARPNESS, dtype=np.float32)
        for label, (start, size) in enumerate(zip(self.starts.tolist(), self.sizes.tolist(), strict=True)):
            if not size:
                continue
            part = likeness[:, start : start + size]
            if size > count:
                part = np.partition(part, size - count, axis=1)[:, size - count :]
            scores[:, label] = np.log(np.exp(part * SHARPNESS).mean(axis=1))
        return scores

    def _likeness(self, points: Floats) -> Floats:
        """Cosines with every example; so many at a time are made floats as fit into the processor's cache."""
        scaled = points * np.float32(self.step)
        likeness = np.empty((len(points), len(self.points)), dtype=np.float32)
        some = np.empty((_AT_ONCE, points.shape[1]), dtype=np.float32)
        for at in range(0, len(self.points), _AT_ONCE):
            steps = self.points[at : at + _AT_ONCE]
            some[: len(steps)] = steps
            np.matmul(scaled, some[: len(steps)].T, out=likeness[:, at : at + len(steps)])
        return likeness


@dataclass(frozen=True, slots=True)
class DenseModel:
    """What points say of intents. `thin`: per language, the labels that have too few examples in it."""

    labels: tuple[str, ...]
    space: Space
    weights: Floats  # (size, labels)
    bias: Floats
    neighbours: Neighbours
    pivot_weights: Floats  # the same from the examples in the pivot language alone
    pivot_bias: Floats
    pivot_neighbours: Neighbours
    thin: Mapping[str, tuple[int, ...]]

    def scores(self, points: Floats) -> tuple[Floats, Floats]:
        """Regression and neighbours, each centred per point: a column for each label."""
        return centred(points @ self.weights + self.bias), centred(self.neighbours.scores(points))

    def pivot(self, points: Floats, language: str) -> Floats:
        """Probabilities by the examples of the pivot language alone, for messages in another one."""
        regression = centred(points @ self.pivot_weights + self.pivot_bias)
        scores = regression + centred(self.pivot_neighbours.scores(points, PIVOT_NEIGHBOURS))
        scores[:, list(self.thin.get(language, ()))] += PIVOT_FAVOUR
        return softmax(scores, 1.0)

    def mixed(self, chances: Floats, pivot: Floats, language: str) -> Floats:
        """What the pivot says of the intents that are thin in a language; the others share what is left.

        A classifier never chooses them by itself: all others have examples in her language.
        """
        thin = list(self.thin.get(language, ()))
        if not thin:
            return chances
        mixed = chances.copy()
        mixed[thin] = 0
        mixed *= (1 - pivot[thin].sum()) / max(float(mixed.sum()), 1e-9)
        mixed[thin] = pivot[thin]
        return mixed


def centred(scores: Floats) -> Floats:
    """Scores about 0 in each row, so that several kinds can be added."""
    moved: Floats = scores - scores.mean(axis=1, keepdims=True)
    return moved
