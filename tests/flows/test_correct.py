"""Earlier answers taken back: the flow reads back what it knows now, and asks only what that leaves open."""

from __future__ import annotations

import pytest

from flows.engine import Asked, Completed, FlowState, Started, asked_by, newest
from flows.load import read_book
from flows.model import Slot
from flows.values import coerce
from tests.flows.talk import Talk

BOOK = read_book(
    {
        "a.yml": """
flows:
  leave:
    description: d
    steps:
      - call: whom
      - collect: kind
        next:
          - if: slots.kind is "family"
            then:
              - collect: event
                next: sure
          - else: sure
      - id: sure
        collect: sure
        ask_before_filling: true
  whom:
    description: d
    steps:
      - collect: child
        rejections:
          - if: slots.child is "nobody"
            utter: utter_nobody
  other:
    description: d
    steps:
      - collect: event
slots:
  child: {type: text, mappings: [{type: from_text}]}
  kind: {type: categorical, values: [family, none], mappings: [{type: from_text}]}
  event: {type: text, mappings: [{type: from_text}]}
  sure: {type: bool}
responses:
  utter_ask_child: [{text: c}]
  utter_ask_kind: [{text: k}]
  utter_ask_event: [{text: e}]
  utter_ask_sure: [{text: s}]
  utter_nobody: [{text: n}]
"""
    }
)
SURE, EVENT = Asked("sure", "utter_ask_sure"), Asked("event", "utter_ask_event")


@pytest.fixture
def talk() -> Talk:
    """At the read-back: Amina, for nothing in particular."""
    talk = Talk(BOOK)
    assert talk.start("leave", child="amina", kind="none")[-1] == SURE
    return talk


def test_another_value_is_read_back(talk: Talk) -> None:
    """What was filled is not asked again; the yes is, for it was no yes to this."""
    assert talk.correct(child="youssef") == (SURE,)
    assert talk.state.slots["child"] == "youssef"
    assert talk.say("ja", intent="affirm") == (Completed("leave"),)


def test_another_branch_asks_its_own_question(talk: Talk) -> None:
    """The flow goes on from the first question whose answer has changed."""
    assert talk.correct(kind="family") == (EVENT,)
    assert talk.say("bruiloft") == (SURE,)


def test_a_value_that_is_refused_is_asked_for(talk: Talk) -> None:
    """A correction is no way round a rejection."""
    happened = talk.correct(child="nobody")
    assert [type(event).__name__ for event in happened] == ["Said", "Asked"]
    assert happened[-1] == Asked("child", "utter_ask_child")


def test_what_the_flow_never_asks_changes_nothing(talk: Talk) -> None:
    """The open question is repeated."""
    assert talk.correct(unheard="x") == (Asked("sure", "utter_ask_sure", again=True),)
    assert "unheard" not in talk.state.slots


def test_only_the_newest_flow_is_corrected(talk: Talk) -> None:
    """One that waits below keeps its answers, and its question comes back."""
    assert talk.start("other")[-1] == EVENT
    assert newest(BOOK, talk.state) == "other"
    assert talk.correct(child="youssef") == (Asked("event", "utter_ask_event", again=True),)
    assert talk.say("x")[0] == Completed("other")
    assert talk.ask_again() == (Asked("sure", "utter_ask_sure", again=True),)
    assert talk.state.slots["child"] == "amina"


def test_nothing_is_open() -> None:
    """No flow, nothing to correct."""
    assert newest(BOOK, FlowState()) == ""
    assert Talk(BOOK).correct(child="x") == ()


def test_asked_by() -> None:
    """What a called flow asks stands at the step that calls it."""
    asked = asked_by(BOOK, "leave")
    steps = list(BOOK.flows["leave"].steps)
    assert list(asked) == ["child", "kind", "event", "sure"]
    assert asked["child"] == steps[0]
    assert asked_by(BOOK, "unheard") == {}


def test_nothing_is_not_the_value_none() -> None:
    """A choice may be called "none"; an empty slot has still not been answered."""
    slot = Slot("kind", "categorical", BOOK.domain.slots["kind"].place, values=("family", "none"))
    assert coerce(slot, None) is None
    assert coerce(slot, "none") == "none"
    assert Talk(BOOK).start("leave", child="amina") == (Started("leave"), Asked("kind", "utter_ask_kind"))
