"""What translation asks the database: what is still to be put into Dutch, which names it must not send, what it cost."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import (
    Case,
    Conversation,
    Guardian,
    Guardianship,
    Inbox,
    Pupil,
    School,
    SchoolClass,
    Staff,
    TranslationUse,
)
from db.tables.messages import INBOX_LATER, INBOX_UNTRANSLATED
from db.types import CaseState, Sensitivity

AT_ONCE = 20
COUNTED = 100_000
"""More than these need not be counted to be too many."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message of hers that has no Dutch yet."""

    inbox_id: int
    school_id: int
    case_id: int
    text: str
    language: str | None
    tries: int
    at: dt.datetime | None


async def waiting(session: AsyncSession, now: dt.datetime) -> tuple[Waiting, ...]:
    """Messages in cases that nobody has looked at, or whose next attempt is due; oldest first."""
    rows = await session.execute(
        select(
            Inbox.id,
            Inbox.school_id,
            Inbox.case_id,
            Inbox.text,
            func.coalesce(Inbox.language, Conversation.language, Guardian.language),
            Inbox.dutch_tries,
            Inbox.dutch_at,
        )
        .join(Case, and_(Case.school_id == Inbox.school_id, Case.id == Inbox.case_id))
        .join(Conversation, Conversation.id == Inbox.conversation_id)
        .outerjoin(Guardian, Guardian.id == Case.guardian_id)
        .where(
            INBOX_UNTRANSLATED,
            or_(Inbox.dutch_at.is_(None), Inbox.dutch_at <= now),
        )
        .order_by(Inbox.id)
        .limit(AT_ONCE)
    )
    return tuple(
        Waiting(
            inbox_id=row[0],
            school_id=row[1],
            case_id=row[2] or 0,
            text=row[3],
            language=row[4],
            tries=row[5],
            at=row[6],
        )
        for row in rows
    )


@dataclass(frozen=True, slots=True)
class Still:
    """What decides whether a message may be given to a translator, as it is now."""

    sensitivity: Sensitivity
    closed: bool
    allowed: str


async def still_waiting(session: AsyncSession, row: Waiting) -> Still | None:
    """How it stands with a message just before it leaves; None: it was emptied, or belongs to another case now."""
    found = (
        await session.execute(
            select(Case.sensitivity, Case.state, School.translation)
            .join(Inbox, and_(Inbox.school_id == Case.school_id, Inbox.case_id == Case.id))
            .join(School, School.id == Case.school_id)
            .where(
                Inbox.school_id == row.school_id,
                Inbox.id == row.inbox_id,
                Inbox.case_id == row.case_id,
                Inbox.text == row.text,
            )
        )
    ).one_or_none()
    return None if found is None else Still(found[0], found[1] is CaseState.CLOSED, found[2])


async def allowed(session: AsyncSession, school_id: int) -> str:
    """What a school lets a machine translate, as `School.translation` has it."""
    return await session.scalar(select(School.translation).where(School.id == school_id)) or ""


async def sensitivity_of(session: AsyncSession, school_id: int, case_id: int) -> Sensitivity | None:
    """How private a case is."""
    return await session.scalar(select(Case.sensitivity).where(Case.school_id == school_id, Case.id == case_id))


async def known_names(session: AsyncSession, school_id: int, case_id: int) -> tuple[str, ...]:
    """All names that a text of this case may hold: the family's, both sides of it, and everybody who works at school."""
    case = (
        await session.execute(select(Case).where(Case.school_id == school_id, Case.id == case_id))
    ).scalar_one_or_none()
    found: list[str] = []
    if case is not None:
        pupils = select(Guardianship.pupil_id).where(
            Guardianship.school_id == school_id, Guardianship.guardian_id == case.guardian_id
        )
        children = await session.execute(
            select(Pupil.id, Pupil.given_name, Pupil.family_name, SchoolClass.name)
            .outerjoin(SchoolClass, SchoolClass.id == Pupil.class_id)
            .where(Pupil.school_id == school_id, or_(Pupil.id == case.pupil_id, Pupil.id.in_(pupils)))
        )
        ids = []
        for row in children:
            ids.append(row[0])
            found += [f"{row[1]} {row[2]}", row[3] or ""]
        parents = await session.execute(
            select(Guardian.given_name, Guardian.family_name)
            .join(Guardianship, Guardianship.guardian_id == Guardian.id)
            .where(
                Guardian.school_id == school_id, or_(Guardianship.pupil_id.in_(ids), Guardian.id == case.guardian_id)
            )
        )
        found += [f"{row[0]} {row[1]}" for row in parents]
    people = await session.execute(
        select(Staff.given_name, Staff.family_name).where(Staff.school_id == school_id, Staff.left_at.is_(None))
    )
    found += [f"{row[0]} {row[1]}" for row in people]
    return tuple(dict.fromkeys(name.strip() for name in found if name.strip()))


@dataclass(frozen=True, slots=True)
class Use:
    """What a month cost."""

    month: str
    calls: int
    characters: int


async def use_of(session: AsyncSession, school_id: int, *, months: int = 6) -> tuple[Use, ...]:
    """A school's last months, the newest first."""
    rows = await session.execute(
        select(TranslationUse.month, TranslationUse.calls, TranslationUse.characters)
        .where(TranslationUse.school_id == school_id)
        .order_by(TranslationUse.month.desc())
        .limit(months)
    )
    return tuple(Use(row[0], row[1], row[2]) for row in rows)


async def use_in(session: AsyncSession, month: str) -> Use:
    """All schools in one month."""
    row = (
        await session.execute(
            select(
                func.coalesce(func.sum(TranslationUse.calls), 0), func.coalesce(func.sum(TranslationUse.characters), 0)
            ).where(TranslationUse.month == month)
        )
    ).one()
    return Use(month, int(row[0]), int(row[1]))


async def untranslated(session: AsyncSession) -> int:
    """Messages that are tried again for their Dutch, over all schools; of a case closed meanwhile until it is their turn."""
    # In order and bounded, for its own sake SQLite would take the index of cases, and so read every message of one.
    rows = select(Inbox.id).where(INBOX_UNTRANSLATED, INBOX_LATER).order_by(Inbox.id).limit(COUNTED)
    return await session.scalar(select(func.count()).select_from(rows.subquery())) or 0
