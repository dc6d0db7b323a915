"""A small real school: one class, its mentor, a safety coordinator on the rota, and two families."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.shipped import load_shipped
from bot.people.codes import hash_code
from db.tables import (
    Address,
    BindCode,
    Binding,
    ClassMentor,
    Guardian,
    Guardianship,
    Pupil,
    RotaShift,
    School,
    SchoolClass,
    SchoolFact,
    Staff,
    StaffRole,
)
from db.types import ChannelName, Role

NAME = "Waterlandcollege"
ROTA = "+31612000009"
"""The mobile number of the one who is warned, Monday to Friday from 8 to 17."""
FATMA = {
    ChannelName.WHATSAPP: "+31612000001",
    ChannelName.SMS: "+31612000002",
    ChannelName.TELEGRAM: "612000001",
}
MEHMET = {
    ChannelName.WHATSAPP: "+31612000003",
    ChannelName.SMS: "+31612000004",
    ChannelName.TELEGRAM: "612000003",
}
CODE = "OL-7KQM-X2PD"
"""In the letter to Oksana, of whom the school knows no number."""
STAFF: tuple[tuple[str, str, str, str, tuple[Role, ...]], ...] = (
    ("mentor", "mevrouw", "Marieke", "de Wit", ()),
    ("safety", "mevrouw", "Aylin", "Yilmaz", (Role.SAFETY_COORDINATOR, Role.CARE_COORDINATOR)),
    ("office", "mevrouw", "Ans", "Bos", (Role.ADMINISTRATION, Role.ABSENCE_DESK)),
    ("leader", "meneer", "Ruud", "Smit", (Role.TEAM_LEADER,)),
)
FAMILIES: tuple[tuple[str, str, str, tuple[tuple[str, dict[ChannelName, str]], ...]], ...] = (
    ("tr", "Elif", "Demir", (("Fatma", FATMA), ("Mehmet", MEHMET))),
    ("uk", "Sofia", "Bondar", (("Oksana", {}),)),
)


@dataclass
class Place:
    """The school's keys, people by name."""

    school_id: int
    staff: dict[str, int] = field(default_factory=dict)
    guardians: dict[str, int] = field(default_factory=dict)
    pupils: dict[str, int] = field(default_factory=dict)


async def found(session: AsyncSession, secret: str, now: dt.datetime) -> Place:
    """Fill an empty database."""
    school = School(name=NAME, version=1)
    session.add(school)
    await session.flush()
    place = Place(school.id)
    session.add_all(
        SchoolFact(school_id=school.id, name=fact.name, value=NAME if fact.name == "school_name" else fact.example)
        for fact in load_shipped().facts.values()
    )
    group = SchoolClass(school_id=school.id, name="2B")
    session.add(group)
    await session.flush()
    await _staff(session, place)
    session.add_all(
        [
            ClassMentor(school_id=school.id, staff_id=place.staff["mentor"], class_id=group.id),
            RotaShift(school_id=school.id, staff_id=place.staff["safety"]),
            Address(school_id=school.id, channel=ChannelName.SMS, external_id=ROTA, staff_id=place.staff["safety"]),
        ]
    )
    for language, child, family, parents in FAMILIES:
        pupil = Pupil(school_id=school.id, number=child, given_name=child, family_name=family, class_id=group.id)
        session.add(pupil)
        await session.flush()
        place.pupils[child] = pupil.id
        for given, addresses in parents:
            await _parent(session, place, pupil, given, language, addresses, now)
    session.add(
        BindCode(
            school_id=school.id,
            guardian_id=place.guardians["Oksana"],
            code_hash=hash_code(CODE, secret),
            expires_at=now + dt.timedelta(days=30),
        )
    )
    return place


async def _staff(session: AsyncSession, place: Place) -> None:
    for key, title, given, family, roles in STAFF:
        person = Staff(
            school_id=place.school_id,
            title=title,
            given_name=given,
            family_name=family,
            email=f"{key}@waterland.example",
            administrator=key == "office",
        )
        session.add(person)
        await session.flush()
        place.staff[key] = person.id
        session.add_all(StaffRole(school_id=place.school_id, staff_id=person.id, role=role) for role in roles)


async def _parent(
    session: AsyncSession,
    place: Place,
    pupil: Pupil,
    given: str,
    language: str,
    addresses: dict[ChannelName, str],
    now: dt.datetime,
) -> None:
    guardian = Guardian(
        school_id=place.school_id, number=given, given_name=given, family_name=pupil.family_name, language=language
    )
    session.add(guardian)
    await session.flush()
    place.guardians[given] = guardian.id
    session.add(Guardianship(school_id=place.school_id, guardian_id=guardian.id, pupil_id=pupil.id))
    for channel, number in addresses.items():
        address = Address(school_id=place.school_id, channel=channel, external_id=number, known_guardian_id=guardian.id)
        session.add(address)
        await session.flush()
        session.add(
            Binding(
                school_id=place.school_id,
                address_id=address.id,
                guardian_id=guardian.id,
                proof="known_number",
                bound_at=now,
            )
        )
