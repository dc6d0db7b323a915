"""While a flow waits the content changes, or the memory itself: she is answered, by the question as it is now or by a person."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from bot.turn.memory import Remembered, last_menu
from bot.turn.take import take_turn
from bot.turn.types import Heard, Known, Memory, Outcome, PassOn, Say
from db.types import InboundKind
from flows.model import Book, Collect, Flow
from tests.turn.scene import LANGUAGES, Phone, Script, book, mind, scripted

MESSAGES = ("1", "2", "ja", "nee", "nee, morgen", "laat maar", "mens", "menu", "dat weet ik nog niet")
LONG = 12
"""No flow asks more questions than this."""


def _write(known: Known, text: str, now: Book, *, button: str | None = None) -> Outcome:
    kind = InboundKind.BUTTON if button else InboundKind.TEXT
    heard = Heard(text, kind, known.now, button=button)
    return take_turn(heard, known, book=now, recogniser=Script(), languages=LANGUAGES, wording=mind().wording)


@cache
def _waiting() -> tuple[Known, ...]:
    """Every question of every flow, as far as the first choices lead."""
    found: dict[tuple[str, str], Known] = {}
    for flow in book().flows.values():
        for intent in flow.triggers[:1]:
            phone = Phone(Script({"daar gaat het om": scripted(intent)}))
            phone.write("daar gaat het om")
            for _ in range(LONG):
                if (asking := Remembered.unpack(phone.known.memory).asking) is None:
                    break
                found.setdefault(asking, phone.known)
                phone.write("1")
                if Remembered.unpack(phone.known.memory).asking == asking:
                    phone.write("morgen om tien uur")
    return tuple(found.values())


def _at(known: Known) -> tuple[Flow, Collect]:
    frame = Remembered.unpack(known.memory).flow.stack[-1]
    flow = book().flows[frame.flow]
    step = flow.steps[frame.step]
    assert isinstance(step, Collect)
    return flow, step


def _without_flow(known: Known) -> Book:
    flow, _ = _at(known)
    return replace(book(), flows={name: other for name, other in book().flows.items() if name != flow.id})


def _without_step(known: Known) -> Book:
    flow, step = _at(known)
    steps = {name: other for name, other in flow.steps.items() if name != step.id}
    return replace(book(), flows={**book().flows, flow.id: replace(flow, steps=steps)})


def _without_caller(known: Known) -> Book:
    first = Remembered.unpack(known.memory).flow.stack[0].flow
    return replace(book(), flows={name: other for name, other in book().flows.items() if name != first})


def _asking_another(known: Known) -> Book:
    flow, step = _at(known)
    other = "message" if step.slot != "message" else "need"
    steps = {**flow.steps, step.id: replace(step, slot=other)}
    return replace(book(), flows={**book().flows, flow.id: replace(flow, steps=steps)})


def _of_type(kind: str) -> Callable[[Known], Book]:
    def changed(known: Known) -> Book:
        _, step = _at(known)
        domain = book().domain
        slot = replace(domain.slots[step.slot], type=kind, values=("x",) if kind == "categorical" else (), mappings=())
        return replace(book(), domain=replace(domain, slots={**domain.slots, slot.name: slot}))

    return changed


def _without_slot(known: Known) -> Book:
    _, step = _at(known)
    domain = book().domain
    left = {name: slot for name, slot in domain.slots.items() if name != step.slot}
    return replace(_without_step(known), domain=replace(domain, slots=left))


def _without_buttons(known: Known) -> Book:
    _, step = _at(known)
    domain = book().domain
    asked = domain.responses[step.utter]
    bare = replace(asked, variants=tuple(replace(variant, buttons=()) for variant in asked.variants))
    return replace(book(), domain=replace(domain, responses={**domain.responses, step.utter: bare}))


CHANGES: Mapping[str, Callable[[Known], Book]] = {
    "the flow is gone": _without_flow,
    "the flow that called it is gone": _without_caller,
    "the step is gone": _without_step,
    "the step asks something else": _asking_another,
    "the slot and its step are gone": _without_slot,
    "the slot is a number": _of_type("float"),
    "the slot is a yes or no": _of_type("bool"),
    "the slot has other values": _of_type("categorical"),
    "the buttons are gone": _without_buttons,
}


def _answers(known: Known, now: Book) -> Iterator[Outcome]:
    yield from (_write(known, text, now) for text in MESSAGES)
    if (menu := last_menu(known.memory)) is not None:
        yield _write(known, "", now, button=f"{menu.number}.1")


@pytest.mark.parametrize("change", CHANGES)
def test_the_content_changes_under_an_open_question(change: str) -> None:
    """Whatever changed and whatever she writes: an answer, with words that are there, and a memory that can be read."""
    assert len(_waiting()) > 20
    for known in _waiting():
        now = CHANGES[change](known)
        for outcome in _answers(known, now):
            said = [event.response for event in outcome.events if isinstance(event, Say)]
            assert said
            assert set(said) <= now.domain.responses.keys()
            assert Remembered.unpack(outcome.memory).pack() == outcome.memory


@pytest.mark.parametrize("change", ["the flow is gone", "the step is gone", "the step asks something else"])
def test_a_question_that_is_gone_ends_at_a_person(change: str) -> None:
    """What she told goes along, she is told that it is not her fault, and nothing stays open."""
    known = next(
        known for known in _waiting() if Remembered.unpack(known.memory).asking == ("report_absence", "absence_kind")
    )
    outcome = _write(known, "griep", CHANGES[change](known))
    assert [event.reason.value for event in outcome.events if isinstance(event, PassOn)] == ["failed"]
    assert [event.response for event in outcome.events if isinstance(event, Say)] == ["utter_failed"]
    assert Remembered.unpack(outcome.memory).flow.stack == ()


STRANGE: Mapping[str, Any] = {
    "flow": {"stack": [["report_absence", "collect_reason"]]},
    "kept": {"child": ["11"]},
    "flow_at": "yesterday",
    "menus": [{"number": 1}],
    "second": {"intent": "greet"},
    "aside": "report_absence",
    "finished": {"flow": "x", "slots": None, "at": 3},
    "absences": [["11"]],
    "agreed_on": 20261121,
}


@pytest.mark.parametrize("key", STRANGE)
def test_a_memory_of_another_shape_begins_afresh(key: str) -> None:
    """Under the same number, written by who knows what: she keeps her language, and is answered."""
    packed = Remembered(language="tr", language_locked=True, introduced=True).pack()
    strange = Memory({**packed.data, key: STRANGE[key]})
    assert Remembered.unpack(strange).pack() == packed
    known = replace(Phone().known, memory=strange)
    assert any(isinstance(event, Say) for event in _write(known, "menu", book()).events)


def test_a_memory_without_a_key_begins_afresh() -> None:
    """An older shape had fewer of them."""
    packed = _waiting()[0].memory
    for key in packed.data:
        left = Remembered.unpack(Memory({name: value for name, value in packed.data.items() if name != key}))
        assert left.introduced or key == "introduced"


def test_a_memory_is_small() -> None:
    """With a question open, what she told, and four menus behind it."""
    assert max(len(json.dumps(dict(known.memory.data))) for known in _waiting()) < 4096
