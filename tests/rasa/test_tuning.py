"""How Rasa's own numbers are found."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np

from nlu import examples
from nlu.examples import Example
from nlu.ngram import Floats, softmax
from nlu.port import OUT_OF_SCOPE, Decision, Guess
from nlu.rasa import recogniser, tuning
from tests.nlu.conftest import DATA


def embed(texts: list[str]) -> Floats:
    """Any points will do here."""
    return np.random.default_rng(len(texts)).normal(size=(len(texts), 8)).astype(np.float32)


def test_what_is_asked_was_not_learnt() -> None:
    """Each example is on one side, and those that are asked are typed in a hurry."""
    shown = examples.read_folder(DATA / "small")
    learn, ask = tuning.split(shown, lambda texts: embed(list(texts)))
    kept = [example for example in shown if example in learn]
    assert (kept, len(learn) + len(ask)) == (learn, len(shown))
    assert 0 < len(ask) < len(learn)
    assert {example.text for example in ask} - {example.text for example in shown}


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """As Rasa reads it, and as we do."""
    shown = [Example("nl", "greet", "hallo: daar"), Example("nl", "thank", "- dank #1"), Example("zh", "greet", "你好")]
    tuning.write_examples(shown, tmp_path)
    assert examples.read_folder(tmp_path) == shown


def test_thresholds_follow_what_was_right(tmp_path: Path) -> None:
    """A model that is right when it is sure, and wrong when it is not, answers when it is sure."""
    rng = random.Random(1)
    answers, truth = [], []
    for _ in range(600):
        sure = rng.random() < 0.6
        chance = rng.uniform(0.8, 0.95) if sure else rng.uniform(0.4, 0.5)
        answers.append({"greet": chance, "thank": (1 - chance) * 0.6, OUT_OF_SCOPE: (1 - chance) * 0.4})
        truth.append("greet" if sure else rng.choice(["thank", OUT_OF_SCOPE]))
    right = tuning.tune(answers, truth, tmp_path / "tuned.json")
    found = recogniser.read(tmp_path / "tuned.json")

    def decided(chance: float) -> Decision:
        chances = np.log(np.array([chance, (1 - chance) * 0.6, (1 - chance) * 0.4]))
        first, second, third = softmax(chances, found.sharpness).tolist()
        return found.decide((Guess("greet", first), Guess("thank", second), Guess(OUT_OF_SCOPE, third)))

    assert right == truth.count("greet") / len(truth)
    assert (decided(0.9), decided(0.45) is Decision.ANSWER) == (Decision.ANSWER, False)
