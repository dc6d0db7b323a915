"""Finds Rasa's own numbers (`tuned.json`): sharpness and thresholds, from sloppily typed examples that its model has not seen.

As `nlu/tuning.py` does for the embedded engine, but with one fold in four left out, once: each fold costs a training of minutes.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from nlu.calibration import calibrate
from nlu.dense import Space
from nlu.examples import Example
from nlu.noise import sloppy
from nlu.rasa.recogniser import TUNED
from nlu.training import SEED
from nlu.tuning import Embed, folds

_NEVER = 1e-9


def split(examples: Sequence[Example], embed: Embed) -> tuple[list[Example], list[Example]]:
    """What to learn from, and what to ask (sloppily typed). What says the same in several languages stays on one side."""
    vectors = embed([example.text for example in examples])
    points = Space.of(vectors, [example.language for example in examples]).place(vectors)
    fold_of = folds(points, np.array([example.intent for example in examples]))
    rng = random.Random(SEED)  # noqa: S311 - typos are no secret
    typed = [Example(each.language, each.intent, sloppy(each.text, rng)) for each in examples]
    return (
        [example for example, fold in zip(examples, fold_of, strict=True) if fold],
        [example for example, fold in zip(typed, fold_of, strict=True) if not fold],
    )


def write_examples(examples: Sequence[Example], folder: Path) -> None:
    """As Rasa's NLU YAML, one file per language."""
    texts: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for example in examples:
        texts[example.language][example.intent].append(example.text)
    for language, intents in texts.items():
        lines = ['version: "3.1"', "nlu:"]
        for intent, said in intents.items():
            lines += [f"- intent: {intent}", "  examples: |", *(f"    - {text}" for text in said)]
        (folder / f"{language}.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def tune(answers: Sequence[Mapping[str, float]], truth: Sequence[str], path: Path = TUNED) -> float:
    """Write the numbers for what Rasa answered (intents and their chances) and what was right; gives the share of right ones."""
    labels = sorted({intent for answer in answers for intent in answer} | set(truth))
    chances = np.array([[answer.get(label, 0.0) for label in labels] for answer in answers], dtype=np.float32)
    found = calibrate(np.log(chances + _NEVER), labels, truth)
    kept = {name: float(f"{getattr(found, name):.4g}") for name in ("sharpness", "answer", "offer")}
    path.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    return float(np.mean([labels[best] == right for best, right in zip(chances.argmax(axis=1), truth, strict=True)]))
