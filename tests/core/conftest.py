"""What several tests of the core share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from db.engine import Database


@pytest_asyncio.fixture
async def second(database_url: str) -> AsyncIterator[Database]:
    """Another process's view of the same database: its own connections, its own bell."""
    made = Database(database_url)
    yield made
    await made.close()
