"""The line with its mail: what a test does with it again and again."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from typing import TypeVar

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import TestClock
from bot.staff import settings as verbs
from db.base import Base
from db.queries.staff import Me
from db.tables import SchoolFact, StaffAbsence, StaffMedium, StaffNotice
from db.types import Medium, OutboxState
from tests.line.house import House
from tests.line.phones import Phone, phone
from tests.line.school import FATMA, NAME
from tests.servers.mail import FakeSmtp

T = TypeVar("T", bound=Base)
MENTOR = "mentor@waterland.example"
OFFICE = "office@waterland.example"
LEADER = "leader@waterland.example"


@dataclass
class PostHouse:
    """A line, its school, and the mail server that its colleagues read."""

    line: House
    smtp: FakeSmtp

    @property
    def clock(self) -> TestClock:
        """The line's own."""
        return self.line.clock

    async def rows(self, table: type[T]) -> list[T]:
        """All rows of a table, by key."""
        return await self.line.rows(table)

    async def fact(self, name: str, value: str) -> None:
        """Set one of the school's own choices, as its page does."""

        async def work(session: AsyncSession) -> None:
            await session.execute(delete(SchoolFact).where(SchoolFact.name == name))
            session.add(SchoolFact(school_id=self.line.place.school_id, name=name, value=value))

        await self.change(work)

    async def change(self, work: object) -> None:
        """Change the school: every process reads it anew."""
        place = self.line.place
        me = Me(place.staff["office"], place.school_id, "", True, (), NAME, "Europe/Amsterdam", "")
        await verbs.change(self.line.line.database, me, "a test", work, at=self.clock.now())  # type: ignore[arg-type]

    async def choose(self, who: str, medium: Medium = Medium.MAIL, *, opens: str = "", closes: str = "") -> None:
        """A colleague chooses how to be told."""
        place = self.line.place
        row = StaffMedium(
            school_id=place.school_id, staff_id=place.staff[who], medium=medium, opens=opens, closes=closes
        )

        async def work(session: AsyncSession) -> None:
            session.add(row)

        await self.change(work)

    async def away(self, who: str, substitute: str | None = None, *, days: int = 0) -> None:
        """A colleague is away from today on."""
        place, today = self.line.place, self.clock.now().date()

        async def work(session: AsyncSession) -> None:
            session.add(
                StaffAbsence(
                    school_id=place.school_id,
                    staff_id=place.staff[who],
                    substitute_id=place.staff[substitute] if substitute else None,
                    first_day=today,
                    last_day=today.fromordinal(today.toordinal() + days),
                )
            )

        await self.change(work)

    async def fatma(self, route: str = "whatsapp") -> Phone:
        """Elif's mother."""
        async with phone(self.line, route) as hers:
            assert hers.number in FATMA.values()
            return hers

    async def told(self, minutes: float = 2) -> None:
        """What there is to tell is told."""
        self.clock.move(minutes=minutes)
        await self.line.settle()

    def mails(self, address: str = MENTOR) -> list[EmailMessage]:
        """What a colleague got, in order."""
        return self.smtp.mails_to(address)

    async def states(self) -> list[str]:
        """What became of every notice."""
        return [notice.state for notice in await self.rows(StaffNotice)]


def text_of(mail: EmailMessage) -> str:
    """What stands in it."""
    return str(mail.get_content())


SENT = OutboxState.SENT
