"""The line with its mail: what a test does with it again and again."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import make_msgid
from typing import TypeVar
from urllib.parse import urlsplit

import pytest
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import TestClock
from bot.staff import settings as verbs
from db.base import Base
from db.queries.staff import Me
from db.tables import Case, SchoolFact, StaffAbsence, StaffMailCount, StaffMedium, StaffNotice
from db.types import Medium
from tests.line.house import House
from tests.line.phones import Phone, phone
from tests.line.school import FATMA, NAME
from tests.servers.mail import LINE, FakeSmtp

T = TypeVar("T", bound=Base)
MENTOR = "mentor@waterland.example"
OFFICE = "office@waterland.example"
LEADER = "leader@waterland.example"
WISH = "Elif'in ödevleri hakkında konuşmak istiyorum"

BOTH = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


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

    async def counts(self) -> dict[str, int]:
        """What became of what came in."""
        return {row.reason: row.count for row in await self.rows(StaffMailCount)}

    async def states(self) -> list[str]:
        """What became of every notice."""
        return [notice.state for notice in await self.rows(StaffNotice)]


def text_of(mail: EmailMessage) -> str:
    """What stands in it."""
    return str(mail.get_content())


def answer_to(mail: EmailMessage, text: str, *, sender: str = MENTOR, quote: bool = True) -> EmailMessage:
    """What her mail program makes of an answer: the text above, the headers that join the two, the mail below."""
    answer = EmailMessage()
    answer["From"] = f"Marieke de Wit <{sender}>"
    answer["To"] = str(mail["Reply-To"] or mail["From"])
    answer["Subject"] = f"Re: {mail['Subject']}"
    answer["Message-ID"] = make_msgid(domain="waterland.example")
    answer["In-Reply-To"] = str(mail["Message-ID"])
    answer["References"] = f"{mail['References'] or ''} {mail['Message-ID']}".strip()
    answer["Date"] = "Mon, 23 Nov 2026 10:20:00 +0100"
    below = "\n".join(f"> {line}" for line in text_of(mail).splitlines())
    head = "Op ma 23 nov 2026 om 10:02 schreef Waterlandcollege <lijn@waterland.example>:"
    answer.set_content(f"{text}\n\n{head}\n\n{below}\n" if quote else f"{text}\n")
    return answer


def post(house: PostHouse, mail: EmailMessage | bytes, *, to: str = "", sender: str = MENTOR) -> None:
    """Send it, as her own mail server would: over SMTP, to whom it is addressed."""
    raw = mail if isinstance(mail, bytes) else mail.as_bytes(policy=SMTP_POLICY)
    where = urlsplit(house.smtp.url)
    receiver = to or LINE
    if not to and isinstance(mail, EmailMessage):
        receiver = mail["To"].addresses[0].addr_spec
    with smtplib.SMTP(where.hostname or "", where.port or 0) as server:
        server.sendmail(sender, [receiver], raw)


async def writes(fatma: Phone, text: str = WISH) -> Case:
    """She writes to the mentor, and it is in the mentor's hands."""
    await fatma.says("Merhaba, veli toplantısı ne zaman?")
    await fatma.says("Kızımın mentoru kim?")
    await fatma.chooses(1)
    await fatma.says(text)
    await fatma.chooses(1)
    return (await fatma.house.rows(Case))[-1]


async def answered(house: PostHouse, fatma: Phone) -> Case:
    """The mentor was told, and has answered once: what she writes next belongs to the case."""
    case = await writes(fatma)
    await house.told()
    await house.line.answers(case, "Dat is goed.", language="tr", channel=fatma.channel)
    await house.line.settle()
    house.smtp.taken.clear()
    return case
