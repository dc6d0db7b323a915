"""What a school's own examples teach: a column for each intent of its own, and how alike a text is to each example."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.dense import PIVOT_FAVOUR, PIVOT_NEIGHBOURS, DenseModel, Neighbours, centred
from nlu.embedding import Embedder
from nlu.examples import Example
from nlu.fitting import machine, regression
from nlu.keys import Index
from nlu.ngram import Counts, Features, Floats, ngrams

SOFTNESS = 2.0
"""Of a column of n-grams: a little softer than the shared model's, for there are few examples."""
POINT_SOFTNESS = 10.0


@dataclass(frozen=True, slots=True)
class Grams:
    """The n-grams of the examples: how alike a text is to each, and the columns of the own intents."""

    index: Index
    places: tuple[NDArray[np.intp], NDArray[np.intp], Floats]  # example, n-gram, value
    size: int  # examples
    weights: Floats  # (n-grams, own intents)
    bias: Floats

    def likeness(self, row: Floats) -> Floats:
        """Of the values of a text's n-grams to each example, 0 to 1."""
        owners, columns, values = self.places
        return np.bincount(owners, values * row[columns], self.size).astype(np.float32)

    def row(self, features: Features, counts: Counts) -> Floats:
        """The values of a text's n-grams, as far as the examples have them."""
        values, columns = weigh(features, counts), self.index.find(counts.keys)
        row = np.zeros(len(self.weights), dtype=np.float32)
        row[columns[columns >= 0]] = values[columns >= 0]
        return row


@dataclass(frozen=True, slots=True)
class Points:
    """Where the examples lie, and the columns of the own intents."""

    embedder: str
    places: Floats  # (examples, size)
    weights: Floats  # (size, own intents)
    bias: Floats
    neighbours: Neighbours

    def odds(self, model: DenseModel, point: Floats) -> Floats:
        """The logarithm of each own intent's odds against all shipped ones, by the examples of the pivot language."""
        own = point @ self.weights + self.bias + self.neighbours.scores(point, PIVOT_NEIGHBOURS) + PIVOT_FAVOUR
        shipped = pivot_regression(model, point) + model.pivot_neighbours.scores(point, PIVOT_NEIGHBOURS)
        odds: Floats = (own - together(shipped)[:, None])[0]
        return odds


def learn_grams(examples: Sequence[Example], own: Sequence[str], features: Features, shown: Sequence[Example]) -> Grams:
    """The n-grams of the examples. `shown`: shipped examples that the own intents are told from."""
    counted = [ngrams(example.text) for example in examples]
    index = Index.of(np.unique(np.concatenate([counts.keys for counts in counted])))
    places = [
        (np.full(len(counts), number), index.find(counts.keys), weigh(features, counts))
        for number, counts in enumerate(counted)
    ]
    owners, columns, values = (np.concatenate(parts) for parts in zip(*places, strict=True))
    grams = Grams(
        index,
        (owners.astype(np.intp), columns.astype(np.intp), values.astype(np.float32)),
        len(examples),
        np.zeros((len(index.keys), len(own)), dtype=np.float32),
        np.zeros(len(own), dtype=np.float32),
    )
    others = [ngrams(example.text) for example in shown] if own else []
    for column, intent in enumerate(own):
        _fit_column(grams, column, [example.intent == intent for example in examples], features, others)
    return grams


def _fit_column(grams: Grams, column: int, mine: Sequence[bool], features: Features, others: Sequence[Counts]) -> None:
    """Only n-grams of its own examples can speak for an intent: the others' need no weight."""
    owners, columns, values = grams.places
    yes = np.array(mine)
    taken = np.unique(columns[yes[owners]])
    narrow = np.full(len(grams.weights), -1, dtype=np.intp)
    narrow[taken] = np.arange(len(taken))
    rows = np.zeros((grams.size + len(others), len(taken)), dtype=np.float32)
    here = narrow[columns] >= 0
    rows[owners[here], narrow[columns[here]]] = values[here]
    for number, counts in enumerate(others, start=grams.size):
        found = grams.index.find(counts.keys)
        kept = (found >= 0) & (narrow[found] >= 0)
        rows[number, narrow[found[kept]]] = weigh(features, counts)[kept]
    grams.weights[taken, column], grams.bias[column] = machine(rows, np.append(yes, [False] * len(others)), SOFTNESS)


def learn_points(examples: Sequence[Example], own: Sequence[str], model: DenseModel, embedder: Embedder) -> Points:
    """One sentence is embedded at a time: messages of parents go in between."""
    places = model.space.place(np.concatenate([embedder.embed([example.text]) for example in examples]))
    intents = np.array([example.intent for example in examples])
    shipped = model.pivot_neighbours.points.astype(np.float32) * np.float32(model.pivot_neighbours.step)
    weights, bias = np.zeros((places.shape[1], len(own)), dtype=np.float32), np.zeros(len(own), dtype=np.float32)
    rows = np.concatenate([places, shipped])
    others = together(pivot_regression(model, rows))
    for column, intent in enumerate(own):
        yes = np.append(intents == intent, [False] * len(shipped))
        weights[:, column], bias[column] = regression(rows, yes, others, POINT_SOFTNESS)
    mine = np.isin(intents, own)
    near = Neighbours.of(places[mine] if mine.any() else places[:1], list(intents[mine]), list(own))
    return Points(embedder.name, places, weights, bias, near)


def weigh(features: Features, counts: Counts) -> Floats:
    """The values of a text's n-grams, as the shared model weighs them; together of length 1."""
    rows = features.index.find(counts.keys)
    known = (1 + np.log(counts.times)) * features.rarity[rows]
    values = np.where(rows >= 0, known, np.float32(features.rarest)).astype(np.float32)
    weighed: Floats = values / np.float32(np.linalg.norm(values) or 1)
    return weighed


def pivot_regression(model: DenseModel, points: Floats) -> Floats:
    """What the shipped examples of the pivot language say, by regression alone."""
    return centred(points @ model.pivot_weights + model.pivot_bias)


def together(scores: Floats) -> Floats:
    """The logarithm of the sum of the powers of each row."""
    most = scores.max(axis=1)
    summed: Floats = most + np.log(np.exp(scores - most[:, None]).sum(axis=1))
    return summed
