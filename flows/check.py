"""What is wrong with a book that could be read: found before any parent meets it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from flows import graph
from flows.check_domain import MAX_TITLE, check_domain
from flows.condition import Condition
from flows.faults import Fault, Severity, suggest
from flows.model import END, HANDOFF, Action, Book, Call, Collect, Flow, Link, Place, Response, SetSlots, Slot, Step
from flows.values import Value, coerce

__all__ = ["Fault", "check"]


def check(
    book: Book,
    *,
    intents: Collection[str],
    facts: Collection[str],
    builtins: Collection[str] = (),
    started: Collection[str] = (),
) -> list[Fault]:
    """Every fault, by file and line.

    `intents`: those that must lead somewhere. `facts` and `builtins`: what placeholders may name besides slots. `started`: the
    flows that the application begins by itself.
    """
    faults = [
        *(fault for flow in book.flows.values() for fault in _check_flow(book, flow)),
        *_check_started(book, started),
        *_check_circles(book),
        *_check_shared_answers(book),
        *_check_intents(book, intents),
        *check_domain(book, intents=intents, placeholders={*facts, *builtins, *book.domain.slots}),
    ]
    return sorted(set(faults))


def _check_flow(book: Book, flow: Flow) -> Iterator[Fault]:
    if flow.triggers and len(flow.name) > MAX_TITLE:
        what = f"the name {flow.name!r} has {len(flow.name)} characters, and stands in menus"
        yield _fault(flow.place, what, f"WhatsApp shows {MAX_TITLE}: use fewer words.")
    for step in graph.unreached(flow):
        yield _fault(step.place, f"nothing leads to step {step.id}", "Remove it, or name it in a `next`.")
    yield from _check_guard(book, flow)
    for slot in flow.persisted_slots - book.domain.slots.keys():
        yield _unknown(flow.place, "slot", slot, book.domain.slots)
    for step in flow.steps.values():
        yield from _check_ways(book, flow, step)
        yield from _check_step(book, step)


def _check_guard(book: Book, flow: Flow) -> Iterator[Fault]:
    """Where a flow may not start, its intents must still have an answer."""
    if flow.guard is None:
        return
    yield from _check_condition(book, flow.place, flow.guard)
    if flow.guard.source.casefold() != "false":
        for intent in flow.triggers:
            if f"utter_{intent}" not in book.domain.responses:
                what = f"intent {intent} leads nowhere where the `if` of {flow.id} does not hold"
                yield _fault(flow.place, what, f"Write the response utter_{intent}.")
        return
    if flow.triggers:
        yield _fault(flow.place, f"no intent can start {flow.id} (`if: false`)", "Remove `nlu_trigger`, or `if`.")


def _check_started(book: Book, started: Collection[str]) -> Iterator[Fault]:
    """In Rasa a description alone can start a flow, because a language model reads it."""
    led_to = graph.led_to(book)
    for flow in book.flows.values():
        if not flow.triggers and flow.id not in led_to and flow.id not in started:
            what, fix = f"nothing starts {flow.id}", "Give it an `nlu_trigger`, or link or call it."
            yield Fault(flow.place.file, flow.place.line, what, fix, Severity.WARNING)


def _check_ways(book: Book, flow: Flow, step: Step) -> Iterator[Fault]:
    for way in step.next:
        if way.to != END and way.to not in flow.steps:
            yield _unknown(step.place, "step", way.to, [*flow.steps, END])
        if way.when is not None:
            yield from _check_condition(book, step.place, way.when)


def _check_step(book: Book, step: Step) -> Iterator[Fault]:
    match step:
        case Collect():
            yield from _check_collect(book, step)
        case Action(action=name) if name.startswith("utter_"):
            yield from _check_response(book, step.place, name)
        case Action(action=name) if name not in book.domain.actions:
            yield _unknown(step.place, "action", name, book.domain.actions)
        case SetSlots(slots=slots):
            for name, value in slots.items():
                yield from _check_value(book, step.place, name, value)
        case Link(flow=name) if name == HANDOFF:
            pass
        case Link(flow=name) | Call(flow=name) if name not in book.flows:
            yield _unknown(step.place, "flow", name, book.flows)
        case Call(flow=name) if any(isinstance(inner, Link) for inner in book.flows[name].steps.values()):
            fix = "A called flow comes back; let the caller link."
            yield _fault(step.place, f"{name} is called, but links to another flow", fix)
        case _:
            pass


def _check_collect(book: Book, step: Collect) -> Iterator[Fault]:
    yield from _check_response(book, step.place, step.utter)
    for rejection in step.rejections:
        yield from _check_response(book, rejection.place, rejection.utter)
        yield from _check_condition(book, rejection.place, rejection.when)
    slot = book.domain.slots.get(step.slot)
    if slot is None:
        yield _unknown(step.place, "slot", step.slot, book.domain.slots)
    elif not _can_be_filled(book, slot, book.domain.responses.get(step.utter)):
        fix = "Give it a mapping, give the question buttons, or declare action_ask_" + f"{slot.name}."
        yield _fault(step.place, f"no answer can fill slot {slot.name}", fix)


def _can_be_filled(book: Book, slot: Slot, question: Response | None) -> bool:
    buttons = [button for variant in question.variants for button in variant.buttons] if question else []
    return (
        slot.type == "bool"
        or any(mapping.type.startswith("from_") for mapping in slot.mappings)
        or any(slot.name in button.slots for button in buttons)
        or f"action_ask_{slot.name}" in book.domain.actions
    )


def _check_response(book: Book, place: Place, name: str) -> Iterator[Fault]:
    if name not in book.domain.responses:
        yield _unknown(place, "response", name, book.domain.responses)


def _check_condition(book: Book, place: Place, condition: Condition) -> Iterator[Fault]:
    for name in condition.slots - book.domain.slots.keys():
        yield _unknown(place, "slot", name, book.domain.slots)
    for name, value in condition.compared:
        if name in book.domain.slots:
            yield from _check_value(book, place, name, value)


def _check_value(book: Book, place: Place, name: str, value: Value) -> Iterator[Fault]:
    slot = book.domain.slots.get(name)
    if slot is None:
        yield _unknown(place, "slot", name, book.domain.slots)
    elif value is not None and coerce(slot, value) is None:
        fix = suggest(str(value), slot.values, f"It holds {', '.join(slot.values) or slot.type}.")
        yield _fault(place, f"slot {name} never holds {value!r}", fix)


def _check_circles(book: Book) -> Iterator[Fault]:
    for flow_id, step_id in graph.circles(book):
        fix = "Ask something on the way: a collect with `ask_before_filling: true`, or whose slot is emptied first."
        yield _fault(
            book.flows[flow_id].steps[step_id].place, f"step {step_id} goes round without asking anything", fix
        )


def _check_shared_answers(book: Book) -> Iterator[Fault]:
    """A yes given to one flow must not be taken for a yes to another that is started in the middle of it."""
    asking: dict[str, list[Collect]] = {}
    for flow in book.flows.values():
        for slot in {step.slot for step in flow.steps.values() if isinstance(step, Collect)}:
            steps = [step for step in flow.steps.values() if isinstance(step, Collect) and step.slot == slot]
            asking.setdefault(slot, []).append(steps[0])
    for name, steps in asking.items():
        known = book.domain.slots.get(name)
        for step in steps:
            if known and known.type == "bool" and len(steps) > 1 and not step.ask_before_filling:
                what = f"the answer to {name} may have been given to another flow"
                yield _fault(step.place, what, "Add `ask_before_filling: true`, or use a slot of its own.")


def _check_intents(book: Book, intents: Collection[str]) -> Iterator[Fault]:
    owner: dict[str, Flow] = {}
    for flow in book.flows.values():
        for intent in flow.triggers:
            if intent not in intents:
                yield _unknown(flow.place, "intent", intent, intents)
            if intent in owner:
                what = f"intent {intent} starts {owner[intent].id} and {flow.id}"
                yield _fault(flow.place, what, "Let one of them start it, and link or call the other.")
            owner.setdefault(intent, flow)
    for intent in sorted(set(intents) - owner.keys()):
        if f"utter_{intent}" not in book.domain.responses:
            what = f"intent {intent} leads nowhere"
            yield _fault(Place("flows", 1), what, f"Write the response utter_{intent}, or a flow it starts.")


def _fault(place: Place, what: str, fix: str) -> Fault:
    return Fault(place.file, place.line, what, fix)


def _unknown(place: Place, kind: str, name: str, known: Collection[str]) -> Fault:
    return _fault(place, f"there is no {kind} {name}", suggest(name, known, f"Write it, or name another {kind}."))
