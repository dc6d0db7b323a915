"""Adding a member of staff who can log in."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Refusal
from db.tables import School, Staff, StaffLogin, StaffRole
from db.types import Role


async def add_member(
    session: AsyncSession,
    *,
    email: str,
    password_hash: str,
    given_name: str = "",
    family_name: str = "",
    title: str = "",
    roles: Sequence[Role] = (),
    administrator: bool = False,
    school_id: int | None = None,
) -> str:
    """Let somebody log in at a school; returns the school's name. Somebody whom the school already has gets a login."""
    email = email.strip().casefold()
    if "@" not in email:
        raise Refusal("That is not an e-mail address.")
    school = await one_school(session, school_id)
    login = (await session.execute(select(StaffLogin).where(StaffLogin.email == email))).scalar_one_or_none()
    if login is None:
        login = StaffLogin(email=email, password_hash=password_hash)
        session.add(login)
        await session.flush()
    staff = (
        await session.execute(
            select(Staff).where(Staff.school_id == school.id, func.lower(Staff.email) == email, Staff.left_at.is_(None))
        )
    ).scalar_one_or_none()
    if staff is None:
        if not (given_name or family_name):
            raise Refusal("The school does not know this person yet: give a name too.")
        staff = Staff(school_id=school.id, title=title, given_name=given_name, family_name=family_name, email=email)
        session.add(staff)
    elif staff.login_id is not None:
        raise Refusal("This person can log in already; change the password instead.")
    staff.login_id = login.id
    staff.administrator = administrator or bool(staff.administrator)
    await session.flush()
    held = set(
        (
            await session.execute(
                select(StaffRole.role).where(StaffRole.school_id == school.id, StaffRole.staff_id == staff.id)
            )
        ).scalars()
    )
    for role in dict.fromkeys(roles):
        if role not in held:
            session.add(StaffRole(school_id=school.id, staff_id=staff.id, role=role))
    school.version += 1
    return school.name


async def make_school(session: AsyncSession, name: str) -> School:
    """A real school with nothing in it yet. Invented people never stand beside real ones."""
    name = name.strip()
    if not name:
        raise Refusal("Give the school a name.")
    schools = (await session.execute(select(School))).scalars().all()
    if any(school.demo for school in schools):
        raise Refusal("This database holds the demo school: set OUDERLIJN_DATABASE_URL to one of the school's own.")
    if any(school.name.casefold() == name.casefold() for school in schools):
        raise Refusal("There is a school of this name already.")
    school = School(name=name, version=1)
    session.add(school)
    await session.flush()
    return school


async def one_school(session: AsyncSession, school_id: int | None) -> School:
    """The school with this number; without one, the only real school, or the demo. Raises Refusal where that is unclear."""
    schools = (await session.execute(select(School).order_by(School.demo, School.id))).scalars().all()
    if school_id is not None:
        found = next((school for school in schools if school.id == school_id), None)
        if found is None:
            raise Refusal("There is no school with this number.")
        return found
    real = [school for school in schools if not school.demo] or list(schools)
    if not real:
        raise Refusal("There is no school yet: python -m bot staff add EMAIL --new-school NAME makes it.")
    if len(real) > 1:
        raise Refusal("There are several schools: say which with --school NUMBER (python -m bot people list).")
    return real[0]
