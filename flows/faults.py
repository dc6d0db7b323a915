"""What can be wrong with a conversation's files, said so that it can be mended.

BadFlow         a file cannot be read as flows or domain; holds the fault
BadCondition    an `if:` cannot be read; becomes a BadFlow where its place is known
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error stops the content from being published, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One mistake: where, what, and the likely fix."""

    file: str
    line: int
    what: str
    fix: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        """As a compiler says it, so that editors can jump there."""
        return f"{self.file}:{self.line}: {self.severity}: {self.what}. {self.fix}"


class BadFlow(ValueError):
    """The files cannot be read. `fault` says where, why and the likely fix."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class BadCondition(ValueError):
    """An `if:` cannot be read. `fix` is the likely repair."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.fix = fix


def suggest(name: str, known: Iterable[str], otherwise: str) -> str:
    """The fix for a misspelled name: the closest known one, or `otherwise`."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"Did you mean {close[0]!r}?" if close else otherwise
