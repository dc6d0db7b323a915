"""Two schools by chance behind the real pages."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import TestClock
from db.engine import Database
from tests.leaks.cases import add_cases
from tests.leaks.marks import Marks, facts
from tests.leaks.people import ACase, AGuardian, ASchool
from tests.leaks.rights import directory
from tests.leaks.school import build_school
from tests.web.world import Pages, make_pages


@dataclass
class LeakWorld:
    """The pages, and what is behind them as plain lists."""

    pages: Pages
    marks: Marks
    schools: tuple[ASchool, ASchool]

    def other(self, school: ASchool) -> ASchool:
        """The other one."""
        return next(one for one in self.schools if one is not school)

    def guardian(self, guardian_id: int) -> AGuardian:
        """Of either school, by number."""
        return next(found for school in self.schools if (found := school.guardian(guardian_id)) is not None)

    def everything(self, school: ASchool) -> set[str]:
        """Words that somebody might seek."""
        return {fact for case in school.cases for fact in facts(case.words)} | directory(school)

    def unread(self, school: ASchool, read: Mapping[int, ACase], most: int) -> list[ACase]:
        """Some cases that are not theirs, of their own school and of the other."""
        own = [case for case in school.cases if case.case_id not in read]
        return [*own[:most], *self.other(school).cases[:1]]


async def make_leak_world(database: Database, clock: TestClock, seed: int, *, pupils: int, cases: int) -> LeakWorld:
    """The same for the same seed."""
    chance = random.Random(seed)
    marks = Marks(chance)
    pages = await make_pages(database, clock)
    namesake = (marks.word(), marks.word())
    schools = []
    for _ in range(2):

        async def work(session: AsyncSession) -> ASchool:
            builder = await build_school(session, chance, marks, clock.now(), namesake, pupils)
            await add_cases(builder, cases)
            return builder.school

        schools.append(await database.write(work))
    return LeakWorld(pages, marks, (schools[0], schools[1]))
