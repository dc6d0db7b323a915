"""What the line needs to know of a school in every turn; small, and cached by the school's `version`."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.calendar import NO_CALENDAR, Calendar, calendar_of
from db.tables import (
    Address,
    Conversation,
    ProviderAccount,
    RotaShift,
    RoutingRule,
    School,
    SchoolFact,
    Staff,
    StaffAbsence,
    StaffRole,
)
from db.types import ChannelName, Role

_VERSION = select(School.version, School.content_revision).where(School.id == bindparam("id"))
_WARNED = (
    select(Address.staff_id)
    .join(Conversation, Conversation.address_id == Address.id)
    .join(ProviderAccount, ProviderAccount.id == Conversation.account_id)
    .where(Address.school_id == bindparam("school"), Address.staff_id.is_not(None), Address.dead_reason == "")
    .where(Address.channel == ChannelName.SMS)
    .where(Conversation.blocked_at.is_(None), Conversation.opted_out_at.is_(None), ProviderAccount.fault == "")
)


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of staff. `absences`: (first day, last day, substitute's id)."""

    staff_id: int
    title: str
    given_name: str
    family_name: str
    say_as: str
    mobile: str
    weekdays: frozenset[int]
    roles: tuple[Role, ...]
    absences: tuple[tuple[dt.date, dt.date, int | None], ...]
    last_hours: Mapping[int, str] = field(default_factory=dict)
    """By weekday HH:MM, after which this person is not asked for anything."""
    administrator: bool = False

    @property
    def name(self) -> str:
        """As a parent reads it: "mevrouw De Wit"."""
        family = self.family_name[:1].upper() + self.family_name[1:]
        return f"{self.title} {family}" if self.title else f"{self.given_name} {self.family_name}".strip()


@dataclass(frozen=True, slots=True)
class Shift:
    """When somebody whom an alarm reaches is on the safety rota; local times as HH:MM."""

    staff_id: int
    weekdays: frozenset[int]
    starts: str
    ends: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A topic goes to a role, or to a person by name; for one class, or (None) for all."""

    topic: str
    class_id: int | None
    role: Role | None
    staff_id: int | None


@dataclass(frozen=True, slots=True)
class SchoolView:
    """A school at one version of its settings."""

    school_id: int
    version: int
    content_revision: int
    name: str
    timezone: str
    accent: str
    demo: bool
    facts: Mapping[str, str]
    staff: Mapping[int, Colleague]
    holders: Mapping[Role, tuple[int, ...]]
    rota: tuple[Shift, ...]
    calendar: Calendar = NO_CALENDAR
    rules: tuple[Rule, ...] = ()


async def school_version(session: AsyncSession, school_id: int) -> tuple[int, int]:
    """The school's settings version and its published content revision."""
    row = (await session.execute(_VERSION, {"id": school_id})).one()
    return row.version, row.content_revision


async def renew(session: AsyncSession, school_id: int) -> None:
    """Have every process read the school anew."""
    await session.execute(update(School).where(School.id == school_id).values(version=School.version + 1))


async def school_view(session: AsyncSession, school_id: int) -> SchoolView:
    """Read all of it."""
    school = await session.get_one(School, school_id)
    facts = (
        await session.execute(select(SchoolFact.name, SchoolFact.value).where(SchoolFact.school_id == school_id))
    ).all()
    roles = (
        await session.execute(
            select(StaffRole.role, StaffRole.staff_id)
            .where(StaffRole.school_id == school_id)
            .order_by(StaffRole.position, StaffRole.id)
        )
    ).all()
    absences = (
        await session.execute(
            select(
                StaffAbsence.staff_id, StaffAbsence.first_day, StaffAbsence.last_day, StaffAbsence.substitute_id
            ).where(StaffAbsence.school_id == school_id)
        )
    ).all()
    people = (
        (
            await session.execute(
                select(Staff).where(Staff.school_id == school_id, Staff.left_at.is_(None)).order_by(Staff.id)
            )
        )
        .scalars()
        .all()
    )
    shifts = (
        (await session.execute(select(RotaShift).where(RotaShift.school_id == school_id).order_by(RotaShift.id)))
        .scalars()
        .all()
    )
    rules = await session.execute(
        select(RoutingRule.topic, RoutingRule.class_id, RoutingRule.role, RoutingRule.staff_id)
        .where(RoutingRule.school_id == school_id, ~RoutingRule.declined)
        .order_by(RoutingRule.id)
    )
    warned = frozenset((await session.execute(_WARNED, {"school": school_id})).scalars())
    away: dict[int, list[tuple[dt.date, dt.date, int | None]]] = defaultdict(list)
    for staff_id, first, last, substitute in absences:
        away[staff_id].append((first, last, substitute))
    here = {person.id for person in people}
    holders: dict[Role, list[int]] = defaultdict(list)
    held: dict[int, list[Role]] = defaultdict(list)
    for role, staff_id in roles:
        if staff_id in here:
            holders[role].append(staff_id)
            held[staff_id].append(role)
    return SchoolView(
        school_id=school.id,
        version=school.version,
        content_revision=school.content_revision,
        name=school.name,
        timezone=school.timezone,
        accent=school.accent,
        demo=school.demo,
        facts={name: value for name, value in facts if value},
        staff={
            person.id: Colleague(
                staff_id=person.id,
                title=person.title,
                given_name=person.given_name,
                family_name=person.family_name,
                say_as=person.say_as,
                mobile=person.mobile,
                weekdays=frozenset(int(day) for day in person.weekdays),
                roles=tuple(held[person.id]),
                absences=tuple(away[person.id]),
                last_hours={int(day): clock for day, clock in person.last_hours.items()},
                administrator=person.administrator,
            )
            for person in people
        },
        holders={role: tuple(ids) for role, ids in holders.items()},
        rota=tuple(
            Shift(shift.staff_id, frozenset(int(day) for day in shift.weekdays), shift.starts, shift.ends)
            for shift in shifts
            if shift.staff_id in here & warned
        ),
        calendar=await calendar_of(session, school_id),
        rules=tuple(
            Rule(topic, class_id, role, staff_id)
            for topic, class_id, role, staff_id in rules
            if staff_id is None or staff_id in here
        ),
    )
