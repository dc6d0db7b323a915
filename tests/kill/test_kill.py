"""`kill -9` at random moments: none lost, none applied twice, order kept, none sent twice. With a rule taken out it fails."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.kill.drill import Counts, Drill
from tests.servers.postgres import Postgres

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(600)]
_names = itertools.count(1)


def drill(engine: str, request: pytest.FixtureRequest, folder: Path, **more: object) -> Counts:
    """Run it on one database engine and print the counts."""
    if engine == "sqlite":
        url = f"sqlite:///{folder / 'kill.db'}"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        url = server.create(f"kill{next(_names)}")
    counts = Drill(url, folder, split=engine == "postgres", **more).run()  # type: ignore[arg-type]
    print(f"\n{engine}: {counts}")  # noqa: T201 - the counts are what this test is for
    return counts


ENGINES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_lost_doubled_or_out_of_order(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Laws 1 and 2, with processes that die at any moment; on PostgreSQL one of two workers stands still, one never returns."""
    counts = drill(engine, request, tmp_path)
    still = engine == "postgres"
    assert (counts.posted, counts.kills >= 5, counts.stood_still, counts.clean) == (300, True, still, True), counts


@pytest.mark.parametrize(
    ("engine", "rule"),
    [
        ("sqlite", "order"),
        ("sqlite", "dedupe"),  # the lease: one process works on a SQLite file, and nobody takes over from it
        *(pytest.param("postgres", rule, marks=pytest.mark.postgres) for rule in ("order", "lease", "dedupe")),
    ],
)
def test_the_drill_notices_a_missing_rule(
    engine: str, rule: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """A test that cannot fail proves nothing: without the order rule, the lease or the dedupe the same drill is not clean."""
    counts = drill(engine, request, tmp_path, rule=rule, messages=120, addresses=24, kills=4)
    assert not counts.clean, counts


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", [11, 12, 13])
@pytest.mark.parametrize("engine", ENGINES)
def test_the_long_drill(engine: str, seed: int, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """The same with more of everything, from several seeds."""
    counts = drill(engine, request, tmp_path, messages=900, addresses=180, kills=20, seed=seed)
    assert counts.clean, counts
