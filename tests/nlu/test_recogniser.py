"""The embedded engine as a whole."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu import embedded, examples, safety, store
from nlu.embedded import EmbeddedRecogniser
from nlu.evaluation import ALL, Labelled, evaluate
from nlu.port import OUT_OF_SCOPE, Decision
from tests.nlu.conftest import lines

ANYTHING = st.text(st.characters(), max_size=300)  # lone surrogates and control characters included


@settings(deadline=None, max_examples=150)
@given(text=ANYTHING, known=st.sampled_from([None, "nl", "tr", "xx", ""]))
def test_no_text_raises(recogniser: EmbeddedRecogniser, text: str, known: str | None) -> None:
    """Whatever a phone sends is answered: three guesses with probabilities, a decision, a language."""
    understood = recogniser.understand(text, known_language=known)

    assert len({guess.intent for guess in understood.ranking}) == 3
    assert all(0 <= guess.confidence <= 1 for guess in understood.ranking)
    assert not (understood.decision is Decision.ANSWER and understood.intent == OUT_OF_SCOPE)
    assert understood.safety is None or understood.decision is Decision.PERSON


@pytest.mark.parametrize(
    "text", ["\x00", "\ud800\udfff", "a" * 5_000, "ziek " * 1_000, "\u200f\u200e", "\u0301" * 50, "2️⃣", "\n\t "]
)
def test_hostile_text_is_understood_as_something(recogniser: EmbeddedRecogniser, text: str) -> None:
    """The texts that have broken others: NUL, half letters, very long, invisible."""
    assert len(recogniser.understand(text).ranking) == 3


@pytest.mark.parametrize("text", ["", "   ", "\n", "..."])
def test_an_empty_text_goes_to_a_person(recogniser: EmbeddedRecogniser, text: str) -> None:
    """Nothing to read is nothing to guess at."""
    understood = recogniser.understand(text)

    assert understood.intent == OUT_OF_SCOPE
    assert understood.decision is Decision.PERSON
    assert not understood.language.sure


def test_danger_is_seen_at_the_end_of_a_long_text(recogniser: EmbeddedRecogniser) -> None:
    """Intents are read from the beginning, danger everywhere."""
    assert recogniser.understand("gewoon een verhaal " * 300 + "ze wil zelfmoord plegen").safety is not None


def test_training_is_deterministic(small: Path) -> None:
    """The same examples give the same weights."""
    first, second = embedded.train(small), embedded.train(small)

    assert np.array_equal(first.intents.weights, second.intents.weights)
    assert np.array_equal(first.languages.chances, second.languages.chances)


def test_the_cache_is_keyed_by_the_examples(small: Path, tmp_path: Path) -> None:
    """Unchanged examples are read back and give the same answers; one changed sentence trains anew."""
    cache = tmp_path / "cache"
    fresh = embedded.load(small, cache=cache).understand("mijn zoon is ziek")
    (kept,) = cache.iterdir()
    written = kept.stat().st_mtime_ns
    again = embedded.load(small, cache=cache).understand("mijn zoon is ziek")

    assert fresh == again
    assert kept.stat().st_mtime_ns == written

    file = small / "nl.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("koorts", "griep"), encoding="utf-8")
    embedded.load(small, cache=cache)

    assert len(list(cache.iterdir())) == 2


def test_a_broken_cache_is_trained_again(small: Path, tmp_path: Path) -> None:
    """A file that was cut off does not stop the start."""
    cache = tmp_path / "cache"
    embedded.load(small, cache=cache)
    (kept,) = cache.iterdir()
    content = kept.read_bytes()
    kept.unlink()  # what is mapped is replaced, never changed
    kept.write_bytes(content[:100])

    assert embedded.load(small, cache=cache).understand("mijn zoon is ziek").intent == "report_absence"


def test_a_cache_that_cannot_be_written_only_costs_time(small: Path, tmp_path: Path) -> None:
    """A read-only home is no reason not to serve."""
    (tmp_path / "cache").write_text("a file where the folder should be")

    assert embedded.load(small, cache=tmp_path / "cache").understand("hoe heet de mentor").intent == "who_is_mentor"


def test_another_version_of_scikit_learn_is_another_model(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What other code made is not served."""
    before = store.cache_file(small, Path("cache"))
    monkeypatch.setattr(store, "version", lambda _name: "0.0")

    assert store.cache_file(small, Path("cache")) != before


def test_messages_that_nobody_trained_on_are_understood(recogniser: EmbeddedRecogniser) -> None:
    """Floors a little under what n-grams alone do: top-1 0.96, top-3 1.00, answered 0.87, precision 0.99, 1 of 12 outsiders."""
    labelled = [Labelled(line["lang"], line["text"], line["intent"]) for line in lines("heldout.jsonl")]
    figures = evaluate(recogniser, labelled)[ALL].figures()

    assert figures["n"] == 120
    assert float(figures["top1"] or 0) >= 0.92
    assert float(figures["top3"] or 0) >= 0.97
    assert float(figures["answered"] or 0) >= 0.6
    assert float(figures["precision"] or 0) >= 0.95
    assert float(figures["out_of_scope_answered"] or 0) <= 0.09


def test_languages_of_held_out_messages(recogniser: EmbeddedRecogniser) -> None:
    """Nearly always the right language without knowing the parent, and never surely a wrong one."""
    guesses = [(line["lang"], recogniser.understand(line["text"]).language) for line in lines("heldout.jsonl")]
    right = sum(language == guess.language for language, guess in guesses)

    assert right >= 115
    assert [guess for language, guess in guesses if guess.sure and guess.language != language] == []


def test_alarms_on_ordinary_examples_are_rare(recogniser: EmbeddedRecogniser) -> None:
    """A parent who asks for the holidays is not asked whether somebody is in danger: at most one in a hundred."""
    ordinary = [example for example in examples.read_folder() if example.intent not in safety.GRAVE]
    sample = ordinary[::5]
    alarms = sum(recogniser.understand(example.text).safety is not None for example in sample)

    assert len(sample) >= 1_000
    assert alarms <= len(sample) * 0.01


def test_understanding_takes_about_a_millisecond(recogniser: EmbeddedRecogniser) -> None:
    """Generous, for a busy machine: what must not happen is a hundred."""
    texts = [line["text"] for line in lines("heldout.jsonl")]
    begun = time.process_time()
    for text in texts:
        recogniser.understand(text)

    assert (time.process_time() - begun) / len(texts) < 0.01
