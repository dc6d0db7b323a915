"""Finds the numbers of `tuned.json` from sloppily typed examples that a model has not seen. Run by `python -m bot nlu tune`.

What says the same thing in several languages stays in one fold: a model that has seen the Arabic sentence has seen the
Dutch one. A trial with random folds promised 0.87 where 0.72 was true.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.calibration import Calibration, calibrate
from nlu.danger import Caution
from nlu.dense import Neighbours, Space, centred
from nlu.examples import Example
from nlu.ngram import Features, Floats, ngrams
from nlu.noise import sloppy
from nlu.training import SEED, machine_of, matrix, regression

FILE = Path(__file__).with_name("tuned.json")
NGRAMS, FULL, DANGER = "ngram", "full", "danger"
_FOLDS = 4
_SAME = 0.8
"""Cosine from which on two sentences of an intent count as the same one."""
_REGRESSION, _NEIGHBOURS = (0.0, 0.05, 0.1, 0.15, 0.2), (0.05, 0.1, 0.15, 0.2, 0.25)

Embed = Callable[[Sequence[str]], Floats]


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """Scores of sloppily typed examples by models that saw neither them nor what says the same."""

    labels: tuple[str, ...]
    truth: tuple[str, ...]
    languages: tuple[str, ...]
    ngrams: Floats  # each (examples, labels), centred
    regression: Floats
    neighbours: Floats

    def fused(self, weights: tuple[float, float]) -> Floats:
        """N-grams, regression and neighbours, added."""
        fused: Floats = self.ngrams + weights[0] * self.regression + weights[1] * self.neighbours
        return fused

    def right(self, scores: Floats) -> NDArray[np.bool_]:
        """Whether the best label is the true one."""
        best = np.array(self.labels)[scores.argmax(axis=1)]
        return np.asarray(best == np.array(self.truth))


def tune(found: OutOfFold) -> dict[str, Calibration]:
    """The best numbers for n-grams alone and for the mixture."""
    pairs = [(one, two) for one in _REGRESSION for two in _NEIGHBOURS]
    weights = max(pairs, key=lambda pair: float(found.right(found.fused(pair)).mean()))
    alone = calibrate(found.ngrams, found.labels, found.truth)
    mixed = calibrate(found.fused(weights), found.labels, found.truth)
    return {NGRAMS: alone, FULL: replace(mixed, weights=weights)}


def write(tuned: Mapping[str, Calibration | Caution], path: Path = FILE) -> None:
    """Keep them beside the others; the file belongs to the repository."""
    numbers = _content(path) | {name: asdict(of_name) for name, of_name in tuned.items()}
    rounded = json.loads(json.dumps(numbers), parse_float=_rounded)
    path.write_text(json.dumps(rounded, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def read(path: Path = FILE) -> dict[str, Calibration]:
    """The numbers for n-grams and for the mixture that were kept."""
    content = _content(path)
    return {
        name: Calibration(**content[name] | {"weights": tuple(content[name]["weights"])}) for name in (NGRAMS, FULL)
    }


def read_caution(path: Path = FILE) -> Caution:
    """The numbers for danger that were kept."""
    return Caution(**_content(path)[DANGER])


def _content(path: Path) -> dict[str, dict[str, Any]]:
    content: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return content


def out_of_fold(examples: Sequence[Example], embed: Embed, *, sample: int) -> OutOfFold:
    """Scores of `sample` sloppy examples of each intent and language; every example is in exactly one fold's training."""
    labels = tuple(sorted({example.intent for example in examples}))
    rng = random.Random(SEED)  # noqa: S311 - typos are no secret
    typed = [sloppy(example.text, rng) for example in examples]
    tried = _sample(examples, sample)
    vectors = embed([example.text for example in examples])
    heard = embed([typed[place] for place in tried])
    space = Space.of(vectors, [example.language for example in examples])
    points, heard = space.place(vectors), space.place(heard)
    intents = np.array([example.intent for example in examples])
    fold_of = folds(points, intents)

    counts = ngrams(*(example.text for example in examples))
    features = Features.of(counts, at_least=2)
    rows, asked = matrix(features, counts), matrix(features, ngrams(*(typed[place] for place in tried)))
    parts = [np.zeros((len(tried), len(labels)), dtype=np.float32) for _ in range(3)]
    for fold in range(_FOLDS):
        seen, held = fold_of != fold, np.flatnonzero(fold_of[tried] == fold)
        machine = machine_of(rows[seen], intents[seen])
        columns = [labels.index(str(label)) for label in machine.classes_]
        parts[0][held[:, None], columns] = machine.decision_function(asked[held])
        weights, bias = regression(points[seen], list(intents[seen]), labels)
        parts[1][held] = heard[held] @ weights + bias
        parts[2][held] = Neighbours.of(points[seen], list(intents[seen]), labels).scores(heard[held])
    return OutOfFold(
        labels,
        tuple(intents[tried].tolist()),
        tuple(examples[place].language for place in tried),
        *(centred(part) for part in parts),
    )


def _sample(examples: Sequence[Example], most: int) -> NDArray[np.intp]:
    """Places spread evenly over the examples of each intent and language; of what is out of scope four times as many."""
    places: dict[tuple[str, str], list[int]] = {}
    for place, example in enumerate(examples):
        places.setdefault((example.language, example.intent), []).append(place)
    taken: list[int] = []
    for (_, intent), found in places.items():
        count = min(len(found), 4 * most if intent == "out_of_scope" else most)
        taken += [found[number * len(found) // count] for number in range(count)]
    return np.array(sorted(taken), dtype=np.intp)


def folds(points: Floats, intents: NDArray[np.str_]) -> NDArray[np.intp]:
    """A fold for each example: sentences that say the same share one, and each intent is spread over all."""
    group = np.arange(len(intents))
    for intent in np.unique(intents):
        places = np.flatnonzero(intents == intent)
        likeness = points[places] @ points[places].T
        np.fill_diagonal(likeness, -1)
        nearest = likeness.argmax(axis=1)
        for one, other in enumerate(nearest.tolist()):
            if likeness[one, other] >= _SAME:
                old, new = group[places[one]], group[places[other]]
                group[group == old] = new
    rng = random.Random(SEED)  # noqa: S311 - shuffles only
    sizes = Counter(group.tolist())
    order = sorted(sizes)
    rng.shuffle(order)
    fold_of = np.zeros(len(intents), dtype=np.intp)
    load: dict[str, list[int]] = {}
    for number in order:
        members = np.flatnonzero(group == number)
        loads = load.setdefault(str(intents[members[0]]), [0] * _FOLDS)
        fold = loads.index(min(loads))
        fold_of[members] = fold
        loads[fold] += len(members)
    return fold_of


def _rounded(number: str) -> float:
    return float(f"{float(number):.4g}")
