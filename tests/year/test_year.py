"""A simulated school year: nobody is forgotten, no promise is empty, every silence is heard, no answer is lost."""

from __future__ import annotations

import re
import time

import pytest

from db.engine import Database
from tests.year.driver import Year, begin, summary
from tests.year.faults import FAULTS
from tests.year.laws import Broken

AT_LEAST = 10
LATE = (
    "a last hour is forgotten",
    "a change of mentors is forgotten",
    "holidays are ignored",
    "an absence is ignored in a promise",
    "a promise is not reckoned anew",
)
"""Found only after half a minute or more: `make long` looks for them."""
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def _run(database: Database, *, seed: int, mentors: int, messages: int, absences: int = 2) -> Year:
    year, began = await begin(database, seed=seed, mentors=mentors), time.process_time()
    try:
        await year.run(messages, absences=absences)
    finally:
        print(summary(year), f"{time.process_time() - began:.0f} s of CPU")  # noqa: T201 - the figures are what it is for
    return year


@SQLITE
@pytest.mark.asyncio
@pytest.mark.timeout(1800)
async def test_a_part_of_the_year(database: Database) -> None:
    """A tenth: 500 messages at a small school, over the whole calendar of a year."""
    year = await _run(database, seed=1, mentors=4, messages=500)
    assert year.figures.messages == 500
    assert all(year.judge.seen[f"step {step}"] for step in range(1, 6))


@SQLITE
@pytest.mark.long
@pytest.mark.asyncio
@pytest.mark.timeout(7200)
async def test_the_whole_year(database: Database) -> None:
    """40 mentors, 5,000 messages."""
    year = await _run(database, seed=1, mentors=40, messages=5000)
    assert year.figures.messages == 5000


@SQLITE
@pytest.mark.asyncio
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long if name in LATE else ()) for name in FAULTS]
)
async def test_a_planted_fault_is_found(database: Database, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a year with much illness, so that it is found soon, by a law that it breaks."""
    FAULTS[name].plant(monkeypatch)
    with pytest.raises(Broken) as broken:
        await _run(database, seed=1, mentors=4, messages=500, absences=8)
    print(f"{name}: {broken.value}")  # noqa: T201 - the table

    assert re.search(FAULTS[name].breaks, str(broken.value))


def test_there_are_enough_faults() -> None:
    """A year that finds two faults proves little."""
    assert len(FAULTS) >= AT_LEAST
