"""What stands beside the messages of a case, gathered for its page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff.phrases import PREFIX
from bot.staff.sensitivity import RANK, trusted
from bot.turn.topics import TOPICS
from db.queries.aside import (
    Beside,
    Child,
    Company,
    Note,
    Reader,
    beside,
    children,
    company,
    notes,
    readers,
    used_phrases,
)
from db.queries.cases import CaseRow
from db.queries.staff import Me
from db.types import Sensitivity
from web.views.inbox import fingerprint


@dataclass(frozen=True, slots=True)
class CompanyPart:
    """Who else is here, with a mark by which the page sees that it changed."""

    writing: tuple[str, ...]
    answered_by: str
    answered_at: dt.datetime | None
    version: str


@dataclass(frozen=True, slots=True)
class Aside:
    """Empty for whoever may not read the case."""

    notes: tuple[Note, ...] = ()
    others: tuple[Beside, ...] = ()
    children: tuple[Child, ...] = ()
    readers: tuple[Reader, ...] = ()
    levels: tuple[Sensitivity, ...] = ()
    topics: tuple[str, ...] = ()
    company: CompanyPart | None = None
    used: tuple[str, ...] = ()
    """Ready phrases by their response, the one this person used last first."""

    def first(self, name: str) -> int:
        """Where a ready phrase stands among those to choose from."""
        response = PREFIX + name
        return self.used.index(response) if response in self.used else len(self.used)


async def load_aside(session: AsyncSession, me: Me, row: CaseRow, *, now: dt.datetime) -> Aside:
    """Read it."""
    if not row.readable:
        return Aside()
    lower = 0 if trusted(me) else RANK.index(row.sensitivity)
    return Aside(
        notes=await notes(session, me, row.case_id),
        others=await beside(session, me, row.case_id),
        children=await children(session, me, row.case_id, me.today(now)),
        readers=await readers(session, me.school_id, row.case_id),
        levels=tuple(level for level in RANK[lower:] if level is not row.sensitivity),
        topics=tuple(TOPICS),
        company=await load_company(session, me, row.case_id, now=now),
        used=await used_phrases(session, me),
    )


async def load_company(session: AsyncSession, me: Me, case_id: int, *, now: dt.datetime) -> CompanyPart:
    """Who else is at this case."""
    found: Company = await company(session, me, case_id, now=now)
    return CompanyPart(found.writing, found.answered_by, found.answered_at, fingerprint(found))
