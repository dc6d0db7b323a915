"""What stands beside the messages of a case: notes of colleagues, the other cases of the same conversation, who read it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.cases import readable
from db.queries.staff import Me, shown_name
from db.tables import Case, CaseNote, CaseRead, Staff, StaffRole
from db.types import Role


@dataclass(frozen=True, slots=True)
class Note:
    """A colleague's note."""

    by: str
    at: dt.datetime
    text: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who read the thread: first, last, and on how many occasions (at most one in ten minutes)."""

    staff_id: int
    name: str
    roles: tuple[Role, ...]
    administrator: bool
    first: dt.datetime
    last: dt.datetime
    times: int


async def notes(session: AsyncSession, me: Me, case_id: int) -> tuple[Note, ...]:
    """The notes of a case that this person may read, in order."""
    rows = await session.execute(
        select(CaseNote, Staff)
        .join(Case, Case.id == CaseNote.case_id)
        .join(Staff, Staff.id == CaseNote.staff_id)
        .where(CaseNote.school_id == me.school_id, CaseNote.case_id == case_id, readable(me))
        .order_by(CaseNote.at, CaseNote.id)
    )
    return tuple(
        Note(shown_name(staff.title, staff.given_name, staff.family_name), note.at, note.text)
        for note, staff in rows
        if note.text
    )


async def readers(session: AsyncSession, school_id: int, case_id: int) -> tuple[Reader, ...]:
    """Who read a thread, in the order of their first look; with the roles they hold today."""
    rows = (
        await session.execute(
            select(Staff, func.min(CaseRead.at), func.max(CaseRead.at), func.count())
            .join(Staff, Staff.id == CaseRead.staff_id)
            .where(CaseRead.school_id == school_id, CaseRead.case_id == case_id)
            .group_by(Staff.id)
            .order_by(func.min(CaseRead.at), Staff.id)
        )
    ).all()
    held: dict[int, list[Role]] = {}
    for staff_id, role in await session.execute(
        select(StaffRole.staff_id, StaffRole.role)
        .where(StaffRole.school_id == school_id, StaffRole.staff_id.in_([row[0].id for row in rows]))
        .order_by(StaffRole.position, StaffRole.id)
    ):
        held.setdefault(staff_id, []).append(role)
    return tuple(
        Reader(
            staff.id,
            shown_name(staff.title, staff.given_name, staff.family_name),
            tuple(held.get(staff.id, ())),
            staff.administrator,
            first,
            last,
            times,
        )
        for staff, first, last, times in rows
    )
