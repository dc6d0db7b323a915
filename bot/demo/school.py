"""Builds the demo school: 3 classes, 60 pupils, 90 guardians in ten languages, 8 staff. Only its coming days move."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.calendar.facts import facts
from db.queries.calendar import Calendar
from db.tables import (
    Address,
    ClassMentor,
    Guardian,
    Guardianship,
    ProviderAccount,
    Pupil,
    RotaShift,
    School,
    SchoolCalendar,
    SchoolClass,
    SchoolFact,
    Staff,
    StaffRole,
)
from db.types import ChannelName, Provider, Rights, Role

PEOPLE = Path(__file__).with_name("people.yml")
FACTS = Path(__file__).parents[2] / "flows" / "facts.yml"
NAME = "Voorbeeldcollege"
PUPILS_IN_CLASS = 20
CHANNELS = (ChannelName.WHATSAPP, ChannelName.WHATSAPP, ChannelName.SMS, ChannelName.TELEGRAM)
REGION = "midden"
_THOUGHT_UP = dt.date(2026, 11, 16)
"""The week in which the examples of `flows/facts.yml` were near."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_FIRST_BIRTHDAY = dt.date(2011, 3, 1)


async def demo_school(session: AsyncSession) -> School | None:
    """The demo school, if it was loaded."""
    return (await session.execute(select(School).where(School.demo.is_(True)))).scalar_one_or_none()


async def load(session: AsyncSession, today: dt.date) -> School:
    """Load it into an empty database; what it tells of days is to come on this day."""
    people = yaml.safe_load(PEOPLE.read_text(encoding="utf-8"))
    school = School(name=NAME, demo=True, version=1)
    session.add(school)
    await session.flush()
    session.add(ProviderAccount(school_id=school.id, provider=Provider.WEB, external_id="web phone"))
    session.add(SchoolCalendar(school_id=school.id, region=REGION))
    for name, value in demo_facts(today).items():
        session.add(SchoolFact(school_id=school.id, name=name, value=value))
    classes = {name: SchoolClass(school_id=school.id, name=name) for name in people["classes"]}
    session.add_all(classes.values())
    await session.flush()
    for number, person in enumerate(people["staff"], 1):
        await _colleague(session, school, classes, number, person)
    await _families(session, school, list(classes.values()), people["languages"])
    return school


def demo_facts(today: dt.date) -> dict[str, str]:
    """The examples, as many weeks later as have passed since they were thought up; its region's holidays are known anyway."""
    later = dt.timedelta(weeks=(today - _THOUGHT_UP).days // 7)
    examples = {name: str(fact["example"]) for name, fact in yaml.safe_load(FACTS.read_text(encoding="utf-8")).items()}
    moved = {name: _DAY.sub(lambda day: _moved(day[0], later), text) for name, text in examples.items()}
    return {name: text for name, text in moved.items() if name not in facts(Calendar(region=REGION), today)}


def _moved(day: str, later: dt.timedelta) -> str:
    return (dt.date.fromisoformat(day) + later).isoformat()


async def _colleague(
    session: AsyncSession, school: School, classes: dict[str, SchoolClass], number: int, person: dict[str, Any]
) -> None:
    staff = Staff(
        school_id=school.id,
        title=person["title"],
        given_name=person["given"],
        family_name=person["family"],
        say_as=person["say_as"],
        email=f"{person['given']}.{person['family'].split()[-1]}@voorbeeldcollege.example".lower(),
        mobile=f"+3197010{number:06d}" if person.get("rota") else "",
        weekdays=person["weekdays"],
        administrator=bool(person.get("administrator")),
    )
    session.add(staff)
    await session.flush()
    if "mentor" in person:
        class_name, position = person["mentor"]
        session.add(
            ClassMentor(school_id=school.id, staff_id=staff.id, class_id=classes[class_name].id, position=position)
        )
    for position, role in enumerate(person.get("roles", ()), 1):
        session.add(StaffRole(school_id=school.id, staff_id=staff.id, role=Role(role), position=position))
    if person.get("rota"):
        session.add(RotaShift(school_id=school.id, staff_id=staff.id))
        session.add(
            Address(
                school_id=school.id,
                channel=ChannelName.SMS,
                external_id=staff.mobile,
                staff_id=staff.id,
                invented=True,
            )
        )


async def _families(
    session: AsyncSession, school: School, classes: list[SchoolClass], languages: dict[str, dict[str, list[str]]]
) -> None:
    """60 families with one child each, every second one with both parents: 90 guardians."""
    codes = list(languages)
    for number in range(PUPILS_IN_CLASS * len(classes)):
        code = codes[number % len(codes)]
        names, turn = languages[code], number // len(codes)
        family = names["families"][turn % len(names["families"])]
        pupil = Pupil(
            school_id=school.id,
            number=f"P{number + 1:03d}",
            given_name=names["children"][turn % len(names["children"])],
            family_name=family,
            birthday=_FIRST_BIRTHDAY + dt.timedelta(days=23 * number),
            class_id=classes[(number // 2) % len(classes)].id,
        )
        session.add(pupil)
        await session.flush()
        both = number % 2 == 0
        for relation, given in [("mother", names["mothers"]), ("father", names["fathers"])][: 2 if both else 1]:
            await _guardian(session, school, pupil, code, relation, given[turn % len(given)], number)


async def _guardian(
    session: AsyncSession, school: School, pupil: Pupil, language: str, relation: str, given: str, number: int
) -> None:
    index = 2 * number + (relation == "father")
    guardian = Guardian(
        school_id=school.id,
        number=f"G{index + 1:03d}",
        given_name=given,
        family_name=pupil.family_name,
        language=language,
    )
    session.add(guardian)
    await session.flush()
    limited = relation == "father" and number % 20 == 10  # noqa: PLR2004 - a few separated fathers
    session.add(
        Guardianship(
            school_id=school.id,
            guardian_id=guardian.id,
            pupil_id=pupil.id,
            relation=relation,
            rights=Rights.LIMITED if limited else Rights.FULL,
        )
    )
    channel = CHANNELS[(number + (relation == "father")) % len(CHANNELS)]
    session.add(
        Address(
            school_id=school.id,
            channel=channel,
            external_id=f"+3197020{index:06d}" if channel is not ChannelName.TELEGRAM else f"demo-{index}",
            known_guardian_id=guardian.id,
            invented=True,
        )
    )
