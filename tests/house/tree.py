"""The files of the project, for tests that scan it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = {"var", "node_modules", "__pycache__"}
"""Folders of a working copy that are not in the repository (those that begin with a dot aside)."""


def folders() -> set[str]:
    """The top-level folders that hold Python."""
    found = {path.parent.relative_to(ROOT).parts[0] for path in files(".py") if path.parent != ROOT}
    assert found, "no code was found"
    return found


def files(*suffixes: str, under: str = ".") -> Iterator[Path]:
    """Every file of ours with one of these suffixes."""
    for path in sorted((ROOT / under).rglob("*")):
        parts = path.relative_to(ROOT).parts
        if path.suffix in suffixes and not any(part in NOT_OURS or part.startswith(".") for part in parts):
            yield path
