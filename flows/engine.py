"""Run flows: a state and an answer in, the next state and what happened out.

Pure: no clock, no randomness, no language. What only the application knows is handed in (`act`, `options`) and must be
pure too; if it raises, nothing has changed. Every sprint ends: at a question, at the end of all flows, or (too long) as
Failed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from flows.filling import Answer, fill
from flows.happened import Acted, Asked, Cancelled, Choice, Completed, Failed, HandedOver, Happened, Said, Started
from flows.model import Book, Call, Collect
from flows.run import MAX_FLOWS, Act, Options, Run
from flows.state import FlowState, Frame
from flows.values import Value

__all__ = [
    "Act",
    "Acted",
    "Answer",
    "Asked",
    "Cancelled",
    "Choice",
    "Completed",
    "Failed",
    "FlowState",
    "Frame",
    "HandedOver",
    "Happened",
    "Options",
    "Said",
    "Sprint",
    "Started",
    "Value",
    "ask_again",
    "asked_by",
    "cancel",
    "correct",
    "may_start",
    "newest",
    "resume",
    "start",
]

MAX_QUESTIONS = 3
_NOTHING: Mapping[str, Value] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Sprint:
    """From one message to the next question: where it stands now, and what happened, in order."""

    state: FlowState
    happened: tuple[Happened, ...] = ()


def start(
    book: Book,
    state: FlowState,
    flow_id: str,
    *,
    act: Act,
    options: Options,
    slots: Mapping[str, Value] = _NOTHING,
) -> Sprint:
    """Start a flow, on top of one that waits; that one goes on when this one has ended.

    A flow in progress is not started again: it takes the `slots`, and its question is repeated if it is still open.
    """
    if flow_id not in book.flows:
        return Sprint(state, (Failed(flow_id),))
    if any(frame.flow == flow_id for frame in state.stack):
        state = replace(state, slots={**state.slots, **slots})
        if state.asking is not None and (value := slots.get(state.asking)) is not None:
            return resume(book, state, Answer("", value=value), act=act, options=options)
        return ask_again(book, state, options=options)
    run = Run(book, state, act, options)
    if len(run.stack) >= MAX_FLOWS:
        run.fail()
    else:
        run.enter(flow_id, slots)
        run.until_question()
    return _sprint(run)


def may_start(book: Book, state: FlowState, flow_id: str, *, slots: Mapping[str, Value] = _NOTHING) -> bool:
    """Whether an intent starts this flow now: where its guard holds, and always while it is in progress."""
    flow = book.flows.get(flow_id)
    if flow is None or flow.guard is None or any(frame.flow == flow_id for frame in state.stack):
        return flow is not None
    return flow.guard.holds({**book.domain.initial, **state.slots, **slots})


def resume(book: Book, state: FlowState, answer: Answer, *, act: Act, options: Options) -> Sprint:
    """Fill the slot that was asked for and go on; an answer that does not fit is asked again, three times in all."""
    run = Run(book, state, act, options)
    step = run.question()
    if step is None:
        run.fail()
        return _sprint(run)
    value = fill(run.slot(step.slot), answer)
    if value is not None and not run.rejects(step, value):
        run.answered(step, value)
        run.until_question()
    elif run.tries + 1 >= MAX_QUESTIONS:
        run.fail(step.slot)
    else:
        run.tries += 1
        run.ask(step, again=True)
    return _sprint(run)


def ask_again(book: Book, state: FlowState, *, options: Options) -> Sprint:
    """Repeat the open question, after something else came between. This does not count as asked in vain."""
    run = Run(book, state, _act_nothing, options)
    step = run.question()
    if step is None:
        run.fail()
    else:
        run.ask(step, again=True)
    return _sprint(run)


def newest(book: Book, state: FlowState) -> str:
    """The flow that was started last (those it has called are part of it); empty where none is in progress."""
    return _still(book, state).newest


def asked_by(book: Book, flow_id: str) -> Mapping[str, str]:
    """The slots that a flow asks for, itself or by a flow it calls, each with the step of this flow at which it does."""
    flow = book.flows.get(flow_id)
    asked: dict[str, str] = {}
    for step in flow.steps.values() if flow else ():
        match step:
            case Collect(slot=slot):
                asked.setdefault(slot, step.id)
            case Call(flow=called) if called != flow_id and called in book.flows:
                for inner in book.flows[called].steps.values():
                    if isinstance(inner, Collect):
                        asked.setdefault(inner.slot, step.id)
    return asked


def correct(book: Book, state: FlowState, slots: Mapping[str, Value], *, act: Act, options: Options) -> Sprint:
    """Take back earlier answers: the newest flow goes back to the first of their questions and on from there.

    What is filled is not asked again, but for a yes or no that is always asked. What the flow did not ask for is not taken.
    """
    run = Run(book, state, act, options)
    asked = asked_by(book, run.newest) if run.stack else {}
    first = next((step for slot, step in asked.items() if slots.get(slot) is not None), None)
    if first is None:
        return ask_again(book, state, options=options)
    run.go_back(first, slots)
    run.until_question()
    return _sprint(run)


def cancel(book: Book, state: FlowState) -> Sprint:
    """Leave the newest flow. One that waited below it is then open again: `ask_again` repeats its question."""
    run = _still(book, state)
    run.cancel()
    return _sprint(run)


def _still(book: Book, state: FlowState) -> Run:
    """Where it stands, to look at or to leave: nothing is done and nothing asked."""
    return Run(book, state, _act_nothing, lambda _slot, _slots: ())


def _act_nothing(_action: str, _slots: Mapping[str, Value]) -> Mapping[str, Value]:
    return _NOTHING


def _sprint(run: Run) -> Sprint:
    return Sprint(run.state(), tuple(run.happened))
