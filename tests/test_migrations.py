"""Migrations: they end at the tables we have, on both databases, and lose nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from db.engine import scratch_engine
from db.migrate import differences, migrate
from tests.servers.postgres import Postgres

pytestmark = pytest.mark.asyncio


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'bare.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.create("bare")


async def test_the_migrations_make_the_tables(bare_url: str) -> None:
    """A new database is what the tables say, and a second migration changes nothing."""
    await migrate(bare_url)
    await migrate(bare_url)
    engine = scratch_engine(bare_url)
    async with engine.connect() as connection:
        left = await connection.run_sync(differences)
        count = await connection.scalar(text("SELECT count(*) FROM school"))
    await engine.dispose()
    assert (left, count) == ([], 0)
