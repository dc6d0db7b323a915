"""What a conversation remembers of what is over: an absence to come back to, a flow that was just done, one put aside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from flows.state import FlowState
from flows.values import Value


@dataclass(frozen=True, slots=True)
class Absence:
    """A child reported sick: its last day, for "still sick" and "better again". Never what ails it."""

    child: str
    """The id that the slot `child` held, or, of a parent whom nobody knows yet, the name she wrote."""
    known: bool
    day: dt.date

    def to_json(self) -> list[Any]:
        """As it is kept."""
        return [self.child, self.known, self.day.isoformat()]

    @classmethod
    def from_json(cls, data: list[Any]) -> Self:
        """The way back."""
        return cls(data[0], data[1], dt.date.fromisoformat(data[2]))


@dataclass(frozen=True, slots=True)
class Finished:
    """The flow that has just passed something on, and what it was told: "nee, morgen" may still come."""

    flow: str
    slots: Mapping[str, Value]
    at: dt.datetime

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {"flow": self.flow, "slots": dict(self.slots), "at": self.at.isoformat()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The way back."""
        return cls(data["flow"], data["slots"], dt.datetime.fromisoformat(data["at"]))


@dataclass(frozen=True, slots=True)
class Aside:
    """A flow that had waited too long when she wrote something else. `offered`: she was asked whether to go on with it."""

    flow: FlowState
    at: dt.datetime
    offered: bool = False

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {"flow": self.flow.to_json(), "at": self.at.isoformat(), "offered": self.offered}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The way back."""
        return cls(FlowState.from_json(data["flow"]), dt.datetime.fromisoformat(data["at"]), data["offered"])
