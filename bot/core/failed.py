"""A message that will never arrive becomes work for a person, where a person is waiting for it to arrive."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Case, CaseEvent, Conversation, Outbox
from db.types import Author, CaseState, Lane


async def tell_staff(session: AsyncSession, conversation: Conversation, row: Outbox, *, now: dt.datetime) -> None:
    """Reopen the case that a lost staff reply (or a lost answer about it) belongs to, and say so in its history."""
    if row.case_id is None or (row.author is Author.BOT and row.lane is Lane.PROACTIVE):
        return
    case = await session.get_one(Case, row.case_id, with_for_update=True)
    case.state = CaseState.OPEN
    case.closed_at = None
    case.waiting_since = case.waiting_since or now
    session.add(
        CaseEvent(
            school_id=conversation.school_id,
            case_id=case.id,
            kind="not_delivered",
            to_id=case.assignee_id,
            note=row.code or "",
            at=now,
        )
    )
