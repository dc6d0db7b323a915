"""A conversation with the engine, as tests have it: what is said to it, and what happened."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flows.engine import (
    Answer,
    Choice,
    FlowState,
    Happened,
    Sprint,
    Value,
    ask_again,
    cancel,
    correct,
    resume,
    start,
)
from flows.load import load_book
from flows.model import Book

DATA = Path(__file__).parent / "data"
CHILDREN = (Choice("amina", "Amina", plain=True), Choice("youssef", "Youssef", plain=True))


def act(action: str, slots: Mapping[str, Value]) -> Mapping[str, Value]:
    """What the application would compute: here, the name of the mentor."""
    return {"mentor": f"mentor of {slots.get('child')}"} if action == "action_pass_on" else {}


def options(slot: str, _slots: Mapping[str, Value]) -> tuple[Choice, ...]:
    """Two children."""
    return CHILDREN if slot == "child" else ()


class Talk:
    """Holds the state between sprints, through JSON as the application does."""

    def __init__(self, book: Book | None = None) -> None:
        self.book = book or load_book(DATA / "school")
        self.state = FlowState()

    def start(self, flow: str, **slots: Value) -> tuple[Happened, ...]:
        return self._after(start(self.book, self.state, flow, act=act, options=options, slots=slots))

    def say(
        self, text: str = "", *, intent: str | None = None, value: Value = None, **entities: Value
    ) -> tuple[Happened, ...]:
        answer = Answer(text, intent, value, entities)
        return self._after(resume(self.book, self.state, answer, act=act, options=options))

    def ask_again(self) -> tuple[Happened, ...]:
        return self._after(ask_again(self.book, self.state, options=options))

    def correct(self, **slots: Value) -> tuple[Happened, ...]:
        return self._after(correct(self.book, self.state, slots, act=act, options=options))

    def cancel(self) -> tuple[Happened, ...]:
        return self._after(cancel(self.book, self.state))

    def _after(self, sprint: Sprint) -> tuple[Happened, ...]:
        self.state = FlowState.from_json(sprint.state.to_json())
        assert self.state == sprint.state
        return sprint.happened
