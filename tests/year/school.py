"""The school of the year: its people, classes and families, in the database and on the fingers of the judge."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import (
    Address,
    Binding,
    CalendarEvent,
    ClassMentor,
    Guardian,
    Guardianship,
    ProviderAccount,
    Pupil,
    School,
    SchoolCalendar,
    SchoolClass,
    SchoolFact,
    Staff,
    StaffRole,
)
from db.types import ChannelName, EventKind, Provider, Role
from tests.year.naive import Fingers, Person, school_year

STUDY_DAYS = ("2026-11-13", "2027-02-05", "2027-06-04")
ROLES: tuple[tuple[Role, int], ...] = (
    (Role.TEAM_LEADER, 2),
    (Role.ABSENCE_DESK, 1),
    (Role.CARE_COORDINATOR, 1),
    (Role.SAFETY_COORDINATOR, 1),
    (Role.FINANCE, 1),
    (Role.ADMINISTRATION, 2),
    (Role.CONFIDENTIAL_COUNSELLOR, 1),
    (Role.LAST_RESORT, 2),
)
CHILDREN = 8


@dataclass
class Place:
    """Keys, and what the judge knows."""

    school_id: int
    account: ProviderAccount
    fingers: Fingers
    classes: list[int] = field(default_factory=list)
    mentors: dict[int, list[int]] = field(default_factory=dict)
    """By class, in order."""
    class_of: dict[int, int] = field(default_factory=dict)
    """By pupil."""
    holders: dict[Role, list[int]] = field(default_factory=dict)
    families: list[tuple[ChannelName, str]] = field(default_factory=list)


async def found(session: AsyncSession, dice: random.Random, mentors: int) -> Place:
    """A school with so many mentors and classes; a third of the classes have two mentors, half of all work part-time."""
    school = School(name="Jaarcollege", version=1)
    session.add(school)
    await session.flush()
    account = ProviderAccount(
        school_id=school.id, provider=Provider.TWILIO, external_id="AC1", whatsapp_from="+31850000000", sms_from="+3197"
    )
    session.add(account)
    session.add(SchoolCalendar(school_id=school.id, region="midden"))
    session.add(SchoolFact(school_id=school.id, name="knock_template_nl", value="HX1"))
    place = Place(school.id, account, school_year())
    place.fingers.shut(STUDY_DAYS)
    for day in STUDY_DAYS:
        session.add(closing(school.id, day))
    people = [await _person(session, place, dice, part_time=n % 2 == 0) for n in range(mentors)]
    for role, count in ROLES:
        place.holders[role] = [await _person(session, place, dice, part_time=False) for _ in range(count)]
        for position, staff_id in enumerate(place.holders[role], 1):
            session.add(StaffRole(school_id=school.id, staff_id=staff_id, role=role, position=position))
    for n in range(mentors):
        group = SchoolClass(school_id=school.id, name=f"{n // 4 + 1}{'ABCD'[n % 4]}")
        session.add(group)
        await session.flush()
        place.classes.append(group.id)
        place.mentors[group.id] = [people[n], *([people[(n + 1) % mentors]] if n % 3 == 0 else [])]
        for position, staff_id in enumerate(place.mentors[group.id], 1):
            session.add(ClassMentor(school_id=school.id, staff_id=staff_id, class_id=group.id, position=position))
        for child in range(CHILDREN):
            await _family(session, place, group.id, n * CHILDREN + child, dice)
    return place


def closing(school_id: int, day: str) -> CalendarEvent:
    """A day on which the school is closed."""
    on = dt.date.fromisoformat(day)
    given = {"source": "file", "uid": day, "title": "Studiedag, school dicht", "kind": EventKind.CLOSED}
    return CalendarEvent(school_id=school_id, first_day=on, last_day=on, **given)


async def _person(session: AsyncSession, place: Place, dice: random.Random, *, part_time: bool) -> int:
    days = sorted(dice.sample(range(5), dice.choice((3, 4)))) if part_time else list(range(5))
    last = {day: dice.choice((10, 11, 15)) for day in days if part_time and dice.random() < 0.5}
    number = len(place.fingers.people) + 1
    staff = Staff(
        school_id=place.school_id,
        title="mevrouw",
        given_name="A",
        family_name=f"Jaar{number}",
        email=f"s{number}@jaar.example",
        weekdays="".join(map(str, days)),
        last_hours={str(day): f"{hour:02}:00" for day, hour in last.items()},
    )
    session.add(staff)
    await session.flush()
    place.fingers.people[staff.id] = Person(staff.id, set(days), {day: hour * 60 for day, hour in last.items()})
    return staff.id


async def _family(session: AsyncSession, place: Place, class_id: int, number: int, dice: random.Random) -> None:
    pupil = Pupil(
        school_id=place.school_id, number=f"p{number}", given_name=f"K{number}", family_name="F", class_id=class_id
    )
    parent = Guardian(school_id=place.school_id, number=f"g{number}", given_name="O", family_name="F", language="tr")
    session.add_all([pupil, parent])
    await session.flush()
    place.class_of[pupil.id] = class_id
    session.add(Guardianship(school_id=place.school_id, guardian_id=parent.id, pupil_id=pupil.id))
    channel = ChannelName.SMS if dice.random() < 0.2 else ChannelName.WHATSAPP
    phone = f"+3160{number:07}"
    address = Address(school_id=place.school_id, channel=channel, external_id=phone, known_guardian_id=parent.id)
    session.add(address)
    await session.flush()
    begins = dt.datetime(2026, 8, 1, tzinfo=dt.UTC)
    session.add(
        Binding(school_id=place.school_id, address_id=address.id, guardian_id=parent.id, proof="code", bound_at=begins)
    )
    place.families.append((channel, phone))
