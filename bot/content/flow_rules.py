"""What a school's own flow may hold, and what it does to the flows around it. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from bot.content.own import intent_of, with_own
from bot.content.shipped import BUILTINS, STARTED, Shipped
from bot.turn.choices import COMMANDS
from flows.check import check
from flows.faults import Fault, Severity
from flows.model import Action, Book, Call, Collect, Flow, Link, Response, Slot
from nlu.calibration import GRAVE

LONGEST_NAME = 100
"""Of a flow or a response: it stands in the contexts of its sentences."""
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def name_of(flow_id: str) -> str:
    """What a fault calls the file."""
    return f"{flow_id}.yml"


def is_error(fault: Fault) -> bool:
    """Whether it keeps the file from being published."""
    return fault.severity is Severity.ERROR


def is_name(text: str) -> bool:
    """Whether a flow or a response may be called so."""
    return len(text) <= LONGEST_NAME and _NAME.fullmatch(text) is not None


PASSING_ON = ("pass_on", "offer_pass_on")
"""What the others call to reach a person: without it they would say so and do nothing."""
ALARM = "action_alarm"


def fixed(book: Book) -> frozenset[str]:
    """The flows that no school changes: those of danger, what passes on for all others, and what they call or link to."""
    found: set[str] = set()
    ahead = [*PASSING_ON, *(flow.id for flow in book.flows.values() if set(flow.triggers) & set(GRAVE))]
    while ahead:
        flow_id = ahead.pop()
        if flow_id in found or flow_id not in book.flows:
            continue
        found.add(flow_id)
        ahead += [step.flow for step in book.flows[flow_id].steps.values() if isinstance(step, Call | Link)]
    return frozenset(found)


def merged(book: Book, own: Mapping[str, Book]) -> Book:
    """The book with these in it; a flow takes the place of the one that has its name."""
    flows, slots, responses = dict(book.flows), dict(book.domain.slots), dict(book.domain.responses)
    for part in own.values():
        flows |= part.flows
        slots |= part.domain.slots
        responses |= part.domain.responses
    return replace(book, flows=flows, domain=replace(book.domain, slots=slots, responses=responses))


def own_faults(shipped: Shipped, others: Mapping[str, Book], flow_id: str, own: Book) -> Iterator[Fault]:
    """What a school's file may not hold, or not a second time."""
    book, file = shipped.book, name_of(flow_id)
    if list(own.flows) != [flow_id]:
        line = next((flow.place.line for name, flow in own.flows.items() if name != flow_id), 1)
        yield Fault(file, line, f"this is not the flow {flow_id} alone", f"Keep one flow, called {flow_id}.")
        return
    for place in own.domain.actions.values():
        yield Fault(
            file, place.line, "a school's file has no actions of its own", "Use those that docs/flows.md lists."
        )
    yield from _flow_faults(book, file, own)
    for step in own.flows[flow_id].steps.values():
        if isinstance(step, Action) and step.action == ALARM:
            yield Fault(file, step.place.line, "only danger rings the alarm", "Pass it on to a person.")
    yield from _slot_faults({*shipped.facts, *BUILTINS, "school_name"}, file, own)
    yield from _response_faults(file, own)
    known: Mapping[str, Book] = {"what is shipped": book, **{name_of(name): other for name, other in others.items()}}
    for where, other in known.items():
        yield from _seconds("response", file, own.domain.responses, other.domain.responses, where)
        yield from _seconds("slot", file, own.domain.slots, other.domain.slots, where)


def _flow_faults(book: Book, file: str, own: Book) -> Iterator[Fault]:
    for flow in own.flows.values():
        line = flow.place.line
        if flow.id in fixed(book):
            yield Fault(
                file, line, f"{flow.id} is for danger, or for what is passed on", "It is the same at every school."
            )
        if set(flow.triggers) & set(GRAVE):
            yield Fault(file, line, "danger starts this flow", "It leads to the same at every school.")
        for intent in sorted(set(flow.triggers) & COMMANDS):
            yield Fault(file, line, f"{intent} is for the line itself", "Name another intent.")
        for slot in sorted(_outliving(flow) & _told_of_danger(book)):
            what = f"slot {slot} outlives this flow: of danger it would not be asked any more"
            yield Fault(file, line, what, "Use a slot of its own.")
    for what, things in (("flow", own.flows), ("response", own.domain.responses)):
        for name, thing in things.items():
            if not is_name(name):
                fix = f"Use small letters, digits and _, at most {LONGEST_NAME}."
                yield Fault(file, thing.place.line, f"a {what} cannot be called {name!r}", fix)


