"""What stands beside the messages of a case: notes of colleagues, the other cases of the same conversation, who read it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.queries.cases import readable
from db.queries.door import rights_on
from db.queries.staff import Me, shown_name
from db.tables import (
    Case,
    CaseEvent,
    CaseNote,
    CaseRead,
    CaseWriter,
    Guardianship,
    Outbox,
    Pupil,
    SchoolClass,
    Staff,
    StaffRole,
)
from db.types import Author, CaseState, Rights, Role, Sensitivity

WRITING = dt.timedelta(seconds=40)
"""So long after the last key somebody still counts as writing."""
ANSWERED = dt.timedelta(minutes=10)


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


@dataclass(frozen=True, slots=True)
class Company:
    """Colleagues at the same case just now."""

    writing: tuple[str, ...] = ()
    answered_by: str = ""
    answered_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """Another case of the same conversation, as far as somebody may read it."""

    case_id: int
    topic: str
    sensitivity: Sensitivity
    state: CaseState
    opened_at: dt.datetime
    merged: bool
    """It was taken into the one that is looked at."""


@dataclass(frozen=True, slots=True)
class Child:
    """A child whom a case may be about."""

    pupil_id: int
    name: str
    class_name: str


async def company(session: AsyncSession, me: Me, case_id: int, *, now: dt.datetime) -> Company:
    """Who else is writing an answer, and which colleague answered a moment ago."""
    writer = aliased(Staff)
    writing = await session.scalars(
        select(writer)
        .join(CaseWriter, CaseWriter.staff_id == writer.id)
        .join(Case, Case.id == CaseWriter.case_id)
        .where(readable(me), Case.id == case_id, CaseWriter.staff_id != me.staff_id, CaseWriter.at > now - WRITING)
        .order_by(writer.id)
    )
    answered = (
        await session.execute(
            select(CaseEvent.at, writer)
            .join(writer, writer.id == CaseEvent.staff_id)
            .join(Case, Case.id == CaseEvent.case_id)
            .where(
                readable(me),
                Case.id == case_id,
                CaseEvent.kind == "replied",
                CaseEvent.staff_id != me.staff_id,
                CaseEvent.at > now - ANSWERED,
            )
            .order_by(CaseEvent.id.desc())
            .limit(1)
        )
    ).one_or_none()
    names = tuple(shown_name(one.title, one.given_name, one.family_name) for one in writing)
    if answered is None:
        return Company(names)
    who = answered[1]
    return Company(names, shown_name(who.title, who.given_name, who.family_name), answered[0])


async def beside(session: AsyncSession, me: Me, case_id: int) -> tuple[Beside, ...]:
    """The other cases of the same conversation and the same guardian; those of another guardian are not told of."""
    this = aliased(Case)
    rows = await session.execute(
        select(Case)
        .join(this, this.conversation_id == Case.conversation_id)
        .where(
            this.id == case_id,
            Case.id != case_id,
            readable(me),
            Case.guardian_id.is_not_distinct_from(this.guardian_id),
            func.coalesce(Case.merged_into_id, case_id) == case_id,
        )
        .order_by(Case.id.desc())
        .limit(20)
    )
    return tuple(
        Beside(row.id, row.topic, row.sensitivity, row.state, row.opened_at, row.merged_into_id == case_id)
        for row in rows.scalars()
    )


async def children(session: AsyncSession, me: Me, case_id: int, today: dt.date) -> tuple[Child, ...]:
    """The children at school of the guardian of a case, to whom she has rights on this day."""
    rows = await session.execute(
        select(Pupil.id, Pupil.given_name, Pupil.family_name, SchoolClass.name)
        .join(Guardianship, Guardianship.pupil_id == Pupil.id)
        .join(Case, Case.guardian_id == Guardianship.guardian_id)
        .outerjoin(SchoolClass, SchoolClass.id == Pupil.class_id)
        .where(readable(me), Case.id == case_id, rights_on(today) != Rights.NONE)
        .order_by(Pupil.given_name, Pupil.id)
    )
    return tuple(Child(row[0], f"{row[1]} {row[2]}".strip(), row[3] or "") for row in rows)


async def used_phrases(session: AsyncSession, me: Me) -> tuple[str, ...]:
    """The responses this person sent, the one used last first."""
    rows = await session.execute(
        select(Outbox.response)
        .where(Outbox.school_id == me.school_id, Outbox.staff_id == me.staff_id, Outbox.author == Author.STAFF)
        .group_by(Outbox.response)
        .order_by(func.max(Outbox.id).desc())
        .limit(50)
    )
    return tuple(rows.scalars())
