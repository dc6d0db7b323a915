"""What the settings pages show: small frozen rows of one school."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.staff import shown_name
from db.tables import (
    ClassMentor,
    ProviderAccount,
    Pupil,
    RotaShift,
    SchoolClass,
    SchoolFact,
    SettingChange,
    Staff,
    StaffAbsence,
    StaffRole,
)
from db.types import Provider, Role


@dataclass(frozen=True, slots=True)
class AbsenceRow:
    """Days away, both included."""

    id: int
    first_day: dt.date
    last_day: dt.date
    substitute_id: int | None


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A member of staff, as the administrator sees them."""

    id: int
    title: str
    given_name: str
    family_name: str
    say_as: str
    email: str
    mobile: str
    weekdays: frozenset[int]
    administrator: bool
    last_hours: Mapping[int, str]
    can_log_in: bool
    left_at: dt.datetime | None
    roles: tuple[Role, ...]
    classes: tuple[str, ...]
    absences: tuple[AbsenceRow, ...]

    @property
    def name(self) -> str:
        """As parents read it."""
        return shown_name(self.title, self.given_name, self.family_name)

    def away_on(self, day: dt.date) -> AbsenceRow | None:
        """The absence that this day falls in."""
        return next((absence for absence in self.absences if absence.first_day <= day <= absence.last_day), None)


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class and its mentors, first to last."""

    id: int
    name: str
    mentors: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """Who is warned of danger, and when."""

    id: int
    staff_id: int
    weekdays: frozenset[int]
    starts: str
    ends: str


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account at a provider, without its secrets."""

    id: int
    provider: Provider
    whatsapp_from: str
    sms_from: str
    service_sid: str
    paused_until: dt.datetime | None
    caught_up_at: dt.datetime | None
    fault: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change of the settings. `items`: [from, to] by setting, empty once it was kept long enough."""

    id: int
    staff_id: int
    at: dt.datetime
    what: str
    items: Mapping[str, Any]
    undoes_id: int | None
    undone: bool


async def fact_values(session: AsyncSession, school_id: int) -> Mapping[str, str]:
    """The facts that the school has filled in."""
    rows = await session.execute(select(SchoolFact.name, SchoolFact.value).where(SchoolFact.school_id == school_id))
    return {row.name: row.value for row in rows if row.value}


async def staff_rows(session: AsyncSession, school_id: int) -> tuple[StaffRow, ...]:
    """Everybody, those who left last, by family name."""
    roles: dict[int, list[Role]] = defaultdict(list)
    for staff_id, role in await session.execute(
        select(StaffRole.staff_id, StaffRole.role)
        .where(StaffRole.school_id == school_id)
        .order_by(StaffRole.position, StaffRole.id)
    ):
        roles[staff_id].append(role)
    classes: dict[int, list[str]] = defaultdict(list)
    for staff_id, name in await session.execute(
        select(ClassMentor.staff_id, SchoolClass.name)
        .join(SchoolClass, SchoolClass.id == ClassMentor.class_id)
        .where(ClassMentor.school_id == school_id)
        .order_by(SchoolClass.name)
    ):
        classes[staff_id].append(name)
    absences: dict[int, list[AbsenceRow]] = defaultdict(list)
    for row in await session.scalars(
        select(StaffAbsence).where(StaffAbsence.school_id == school_id).order_by(StaffAbsence.first_day)
    ):
        absences[row.staff_id].append(AbsenceRow(row.id, row.first_day, row.last_day, row.substitute_id))
    people = await session.scalars(select(Staff).where(Staff.school_id == school_id))
    rows = [
        StaffRow(
            id=person.id,
            title=person.title,
            given_name=person.given_name,
            family_name=person.family_name,
            say_as=person.say_as,
            email=person.email,
            mobile=person.mobile,
            weekdays=_days(person.weekdays),
            administrator=person.administrator,
            last_hours={int(day): clock for day, clock in person.last_hours.items()},
            can_log_in=person.login_id is not None,
            left_at=person.left_at,
            roles=tuple(roles[person.id]),
            classes=tuple(classes[person.id]),
            absences=tuple(absences[person.id]),
        )
        for person in people
    ]
    return tuple(sorted(rows, key=lambda row: (row.left_at is not None, row.family_name.casefold(), row.id)))


async def class_rows(session: AsyncSession, school_id: int) -> tuple[ClassRow, ...]:
    """All classes with the mentors of the class itself."""
    mentors: dict[int | None, list[int]] = defaultdict(list)
    for class_id, staff_id in await session.execute(
        select(ClassMentor.class_id, ClassMentor.staff_id)
        .where(ClassMentor.school_id == school_id, ClassMentor.class_id.is_not(None))
        .order_by(ClassMentor.position, ClassMentor.id)
    ):
        mentors[class_id].append(staff_id)
    rows = await session.execute(
        select(SchoolClass.id, SchoolClass.name).where(SchoolClass.school_id == school_id).order_by(SchoolClass.name)
    )
    return tuple(ClassRow(row.id, row.name, tuple(mentors[row.id])) for row in rows)


async def shift_rows(session: AsyncSession, school_id: int) -> tuple[ShiftRow, ...]:
    """The safety rota."""
    rows = await session.scalars(
        select(RotaShift).where(RotaShift.school_id == school_id).order_by(RotaShift.starts, RotaShift.id)
    )
    return tuple(ShiftRow(row.id, row.staff_id, _days(row.weekdays), row.starts, row.ends) for row in rows)


async def account_rows(session: AsyncSession, school_id: int) -> tuple[AccountRow, ...]:
    """The accounts that carry this school's messages."""
    rows = await session.scalars(
        select(ProviderAccount).where(ProviderAccount.school_id == school_id).order_by(ProviderAccount.id)
    )
    return tuple(
        AccountRow(
            id=row.id,
            provider=row.provider,
            whatsapp_from=row.whatsapp_from,
            sms_from=row.sms_from,
            service_sid=row.service_sid,
            paused_until=row.paused_until,
            caught_up_at=row.caught_up_at,
            fault=row.fault,
        )
        for row in rows
    )


