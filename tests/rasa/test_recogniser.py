"""Rasa ranks; language, danger and everything that Rasa cannot know stay with our own engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from nlu.dense import DenseModel, Neighbours, Space
from nlu.embedded import Deep, EmbeddedRecogniser
from nlu.port import Decision, SafetyLevel
from nlu.rasa.recogniser import READ, RasaRecogniser
from tests.rasa.conftest import chances

MENTOR = "wie is de mentor van 2B"


class Told:
    """A ranker that says what it was told to, and remembers what it was asked."""

    def __init__(self, said: Mapping[str, float] | None) -> None:
        self.said = said
        self.asked: list[str] = []
        self.name = "rasa"

    def rank(self, text: str) -> Mapping[str, float] | None:
        self.asked.append(text)
        return self.said


def test_rasa_ranks_and_our_engine_knows_the_language(own: EmbeddedRecogniser) -> None:
    """Three guesses of Rasa's, our language."""
    told = Told(chances(own, ask_school_costs=0.9, ask_holidays=0.05))
    understood = RasaRecogniser(own, told).understand(MENTOR)
    assert ([guess.intent for guess in understood.ranking[:2]], len(understood.ranking)) == (
        ["ask_school_costs", "ask_holidays"],
        3,
    )
    assert (understood.language, understood.safety) == (own.understand(MENTOR).language, None)


@pytest.mark.parametrize(
    ("first", "decision"), [(0.9999, Decision.ANSWER), (0.5, Decision.OFFER), (0.03, Decision.PERSON)]
)
def test_rasas_confidence_decides(own: EmbeddedRecogniser, first: float, decision: Decision) -> None:
    """By thresholds of its own."""
    told = Told(chances(own, who_is_mentor=first))
    assert RasaRecogniser(own, told).understand(MENTOR).decision is decision


def test_out_of_scope_is_never_an_answer(own: EmbeddedRecogniser) -> None:
    """However sure Rasa is."""
    told = Told(chances(own, out_of_scope=0.9999))
    assert RasaRecogniser(own, told).understand(MENTOR).decision is Decision.PERSON


def test_where_rasa_is_silent_our_engine_answers(own: EmbeddedRecogniser) -> None:
    """As if Rasa were not there, and the name says who it is."""
    told = Told(None)
    both = RasaRecogniser(own, told)
    assert both.understand(MENTOR) == own.understand(MENTOR)
    told.name = ""
    assert both.name == own.name == "ngram"
    told.name = "rasa"
    assert both.name == "rasa, else ngram"


@pytest.mark.parametrize("text", ["ik wil niet meer leven", "my son wants to kill himself", "mijn kind wordt gepest"])
def test_danger_waits_for_nobody(own: EmbeddedRecogniser, text: str) -> None:
    """What our engine sees as danger is never shown to Rasa, and never outvoted."""
    told = Told(chances(own, ask_school_costs=0.9999))
    understood = RasaRecogniser(own, told).understand(text)
    assert (understood.decision, told.asked) == (Decision.PERSON, [])
    assert isinstance(understood.safety, SafetyLevel)


@pytest.mark.parametrize("text", ["Πότε είναι η συγκέντρωση γονέων στο σχολείο;", "", " ", "👍", "?!", "…"])
def test_what_rasa_cannot_know_is_not_shown_to_it(own: EmbeddedRecogniser, text: str) -> None:
    """A language without examples, and texts without words: its confidence there is noise."""
    told = Told(chances(own, ask_school_costs=0.9999))
    understood = RasaRecogniser(own, told).understand(text)
    assert (understood, told.asked) == (own.understand(text), [])


def test_a_model_of_other_examples_is_not_used(own: EmbeddedRecogniser, caplog: pytest.LogCaptureFixture) -> None:
    """It names an intent that we do not have: said once, and our engine answers."""
    both = RasaRecogniser(own, Told(chances(own, ask_parking=0.9999)))
    assert [both.understand(MENTOR) for _ in range(2)] == [own.understand(MENTOR)] * 2
    assert len(caplog.records) == 1


def test_an_intent_that_rasa_has_not_learnt_yet_stays_ours(own: EmbeddedRecogniser) -> None:
    """Our engine would choose it, Rasa's older model has no such intent."""
    older = {name: 0.1 for name in own.trained.intents.labels if name != "who_is_mentor"}
    assert RasaRecogniser(own, Told(older)).understand(MENTOR).intent == "who_is_mentor"


def test_too_few_guesses_are_no_ranking(own: EmbeddedRecogniser) -> None:
    """Whoever reads an answer may count on three."""
    assert len(RasaRecogniser(own, Told({"who_is_mentor": 1.0})).understand(MENTOR).ranking) == 3


def test_what_is_taught_in_dutch_alone_stays_ours(own: EmbeddedRecogniser) -> None:
    """Rasa never chooses an intent without examples in her language: where our engine sees one, it is not asked."""
    told = Told(chances(own, ask_school_costs=0.9999))
    taught = EmbeddedRecogniser(own.trained, own.word_lists)
    text = "sınıfın mentoru kim"
    seen = own.understand(text)
    taught.understand = lambda *_given, **_more: seen  # type: ignore[method-assign]
    assert RasaRecogniser(taught, told).understand(text).intent == "ask_school_costs"
    taught.deep = _deep(own, thin={"tr": (own.trained.intents.labels.index(seen.intent),)})
    assert RasaRecogniser(taught, told).understand(text) == seen
    assert len(told.asked) == 1


def test_rasa_is_shown_as_much_as_our_engine_reads(own: EmbeddedRecogniser) -> None:
    """A very long message is cut."""
    told = Told(chances(own, ask_school_costs=0.9))
    RasaRecogniser(own, told).understand("wie is de mentor " * 1000)
    assert [len(text) for text in told.asked] == [READ]


def _deep(own: EmbeddedRecogniser, *, thin: dict[str, tuple[int, ...]]) -> Deep:
    """Points that nobody asks: only what they say is thin matters."""
    none = np.zeros((1, 1), dtype=np.float32)
    near = Neighbours(none.astype(np.int8), np.zeros(1, dtype=np.intp), np.ones(1, dtype=np.intp))
    space = Space(none, none)
    model = DenseModel(own.trained.intents.labels, space, none, none[0], near, none, none[0], near, thin)

    class Nobody:
        name = "nobody"

        def embed(self, texts: object) -> object:
            raise AssertionError(texts)

    return Deep(replace(model), Nobody(), None)  # type: ignore[arg-type]
