"""A random walk: any flows that can be read, any answers, and never an error, a loop or a dead end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml
from hypothesis import event, given, settings
from hypothesis import strategies as st

from flows.engine import (
    Answer,
    Asked,
    Cancelled,
    Choice,
    Completed,
    Failed,
    FlowState,
    Sprint,
    Value,
    ask_again,
    cancel,
    resume,
    start,
)
from flows.load import read_book
from flows.model import HANDOFF
from flows.run import MAX_FLOWS, MAX_STEPS

FLOWS = ["f0", "f1", "f2"]
SLOTS = ["text", "sure", "kind", "number"]
IDS = ["s0", "s1", "s2", "s3"]
CONDITIONS = [
    "slots.sure",
    'slots.kind is "a"',
    "slots.number > 2",
    'slots.text contains "x" or slots.sure is null',
    '{"a" "b"} contains slots.kind',
    "true",
]

DOMAIN = """
slots:
  text: {type: text, mappings: [{type: from_text}]}
  sure: {type: bool}
  kind: {type: categorical, values: [a, b], initial_value: a, mappings: [{type: from_entity, entity: kind}]}
  number: {type: float, mappings: [{type: from_text}]}
actions: [action_do, action_ask_text]
responses:
  utter_ask_sure: [{text: Zeker?, buttons: [{title: ja, payload: /SetSlots(sure=true)}, {title: mens, payload: /human}]}]
"""

values = st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["a", "b", "x", "", "7", "true"])
slots = st.dictionaries(st.sampled_from(SLOTS), values, max_size=3)
targets = st.sampled_from([*IDS, "END", "END"])
ways = st.one_of(
    targets,
    st.tuples(st.sampled_from(CONDITIONS), targets, targets).map(
        lambda way: [{"if": way[0], "then": way[1]}, {"else": way[2]}]
    ),
)
collects = st.builds(
    lambda slot, ask, keep, reject: {
        "collect": slot,
        "ask_before_filling": ask,
        "reset_after_flow_ends": keep,
        "rejections": [{"if": condition, "utter": "utter_no"} for condition in reject],
    },
    st.sampled_from(SLOTS),
    st.booleans(),
    st.booleans(),
    st.lists(st.sampled_from(CONDITIONS), max_size=1),
)
steps = st.one_of(
    collects,
    collects,
    st.sampled_from(["utter_x", "action_do"]).map(lambda name: {"action": name}),
    slots.map(lambda given: {"set_slots": [{name: value} for name, value in given.items()]}),
    st.sampled_from([*FLOWS, HANDOFF]).map(lambda flow: {"link": flow}),
    st.sampled_from([*FLOWS, "gone"]).map(lambda flow: {"call": flow}),
    st.just({"noop": True}),
)


@st.composite
def flow(draw: st.DrawFn) -> dict[str, Any]:
    """A flow of up to four steps that lead anywhere."""
    written = []
    for step_id in IDS[: draw(st.integers(1, len(IDS)))]:
        step = {"id": step_id, **draw(steps)}
        if "link" not in step and (way := draw(ways if "noop" in step else st.none() | st.none() | ways)) is not None:
            step["next"] = way
        written.append(step)
    return {"description": "d", "steps": written, "persisted_slots": draw(st.lists(st.sampled_from(SLOTS), max_size=2))}


answers = st.builds(
    Answer,
    text=st.text(max_size=5) | st.sampled_from(["7", "x"]),
    intent=st.sampled_from([None, "affirm", "deny"]),
    value=values,
    entities=st.dictionaries(st.just("kind"), values),
)
moves = st.one_of(
    answers,
    st.tuples(st.just("start"), st.sampled_from([*FLOWS, "gone"]), slots),
    st.sampled_from(["again", "cancel", "new content"]),
)


def act(action: str, given: Mapping[str, Value]) -> Mapping[str, Value]:
    return {"text": f"{action} {len(given)}", "sure": None}


def options(slot: str, _slots: Mapping[str, Value]) -> tuple[Choice, ...]:
    return (Choice("x", slot, plain=True),)


contents = st.fixed_dictionaries({name: flow() for name in FLOWS})


@settings(deadline=None)
@given(contents, contents, st.lists(moves, max_size=12))
def test_any_conversation_ends_each_sprint_well(first: Any, second: Any, walk: list[Any]) -> None:
    """Each sprint ends asked, completed, cancelled or failed, even after new content; the state survives as JSON."""
    book, other = (
        read_book({"flows.yml": yaml.safe_dump({"flows": flows}), "x.yml": DOMAIN}) for flows in (first, second)
    )
    state = FlowState()
    for move in [("start", "f0", {}), *walk]:
        if move == "new content":
            book, other = other, book
            continue
        before = state
        sprint = _moved(book, state, move)
        assert len(sprint.happened) <= 3 * MAX_STEPS
        assert len(sprint.state.stack) <= MAX_FLOWS
        assert sprint.state.stack or sprint.state.asking is None
        if before.stack or isinstance(move, tuple):
            assert isinstance(sprint.happened[-1], Asked | Completed | Cancelled | Failed)
            event(type(sprint.happened[-1]).__name__)
        state = FlowState.from_json(json.loads(json.dumps(sprint.state.to_json())))
        assert state == sprint.state


def _moved(book: Any, state: FlowState, move: Any) -> Sprint:
    if isinstance(move, Answer):
        return resume(book, state, move, act=act, options=options)
    if isinstance(move, tuple):
        return start(book, state, move[1], act=act, options=options, slots=move[2])
    if move == "again":
        return ask_again(book, state, options=options)
    return cancel(book, state)
