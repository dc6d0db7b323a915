"""The port of machine translation: an engine takes a masked text in one language and gives it back in another, or says why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.errors import BotError


class Why(StrEnum):
    """Why there is no translation."""

    NOBODY = "nobody"
    """No translator is configured."""
    OFF = "off"
    """The school does not want it."""
    PRIVATE = "private"
    """Special content does not leave this house."""
    LANGUAGE = "language"
    """The translator does not know one of the two languages well enough."""
    LONG = "long"
    UNSAFE = "unsafe"
    """Something that may not leave could not be masked."""
    GARBLED = "garbled"
    """A masked word was lost, doubled or altered on the way."""
    BUSY = "busy"
    QUOTA = "quota"
    AWAY = "away"
    """It does not answer, not in time, or not in its own format."""
    REFUSED = "refused"
    """It does not take our key, or our request."""

    @property
    def passing(self) -> bool:
        """Whether a later attempt may work."""
        return self in {Why.BUSY, Why.QUOTA, Why.AWAY, Why.REFUSED}


class NoTranslation(BotError):
    """There is none; `why` says so. Holds no text."""

    def __init__(self, why: Why, detail: str = "") -> None:
        """`detail` is for the operator: a status, a kind of error."""
        super().__init__(detail or why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class Task:
    """One text for an engine. Names and numbers are slots in it (`QX1`); `words` are school words, source to target."""

    text: str
    source: str
    target: str
    words: Mapping[str, str]


class Engine(Protocol):
    """A machine translator. Adapters stand beside this file; `nothing.py` is the honest null one."""

    name: str
    home: bool
    """It runs on a machine of the school's own: nothing leaves the house."""

    async def pairs(self, source: str, target: str) -> bool:
        """Whether it translates between these two of our languages; raises NoTranslation where nobody can tell."""

    async def translate(self, task: Task) -> str:
        """The text in the other language, its slots in place. Raises NoTranslation."""

    async def close(self) -> None:
        """Let go of connections."""
