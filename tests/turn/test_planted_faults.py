"""Faults are planted one by one, and the same walk finds each of them: what it does not find, it does not prove."""

from __future__ import annotations

import contextlib
import re
from itertools import count

import pytest
from hypothesis import Phase

from tests.turn.walk_faults import FAULTS, Fault
from tests.turn.walk_run import Walk, Walking, walk_round
from tests.turn.walk_world import World, shipped

AT_LEAST = 10
ENOUGH = 20_000
"""Turns after which nobody looks any longer."""
ELSEWHERE = 1_000
"""The number at which the other walks begin, for the long run."""


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each fault breaks a law within the turns that the clean walk takes without one."""
    turns, what = _until_found(FAULTS[name], monkeypatch)
    print(f"{name}: found after {turns} turns: {what}")  # noqa: T201 - the figures are what the run is for

    assert re.search(FAULTS[name].breaks, what)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", FAULTS)
def test_on_another_walk_too(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """That it was found was no luck of one walk."""
    turns, what = _until_found(FAULTS[name], monkeypatch, first=ELSEWHERE)
    print(f"{name}: found after {turns} turns on another walk")  # noqa: T201

    assert re.search(FAULTS[name].breaks, what)


def test_there_are_enough_faults() -> None:
    """A walk over two faults proves little."""
    assert len(FAULTS) >= AT_LEAST


def _until_found(fault: Fault, patch: pytest.MonkeyPatch, *, first: int = 0) -> tuple[int, str]:
    """Walk until a law is broken: after how many turns, and which."""
    found: list[tuple[int, str]] = []
    numbers = count(first)

    with patch.context() as planted:
        walking = Walking(World(fault.content(shipped())))
        fault.code(planted)

        def walk(walk: Walk) -> None:
            try:
                walking.walk(walk)
            except Exception as broken:
                found.append((walking.turns, f"{type(broken).__name__}: {broken}".splitlines()[0]))
                raise

        while not found and walking.turns < ENOUGH:
            with contextlib.suppress(Exception):  # it is in the list, even where it cannot be raised a second time
                walk_round(next(numbers), walk, phases=[Phase.generate])
    return found[0] if found else (walking.turns, "")
