"""A flow as steps and arrows: for the check, for drawings and for the documentation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from flows.model import END, Action, Book, Call, Collect, Flow, Link, Noop, SetSlots, Step

Node: TypeAlias = tuple[str, str]
"""A flow's id and a step's."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """From one step to the next (or END), with the condition as it is written."""

    start: str
    to: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A step: its id, its kind as in the file, and what it is about (a slot, a response, an action, a flow)."""

    id: str
    kind: str
    about: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole flow."""

    flow: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def describe(flow: Flow) -> Picture:
    """The flow as boxes and arrows, in the order it is written."""
    boxes = tuple(_box(step) for step in flow.steps.values())
    arrows = tuple(
        Arrow(step.id, way.to, way.when.source if way.when else "") for step in flow.steps.values() for way in step.next
    )
    return Picture(flow.id, boxes, arrows)


def _box(step: Step) -> Box:
    match step:
        case Collect(slot=about):
            return Box(step.id, "collect", about)
        case Action(action=about):
            return Box(step.id, "action", about)
        case SetSlots(slots=slots):
            return Box(step.id, "set_slots", ", ".join(slots))
        case Link(flow=about):
            return Box(step.id, "link", about)
        case Call(flow=about):
            return Box(step.id, "call", about)
        case Noop():
            return Box(step.id, "noop", "")


def unreached(flow: Flow) -> list[Step]:
    """The steps that nothing leads to."""
    reached: set[str] = set()
    ahead = [flow.first]
    while ahead:
        step_id = ahead.pop()
        if step_id not in reached and (step := flow.steps.get(step_id)):
            reached.add(step_id)
            ahead += [way.to for way in step.next]
    return [step for step in flow.steps.values() if step.id not in reached]


def circles(book: Book) -> list[Node]:
    """Where a conversation can go round without waiting for an answer: one step of each such circle."""
    waits = {(flow.id, step_id) for flow in book.flows.values() for step_id in _questions(flow)}
    return _circles(
        (
            (flow.id, step_id)
            for flow in book.flows.values()
            for step_id in flow.steps
            if (flow.id, step_id) not in waits
        ),
        lambda node: [following for following in _following(book, node) if following not in waits],
    )


def _questions(flow: Flow) -> list[str]:
    """The steps that ask each time one comes by: a filled slot is not asked, unless something may have emptied it."""
    steps = flow.steps.values()
    acts = any(isinstance(step, Action) and not step.action.startswith("utter_") for step in steps)
    emptied = {
        name for step in steps if isinstance(step, SetSlots) for name, value in step.slots.items() if value is None
    }
    asking = [step for step in steps if isinstance(step, Collect)]
    return [step.id for step in asking if acts or step.ask_before_filling or step.slot in emptied]


def _following(book: Book, node: Node) -> list[Node]:
    flow = book.flows[node[0]]
    step = flow.steps[node[1]]
    following = [(flow.id, way.to) for way in step.next if way.to != END and way.to in flow.steps]
    if isinstance(step, Link | Call) and (target := book.flows.get(step.flow)):
        following.append((target.id, target.first))
    return following


def _circles(nodes: Iterable[Node], following: Callable[[Node], list[Node]]) -> list[Node]:
    """Depth first, without recursion: a node met while it is still on the way closes a circle."""
    done: set[Node] = set()
    found: list[Node] = []
    for root in nodes:
        if root in done:
            continue
        on_the_way: dict[Node, Iterator[Node]] = {root: iter(following(root))}
        while on_the_way:
            here = next(reversed(on_the_way))
            ahead = next(on_the_way[here], None)
            if ahead is None:
                del on_the_way[here]
                done.add(here)
            elif ahead in on_the_way:
                found.append(ahead)
            elif ahead not in done:
                on_the_way[ahead] = iter(following(ahead))
    return sorted(set(found))


def led_to(book: Book) -> set[str]:
    """The flows that a step of some flow links or calls."""
    steps = (step for flow in book.flows.values() for step in flow.steps.values())
    return {step.flow for step in steps if isinstance(step, Link | Call)}
