"""The machine inside a sprint: a stack of flows, taken step by step. It changes, and so never leaves this package."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeAlias

from flows.happened import Acted, Asked, Cancelled, Choice, Completed, Failed, HandedOver, Happened, Said, Started
from flows.model import END, HANDOFF, Action, Book, Call, Collect, Link, SetSlots, Slot, Step
from flows.state import FlowState, Frame
from flows.values import Value, coerce

MAX_STEPS = 1000
MAX_FLOWS = 10

Slots: TypeAlias = Mapping[str, Value]
Act: TypeAlias = Callable[[str, Slots], Slots]
"""An action's name and the slots in, the slots to set out. Pure."""
Options: TypeAlias = Callable[[str, Slots], tuple[Choice, ...]]
"""The choices of a slot that only the application knows, where the domain has `action_ask_<slot>`. Pure."""


class Run:
    """One sprint while it runs. A frame keeps the slots from before its flow; they are back when the flow has ended."""

    def __init__(self, book: Book, state: FlowState, act: Act, options: Options) -> None:
        self._book = book
        self._act = act
        self._options = options
        self._initial = book.domain.initial
        self.stack = list(state.stack)
        self.slots = dict(state.slots)
        self.asking = state.asking
        self.tries = state.tries
        self.happened: list[Happened] = []

    def state(self) -> FlowState:
        """Where it stands, frozen."""
        return FlowState(tuple(self.stack), dict(self.slots), self.asking, self.tries)

    # ------------------------------------------------------------------- looking

    @property
    def newest(self) -> str:
        """The flow that was started last; those it has called are part of it."""
        return self.stack[self._root()].flow if self.stack else ""

    def slot(self, name: str) -> Slot:
        """The slot; one that the domain does not know takes anything offered (the check has told of it)."""
        return self._book.domain.slots.get(name) or Slot(name, "any", self._book.flows[self.stack[-1].flow].place)

    def question(self) -> Collect | None:
        """The question that stands open, if it still exists."""
        step = self._step() if self.asking is not None else None
        return step if isinstance(step, Collect) and step.slot == self.asking else None

    def rejects(self, step: Collect, value: Value) -> bool:
        """Whether the step refuses this value; if so it says why."""
        slots = {**self._view(), step.slot: value}
        for rejection in step.rejections:
            if rejection.when.holds(slots):
                self.happened.append(Said(rejection.utter, slots))
                return True
        return False

    def _step(self) -> Step | None:
        """The step the newest flow stands at; None if it is not there any more, because the content has changed."""
        if not self.stack:
            return None
        flow = self._book.flows.get(self.stack[-1].flow)
        return flow.steps.get(self.stack[-1].step) if flow else None

    def _view(self) -> dict[str, Value]:
        """What everybody outside sees of the slots."""
        return {**self._initial, **self.slots}

    def _set(self, slots: Slots) -> None:
        """Fill and empty slots; an empty one is kept only where it hides an initial value."""
        changed = {**self.slots, **slots}
        self.slots = {name: value for name, value in changed.items() if value is not None or name in self._initial}

    # ------------------------------------------------------------------- running

    def enter(self, flow_id: str, slots: Slots) -> None:
        """Put a flow on top, with these slots filled."""
        self.stack.append(Frame(flow_id, self._first(flow_id), dict(self.slots)))
        self._set(slots)
        self.asking, self.tries = None, 0
        self.happened.append(Started(flow_id))

    def answered(self, step: Collect, value: Value) -> None:
        """The open question has its answer."""
        self.slots[step.slot] = value
        self.asking, self.tries = None, 0
        self._go_on(step)

    def go_back(self, step: str, slots: Slots) -> None:
        """Stand at an earlier step of the newest flow, with these slots filled."""
        root = self._root()
        self.stack[root:] = [replace(self.stack[root], step=step)]
        self._set(slots)
        self.asking, self.tries = None, 0

    def ask(self, step: Collect, *, again: bool) -> None:
        """Ask, and stand there."""
        self.asking = step.slot
        slots = self._view()
        self.happened.append(Asked(step.slot, step.utter, self._choices(step, slots), again=again, slots=slots))

    def until_question(self) -> None:
        """Go on until something is asked or all flows have ended. A run that does not end does nothing but fail."""
        for _ in range(MAX_STEPS):
            if not self.stack:
                return
            step = self._step()
            if step is None:
                self.fail()
                return
            if len(self.stack) > MAX_FLOWS:
                break
            if isinstance(step, Collect) and not self._filled(step):
                self.ask(step, again=self.asking == step.slot)
                return
            self._do(step)
        self.happened.clear()
        self.fail()

    def _filled(self, step: Collect) -> bool:
        """Whether this need not be asked; a value that does not fit is forgotten."""
        if step.ask_before_filling:
            return False
        value = coerce(self.slot(step.slot), self._view().get(step.slot))
        if value is None or self.rejects(step, value):
            self._set({step.slot: None})
            return False
        self._set({step.slot: value})
        return True

    def _do(self, step: Step) -> None:
        match step:
            case Action(action=name) if name.startswith("utter_"):
                self.happened.append(Said(name, self._view()))
            case Action(action=name):
                self._set(self._act(name, MappingProxyType(self._view())))
                self.happened.append(Acted(name, self._view()))
            case SetSlots(slots=slots):
                self._set(slots)
            case Link(flow=target):
                self._link(target)
                return
            case Call(flow=target):
                self.stack.append(Frame(target, self._first(target)))
                return
        self._go_on(step)

    def _go_on(self, step: Step) -> None:
        """Take the first way on whose condition holds. Where a called flow ends, its caller goes on."""
        self.asking = None
        view = self._view()
        target = next((way.to for way in step.next if way.when is None or way.when.holds(view)), END)
        if target != END:
            self.stack[-1] = replace(self.stack[-1], step=target)
            return
        self._persist()
        ended = self.stack.pop()
        caller = self._step()
        if isinstance(caller, Call):
            self._go_on(caller)
        else:
            self.slots = dict(ended.before)
            self.happened.append(Completed(ended.flow))
            self._reopen()

    def _link(self, target: str) -> None:
        """End this flow and begin another, which takes along all that is known."""
        if target == HANDOFF:
            self._hand_over()
            return
        self._persist()
        left = self.stack[-1]
        self.stack[-1] = replace(left, flow=target, step=self._first(target))
        self.happened += (Completed(left.flow), Started(target))

    def _hand_over(self) -> None:
        """End the newest flow; a person gets what it knows."""
        self._persist()
        root = self._root()
        left, self.stack = self.stack[root], self.stack[:root]
        self.happened += (HandedOver(left.flow, self._view()), Completed(left.flow))
        self.slots = dict(left.before)
        self._reopen()

    def _first(self, flow_id: str) -> str:
        flow = self._book.flows.get(flow_id)
        return flow.first if flow else ""

    def _reopen(self) -> None:
        """The flow that waited below stands at its question again."""
        step = self._step()
        self.asking, self.tries = step.slot if isinstance(step, Collect) else None, 0

    # ------------------------------------------------------------------- forgetting

    def _persist(self) -> None:
        """Let what outlives the newest flow outlive all of them; but one that waits keeps its own answer meanwhile."""
        flow = self._book.flows.get(self.stack[-1].flow)
        if flow is None:
            return
        kept = {s.slot for s in flow.steps.values() if isinstance(s, Collect) and not s.reset_after_flow_ends}
        lasting = {name: value for name, value in self.slots.items() if name in flow.persisted_slots | kept}
        for index, frame in enumerate(self.stack):
            before = {**lasting, **frame.before} if index else {**frame.before, **lasting}
            self.stack[index] = replace(frame, before=before)

    def _root(self) -> int:
        """Where on the stack the newest flow began, before it called others."""
        root = len(self.stack) - 1
        while root > 0 and self._stands_at_call(self.stack[root - 1]):
            root -= 1
        return root

    def _stands_at_call(self, frame: Frame) -> bool:
        flow = self._book.flows.get(frame.flow)
        return flow is not None and isinstance(flow.steps.get(frame.step), Call)

    def cancel(self) -> None:
        """Leave the newest flow as if it had never begun."""
        if not self.stack:
            return
        root = self._root()
        left, self.stack = self.stack[root], self.stack[:root]
        self.slots = dict(left.before)
        self.happened.append(Cancelled(left.flow))
        self._reopen()

    def fail(self, slot: str | None = None) -> None:
        """Leave everything: a person takes over, so nothing may be asked from below."""
        if not self.stack:
            return
        self.happened.append(Failed(self.stack[self._root()].flow, slot, self._view()))
        self.slots = dict(self.stack[0].before)
        self.stack, self.asking, self.tries = [], None, 0

    # ------------------------------------------------------------------- choices

    def _choices(self, step: Collect, slots: Slots) -> tuple[Choice, ...]:
        """The application's choices, then the buttons of the question."""
        dynamic: tuple[Choice, ...] = ()
        if f"action_ask_{step.slot}" in self._book.domain.actions:
            dynamic = tuple(self._options(step.slot, MappingProxyType(dict(slots))))
        return dynamic + tuple(self._buttons(step))

    def _buttons(self, step: Collect) -> list[Choice]:
        response = self._book.domain.responses.get(step.utter)
        slot = self.slot(step.slot)
        choices: list[Choice] = []
        for number, variant in enumerate(response.variants if response else ()):
            if variant.channel is not None:
                continue
            for index, button in enumerate(variant.buttons):
                title = f"{step.utter}/{number}/b{index}"
                if button.intent is not None:
                    named = title if button.title else self._book.title(button.intent)
                    choices.append(Choice(None, named, intent=button.intent))
                elif step.slot in button.slots:
                    choices.append(Choice(coerce(slot, button.slots[step.slot]), title))
        return choices
