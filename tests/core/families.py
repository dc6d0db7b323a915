"""Guardians by the hundred, with children, numbers and rights; and what a test says to all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.conversations import find_or_open
from bot.core.known import Scenes
from bot.core.mind import Minds
from bot.staff.broadcasts import Notice, cancel, draft, release
from bot.staff.expanding import Expansion
from db.engine import Database
from db.queries.broadcasts import Progress, progress
from db.queries.school import school_view
from db.queries.staff import Me
from db.tables import (
    Address,
    Binding,
    Conversation,
    Guardian,
    Guardianship,
    Outbox,
    ProviderAccount,
    Pupil,
    SchoolClass,
    SchoolFact,
    Staff,
)
from db.types import ChannelName, Rights
from tests.core.world import PlainMinds, World

NOTICE = Notice({"nl": "Morgen is de school dicht.", "tr": "Yarın okul kapalı."})
HOURS = 6
"""How long a broadcast may leave, unless a test says otherwise."""


@dataclass
class Families:
    """A school's people, and its two administrators."""

    world: World
    school: int
    one: Me
    two: Me
    classes: dict[str, int] = field(default_factory=dict)
    pupils: dict[str, int] = field(default_factory=dict)

    async def many(self, count: int) -> None:
        """So many guardians with a child each and a number for SMS that the school knows; nobody ever wrote."""
        await self.world.database.write(lambda s: self._many(s, count))

    async def _many(self, session: AsyncSession, count: int) -> None:
        here = {"school_id": self.school}
        people = [Guardian(**here, number=f"g{n}", given_name="A", family_name="B") for n in range(count)]
        children = [
            Pupil(**here, number=f"p{n}", given_name="C", family_name="B", class_id=self.classes["2B"])
            for n in range(count)
        ]
        session.add_all([*people, *children])
        await session.flush()
        pairs = zip(people, children, strict=True)
        session.add_all(Guardianship(**here, guardian_id=g.id, pupil_id=p.id) for g, p in pairs)
        session.add_all(
            Address(**here, channel=ChannelName.SMS, external_id=f"+3161{n:07d}", known_guardian_id=g.id)
            for n, g in enumerate(people)
        )

    async def parent(
        self,
        name: str,
        *,
        child: str = "",
        group: str = "2B",
        rights: Rights = Rights.FULL,
        channel: ChannelName = ChannelName.SMS,
        number: str = "",
        language: str | None = None,
        speaks: str | None = None,
        birthday: dt.date | None = None,
        written: bool = False,
        **conversation: object,
    ) -> int:
        """One guardian of a child (her own, unless named), with a bound number; `written`: just now. Her number."""

        async def work(session: AsyncSession) -> int:
            here = {"school_id": self.school}
            guardian = await session.scalar(select(Guardian).where(Guardian.number == name))
            guardian = guardian or Guardian(**here, number=name, given_name=name, family_name="X", language=language)
            session.add(guardian)
            await session.flush()
            key = child or f"child of {name}"
            if key not in self.pupils:
                pupil = Pupil(
                    **here,
                    number=key,
                    given_name="C",
                    family_name="X",
                    class_id=self.classes[group],
                    birthday=birthday,
                )
                session.add(pupil)
                await session.flush()
                self.pupils[key] = pupil.id
            pair = {"guardian_id": guardian.id, "pupil_id": self.pupils[key]}
            if await session.scalar(select(Guardianship.id).filter_by(**pair)) is None:
                session.add(Guardianship(**here, **pair, rights=rights))
            if number:
                opened, _ = await find_or_open(
                    session,
                    school_id=self.school,
                    account_id=self.world.account.id,
                    channel=channel,
                    external_id=number,
                )
                bound = {"guardian_id": guardian.id, "address_id": opened.address_id}
                session.add(Binding(**here, **bound, proof="code", bound_at=self.world.clock.now()))
                opened.language = speaks
                if written:
                    opened.last_inbound_at = self.world.clock.now()
                    opened.window_until = opened.last_inbound_at + dt.timedelta(hours=24)
                for column, value in conversation.items():
                    setattr(opened, column, value)
            return guardian.id

        return await self.world.database.write(work)

    async def facts(self, **values: str) -> None:
        """Facts of the school."""

        async def work(session: AsyncSession) -> None:
            for name, value in values.items():
                session.add(SchoolFact(school_id=self.school, name=name, value=value))

        await self.world.database.write(work)

    async def made(self, notice: Notice = NOTICE, *, hours: float = HOURS, **options: Any) -> int:
        """A draft, by the first administrator."""
        async with self.world.database.read() as session:
            view = await school_view(session, self.school)
        mind, now = await PlainMinds().of(self.school), self.world.clock.now()
        until = now + dt.timedelta(hours=hours)
        return await self.world.database.write(
            lambda s: draft(s, self.one, notice, mind=mind, view=view, until=until, now=now, **options)
        )

    async def released(self, notice: Notice = NOTICE, **options: Any) -> int:
        """The same, released by as many as it takes."""
        number = await self.made(notice, **options)
        if not await self.release(self.one, number):
            assert await self.release(self.two, number)
        return number

    async def release(self, me: Me, number: int) -> bool:
        return await self.world.database.write(lambda s: release(s, me, number, now=self.world.clock.now()))

    async def cancel(self, number: int) -> None:
        await self.world.database.write(lambda s: cancel(s, self.one, number, now=self.world.clock.now()))

    async def expand(self) -> int:
        """All slices, and nothing else; how many there were."""
        slices = 0
        while await self.world.worker.parts[0].once():
            slices += 1
        return slices

    async def progress(self, number: int) -> Progress:
        async with self.world.database.read() as session:
            found = await progress(session, self.school, number)
        assert found is not None
        return found

    async def rows(self) -> list[Outbox]:
        """Messages of broadcasts, knocks not among them."""
        return [row for row in await self.world.rows(Outbox) if row.key.startswith("broadcast:")]

    async def conversation(self, number: str) -> Conversation:
        async with self.world.database.read() as session:
            query = select(Conversation).join(Address, Address.id == Conversation.address_id)
            return (await session.execute(query.where(Address.external_id == number))).scalar_one()


def expansion(database: Database, world: World, minds: Minds | None = None) -> Expansion:
    """The worker's part, on this database."""
    return Expansion(database, minds or PlainMinds(), Scenes("secret"), world.clock)


async def settle_down(world: World, *, classes: Sequence[str] = ("2B", "3C")) -> Families:
    """The families of a world that has nobody yet, and a worker that expands."""

    async def fill(session: AsyncSession) -> Families:
        school = world.account.school_id
        account = await session.get_one(ProviderAccount, world.account.id)
        account.sms_from = "+31850000001"
        first = await session.scalar(select(Staff).where(Staff.school_id == school))
        second = Staff(school_id=school, given_name="Jan", family_name="Vos", email="jan@example.org")
        groups = [SchoolClass(school_id=school, name=name) for name in classes]
        session.add_all([second, *groups])
        await session.flush()
        assert first is not None
        one, two = (Me(who.id, school, "", True, (), "", "Europe/Amsterdam", "") for who in (first, second))
        return Families(world, school, one, two, {group.name: group.id for group in groups})

    families = await world.database.write(fill)
    world.worker.parts = (expansion(world.database, world),)
    return families
