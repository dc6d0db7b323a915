"""The pages of two schools."""

from __future__ import annotations

import pytest_asyncio

from bot.core.clock import TestClock
from db.engine import Database
from tests.web.world import Pages, make_pages


@pytest_asyncio.fixture
async def pages(database: Database, clock: TestClock) -> Pages:
    """Both schools, nobody logged in."""
    return await make_pages(database, clock)
