"""Flows and domain as they were read: frozen, with the place of everything in its file, and without any behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from flows.condition import Condition
from flows.values import Value

END = "END"
"""The `next:` that ends a flow."""
HANDOFF = "pattern_human_handoff"
"""The one pattern of Rasa's that a flow can link to: a person takes over."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands, as an editor jumps to it."""

    file: str
    line: int


# --------------------------------------------------------------------------- flows


@dataclass(frozen=True, slots=True)
class Branch:
    """One way on: to step `to` (or END) if `when` holds; without `when`, always."""

    to: str
    when: Condition | None = None


Next: TypeAlias = tuple[Branch, ...]
"""The ways on, the first that holds is taken; the last has no condition."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A value for which this holds is not taken; `utter` says why, then the question is asked again."""

    when: Condition
    utter: str
    place: Place


@dataclass(frozen=True, slots=True)
class Collect:
    """Ask for a slot, with the response `utter`, and wait."""

    id: str
    place: Place
    next: Next
    slot: str
    utter: str
    rejections: tuple[Rejection, ...] = ()
    ask_before_filling: bool = False
    reset_after_flow_ends: bool = True


@dataclass(frozen=True, slots=True)
class Action:
    """Say a response (`utter_..`) or have an action of the application done."""

    id: str
    place: Place
    next: Next
    action: str


@dataclass(frozen=True, slots=True)
class SetSlots:
    """Set slots; None empties one."""

    id: str
    place: Place
    next: Next
    slots: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Link:
    """End this flow and start another."""

    id: str
    place: Place
    flow: str
    next: Next = ()


@dataclass(frozen=True, slots=True)
class Call:
    """Run another flow, then go on here; what it collected is kept until this flow ends."""

    id: str
    place: Place
    next: Next
    flow: str


@dataclass(frozen=True, slots=True)
class Noop:
    """Nothing but the branches after it."""

    id: str
    place: Place
    next: Next


Step: TypeAlias = Collect | Action | SetSlots | Link | Call | Noop


@dataclass(frozen=True, slots=True)
class Flow:
    """A scripted conversation. `steps` are flat, in the order they are written; the first is where it starts.

    `guard`: an intent starts it only where this holds; a link or a call always does.
    """

    id: str
    name: str
    description: str
    triggers: tuple[str, ...]
    steps: Mapping[str, Step]
    place: Place
    guard: Condition | None = None
    persisted_slots: frozenset[str] = frozenset()

    @property
    def first(self) -> str:
        """The id of the step it starts with."""
        return next(iter(self.steps))


# --------------------------------------------------------------------------- domain


@dataclass(frozen=True, slots=True)
class SlotMapping:
    """A way to fill: `from_text`, `from_entity`, `from_intent`, or `controlled` and `custom` (not by an answer)."""

    type: str
    entity: str | None = None
    intents: frozenset[str] = frozenset()
    not_intents: frozenset[str] = frozenset()
    value: Value = None


@dataclass(frozen=True, slots=True)
class Slot:
    """Something a conversation remembers. `type`: text, bool, categorical (one of `values`), float or any."""

    name: str
    type: str
    place: Place
    values: tuple[str, ...] = ()
    mappings: tuple[SlotMapping, ...] = ()
    initial: Value = None


@dataclass(frozen=True, slots=True)
class Button:
    """A choice under a response: `/SetSlots(slot=value)` or `/intent`, read into `slots` or `intent`.

    An empty `title` is what menus call the intent: `Book.title`.
    """

    title: str
    payload: str
    place: Place
    slots: Mapping[str, str] = field(default_factory=dict)
    intent: str | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    """A wording. `channel` is None for the usual one; `translations` are Rasa's, read on import."""

    text: str
    place: Place
    buttons: tuple[Button, ...] = ()
    channel: str | None = None
    translations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Response:
    """What the bot says. A sentence is known as `name/variant`, a button's title as `name/variant/b0`."""

    name: str
    variants: tuple[Variant, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Domain:
    """What flows may speak of. `actions` maps each name to where it is declared."""

    slots: Mapping[str, Slot] = field(default_factory=dict)
    responses: Mapping[str, Response] = field(default_factory=dict)
    actions: Mapping[str, Place] = field(default_factory=dict)

    @property
    def initial(self) -> dict[str, Value]:
        """What slots hold before anybody filled them."""
        return {slot.name: slot.initial for slot in self.slots.values() if slot.initial is not None}


@dataclass(frozen=True, slots=True)
class Book:
    """All conversations: one reading of a folder."""

    flows: Mapping[str, Flow] = field(default_factory=dict)
    domain: Domain = field(default_factory=Domain)

    def started_by(self, intent: str) -> Flow | None:
        """The flow that an intent starts, if one does."""
        return next((flow for flow in self.flows.values() if intent in flow.triggers), None)

    def title(self, intent: str) -> str:
        """The sentence that menus call an intent by: its flow's name, else `utter_title_<intent>`; empty where there is none."""
        if flow := self.started_by(intent):
            return f"flow/{flow.id}/name"
        return f"utter_title_{intent}/0" if f"utter_title_{intent}" in self.domain.responses else ""
