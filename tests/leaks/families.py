"""Families by chance on a line at work, and everything that may be said to each phone."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Address, Binding, ClassMentor, Guardian, Guardianship, Pupil, SchoolClass
from db.types import ChannelName, Rights
from tests.leaks.marks import Marks, facts

SECOND = (Rights.NONE, Rights.NONE, Rights.LIMITED, Rights.FULL, Rights.NONE, Rights.LIMITED)
"""What the other parent of each child may know."""


@dataclass
class AFamilyPhone:
    """One phone: whose it is now, and every fact that may reach it."""

    number: str
    guardian_ids: list[int]
    may_know: set[str] = field(default_factory=set)
    children: list[str] = field(default_factory=list)
    sharers: dict[str, set[str]] = field(default_factory=dict)
    """By given name of each who is bound there: what may be said once she has said that it is she who writes."""

    def asked_and_chosen(self, bodies: Sequence[str], text: str) -> None:
        """`text` may be the number that stood before a name when the line asked who writes: from now on it is she."""
        options = (re.search(rf"^{re.escape(text)} (.+)$", body, re.MULTILINE) for body in reversed(bodies))
        named = next((option[1] for option in options if option), "")
        self.may_know |= self.sharers.get(named, set())


@dataclass
class Families:
    """All phones of a school; by number."""

    marks: Marks
    phones: dict[str, AFamilyPhone] = field(default_factory=dict)


async def add_families(
    session: AsyncSession,
    school_id: int,
    mentor_id: int,
    marks: Marks,
    chance: random.Random,
    count: int,
    now: dt.datetime,
) -> Families:
    """So many children: parents who live apart, with fewer rights, with a phone together; two of one name; one who left."""
    here, families = {"school_id": school_id}, Families(marks)
    namesake = (marks.word(), marks.word())
    for number in range(count):
        group = SchoolClass(**here, name=marks.word())
        session.add(group)
        await session.flush()
        session.add(ClassMentor(**here, staff_id=mentor_id, class_id=group.id))
        names = namesake if number < 2 else (marks.word(), marks.word())
        children = [(names, Rights.FULL, False)]
        if number % 3 == 2:
            children.append(((marks.word(), names[1]), Rights.FULL, number % 2 == 0))
        rows = []
        for (given, family), _, left in children:
            row = Pupil(
                **here, number=marks.word(), given_name=given, family_name=family, class_id=group.id,
                birthday=marks.birthday(1965 + number % 5) if number % 4 == 3 else None, left_at=now if left else None,
            )  # fmt: skip
            session.add(row)
            rows.append(row)
        await session.flush()
        together = number % 4 == 1
        first = marks.mobile()
        for parent in range(2):
            rights = Rights.FULL if parent == 0 else SECOND[number % len(SECOND)]
            guardian = Guardian(
                **here, number=marks.word(), given_name=marks.word(), family_name=marks.word(),
                language=chance.choice(("tr", "nl")),
            )  # fmt: skip
            session.add(guardian)
            await session.flush()
            session.add_all(
                Guardianship(**here, guardian_id=guardian.id, pupil_id=row.id, relation=marks.word(), rights=rights)
                for row in rows
            )
            mobile = first if parent == 0 or together else marks.mobile()
            await _phone(session, families, mobile, guardian, now)
            phone = families.phones[mobile]
            known = phone.sharers[guardian.given_name] = facts([guardian.given_name, guardian.family_name, mobile])
            for row, (_, _, left) in zip(rows, children, strict=True):
                of_age = row.birthday is not None
                if rights is not Rights.NONE and not left and not of_age:
                    known |= facts([row.given_name, row.family_name, group.name])
                phone.children.append(row.given_name)
    for phone in families.phones.values():
        # Whose the phone is alone writes; on one that is shared the line asks who, with given names and nothing more.
        alone = len(phone.sharers) == 1
        phone.may_know = set().union(*phone.sharers.values()) if alone else facts([*phone.sharers, phone.number])
    return families


async def _phone(session: AsyncSession, families: Families, mobile: str, guardian: Guardian, now: dt.datetime) -> None:
    """Bound at once; on a phone together, both are."""
    phone = families.phones.get(mobile)
    here = {"school_id": guardian.school_id}
    if phone is None:
        phone = families.phones[mobile] = AFamilyPhone(mobile, [])
        address = Address(**here, channel=ChannelName.WHATSAPP, external_id=mobile)
        session.add(address)
        await session.flush()
    else:
        address = await _address(session, mobile)
    session.add(Binding(**here, address_id=address.id, guardian_id=guardian.id, proof="code", bound_at=now))
    await session.flush()
    phone.guardian_ids.append(guardian.id)


async def _address(session: AsyncSession, mobile: str) -> Address:
    return (await session.scalars(select(Address).where(Address.external_id == mobile))).one()
