"""Schools with their people: one to import into, and those of the pages with the part of the worker that keeps promises."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
import pytest_asyncio
from sqlalchemy import select

from bot.core.clock import TestClock
from bot.people.importing.bringing import Look, bring_in, look
from bot.people.importing.plan import Plan
from bot.staff.promises import Promises
from db.engine import Database
from db.tables import Guardian, Guardianship, Pupil, School
from tests.people.files import table
from tests.web.world import Pages, make_pages

T = TypeVar("T")


@dataclass
class Place:
    """One school, without anybody."""

    database: Database
    clock: TestClock
    school_id: int

    async def look(self, files: Mapping[str, bytes], **options: Any) -> Look:
        """What would change."""
        return await look(self.database, files, now=self.clock.now(), school_id=self.school_id, **options)

    async def bring(
        self, files: Mapping[str, bytes], *, left: int | None = None, part: bool = False, **more: Any
    ) -> Plan:
        """All of it."""
        seen = await self.look(files, part=part, **more)
        return await bring_in(
            self.database, seen, now=self.clock.now, told=lambda _done, _size: None, part=part, left=left
        )

    async def csv(self, *lines: str, left: int | None = None, part: bool = False) -> Plan:
        """Lines of a file with headings."""
        return await self.bring(table(*lines), left=left, part=part)

    async def rows(self, kind: type[T]) -> list[T]:
        """All rows of a table, by key."""
        async with self.database.read() as session:
            return list((await session.scalars(select(kind).order_by(kind.id))).all())  # type: ignore[attr-defined]

    async def rights(self) -> dict[tuple[str, str], str]:
        """Rights by (guardian's given name, pupil's given name)."""
        async with self.database.read() as session:
            rows = await session.execute(
                select(Guardian.given_name, Pupil.given_name, Guardianship.rights)
                .join(Guardianship, Guardianship.guardian_id == Guardian.id)
                .join(Pupil, Pupil.id == Guardianship.pupil_id)
            )
            return {(guardian, pupil): rights.value for guardian, pupil, rights in rows}


@pytest_asyncio.fixture
async def place(database: Database, clock: TestClock) -> AsyncIterator[Place]:
    """An empty school."""

    async def make(session: Any) -> int:
        school = School(name="Testcollege")
        session.add(school)
        await session.flush()
        return school.id

    yield Place(database, clock, await database.write(make))


@pytest_asyncio.fixture
async def pages(database: Database, clock: TestClock) -> Pages:
    """Two schools; all that happens here happens at the first."""
    return await make_pages(database, clock)


@pytest_asyncio.fixture
async def second(database_url: str) -> AsyncIterator[Database]:
    """Another process's view of the same database."""
    made = Database(database_url)
    yield made
    await made.close()


@pytest.fixture
def promises(pages: Pages) -> Promises:
    """As the worker has it."""
    line = pages.line
    return Promises(line.database, line.minds, line.scenes, line.clock)


def day(text: str) -> dt.date:
    """An ISO day."""
    return dt.date.fromisoformat(text)