def _outliving(flow: Flow) -> set[str]:
    """The slots that still hold something when the flow has ended."""
    asked = {step.slot for step in flow.steps.values() if isinstance(step, Collect) and not step.reset_after_flow_ends}
    return asked | flow.persisted_slots


def _told_of_danger(book: Book) -> set[str]:
    """The slots that the fixed flows ask anew each time."""
    flows = [book.flows[flow_id] for flow_id in fixed(book)]
    asked = {step.slot for flow in flows for step in flow.steps.values() if isinstance(step, Collect)}
    return asked - {slot for flow in flows for slot in flow.persisted_slots}


def _slot_faults(blanks: Collection[str], file: str, own: Book) -> Iterator[Fault]:
    for name, slot in own.domain.slots.items():
        if name in blanks:
            yield Fault(file, slot.place.line, f"{name} is a blank that the line fills", "Give the slot another name.")
        if name.startswith("mentor"):
            what = f"slot {name}: what begins with mentor is not passed on"
            yield Fault(file, slot.place.line, what, "Give it another name.")
        if slot.initial is not None:
            what = f"slot {name} would hold {slot.initial!r} in every other conversation too"
            yield Fault(file, slot.place.line, what, "Remove `initial_value`, and set it with `set_slots`.")


def _response_faults(file: str, own: Book) -> Iterator[Fault]:
    for name, response in own.domain.responses.items():
        if name.removeprefix("utter_") in COMMANDS or intent_of(f"{name}/0"):
            yield Fault(
                file, response.place.line, f"{name} is a name of the line's own", "Give the response another name."
            )


def _seconds(
    what: str,
    file: str,
    mine: Mapping[str, Response] | Mapping[str, Slot],
    theirs: Collection[str],
    where: str,
) -> Iterator[Fault]:
    for name, thing in mine.items():
        if name in theirs:
            fix = "Use it as it is there, without writing it here; or give yours another name."
            yield Fault(file, thing.place.line, f"{what} {name} stands in {where} too", fix)


class Check:
    """The check of `flows/`, told apart by file; what it says of the shipped book alone is not the school's doing."""

    def __init__(self, shipped: Shipped, answers: Mapping[str, str], intents: frozenset[str] | None) -> None:
        """`answers`: the sentences of the school's own answers. `intents`: those there are; None: all that are named."""
        self._shipped, self._answers, self._intents = shipped, answers, intents
        self._before = frozenset(self._all({}))

    def faults(self, own: Mapping[str, Book]) -> dict[str, tuple[Fault, ...]]:
        """What is wrong once these are in, by flow. Also: what they make wrong elsewhere."""
        by_file = {name_of(flow_id): flow_id for flow_id in own}
        mine: dict[str, list[Fault]] = {}
        for fault in self._new(own):
            mine.setdefault(by_file.get(fault.file, ""), []).append(fault)
        elsewhere = [fault for fault in mine.pop("", []) if is_error(fault)]
        for flow_id in self._guilty(own) if elsewhere else ():
            mine.setdefault(flow_id, []).extend(elsewhere)
        return {flow_id: tuple(faults) for flow_id, faults in mine.items()}

    def _guilty(self, own: Mapping[str, Book]) -> list[str]:
        """Which of them make a shipped flow faulty: those that do so alone, else all."""
        alone = [flow_id for flow_id, book in own.items() if len(own) > 1 and self._spoils(flow_id, book)]
        return alone or list(own)

    def _spoils(self, flow_id: str, book: Book) -> bool:
        return any(is_error(fault) and fault.file != name_of(flow_id) for fault in self._new({flow_id: book}))

    def _new(self, own: Mapping[str, Book]) -> list[Fault]:
        return [fault for fault in self._all(own) if fault not in self._before]

    def _all(self, own: Mapping[str, Book]) -> list[Fault]:
        book = with_own(merged(self._shipped.book, own), self._answers)
        named = {intent for part in own.values() for flow in part.flows.values() for intent in flow.triggers}
        intents = self._intents if self._intents is not None else _known(self._shipped.book) | named
        return check(book, intents=intents, facts=self._shipped.facts, builtins=BUILTINS, started=STARTED)


def _known(book: Book) -> frozenset[str]:
    """All that the line has something to say to."""
    triggers = {intent for flow in book.flows.values() for intent in flow.triggers}
    return frozenset(triggers | {name.removeprefix("utter_") for name in book.domain.responses})
