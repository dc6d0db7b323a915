"""What the line did not understand, for the administrator."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Unanswered


@dataclass(frozen=True, slots=True)
class UnansweredRow:
    """One message, without the person. `offered`: what it was taken for, the best guess first."""

    id: int
    language: str
    text: str
    offered: tuple[str, ...]
    decision: str
    chosen: str | None
    at: dt.datetime


async def unanswered_rows(
    session: AsyncSession, school_id: int, *, settled: bool = False, most: int
) -> tuple[UnansweredRow, ...]:
    """The newest first; what was purged is left out. `settled`: those that were put aside."""
    aside = Unanswered.settled_at.is_not(None) if settled else Unanswered.settled_at.is_(None)
    rows = await session.scalars(
        select(Unanswered)
        .where(Unanswered.school_id == school_id, Unanswered.text != "", aside)
        .order_by(Unanswered.at.desc(), Unanswered.id.desc())
        .limit(most)
    )
    return tuple(
        UnansweredRow(row.id, row.language, row.text, tuple(row.offered), row.decision, row.chosen, row.at)
        for row in rows
    )
