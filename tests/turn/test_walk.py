"""Random walks over the shipped conversations, in every language: whatever somebody does, the laws hold."""

from __future__ import annotations

import time
from itertools import count

import pytest

from bot.turn.types import Say
from flows.model import Call, Collect, Flow
from locales.languages import LANGUAGES
from tests.turn.scene import Phone, Script, book, scripted
from tests.turn.walk_moves import INTENTS
from tests.turn.walk_run import Walking, walk_round
from tests.turn.walk_world import World, shipped

TURNS, LONG_TURNS = 2_000, 20_000


def _walk(turns: int) -> Walking:
    """The same walks each time, so that what they find stays found."""
    walking = Walking(World(shipped()))
    for number in count():
        if walking.turns >= turns:
            return walking
        walk_round(number, walking.walk)
    return walking


def test_walk() -> None:
    """Never an exception, silence, a word of another language or another's child, a dead end; a person one word away."""
    walking = _walk(TURNS)

    assert walking.languages == set(LANGUAGES)
    assert walking.flows == {flow.id for flow in book().flows.values() if _asks(flow)}


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_the_long_walk() -> None:
    """The same, ten times as long."""
    began = time.process_time()
    walking = _walk(LONG_TURNS)
    print(f"{walking.turns} turns, {time.process_time() - began:.0f} s of CPU")  # noqa: T201 - what the run is for

    assert walking.languages == set(LANGUAGES)


def _asks(flow: Flow) -> bool:
    """Whether it can stand open: it asks something, or calls a flow that does."""
    return any(isinstance(step, Collect | Call) for step in flow.steps.values())


@pytest.mark.parametrize("intent", INTENTS)
def test_every_intent_gets_an_answer(intent: str) -> None:
    """An intent that we are sure of is answered, or asked about, by name or by its flow; only `out_of_scope` goes unanswered."""
    outcome = Phone(Script({"...": scripted(intent)})).write("...")
    says = [event.response for event in outcome.events if isinstance(event, Say)]
    assert says
    assert "utter_not_understood_person" not in says or intent == "out_of_scope"


def test_the_intents_are_there() -> None:
    """A walk over no intents proves nothing."""
    assert len(INTENTS) >= 40
