"""Bells reach other processes within a second, and come back when their connection is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from db.bell import Listener
from db.engine import Database, ring
from db.tables import School

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(60)]


@pytest_asyncio.fixture
async def other(database_url: str) -> AsyncIterator[Database]:
    """Another process on the same database."""
    made = Database(database_url)
    await made.open()
    await asyncio.sleep(0.3)
    yield made
    await made.close()


async def change(session: AsyncSession) -> None:
    session.add(School(name="rings"))
    ring(session, "outbox")


async def silent(listener: Listener) -> None:
    """Wait out what rang at the start."""
    while await listener.wait(0.5):
        pass


async def heard_within(listener: Listener, database: Database, seconds: float) -> bool:
    task = asyncio.create_task(listener.wait(seconds))
    await asyncio.sleep(0)
    await database.write(change)
    return await task


async def test_another_process_hears_within_a_second(database: Database, other: Database) -> None:
    """NOTIFY on PostgreSQL, the file's own counter on SQLite."""
    listener = other.bell.listen("outbox")
    await silent(listener)
    assert await heard_within(listener, database, 1.0)


async def test_who_listens_for_something_else_sleeps_on(database: Database, other: Database) -> None:
    """On PostgreSQL a bell carries its name; SQLite's counter wakes everybody."""
    listener = other.bell.listen("timer")
    await silent(listener)
    assert await heard_within(listener, database, 1.0) is database.is_sqlite


async def test_a_ring_between_two_waits_is_not_lost(database: Database) -> None:
    """A worker that is busy when the bell rings looks again at once afterwards."""
    listener = database.bell.listen("outbox")
    await database.write(change)
    assert await listener.wait(0.01)


async def test_a_forgotten_listener_is_let_go(database: Database) -> None:
    """Or every visit of a page would leave one behind."""
    listener = database.bell.listen()
    database.bell.forget(listener)
    await database.write(change)
    assert not await listener.wait(0.01)


async def test_a_killed_connection_is_taken_up_again(database: Database, other: Database) -> None:
    """The server ends every bell's backend: both sides ring once (something may have been missed), and hear again."""
    if database.is_sqlite:
        pytest.skip("SQLite's bell has no server")
    listener = other.bell.listen("outbox")
    await silent(listener)

    async def kill(session: AsyncSession) -> None:
        await session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND (query LIKE 'LISTEN%' OR query LIKE 'SELECT pg_notify%')"
            )
        )

    await database.write(kill)
    woken = await listener.wait(5)
    await asyncio.sleep(1.5)
    await silent(listener)
    assert (woken, await heard_within(listener, database, 1.0)) == (True, True)
