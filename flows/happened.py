"""What can happen in a sprint. The engine only says it; the application does it.

`slots` of an event are the slots as they were at that moment (flows that end forget theirs). They are not part of what
makes two events equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from flows.values import Value


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice under a question. `title` is a sentence id (`utter_ask_x/0/b1`) or, if `plain`, a text (a child's name).

    With `intent` it does not fill the slot: it leaves the question for that intent (a `/intent` button).
    """

    value: Value
    title: str
    plain: bool = False
    intent: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """Say a response; its placeholders are filled from `slots` and the school's facts."""

    response: str
    slots: Mapping[str, Value] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """Ask for a slot and wait; `again` if the same question stood open before."""

    slot: str
    response: str
    choices: tuple[Choice, ...] = ()
    again: bool = False
    slots: Mapping[str, Value] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Acted:
    """Have an action done; `slots` are those it was given, with those it set laid over them."""

    action: str
    slots: Mapping[str, Value] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Started:
    """A flow began, by an intent or a link (a called flow is part of its caller)."""

    flow: str


@dataclass(frozen=True, slots=True)
class Completed:
    """A flow came to its end."""

    flow: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A flow was left unfinished because the parent wanted so."""

    flow: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A flow cannot go on: hand over to a person, with what `slots` hold. `slot` was asked three times in vain."""

    flow: str
    slot: str | None = None
    slots: Mapping[str, Value] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A flow came to its end by bringing the parent to a person (`link: pattern_human_handoff`)."""

    flow: str
    slots: Mapping[str, Value] = field(default_factory=dict, compare=False)


Happened: TypeAlias = Said | Asked | Acted | Started | Completed | Cancelled | Failed | HandedOver
