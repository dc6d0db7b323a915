"""No flow goes round for ever: the check finds the circle, and a run that meets one ends at a person, having done nothing."""

from __future__ import annotations

import pytest

from flows.check import check
from flows.engine import Asked, Completed, Failed, FlowState
from flows.load import read_book
from flows.run import MAX_FLOWS, MAX_STEPS
from tests.flows.talk import Talk

DOMAIN = """
slots: {sure: {type: bool}, kind: {type: categorical, values: [a, b]}}
actions: [action_pass_on]
responses:
  utter_x: [{text: x}]
  utter_ask_sure: [{text: Zeker?}]
  utter_ask_kind: [{text: Wat?, buttons: [{title: a, payload: /SetSlots(kind=a)}]}]
flows:
"""
CIRCLES = {
    "a step that is next to itself": "f: {description: d, steps: [{id: a, action: utter_x, next: a}]}",
    "a noop that is next to itself": "f: {description: d, steps: [{id: a, noop: true, next: a}]}",
    "two steps": "f: {description: d, steps: [{id: a, action: action_pass_on}, {action: utter_x, next: a}]}",
    "a branch back": (
        "f: {description: d, steps: [{id: a, set_slots: [{kind: a}], next: [{if: slots.kind, then: a}, {else: END}]}]}"
    ),
    "a slot that is filled": "f: {description: d, steps: [{set_slots: [{kind: a}]}, {id: b, collect: kind, next: b}]}",
    "a flow that links to itself": "f: {description: d, steps: [{action: utter_x}, {link: f}]}",
    "two flows that link": "f: {description: d, steps: [{link: g}]}\n  g: {description: d, steps: [{link: f}]}",
    "a flow that calls itself": "f: {description: d, steps: [{action: action_pass_on}, {call: f}]}",
    "two flows that call": "f: {description: d, steps: [{call: g}]}\n  g: {description: d, steps: [{call: f}]}",
    "a call after a call": (
        "f: {description: d, steps: [{id: a, call: g, next: a}]}\n  g: {description: d, steps: [{action: utter_x}]}"
    ),
}


@pytest.mark.parametrize("flows", CIRCLES.values(), ids=list(CIRCLES))
def test_a_circle_is_found_and_ends(flows: str) -> None:
    """A fault with its line before it is published; at a person, and nothing said or done, where it was never checked."""
    book = read_book({"a.yml": f"{DOMAIN}  {flows}\n"})
    faults = [fault for fault in check(book, intents=(), facts=()) if "goes round" in fault.what]
    talk = Talk(book)
    assert [(fault.file, fault.line > 0, bool(fault.fix)) for fault in faults] == [("a.yml", True, True)]
    assert [type(event) for event in talk.start("f")] == [Failed]
    assert talk.state == FlowState()


def test_a_circle_with_a_question_waits_each_time() -> None:
    """Somebody who says no for ever is asked for ever, one question a message: that is no circle."""
    flows = (
        "f: {description: d, steps: [{id: a, collect: sure, ask_before_filling: true, "
        "next: [{if: slots.sure, then: END}, {else: a}]}]}"
    )
    book = read_book({"a.yml": f"{DOMAIN}  {flows}\n"})
    talk = Talk(book)
    asked = Asked("sure", "utter_ask_sure")
    assert check(book, intents=(), facts=(), started={"f"}) == []
    assert talk.start("f")[-1] == asked
    assert [talk.say("nee", intent="deny") for _ in range(5)] == [(asked,)] * 5
    assert talk.say("ja", intent="affirm") == (Completed("f"),)


def test_the_bounds_leave_room() -> None:
    """The longest way through a flow that anybody writes is far below them."""
    steps = ", ".join(["{action: utter_x}"] * (MAX_STEPS - 1))
    calls = "\n  ".join(f"f{n}: {{description: d, steps: [{{call: f{n + 1}}}]}}" for n in range(MAX_FLOWS - 1))
    deep = f"{DOMAIN}  {calls}\n  f{MAX_FLOWS - 1}: {{description: d, steps: [{{action: utter_x}}]}}\n"
    assert Talk(read_book({"a.yml": f"{DOMAIN}  f: {{description: d, steps: [{steps}]}}\n"})).start("f")[
        -1
    ] == Completed("f")
    assert Talk(read_book({"a.yml": deep})).start("f0")[-1] == Completed("f0")
