"""A school's own examples: learnt in a moment, for that school alone, and never at the cost of danger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nlu import deepen, embedded, embedding
from nlu.embedded import EmbeddedRecogniser
from nlu.examples import Example, read_folder
from nlu.fitting import machine, regression
from nlu.ngram import Floats
from nlu.overlay import Overlay, TaughtRecogniser, teachable, with_overlay
from nlu.port import OUT_OF_SCOPE, Decision, Recogniser
from nlu.rasa.recogniser import RasaRecogniser
from tests.nlu.conftest import DATA, lines

CANTEEN = tuple(
    Example("nl", "ask_canteen", text) for text in (DATA / "overlay/canteen.nl.txt").read_text("utf-8").splitlines()
)
ADDED = lines("overlay/added.jsonl")
TAUGHT = tuple(Example(line["lang"], line["intent"], line["text"]) for line in ADDED)
PLAIN = [example.text for example in CANTEEN if "eigen lunch" not in example.text]
"""N-grams take "may he eat his own lunch there" for bullying, and what is taken for danger stays so: see below."""
SECOND = [line for path in sorted((DATA / "second").glob("??.jsonl")) for line in lines(f"second/{path.name}")]


@pytest.fixture(scope="session")
def overlay(recogniser: EmbeddedRecogniser) -> Overlay:
    """A question of the school's own in eight Dutch sentences, and twenty examples for shipped ones."""
    return Overlay.fit(recogniser, (*CANTEEN, *TAUGHT))


@pytest.fixture(scope="session")
def taught(recogniser: EmbeddedRecogniser, overlay: Overlay) -> Recogniser:
    """The engine of that school, by n-grams alone."""
    return with_overlay(recogniser, overlay)


@pytest.mark.parametrize("line", [*ADDED, *({"text": text, "intent": "ask_canteen", "lang": "nl"} for text in PLAIN)])
def test_what_was_taught_is_answered_when_it_is_written_again(taught: Recogniser, line: dict[str, str]) -> None:
    """In any language, shouted, with other marks."""
    text = line["text"]
    found = [taught.understand(said, known_language=line["lang"]) for said in (text, text.upper(), f"{text}?!")]

    assert [(u.intent, u.decision) for u in found] == [(line["intent"], Decision.ANSWER)] * 3


def test_what_is_like_it_is_pulled(recogniser: EmbeddedRecogniser, taught: Recogniser) -> None:
    """Twenty examples, said in other words: before, eleven were seen."""
    before, after = (
        sum(engine.understand(line["again"], known_language=line["lang"]).intent == line["intent"] for line in ADDED)
        for engine in (recogniser, taught)
    )

    assert before <= 13
    assert after >= before + 3


def test_a_question_of_its_own_is_known_by_dutch_examples(taught: Recogniser) -> None:
    """In Dutch by n-grams alone; in other languages they need points."""
    dutch = [line["text"] for line in lines("overlay/canteen.jsonl") if line["lang"] == "nl"]

    assert sum(taught.understand(text).intent == "ask_canteen" for text in dutch) >= 5


def test_nothing_else_is_lost(recogniser: EmbeddedRecogniser, taught: Recogniser) -> None:
    """On every fourth message by other hands: not one point, and danger is seen as before."""
    tried = SECOND[::4]
    before = [recogniser.understand(line["text"]) for line in tried]
    after = [taught.understand(line["text"]) for line in tried]
    right, still = (
        sum(found.intent == line["intent"] for found, line in zip(all_found, tried, strict=True)) / len(tried)
        for all_found in (before, after)
    )

    assert len(tried) >= 500
    assert still >= right - 0.01
    assert [found.safety for found in after] == [found.safety for found in before]


def test_danger_cannot_be_taught_away(recogniser: EmbeddedRecogniser) -> None:
    """What the shared engine takes for danger it takes for danger, whatever a school says it is."""
    grave = [line["text"] for line in lines("second/nl.safety.jsonl") if line["level"] == "now"]
    lessons = tuple(Example("nl", "ask_school_hours", text) for text in grave)
    taught = with_overlay(recogniser, Overlay.fit(recogniser, lessons))
    alarmed = [text for text in grave if recogniser.understand(text).safety is not None]

    own = next(example.text for example in CANTEEN if example.text not in PLAIN)

    assert len(alarmed) >= 10
    assert recogniser.understand(own).safety is not None
    assert [taught.understand(text) for text in alarmed] == [recogniser.understand(text) for text in alarmed]


def test_the_shared_engine_stays_as_it_is(recogniser: EmbeddedRecogniser, overlay: Overlay) -> None:
    """Its weights are the same objects; the school that taught nothing notices nothing."""
    taught = TaughtRecogniser(recogniser, overlay)

    assert taught.trained is recogniser.trained
    assert "ask_canteen" not in recogniser.trained.intents.labels
    assert recogniser.understand(PLAIN[0]).intent != taught.understand(PLAIN[0]).intent


