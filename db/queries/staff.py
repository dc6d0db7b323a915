"""Who is logged in, and who works at a school: small frozen rows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import School, Session, Staff, StaffLogin, StaffRole
from db.types import Role


@dataclass(frozen=True, slots=True)
class Me:
    """The person at this browser, and the school they are here for."""

    staff_id: int
    school_id: int
    name: str
    administrator: bool
    roles: tuple[Role, ...]
    school_name: str
    timezone: str
    accent: str

    def today(self, now: dt.datetime) -> dt.date:
        """The day at school."""
        return now.astimezone(ZoneInfo(self.timezone)).date()


@dataclass(frozen=True, slots=True)
class Seen:
    """A live session: who it is, and when the session was last written down as used."""

    me: Me
    seen_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff, for lists and choices."""

    staff_id: int
    name: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class LoginRow:
    """One login, for the operator's list."""

    email: str
    school_name: str
    name: str
    administrator: bool
    disabled: bool


async def who(session: AsyncSession, token_hash: str, now: dt.datetime) -> Seen | None:
    """Whose session this is; None if it has ended, or the person has left or may no longer log in."""
    row = (
        await session.execute(
            select(Session.seen_at, Staff, School)
            .join(Staff, Staff.id == Session.staff_id)
            .join(School, School.id == Staff.school_id)
            .join(StaffLogin, StaffLogin.id == Session.login_id)
            .where(
                Session.token_hash == token_hash,
                Session.expires_at > now,
                Staff.left_at.is_(None),
                Staff.login_id == Session.login_id,
                StaffLogin.disabled_at.is_(None),
            )
        )
    ).one_or_none()
    if row is None:
        return None
    seen_at, staff, school = row
    return Seen(await _me(session, staff, school), seen_at)


async def _me(session: AsyncSession, staff: Staff, school: School) -> Me:
    roles = await session.execute(
        select(StaffRole.role)
        .where(StaffRole.school_id == school.id, StaffRole.staff_id == staff.id)
        .order_by(StaffRole.role)
    )
    return Me(
        staff_id=staff.id,
        school_id=school.id,
        name=shown_name(staff.title, staff.given_name, staff.family_name),
        administrator=staff.administrator,
        roles=tuple(roles.scalars()),
        school_name=school.name,
        timezone=school.timezone,
        accent=school.accent,
    )


async def me_of(session: AsyncSession, school_id: int, staff_id: int) -> Me | None:
    """A colleague who is not at a browser: writes a mail, say. None: nobody who works here."""
    row = (
        await session.execute(
            select(Staff, School)
            .join(School, School.id == Staff.school_id)
            .where(Staff.school_id == school_id, Staff.id == staff_id, Staff.left_at.is_(None))
        )
    ).one_or_none()
    return None if row is None else await _me(session, row[0], row[1])


async def people(session: AsyncSession, school_id: int) -> tuple[Person, ...]:
    """Everybody who works at the school, by name."""
    held: dict[int, list[Role]] = {}
    for staff_id, role in await session.execute(
        select(StaffRole.staff_id, StaffRole.role)
        .where(StaffRole.school_id == school_id)
        .order_by(StaffRole.position, StaffRole.id)
    ):
        held.setdefault(staff_id, []).append(role)
    rows = await session.execute(
        select(Staff.id, Staff.title, Staff.given_name, Staff.family_name).where(
            Staff.school_id == school_id, Staff.left_at.is_(None)
        )
    )
    found = [
        Person(row.id, shown_name(row.title, row.given_name, row.family_name), tuple(held.get(row.id, ())))
        for row in rows
    ]
    return tuple(sorted(found, key=lambda person: person.name.casefold()))


async def logins(session: AsyncSession) -> tuple[LoginRow, ...]:
    """All logins, by e-mail."""
    rows = await session.execute(
        select(StaffLogin.email, StaffLogin.disabled_at, School.name.label("school_name"), Staff)
        .join(Staff, Staff.login_id == StaffLogin.id)
        .join(School, School.id == Staff.school_id)
        .where(Staff.left_at.is_(None))
        .order_by(StaffLogin.email, School.id)
    )
    return tuple(
        LoginRow(
            email=row.email,
            school_name=row.school_name,
            name=shown_name(row.Staff.title, row.Staff.given_name, row.Staff.family_name),
            administrator=row.Staff.administrator,
            disabled=row.disabled_at is not None,
        )
        for row in rows
    )


def shown_name(title: str, given: str, family: str) -> str:
    """As parents and colleagues read it: "mevrouw De Wit", or both names where there is no title."""
    upper = family[:1].upper() + family[1:]
    return f"{title} {upper}" if title else f"{given} {family}".strip()
