"""A school by chance: separated parents, limited rights, shared phones, namesakes, several mentors, confidential cases, leavers.

Every personal field of every row holds a fact of its own (`marks.py`).
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.turn.topics import TOPICS
from db.tables import (
    Address,
    Binding,
    ClassMentor,
    Guardian,
    Guardianship,
    ProviderAccount,
    Pupil,
    School,
    SchoolClass,
    Staff,
    StaffAbsence,
    StaffLogin,
    StaffRole,
    Unanswered,
)
from db.types import ChannelName, Provider, Rights, Role
from tests.leaks.marks import Marks
from tests.leaks.people import AClass, AGuardian, APupil, ASchool, AStaff

STAFF: tuple[tuple[str, tuple[Role, ...], bool], ...] = (
    ("mentor", (), False),
    ("second mentor", (), False),
    ("mentor of another class", (), False),
    ("own mentor of a pupil", (), False),
    ("substitute", (), False),
    ("teacher without a class", (), False),
    ("team leader", (Role.TEAM_LEADER,), False),
    ("desk", (Role.ABSENCE_DESK,), False),
    ("care", (Role.CARE_COORDINATOR, Role.PARENT_COUNCIL), False),
    ("safety", (Role.SAFETY_COORDINATOR,), False),
    ("counsellor", (Role.CONFIDENTIAL_COUNSELLOR, Role.FINANCE), False),
    ("office", (Role.ADMINISTRATION,), False),
    ("administrator", (), True),
    ("leaver", (Role.TEAM_LEADER,), True),
)


TOPIC_NAMES = sorted(TOPICS)


@dataclass
class Builder:
    """Fills one school, and keeps the plain list beside it."""

    session: AsyncSession
    chance: random.Random
    marks: Marks
    now: dt.datetime
    school: ASchool
    account_id: int = 0

    @property
    def here(self) -> dict[str, int]:
        """Every row's school."""
        return {"school_id": self.school.school_id}

    async def people(self, *, pupils: int, namesake: tuple[str, str]) -> None:
        """Everybody but the cases. `namesake`: a child of this name goes to every school, and two here."""
        account = ProviderAccount(**self.here, provider=Provider.TWILIO, external_id=f"AC{self.school.school_id}")
        self.session.add(account)
        await self.session.flush()
        self.account_id = account.id
        for kind, roles, administrator in STAFF:
            await self._staff(kind, roles, administrator=administrator)
        for number in range(2):
            await self._class(number)
        for number in range(pupils):
            await self._family(number, namesake if number < 2 else (self.marks.word(), self.marks.word()))
        for _ in range(3):
            text = self.marks.word()
            self.school.unanswered.append(text)
            self.session.add(Unanswered(**self.here, language="tr", text=text, at=self.now))

    async def _staff(self, kind: str, roles: tuple[Role, ...], *, administrator: bool) -> None:
        names, say_as, mobile = (self.marks.word(), self.marks.word()), self.marks.word(), self.marks.mobile()
        login = StaffLogin(email=f"{self.marks.word()}@school.example".lower(), password_hash="x")
        self.session.add(login)
        await self.session.flush()
        row = Staff(
            **self.here,
            login_id=login.id,
            title=self.chance.choice(("mevrouw", "meneer", "")),
            given_name=names[0],
            family_name=names[1],
            say_as=say_as,
            email=login.email,
            mobile=mobile,
            administrator=administrator,
            left_at=self.now - dt.timedelta(days=1) if kind == "leaver" else None,
        )
        self.session.add(row)
        await self.session.flush()
        self.session.add_all(StaffRole(**self.here, staff_id=row.id, role=role) for role in roles)
        if kind == "mentor":
            day = self.now.date()
            self.session.add(StaffAbsence(**self.here, staff_id=row.id, first_day=day, last_day=day))
        private = (login.email.partition("@")[0], mobile, say_as)
        self.school.staff.append(AStaff(row.id, names, private, roles, administrator, kind == "leaver", kind))

    async def _class(self, number: int) -> None:
        name = self.marks.word()
        group = SchoolClass(**self.here, name=name)
        self.session.add(group)
        await self.session.flush()
        mentors = tuple(
            person.staff_id
            for person in self.school.staff
            if person.kind in (("mentor", "second mentor"), ("mentor of another class",))[number]
        )
        for staff_id in mentors:
            self.session.add(ClassMentor(**self.here, staff_id=staff_id, class_id=group.id))
        self.school.classes.append(AClass(group.id, name, mentors))

    async def _family(self, number: int, names: tuple[str, str]) -> None:
        pupil = await self._pupil(number, names)
        siblings = [pupil]
        if number % 3 == 2:
            siblings.append(await self._pupil(number + 100, (self.marks.word(), names[1])))
        for parent in range(self.chance.choice((1, 2, 2, 3))):
            rights = (Rights.FULL, self.chance.choice(tuple(Rights)), Rights.NONE)[parent]
            relation, key, given = self.marks.word(), self.marks.word(), self.marks.word()
            guardian = Guardian(**self.here, number=key, given_name=given, family_name=self.marks.word(), language="tr")
            self.session.add(guardian)
            await self.session.flush()
            plain = AGuardian(guardian.id, (given, guardian.family_name), (key,), relation)
            for child in siblings if parent == 0 else siblings[:1]:
                plain.children[child.pupil_id] = rights
                self.session.add(
                    Guardianship(
                        **self.here,
                        guardian_id=guardian.id,
                        pupil_id=child.pupil_id,
                        relation=relation,
                        rights=rights,
                    )
                )
            self.school.guardians.append(plain)
            await self._address(plain)

    async def _pupil(self, number: int, names: tuple[str, str]) -> APupil:
        # Under age, or nobody would have rights to anybody; the two schools in years of their own.
        key, born = self.marks.word(), self.marks.birthday(2010 + self.school.school_id % 2 * 4 + number % 4)
        group = self.school.classes[number % 2]
        left = number % 5 == 4
        row = Pupil(
            **self.here,
            number=key,
            given_name=names[0],
            family_name=names[1],
            birthday=born,
            class_id=group.class_id,
            left_at=self.now if left else None,
        )
        self.session.add(row)
        await self.session.flush()
        own = tuple(
            person.staff_id
            for person in self.school.staff
            if person.kind == "own mentor of a pupil" and number % 4 == 1
        )
        for staff_id in own:
            self.session.add(ClassMentor(**self.here, staff_id=staff_id, pupil_id=row.id))
        pupil = APupil(row.id, names, (key, born.isoformat()), group.class_id, own, left)
        self.school.pupils.append(pupil)
        return pupil

    async def _address(self, guardian: AGuardian) -> None:
        """A phone of her own, or (every third) the one of the guardian before her too."""
        before = self.school.guardians[-2] if len(self.school.guardians) > 1 else None
        if before is not None and self.chance.random() < 0.3:
            guardian.numbers = before.numbers[:1]
        number, alias = guardian.numbers[0] if guardian.numbers else self.marks.mobile(), self.marks.word()
        if not guardian.numbers:
            self.session.add(
                Address(**self.here, channel=ChannelName.WHATSAPP, external_id=number, alias=f"NL.{alias}")
            )
        await self.session.flush()
        guardian.numbers = (number,)
        guardian.private = (*guardian.private, number, alias)
        address = await self.session.scalar(select(Address.id).where(Address.external_id == number))
        self.session.add(
            Binding(**self.here, address_id=address, guardian_id=guardian.guardian_id, proof="code", bound_at=self.now)
        )


async def build_school(
    session: AsyncSession, chance: random.Random, marks: Marks, now: dt.datetime, namesake: tuple[str, str], pupils: int
) -> Builder:
    """A school with its people, and no cases yet."""
    name = marks.word()
    row = School(name=name)
    session.add(row)
    await session.flush()
    builder = Builder(session, chance, marks, now, ASchool(row.id, name))
    await builder.people(pupils=pupils, namesake=namesake)
    return builder