def test_what_has_no_answer_is_out_of_scope(recogniser: EmbeddedRecogniser, overlay: Overlay) -> None:
    """An own question that the school's revision does not know is nobody's."""
    unknown = with_overlay(recogniser, overlay, known=())
    understood = unknown.understand(CANTEEN[0].text, known_language="nl")

    assert (understood.intent, len(understood.ranking)) == (OUT_OF_SCOPE, 3)
    assert understood.decision is not Decision.ANSWER


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "a" * 5_000, "👍", "?", "\u200f"])
def test_hostile_texts_are_answered(taught: Recogniser, text: str) -> None:
    """As without an overlay: never an error, three guesses whose chances are chances."""
    ranking = taught.understand(text).ranking

    assert len(ranking) == 3
    assert all(0 <= guess.confidence <= 1 for guess in ranking)


def test_hostile_examples_are_learnt(recogniser: EmbeddedRecogniser) -> None:
    """Signs alone, twice the same, one text with two meanings, a question of its own without Dutch."""
    odd = (
        Example("nl", "ask_grades", "!!!"),
        Example("nl", "ask_grades", "rapport"),
        Example("nl", "ask_grades", "rapport"),
        Example("nl", "ask_exams", "rapport"),
        Example("tr", "ask_own", "kantin"),
    )
    taught = with_overlay(recogniser, Overlay.fit(recogniser, odd))

    assert taught.understand("rapport").intent in {"ask_grades", "ask_exams"}
    assert taught.understand("kantin", known_language="tr").intent == "ask_own"


def test_rasa_gets_it_too(recogniser: EmbeddedRecogniser, overlay: Overlay) -> None:
    """Our engine below Rasa is the taught one; an engine that cannot be taught stays as it is."""

    class Silent:
        name = ""

        def rank(self, text: str) -> None:
            del text

    beside = with_overlay(RasaRecogniser(recogniser, Silent()), overlay)

    assert isinstance(beside, RasaRecogniser)
    assert beside.understand(CANTEEN[0].text).intent == "ask_canteen"
    assert teachable(beside) is beside.own


class Topics:
    """Points by topic: food, sport, or neither; the language stands in a coordinate of its own."""

    name = "topics"
    words = (("kantine", "eten", "yemek", "kantin"), ("zwem", "sport", "spor"), ("ziek", "hasta"))

    def embed(self, texts: Sequence[str]) -> Floats:
        """A little noise of its own for each text, so that no two are the same."""
        rows = np.zeros((len(texts), embedding.SIZE), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[:] = np.random.default_rng(sum(text.encode(errors="replace"))).normal(scale=0.02, size=len(row))
            for place, words in enumerate(self.words):
                row[place] += any(word in text for word in words)
        unit: Floats = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


def test_points_that_come_later_are_used(small: Path, tmp_path: Path) -> None:
    """Learnt again with points, what was taught in Dutch is understood in Turkish."""
    engine = embedded.load(small, cache=tmp_path)
    examples = [Example("nl", "ask_canteen", text) for text in ("eten in de kantine", "is er eten", "kantine open")]
    shown = read_folder(small)
    before = Overlay.fit(engine, examples, shown=shown)
    lacked = before.lacks(engine)
    deepen.deepen(engine, Topics(), small, DATA / "small_danger", cache=tmp_path)
    after = Overlay.fit(engine, examples, shown=shown)
    said = "yemek var mi"

    assert (lacked, before.lacks(engine), after.lacks(engine)) == (False, True, False)
    assert with_overlay(engine, before).understand(said, known_language="tr").intent != "ask_canteen"
    assert with_overlay(engine, after).understand(said, known_language="tr").intent == "ask_canteen"


def test_a_column_tells_apart_what_can_be_told_apart() -> None:
    """Both fits, on points in a plane; and another start of what the others say moves the border."""
    rng = np.random.default_rng(3)
    yes = np.arange(200) < 20
    rows = rng.normal(size=(200, 2)).astype(np.float32)
    rows[yes, 0] += 5
    weights, bias = machine(rows, yes, 2.0)
    beside, start = regression(rows, yes, np.zeros(200, dtype=np.float32), 10.0)
    _, later = regression(rows, yes, np.full(200, 4.0, dtype=np.float32), 10.0)

    assert ((rows @ weights + bias > 0) == yes).mean() > 0.95
    assert ((rows @ beside + start > 0) == yes).mean() > 0.95
    assert later == pytest.approx(start + 4, abs=0.01)


def test_overlays_are_small(overlay: Overlay) -> None:
    """Schools share everything else: some hundred kilobytes for twenty-eight examples."""
    grams = overlay.grams
    arrays = (grams.index.keys, grams.index.rows, *grams.places, grams.weights, grams.bias)

    assert sum(array.nbytes for array in arrays) < 200_000
    assert replace(overlay, points=None) == overlay
