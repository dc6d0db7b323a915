"""The engine on public data that nobody here wrote: CLINC150, Banking77 and HINT3, each in a clone of its own repository.

`python -m benchmarks.public_data --clinc150 FOLDER --banking77 FOLDER --hint3 FOLDER [--taught 10] [--asked 10]`. Nothing is
fetched. A sentence is embedded once (some 25 ms) and its vector kept in the user's cache; OUDERLIJN_NLU=ngram does without.
docs/public-data.md has what was found.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import emit
from nlu import store, tuning
from nlu.calibration import CHOICES, Calibration
from nlu.dense import Neighbours, Space, centred
from nlu.embedding import shipped
from nlu.examples import Example
from nlu.marks import Share
from nlu.ngram import Floats, ngrams, softmax
from nlu.port import OUT_OF_SCOPE, Decision, Guess
from nlu.training import SEED, fit_ngrams, regression
from nlu.vectors import VectorCache

Flags = NDArray[np.bool_]

BOTS = ("curekart", "powerplay11", "sofmattress")
_LANGUAGE = "en"
_TRIED = 8  # sloppily typed examples of each intent that the numbers are tuned on
_OUTSIDE = 50  # times as many are taken of what is out of scope: it is as wide as many intents
_NOTHING_FOUND = {"oos", "NO_NODES_DETECTED"}  # what CLINC150 and HINT3 call out of scope


@dataclass(frozen=True, slots=True)
class DataSet:
    """What an engine learns from, and what it is asked then."""

    name: str
    taught: tuple[Example, ...]
    asked: tuple[Example, ...]


def clinc150(folder: Path) -> Iterator[DataSet]:
    """The `full` set with its examples that are out of scope; the part for validation stays unused."""
    parts = json.loads((folder / "data" / "data_full.json").read_text(encoding="utf-8"))
    taught, asked = (_examples([*parts[name], *parts[f"oos_{name}"]]) for name in ("train", "test"))
    yield DataSet("clinc150", taught, asked)


def banking77(folder: Path) -> Iterator[DataSet]:
    """Nothing in it is out of scope."""
    taught, asked = (_examples(_rows(folder / "banking_data" / f"{part}.csv")) for part in ("train", "test"))
    yield DataSet("banking77", taught, asked)


def hint3(folder: Path) -> Iterator[DataSet]:
    """Three bots of their own; the first version, which the paper measured. Only what is asked holds what is out of scope."""
    for bot in BOTS:
        files = (folder / "dataset" / "v1" / part / f"{bot}_{part}.csv" for part in ("train", "test"))
        taught, asked = (_examples(_rows(file)) for file in files)
        yield DataSet(f"hint3.{bot}", taught, asked)


def fewer(examples: Sequence[Example], most: int) -> tuple[Example, ...]:
    """So many of each intent, by chance but always the same ones; fewer of them are among more. 0: all."""
    by_intent: dict[str, list[Example]] = {}
    for example in examples:
        by_intent.setdefault(example.intent, []).append(example)
    for of_intent in by_intent.values():
        random.Random(SEED).shuffle(of_intent)
    counts = {intent: most * (_OUTSIDE if intent == OUT_OF_SCOPE else 1) for intent in by_intent}
    return tuple(it for intent, found in by_intent.items() for it in found[: counts[intent] or None])


def _rows(file: Path) -> list[list[str]]:
    """The rows below the head: a sentence and its label."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return [row for row in csv.reader(lines) if row][1:]


def _examples(rows: Sequence[Sequence[str]]) -> tuple[Example, ...]:
    return tuple(
        Example(_LANGUAGE, OUT_OF_SCOPE if label in _NOTHING_FOUND else label, text) for text, label, *_ in rows
    )


def measure(data: DataSet, embed: tuning.Embed | None) -> Iterator[tuple[str, Share]]:
    """Shares by n-grams alone and by the mixture, at thresholds tuned on what was taught; without points, of best guesses."""
    by_ngrams = _by_ngrams(data)
    labels = sorted({example.intent for example in data.taught})
    if embed is None:
        yield from _named(data, tuning.NGRAMS, guessed(data.asked, _rankings(labels, by_ngrams)))
        return
    found = tuning.out_of_fold(data.taught, embed, sample=_TRIED)
    tuned = tuning.tune(found)
    by_points = _by_points(data, labels, embed)
    mixed = replace(found, ngrams=by_ngrams, regression=by_points[0], neighbours=by_points[1])
    for engine, scores in (
        (tuning.NGRAMS, by_ngrams),
        (tuning.FULL, mixed.fused(tuned[tuning.FULL].weights)),
    ):
        rankings = _rankings(labels, scores, tuned[engine].sharpness)
        yield from _named(data, engine, guessed(data.asked, rankings))
        yield from _named(data, engine, decided(data.asked, rankings, tuned[engine]))


