"""A school with classes, and a website with its calendar."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncSession

from bot.calendar.fetching import Fetcher
from db.engine import Database
from db.tables import School, SchoolClass
from tests.servers.calendar import CalendarServer


@pytest.fixture
def website() -> Iterator[CalendarServer]:
    """Serves what `text` holds."""
    with CalendarServer() as server:
        yield server


@pytest.fixture
def fetcher() -> Fetcher:
    """One that may look on this machine, and nowhere else inside."""
    return Fetcher(lambda address: address.is_loopback)


@pytest_asyncio.fixture
async def school_id(database: Database) -> int:
    """Classes 2B and 4A."""

    async def work(session: AsyncSession) -> int:
        school = School(name="Voorbeeldcollege")
        session.add(school)
        await session.flush()
        session.add_all(SchoolClass(school_id=school.id, name=name) for name in ("2B", "4A"))
        return school.id

    return await database.write(work)
