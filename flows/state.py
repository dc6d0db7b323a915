"""Where a conversation stands: frozen, and kept as JSON between turns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flows.values import Value

__all__ = ["FlowState", "Frame", "Value"]


@dataclass(frozen=True, slots=True)
class Frame:
    """A flow in progress, the step it stands at, and the slots as they were before it began."""

    flow: str
    step: str
    before: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FlowState:
    """The flows in progress, the newest last, and what they know. Empty: none is active."""

    stack: tuple[Frame, ...] = ()
    slots: Mapping[str, Value] = field(default_factory=dict)
    asking: str | None = None
    tries: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; what is empty is left out."""
        whole = {
            "stack": [[frame.flow, frame.step, dict(frame.before)] for frame in self.stack],
            "slots": dict(self.slots),
            "asking": self.asking,
            "tries": self.tries,
        }
        return {key: value for key, value in whole.items() if value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> FlowState:
        """Read it back. Raises ValueError for anything `to_json` does not write."""
        stack, slots = data.get("stack", []), data.get("slots", {})
        asking, tries = data.get("asking"), data.get("tries", 0)
        right = (
            isinstance(stack, list)
            and all(_is_frame(frame) for frame in stack)
            and _are_slots(slots)
            and (asking is None or isinstance(asking, str))
            and type(tries) is int
            and tries >= 0
            and data.keys() <= {"stack", "slots", "asking", "tries"}
        )
        if not right:
            message = "this is not the state of a conversation"
            raise ValueError(message)
        return cls(tuple(Frame(*frame) for frame in stack), dict(slots), asking, tries)


def _is_frame(frame: object) -> bool:
    return (
        isinstance(frame, list)
        and len(frame) == len(Frame.__slots__)
        and isinstance(frame[0], str)
        and isinstance(frame[1], str)
        and _are_slots(frame[2])
    )


def _are_slots(slots: object) -> bool:
    return isinstance(slots, Mapping) and all(isinstance(name, str) and _is_value(slots[name]) for name in slots)


def _is_value(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, str | bool | int)