async def change_rows(
    session: AsyncSession, school_id: int, *, before: int | None, limit: int
) -> tuple[ChangeRow, ...]:
    """What was changed in the settings, the newest first; `before`: older than the change with this number."""
    query = select(SettingChange).where(SettingChange.school_id == school_id)
    if before is not None:
        query = query.where(SettingChange.id < before)
    rows = (await session.scalars(query.order_by(SettingChange.id.desc()).limit(limit))).all()
    taken_back = select(SettingChange.undoes_id).where(
        SettingChange.school_id == school_id, SettingChange.undoes_id.in_([row.id for row in rows])
    )
    undone = set(await session.scalars(taken_back))
    return tuple(
        ChangeRow(row.id, row.staff_id, row.at, row.what, row.items, row.undoes_id, row.id in undone) for row in rows
    )


async def mentors_of(session: AsyncSession, school_id: int, pupil_id: int | None) -> tuple[int, ...]:
    """A pupil's mentors: their own first, then the class's."""
    if pupil_id is None:
        return ()
    class_id = select(Pupil.class_id).where(Pupil.school_id == school_id, Pupil.id == pupil_id).scalar_subquery()
    rows = await session.scalars(
        select(ClassMentor.staff_id)
        .where(
            ClassMentor.school_id == school_id,
            or_(ClassMentor.pupil_id == pupil_id, ClassMentor.class_id == class_id),
        )
        .order_by(ClassMentor.pupil_id.is_(None), ClassMentor.position, ClassMentor.id)
    )
    return tuple(dict.fromkeys(rows))


def _days(weekdays: str) -> frozenset[int]:
    return frozenset(int(day) for day in weekdays)
