"""Nobody at school meets a fact they have no right to, on any page, in any answer to any question."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator

import pytest

from bot.core.clock import TestClock
from db.engine import Database
from tests.leaks.plants import PLANTS
from tests.leaks.walk import Leak, Walk
from tests.leaks.world import LeakWorld, make_leak_world

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(280)]
SEED = 5
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LONG = 6
"""Schools of the long run."""


FIRST = {
    "another_school": "team leader",
    "trusted_by_all": "team leader",
    "guardians_of_all": "team leader",
    "leaver": "leaver",
    "guardian_of_anybody": "teacher without a class",
    "line_in_the_list": "safety",
    "quote": "safety",
    "title": "safety",
    "why": "administrator",
}
"""Who is most likely to meet a planted leak is let in first: a matter of time only."""


async def leaks(
    world: LeakWorld, seed: int, *, both: bool, first_in: str = ""
) -> AsyncIterator[tuple[Leak | None, int]]:
    """Every kind of reader; with `both`, of each school. After each reader, how much was looked at."""
    first, second = world.schools
    pairs = sorted(enumerate(zip(first.staff, second.staff, strict=True)), key=lambda pair: pair[1][0].kind != first_in)
    for number, (one, other) in pairs:
        for school, person in ((first, one), (second, other)):
            if both or (number % 2 == 0) == (school is first):
                walk = Walk(world, school, person, random.Random(seed))
                async for leak in walk.leaks():
                    yield leak, 0
                yield None, walk.looked


async def test_nobody_meets_what_is_not_theirs(database: Database, clock: TestClock) -> None:
    """Two schools by chance, each kind of reader: 0."""
    world = await make_leak_world(database, clock, SEED, pupils=5, cases=8)
    found = [pair async for pair in leaks(world, SEED, both=False)]
    looked = sum(many for _, many in found)
    print(f"leaks, staff's side: seed {SEED}, {looked} pages and answers, {len(world.marks.words)} facts")  # noqa: T201 - what the run is for
    assert looked > 1000
    assert [str(leak) for leak, _ in found if leak] == []


@pytest.mark.long
@pytest.mark.timeout(3000)
@SQLITE
@pytest.mark.parametrize("seed", range(1, LONG + 1))
async def test_nobody_meets_what_is_not_theirs_long(database: Database, clock: TestClock, seed: int) -> None:
    """Larger schools, everybody in both."""
    world = await make_leak_world(database, clock, seed, pupils=15, cases=40)
    found = [pair async for pair in leaks(world, seed, both=True)]
    looked = sum(many for _, many in found)
    print(f"leaks, staff's side: seed {seed}, {looked} pages and answers, {len(world.marks.words)} facts")  # noqa: T201 - what the run is for
    assert [str(leak) for leak, _ in found if leak] == []


@SQLITE
@pytest.mark.parametrize("name", PLANTS)
async def test_a_planted_leak_is_found(
    database: Database, clock: TestClock, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What would not be found if it were there is not looked for."""
    world = await make_leak_world(database, clock, SEED, pupils=5, cases=12)
    PLANTS[name](monkeypatch)
    found = ""
    async for leak, _ in leaks(world, SEED, both=True, first_in=FIRST.get(name, "")):
        if leak:
            found = str(leak)
            break
    print(f"planted {name}: {found}")  # noqa: T201 - what the run is for
    assert found
