"""Fits the n-gram model to examples, and its calibration to what the model makes of examples it has not seen.

scikit-learn is imported here only, inside the function: serving does without.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.calibration import Calibration, calibrate
from nlu.examples import Example
from nlu.ngram import Features, Floats, LinearModel, ngrams
from nlu.noise import sloppy
from nlu.text import fold, words

_FOLDS = 4
_SEED = 20261121
_SOFTNESS = 0.5  # LinearSVC's C
_TOLERANCE = 1e-2
_ABSENT = -2.0  # the score of an intent that a fold has no examples of


def fit(examples: Sequence[Example]) -> tuple[LinearModel, Calibration]:
    """The model of all examples, calibrated. The same examples give the same model."""
    documents = [ngrams(example.text) for example in examples]
    features = Features.of(documents)
    rows, truth = matrix(features, documents), [example.intent for example in examples]
    machine = _machine(rows, truth)
    labels = tuple(str(label) for label in machine.classes_)
    model = LinearModel(
        labels,
        features,
        np.ascontiguousarray(machine.coef_.T, dtype=np.float32),
        machine.intercept_.astype(np.float32),
    )
    return model, calibrate(out_of_fold(examples, features, rows, labels), labels, truth)


def out_of_fold(examples: Sequence[Example], features: Features, rows: Any, labels: Sequence[str]) -> Floats:
    """Scores of each example, typed sloppily, by a model that has not seen it; a column for each label.

    The vocabulary is that of all folds: an n-gram that a fold's model has not seen weighs nothing there.
    """
    rng = random.Random(_SEED)  # noqa: S311 - typos are no secret
    typed = matrix(features, [ngrams(sloppy(example.text, rng)) for example in examples])
    truth = np.array([example.intent for example in examples])
    fold_of = _folds(examples)
    scores = np.full((len(examples), len(labels)), _ABSENT, dtype=np.float32)
    for part in range(_FOLDS):
        held = np.flatnonzero(fold_of == part)
        machine = _machine(rows[fold_of != part], truth[fold_of != part])
        columns = np.array([labels.index(label) for label in machine.classes_])
        scores[held[:, None], columns] = machine.decision_function(typed[held])
    return scores


def matrix(features: Features, documents: Sequence[Counter[str]]) -> Any:
    """The documents' vectors as the rows of a sparse matrix."""
    from scipy.sparse import csr_matrix

    vectors = [features.vector(document) for document in documents]
    starts = np.cumsum([0, *(len(columns) for columns, _ in vectors)])
    columns = np.concatenate([columns for columns, _ in vectors])
    values = np.concatenate([values for _, values in vectors])
    shape = (len(documents), len(features.vocabulary))
    return csr_matrix((values, columns, starts), shape=shape)  # type: ignore[no-untyped-call]


def _machine(rows: Any, truth: Sequence[str] | NDArray[np.str_]) -> Any:
    from sklearn.svm import LinearSVC

    machine = LinearSVC(C=_SOFTNESS, tol=_TOLERANCE, random_state=_SEED)  # type: ignore[no-untyped-call]
    return machine.fit(rows, truth)


def _folds(examples: Sequence[Example]) -> NDArray[np.intp]:
    """A fold for each example: every intent of every language is spread over all, the same sentences stay together."""
    fold_of: dict[str, int] = {}
    taken: Counter[tuple[str, str]] = Counter()
    for example in examples:
        group = (example.language, example.intent)
        if _same(example) not in fold_of:
            fold_of[_same(example)] = taken[group] % _FOLDS
            taken[group] += 1
    return np.array([fold_of[_same(example)] for example in examples])


def _same(example: Example) -> str:
    return " ".join(words(fold(example.text)))
