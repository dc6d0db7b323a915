"""The part that needs embeddings: trained small, on what this machine can compute in a second."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from nlu import deepen, embedded, embedding, examples, store, training, tuning, vectors
from nlu.dense import SHARPNESS, Neighbours, Space
from nlu.embedding import Embedder, clean
from nlu.ngram import Floats
from tests.nlu.conftest import DATA

HOSTILE = ["", "\x00", "\ud800", "a" * 5_000, "\u200f", "👍", "ziek\n\nvandaag"]


class Counting:
    """An embedder that counts what it is asked, and needs no model."""

    name = "counting"

    def __init__(self) -> None:
        self.asked = 0

    def embed(self, texts: Sequence[str]) -> Floats:
        """Letters counted."""
        self.asked += len(texts)
        rows = np.ones((len(texts), embedding.SIZE), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for letter in text:
                row[ord(letter) % embedding.SIZE] += 1
        unit: Floats = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


@pytest.fixture
def real() -> Embedder:
    """The embedder that is shipped."""
    embedder = embedding.shipped()
    if embedder is None:
        pytest.skip(f"no embeddings here: {embedding.why_not()}")
    return embedder


def test_hostile_texts_have_a_place(real: Embedder) -> None:
    """What C would stumble over is cleaned first."""
    rows = real.embed(HOSTILE)

    assert rows.shape == (len(HOSTILE), embedding.SIZE)
    assert np.isfinite(rows).all()


def test_a_cleaned_text_is_never_empty_or_long() -> None:
    """NUL, half letters and line ends are gone."""
    cleaned = [clean(text) for text in HOSTILE]

    assert all(0 < len(text) <= embedding.READ and "\x00" not in text and "\n" not in text for text in cleaned)


def test_vectors_are_computed_once(tmp_path: Path) -> None:
    """A second reader finds them in the file; a cut-off record is left out and made again."""
    embedder = Counting()
    texts = ["ziek", "vakantie", "ziek", "mentor"]
    first = vectors.VectorCache(tmp_path, embedder).vectors(texts)
    again = vectors.VectorCache(tmp_path, embedder).vectors(texts)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-10])
    third = vectors.VectorCache(tmp_path, embedder).vectors(texts)

    assert np.array_equal(first, again)
    assert np.array_equal(first, third)
    assert embedder.asked == 3 + 0 + 1


def test_languages_are_projected_out() -> None:
    """Two languages whose points differ by one direction only lie upon each other afterwards."""
    rng = np.random.default_rng(1)
    meanings = rng.normal(size=(20, 8)).astype(np.float32)
    shift = np.zeros(8, dtype=np.float32)
    shift[0] = 5
    both = np.concatenate([meanings, meanings + shift])
    places = Space.of(both, ["nl"] * 20 + ["tr"] * 20).place(both)

    assert np.allclose(places[:20], places[20:], atol=1e-4)


def test_points_in_steps_are_as_near_as_whole_ones() -> None:
    """A quarter of the memory, and every likeness within a thousandth; more examples than are looked at at once."""
    rng = np.random.default_rng(1)
    points = rng.normal(size=(3_000, embedding.SIZE)).astype(np.float32)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    intents = ["a", "b", "a", "c"] * 750
    near = Neighbours.of(points, intents, ["a", "b", "c", "none"])
    asked = points[:5] * 0.6 + points[5:10] * 0.8
    nearest = np.sort((asked @ points[np.array(intents) == "c"].T), axis=1)[:, -4:]
    exact = np.log(np.exp(nearest * SHARPNESS).mean(axis=1))

    assert near.points.dtype == np.int8
    assert np.abs(near.scores(asked)[:, 2] - exact).max() < SHARPNESS / 1_000
    assert near.scores(asked)[:, 3].tolist() == [-SHARPNESS] * 5


def test_a_recogniser_deepens_and_is_kept(small: Path, tmp_path: Path, real: Embedder) -> None:
    """With points it still answers everything; the second time nothing is computed."""
    recogniser = embedded.load(small, cache=tmp_path)
    before = recogniser.name
    deepen.deepen(recogniser, real, small, DATA / "small_danger", cache=tmp_path)
    kept = store.dense_file(small, tmp_path, real.name)
    written = kept.stat().st_mtime_ns
    deepen.deepen(recogniser, real, small, DATA / "small_danger", cache=tmp_path)

    assert before == "ngram"
    assert real.name in recogniser.name
    assert kept.stat().st_mtime_ns == written
    assert recogniser.understand("mijn zoon is ziek").intent == "report_absence"
    assert all(len(recogniser.understand(text).ranking) == 3 for text in HOSTILE)


def test_most_edits_leave_the_model_of_danger(tmp_path: Path) -> None:
    """It takes a minute to fit and sees few of the examples: only an edit of one of these makes another."""
    dutch = tmp_path / "nl.yml"
    content = (examples.FOLDER / "nl.yml").read_text(encoding="utf-8")
    dutch.write_text(content, "utf-8")
    shown = examples.read_folder(tmp_path)
    few = training.ordinary_places(shown)
    unseen = next(example.text for place, example in enumerate(shown) if place not in few)
    files = []
    for edited in (None, unseen, shown[few[0]].text):
        dutch.write_text(content.replace(f"- {edited}\n", f"- {edited} hoor\n"), "utf-8")
        files.append(store.danger_file(tmp_path, DATA / "small_danger", tmp_path, "e"))

    assert files[1] == files[0]
    assert files[2] != files[0]


def test_an_intent_added_in_dutch_is_understood_in_turkish(small: Path, tmp_path: Path, real: Embedder) -> None:
    """A new question, typed by an administrator in Dutch only, is known in another language at once."""
    dutch = small / "nl.yml"
    added = "".join(
        f"    - {text}\n"
        for text in (
            "wanneer is de zwemles",
            "gaat het zwemmen morgen door",
            "in welk zwembad is de zwemles",
            "moet hij een zwembroek mee",
            "mijn dochter kan niet zwemmen",
            "hoe laat begint het schoolzwemmen",
            "zwemdiploma voor school",
            "is zwemmen verplicht",
        )
    )
    dutch.write_text(dutch.read_text(encoding="utf-8") + f"- intent: ask_swimming\n  examples: |\n{added}", "utf-8")
    recogniser = embedded.load(small, cache=tmp_path)
    alone = recogniser.understand("yüzme dersi saat kaçta", known_language="tr").intent
    deepen.deepen(recogniser, real, small, DATA / "small_danger", cache=tmp_path)
    found = [
        recogniser.understand(text, known_language="tr").intent
        for text in ("yüzme dersi saat kaçta", "kızım yüzme bilmiyor", "yarın yüzme var mı")
    ]

    assert alone != "ask_swimming"
    assert found == ["ask_swimming"] * 3


def test_the_tuned_numbers_are_there() -> None:
    """Both engines have theirs, and thresholds are probabilities."""
    tuned = tuning.read()

    assert set(tuned) == {tuning.NGRAMS, tuning.FULL}
    assert all(0 < numbers.offer < numbers.answer <= 1 for numbers in tuned.values())


def test_tuning_splits_no_meaning(real: Embedder, small: Path) -> None:
    """Out-of-fold scores for every intent and language there is, by models that did not see the example."""
    shown = examples.read_folder(small)
    found = tuning.out_of_fold(shown, real.embed, sample=2)

    assert set(found.truth) == {example.intent for example in shown}
    assert set(found.languages) == {example.language for example in shown}
    assert found.fused((0.1, 0.1)).shape == (len(found.truth), len(found.labels))