def _named(data: DataSet, engine: str, found: Iterator[tuple[str, Share]]) -> Iterator[tuple[str, Share]]:
    return ((f"{data.name}.{engine}.{figure}", share) for figure, share in found)


def _by_ngrams(data: DataSet) -> Floats:
    model = fit_ngrams(data.taught)
    return centred(np.stack([model.scores(ngrams(example.text)) for example in data.asked]))


def _by_points(data: DataSet, labels: Sequence[str], embed: tuning.Embed) -> tuple[Floats, Floats]:
    """Regression and neighbours, as `fit_dense` has them but without its pivot: there is one language."""
    intents = [example.intent for example in data.taught]
    vectors = embed([example.text for example in data.taught])
    space = Space.of(vectors, [example.language for example in data.taught])
    points, asked = space.place(vectors), space.place(embed([example.text for example in data.asked]))
    weights, bias = regression(points, intents, labels)
    return centred(asked @ weights + bias), centred(Neighbours.of(points, intents, labels).scores(asked))


def _rankings(labels: Sequence[str], scores: Floats, sharpness: float = 1.0) -> list[list[Guess]]:
    chances = softmax(scores, sharpness)
    order = np.argsort(-chances, axis=1, kind="stable")[:, :CHOICES]
    return [
        [Guess(labels[column], float(row[column])) for column in columns]
        for row, columns in zip(chances, order, strict=True)
    ]


def guessed(asked: Sequence[Example], rankings: Sequence[Sequence[Guess]]) -> Iterator[tuple[str, Share]]:
    """What the best guesses are worth, whatever their chances."""
    inside, right = _inside(asked), _right(asked, rankings)
    yield "accuracy", _share(right, inside)
    if any(it.intent == OUT_OF_SCOPE for ranking in rankings for it in ranking):
        yield "out_of_scope.guessed", _share(right, ~inside)


def decided(
    asked: Sequence[Example], rankings: Sequence[Sequence[Guess]], calibration: Calibration
) -> Iterator[tuple[str, Share]]:
    """What is done at the thresholds. Whatever is not answered counts as found out of scope.

    `served` are right, answered or among the three offered; `total` is of all messages.
    """
    decisions = [calibration.decide(ranking) for ranking in rankings]
    answered, offered = (np.array([it is wanted for it in decisions]) for wanted in (Decision.ANSWER, Decision.OFFER))
    inside, right = _inside(asked), _right(asked, rankings)
    among = np.array(
        [it.intent in {guess.intent for guess in found} for it, found in zip(asked, rankings, strict=True)]
    )
    yield "answered", _share(answered, inside)
    yield "answered_right", _share(right & answered, inside)
    yield "precision", _share(right, answered & inside)
    yield "served", _share((right & answered) | (among & offered), inside)
    if not inside.all():
        yield "total", _share((right & answered & inside) | (~answered & ~inside), inside | ~inside)
        yield "out_of_scope.recall", _share(~answered, ~inside)
        yield "out_of_scope.precision", _share(~inside, ~answered)


def _inside(asked: Sequence[Example]) -> Flags:
    return np.array([example.intent != OUT_OF_SCOPE for example in asked])


def _right(asked: Sequence[Example], rankings: Sequence[Sequence[Guess]]) -> Flags:
    return np.array([it.intent == found[0].intent for it, found in zip(asked, rankings, strict=True)])


def _share(part: Flags, whole: Flags) -> Share:
    return Share(int((part & whole).sum()), int(whole.sum()))


def main() -> None:
    """One line for each share; a data set whose folder is not given is left out."""
    readers: dict[str, Callable[[Path], Iterator[DataSet]]] = {
        "clinc150": clinc150,
        "banking77": banking77,
        "hint3": hint3,
    }
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in readers:
        parser.add_argument(f"--{name}", type=Path, metavar="FOLDER", help="where its repository was cloned to")
    for name in ("taught", "asked"):
        parser.add_argument(
            f"--{name}", type=int, default=0, metavar="N", help=f"so many {name} of each intent; 0: all"
        )
    options = parser.parse_args()
    embed = _embed()
    for name, reader in readers.items():
        if folder := getattr(options, name):
            for data in reader(folder):
                part = DataSet(data.name, fewer(data.taught, options.taught), fewer(data.asked, options.asked))
                emit(f"{data.name}.taught", len(part.taught), "messages")
                emit(f"{data.name}.asked", len(part.asked), "messages")
                for figure, share in measure(part, embed):
                    if share.value is not None:
                        emit(figure, share.value, "share")


def _embed() -> tuning.Embed | None:
    """Vectors of sentences, kept apart from those that the line reads; None where there are no points or none are asked for."""
    embedder = None if os.environ.get("OUDERLIJN_NLU") == "ngram" else shipped()
    if embedder is None:
        return None
    cache = VectorCache(store.cache_folder() / "public", embedder)
    return partial(cache.vectors, progress=lambda done, of: print(f"embedded {done} of {of}", file=sys.stderr))


if __name__ == "__main__":
    main()
