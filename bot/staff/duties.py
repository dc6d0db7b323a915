"""Who stands for what: roles, the mentors of a class, and the rota of those who are warned of danger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Refusal
from bot.staff.marks import N_
from bot.staff.reassigning import mentors_changed
from bot.staff.settings import NotHere
from bot.staff.team import works_here
from bot.staff.typed import WrongFields, time
from db.tables import ClassMentor, RotaShift, SchoolClass, StaffRole
from db.types import Role

MOST = 20


async def set_role(session: AsyncSession, school_id: int, role: Role, staff_ids: Sequence[int]) -> None:
    """These people hold the role, the first one first."""
    ordered = await _people(session, school_id, staff_ids)
    await session.execute(delete(StaffRole).where(StaffRole.school_id == school_id, StaffRole.role == role))
    session.add_all(
        StaffRole(school_id=school_id, staff_id=staff_id, role=role, position=position)
        for position, staff_id in enumerate(ordered, 1)
    )


async def set_mentors(
    session: AsyncSession, school_id: int, class_id: int, staff_ids: Sequence[int], *, now: dt.datetime
) -> None:
    """These people are the mentors of a class, the first one first. A pupil's own mentors stay; open cases go along."""
    ordered = await _people(session, school_id, staff_ids)
    found = await session.get(SchoolClass, class_id, with_for_update=True)
    if found is None or found.school_id != school_id:
        raise NotHere("This class is not here (any more).")
    await session.execute(
        delete(ClassMentor).where(ClassMentor.school_id == school_id, ClassMentor.class_id == class_id)
    )
    session.add_all(
        ClassMentor(school_id=school_id, staff_id=staff_id, class_id=class_id, position=position)
        for position, staff_id in enumerate(ordered, 1)
    )
    await mentors_changed(session, school_id, now=now)


async def add_shift(
    session: AsyncSession, school_id: int, staff_id: int | None, weekdays: Collection[int], starts: str, ends: str
) -> None:
    """Warn this person on these weekdays between these hours. Needs a mobile number: the warning goes by SMS."""
    wrong: dict[str, str] = {}
    hours = {}
    for name, text in (("starts", starts), ("ends", ends)):
        try:
            hours[name] = time(text)
        except Refusal as error:
            wrong[name] = str(error)
    if not wrong and hours["ends"] <= hours["starts"]:
        wrong["ends"] = N_("This ends before it begins.")
    if not weekdays or not set(weekdays) <= set(range(7)):
        wrong["weekdays"] = N_("Choose at least one day.")
    if staff_id is None:
        wrong["staff"] = N_("Choose a person.")
    elif not (await works_here(session, school_id, staff_id)).mobile:
        wrong["staff"] = N_("Give this person a mobile number first: the warning goes out by SMS.")
    if wrong or staff_id is None:
        raise WrongFields(wrong)
    days = "".join(str(day) for day in sorted(set(weekdays)))
    session.add(RotaShift(school_id=school_id, staff_id=staff_id, weekdays=days, **hours))


async def remove_shift(session: AsyncSession, school_id: int, shift_id: int) -> None:
    """This person is not warned any more at these times."""
    shift = await session.get(RotaShift, shift_id)
    if shift is None or shift.school_id != school_id:
        raise NotHere("This is not here (any more).")
    await session.delete(shift)


async def _people(session: AsyncSession, school_id: int, staff_ids: Sequence[int]) -> list[int]:
    """Each once, in order, all of them here."""
    ordered = list(dict.fromkeys(staff_ids))[:MOST]
    for staff_id in ordered:
        await works_here(session, school_id, staff_id)
    return ordered
