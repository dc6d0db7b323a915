"""Fits the models to examples. Sharpness, thresholds and the weights of their mixture stand in `tuned.json`: see `tuning.py`.

scikit-learn and scipy are imported here only, inside functions: serving does without.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.danger import SHARPNESS, DangerModel, Message
from nlu.dense import PIVOT, DenseModel, Neighbours, Space
from nlu.examples import Example
from nlu.ngram import Counts, Features, Floats, LinearModel, ngrams
from nlu.port import LEVELS, OUT_OF_SCOPE
from nlu.safety import GRAVE

SEED = 20261121
ENOUGH = 4
"""Examples of an intent in a language, below which it is scored by the pivot language."""
_PIVOT_EXAMPLES = 8
_SOFTNESS = 0.5  # LinearSVC's C
_TOLERANCE = 0.1  # a tenth of it takes twice as long and understands no more
_DENSE_SOFTNESS = 10.0  # LogisticRegression's C
_DENSE_ROUNDS = 200
_DANGER_SOFTNESS = 3.0  # SVC's C
_ORDINARY = 4  # examples of each intent and language that danger is told from


def fit_ngrams(examples: Sequence[Example]) -> LinearModel:
    """The n-gram model. The same examples give the same model."""
    return _linear([example.text for example in examples], [example.intent for example in examples])


def _linear(texts: Sequence[str], truth: Sequence[str]) -> LinearModel:
    """Of two labels only the last in order has a column."""
    counts = ngrams(*texts)
    features = Features.of(counts, at_least=2)
    machine = machine_of(matrix(features, counts), truth)
    return LinearModel(
        tuple(str(label) for label in machine.classes_)[-len(machine.coef_) :],
        features,
        np.ascontiguousarray(machine.coef_.T, dtype=np.float16),
        machine.intercept_.astype(np.float32),
    )


def fit_dense(examples: Sequence[Example], vectors: Floats, labels: Sequence[str]) -> DenseModel:
    """The model of points; `vectors` are the embeddings of the examples, row by row."""
    intents = [example.intent for example in examples]
    space = Space.of(vectors, [example.language for example in examples])
    points = space.place(vectors)
    weights, bias = regression(points, intents, labels)
    home = _spread(examples)
    at_home = [intents[place] for place in home]
    pivot_weights, pivot_bias = regression(points[home], at_home, labels)
    return DenseModel(
        labels=tuple(labels),
        space=space,
        weights=weights,
        bias=bias,
        neighbours=Neighbours.of(points, intents, labels),
        pivot_weights=pivot_weights,
        pivot_bias=pivot_bias,
        pivot_neighbours=Neighbours.of(points[home], at_home, labels),
        thin=_thin(examples, labels),
    )


def fit_danger(messages: Sequence[Message], examples: Sequence[Example], vectors: Floats) -> DangerModel:
    """The model of danger; `vectors` are the embeddings of the messages and then of the examples, row by row.

    Some ordinary examples of each intent and language stand beside the harmless messages. Those of grave intents are left
    out: whether they are danger depends on what they say.
    """
    from sklearn.svm import SVC

    ordinary = ordinary_places(examples)
    rows = [*range(len(messages)), *(len(messages) + place for place in ordinary)]
    levels = [message.level for message in messages] + [None] * len(ordinary)
    languages = [message.language for message in messages] + [examples[place].language for place in ordinary]
    texts = [message.text for message in messages] + [examples[place].text for place in ordinary]
    space = Space.of(vectors[rows], languages)
    points = space.place(vectors[rows])
    dangerous = np.array([level is not None for level in levels])
    machine = SVC(C=_DANGER_SOFTNESS, gamma=SHARPNESS, cache_size=1000)  # type: ignore[no-untyped-call]
    machine.fit(points, dangerous)
    level_weights, level_bias = regression(points[dangerous], [level for level in levels if level], LEVELS)
    return DangerModel(
        space,
        np.ascontiguousarray(machine.support_vectors_, dtype=np.float32),
        machine.dual_coef_[0].astype(np.float32),
        float(machine.intercept_[0]),
        level_weights,
        level_bias,
        _linear(texts, ["harmless" if level is None else "of danger" for level in levels]),
    )


def worth_beside(first: Floats, second: Floats, truth: NDArray[np.bool_]) -> float:
    """What a point of the second score is worth in points of the first, by a logistic regression on both; never below 0."""
    from sklearn.linear_model import LogisticRegression

    machine = LogisticRegression().fit(np.column_stack([first, second]), truth)  # type: ignore[no-untyped-call]
    of_first, of_second = machine.coef_[0]
    return float(max(of_second, 0) / of_first)


def ordinary_places(examples: Sequence[Example]) -> list[int]:
    """Places of a few examples of each intent and language that are no matter of danger."""
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, example in enumerate(examples):
        if example.intent not in GRAVE:
            places[example.language, example.intent].append(place)
    return [place for found in places.values() for place in found[:: max(1, len(found) // _ORDINARY)][:_ORDINARY]]


def regression(points: Floats, intents: Sequence[str], labels: Sequence[str]) -> tuple[Floats, Floats]:
    """Weights (size, labels) and bias of a logistic regression; a label without examples is never likely."""
    from sklearn.linear_model import LogisticRegression

    machine = LogisticRegression(C=_DENSE_SOFTNESS, max_iter=_DENSE_ROUNDS, tol=1e-3)  # type: ignore[no-untyped-call]
    machine.fit(points, intents)
    columns = [list(labels).index(str(label)) for label in machine.classes_]
    weights = np.zeros((points.shape[1], len(labels)), dtype=np.float32)
    bias = np.full(len(labels), float(machine.intercept_.min()) - 1, dtype=np.float32)
    weights[:, columns], bias[columns] = machine.coef_.T, machine.intercept_
    return weights, bias


def machine_of(rows: Any, truth: Sequence[str] | NDArray[np.str_]) -> Any:
    """A linear support vector machine, one against the rest."""
    from sklearn.svm import LinearSVC

    machine = LinearSVC(C=_SOFTNESS, tol=_TOLERANCE, random_state=SEED)  # type: ignore[no-untyped-call]
    return machine.fit(rows, truth)


def matrix(features: Features, counts: Counts) -> Any:
    """The texts' vectors as the rows of a sparse matrix."""
    from scipy.sparse import csr_matrix

    columns, values, owners = features.vectors(counts)
    starts = np.searchsorted(owners, np.arange(counts.texts + 1))
    return csr_matrix((values, columns, starts), shape=(counts.texts, len(features.rarity)))  # type: ignore[no-untyped-call]


def _spread(examples: Sequence[Example]) -> list[int]:
    """Places of equally many examples of each intent in the pivot language: a new intent has few, and stands beside equals."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, example in enumerate(examples):
        if example.language == PIVOT:
            places[example.intent].append(place)
    taken: list[int] = []
    for intent, found in places.items():
        count = min(len(found), _PIVOT_EXAMPLES * (4 if intent == OUT_OF_SCOPE else 1))
        taken += [found[number * len(found) // count] for number in range(count)]
    return taken


def _thin(examples: Sequence[Example], labels: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Per language, the labels with too few examples in it; what is thin in the pivot language too is scored as ever."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for example in examples:
        counts[example.language][example.intent] += 1
    known = [place for place, label in enumerate(labels) if counts[PIVOT][label] >= ENOUGH]
    return {
        language: thin
        for language, of_intent in sorted(counts.items())
        if language != PIVOT and (thin := tuple(place for place in known if of_intent[labels[place]] < ENOUGH))
    }
