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
from flows.happened import Acted, Asked, Cancelled, Choice, Completed, Failed, Happened, Said, Started
from flows.model import Book
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
    "Happened",
    "Options",
    "Said",
    "Sprint",
    "Started",
    "Value",
    "ask_again",
    "cancel",
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


def cancel(book: Book, state: FlowState) -> Sprint:
    """Leave the newest flow. One that waited below it is then open again: `ask_again` repeats its question."""
    run = Run(book, state, _act_nothing, lambda _slot, _slots: ())
    run.cancel()
    return _sprint(run)


def _act_nothing(_action: str, _slots: Mapping[str, Value]) -> Mapping[str, Value]:
    return _NOTHING


def _sprint(run: Run) -> Sprint:
    return Sprint(run.state(), tuple(run.happened))
