"""Who read what a guardian wrote, by role: she may ask, and the answer names no colleague."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.aside import readers
from db.queries.cases import one_case
from db.queries.staff import Me
from db.tables import Case, ClassMentor
from db.types import Role, Sensitivity

ADMINISTRATOR, COLLEAGUE = "administrator", "colleague"


@dataclass(frozen=True, slots=True)
class Looked:
    """Somebody, by what they are at school (roles, `administrator`, or `colleague`), and when."""

    roles: tuple[str, ...]
    first: dt.datetime
    last: dt.datetime


@dataclass(frozen=True, slots=True)
class Thread:
    """One case of hers: since when, about what (empty where that is special), and who looked."""

    opened_at: dt.datetime
    topic: str
    readers: tuple[Looked, ...]


async def readers_of_guardian(session: AsyncSession, school_id: int, guardian_id: int) -> tuple[Thread, ...]:
    """All her cases, the newest first."""
    return await _threads(session, school_id, Case.guardian_id == guardian_id)


async def readers_of_case(session: AsyncSession, me: Me, case_id: int) -> tuple[Thread, ...]:
    """Those of the guardian of a case; of an unknown one this case alone. Nothing where the case is not there for me."""
    row = await one_case(session, me, case_id)
    if row is None:
        return ()
    if row.guardian_id is None:
        return await _threads(session, me.school_id, Case.id == case_id)
    return await readers_of_guardian(session, me.school_id, row.guardian_id)


async def _threads(session: AsyncSession, school_id: int, which: ColumnElement[bool]) -> tuple[Thread, ...]:
    rows = (
        await session.scalars(
            select(Case).where(Case.school_id == school_id, which).order_by(Case.opened_at.desc(), Case.id.desc())
        )
    ).all()
    mentors = set(await session.scalars(select(ClassMentor.staff_id).where(ClassMentor.school_id == school_id)))
    threads = []
    for row in rows:
        looked = tuple(
            Looked(
                tuple(role.value for role in one.roles)
                or ((Role.MENTOR.value,) if one.staff_id in mentors else ())
                or ((ADMINISTRATOR,) if one.administrator else (COLLEAGUE,)),
                one.first,
                one.last,
            )
            for one in await readers(session, school_id, row.id)
        )
        threads.append(Thread(row.opened_at, "" if row.sensitivity is Sensitivity.SPECIAL else row.topic, looked))
    return tuple(threads)
