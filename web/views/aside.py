"""What stands beside the messages of a case, gathered for its page."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.aside import Note, notes
from db.queries.cases import CaseRow
from db.queries.staff import Me


@dataclass(frozen=True, slots=True)
class Aside:
    """Empty for whoever may not read the case."""

    notes: tuple[Note, ...] = ()


async def load_aside(session: AsyncSession, me: Me, row: CaseRow) -> Aside:
    """Read it."""
    if not row.readable:
        return Aside()
    return Aside(notes=await notes(session, me, row.case_id))
