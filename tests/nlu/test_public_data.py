"""Reading what others made public, in files as they lay them out; every row here is invented."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pytest

from benchmarks import public_data
from nlu.calibration import Calibration
from nlu.embedding import SIZE
from nlu.examples import Example
from nlu.marks import Share
from nlu.ngram import Floats
from nlu.port import OUT_OF_SCOPE, Guess


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def test_clinc150_keeps_what_is_out_of_scope_in_lists_of_its_own(tmp_path: Path) -> None:
    """Both lists of a part are one set, under our name for it; the part for validation stays unused."""
    parts = {
        "train": [["feed the cat", "cat_food"]],
        "oos_train": [["who won the race", "oos"]],
        "val": [["cat is hungry", "cat_food"]],
        "oos_val": [["how tall is a giraffe", "oos"]],
        "test": [["give the cat its dinner", "cat_food"]],
        "oos_test": [["sing a song", "oos"]],
    }
    write(tmp_path / "data" / "data_full.json", json.dumps(parts))

    (found,) = public_data.clinc150(tmp_path)

    assert found.taught == (
        Example("en", "cat_food", "feed the cat"),
        Example("en", OUT_OF_SCOPE, "who won the race"),
    )
    assert [example.text for example in found.asked] == ["give the cat its dinner", "sing a song"]


def test_banking77_quotes_sentences_with_commas_and_line_breaks(tmp_path: Path) -> None:
    """A quoted sentence is one row, however many lines it has; the head is none."""
    for part in ("train", "test"):
        write(tmp_path / "banking_data" / f"{part}.csv", f'text,category\n"well, {part}\nmy card",lost\n\nhi,greet\n')

    (found,) = public_data.banking77(tmp_path)

    assert found.taught == (Example("en", "lost", "well, train\nmy card"), Example("en", "greet", "hi"))
    assert found.asked[0].text == "well, test\nmy card"


def test_hint3_is_three_bots(tmp_path: Path) -> None:
    """Each learns from its own file; what no node of it can answer is out of scope."""
    for bot in public_data.BOTS:
        v1 = tmp_path / "dataset" / "v1"
        write(v1 / "train" / f"{bot}_train.csv", f"sentence,label\nI want {bot},ORDER\n")
        write(v1 / "test" / f"{bot}_test.csv", "sentence,label\nhm,NO_NODES_DETECTED\nsend me one,ORDER\n")

    found = list(public_data.hint3(tmp_path))

    assert [data.name for data in found] == ["hint3.curekart", "hint3.powerplay11", "hint3.sofmattress"]
    assert found[0].taught == (Example("en", "ORDER", "I want curekart"),)
    assert [example.intent for example in found[0].asked] == [OUT_OF_SCOPE, "ORDER"]


@pytest.mark.parametrize(
    ("most", "counts"),
    [
        (0, {"a": 9, "b": 2, OUT_OF_SCOPE: 300}),
        (1, {"a": 1, "b": 1, OUT_OF_SCOPE: 50}),
        (3, {"a": 3, "b": 2, OUT_OF_SCOPE: 150}),
    ],
)
def test_fewer_are_taken_evenly(most: int, counts: dict[str, int]) -> None:
    """The same ones each time, fewer among more, and enough of what is out of scope."""
    sizes = {"a": 9, "b": 2, OUT_OF_SCOPE: 300}
    examples = [Example("en", intent, f"{intent} {n}") for intent, size in sizes.items() for n in range(size)]

    taken = public_data.fewer(examples, most)

    assert Counter(example.intent for example in taken) == counts
    assert set(taken) <= set(public_data.fewer(examples, most and most + 1))


def test_who_is_not_answered_counts_as_found_out_of_scope() -> None:
    """As those count who published figures: a right guess below the threshold is no answer."""
    calibration = Calibration(sharpness=1, answer=0.8, offer=0.5, alarms={})
    asked = [Example("en", intent, "..") for intent in ("a", "a", "b", "b", OUT_OF_SCOPE, OUT_OF_SCOPE)]
    guesses = [("a", 0.9), ("a", 0.6), ("a", 0.9), ("a", 0.2), ("a", 0.9), ("a", 0.3)]

    rankings = [[Guess(*guess)] for guess in guesses]

    assert dict(public_data.guessed(asked, rankings)) == {"accuracy": Share(2, 4)}
    assert dict(public_data.decided(asked, rankings, calibration)) == {
        "answered": Share(2, 4),
        "answered_right": Share(1, 4),
        "precision": Share(1, 2),
        "served": Share(2, 4),
        "total": Share(2, 6),
        "out_of_scope.recall": Share(1, 2),
        "out_of_scope.precision": Share(1, 3),
    }


def test_best_guesses_that_a_message_is_out_of_scope_are_counted_apart() -> None:
    """They are only there where something out of scope was taught."""
    asked = [Example("en", intent, "..") for intent in ("a", OUT_OF_SCOPE, OUT_OF_SCOPE)]

    found = dict(public_data.guessed(asked, [[Guess(intent, 0.5)] for intent in (OUT_OF_SCOPE, OUT_OF_SCOPE, "a")]))

    assert found == {"accuracy": Share(0, 1), "out_of_scope.guessed": Share(1, 2)}


def test_points_know_what_no_word_says() -> None:
    """The mixture is of both kinds of scores, each for its own intent; without points n-grams stand alone."""
    words = {"fish": "carp pike perch eel trout cod bass sole", "tree": "oak elm ash fir pine yew lime beech"}
    words["bird"] = "wren rook swan crow tern kite owl gull"
    intent_of = {word: intent for intent, of_intent in words.items() for word in of_intent.split()}
    examples = [Example("en", intent, f"look there is the {word}") for word, intent in intent_of.items()]
    data = public_data.DataSet("woods", tuple(examples[::2]), tuple(examples[1::2]))

    def embed(texts: Sequence[str]) -> Floats:
        """A point near the corner of its intent; a word with a typo stays there, as meanings do."""
        points = np.random.default_rng(1).normal(0, 0.2, (len(texts), SIZE)).astype(np.float32)
        for point, text in zip(points, texts, strict=True):
            (meant,) = get_close_matches(text.split()[-1], intent_of, n=1, cutoff=0)
            point[sorted(words).index(intent_of[meant])] += 5
        return points

    found = dict(public_data.measure(data, embed))
    alone = dict(public_data.measure(data, None))

    assert found["woods.full.accuracy"] == Share(12, 12)
    assert found["woods.ngram.accuracy"] == alone["woods.ngram.accuracy"]
    assert alone["woods.ngram.accuracy"].part < 12
    assert list(alone) == ["woods.ngram.accuracy"]
