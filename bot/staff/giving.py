"""Giving a case to somebody: always with a line in its history, one line of why, and the person told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff.telling import Told, tell
from db.engine import ring
from db.tables import Case, CaseEvent, Conversation


async def give(
    session: AsyncSession,
    case: Case,
    conversation: Conversation,
    to: int,
    *,
    kind: str,
    why: Mapping[str, Any],
    now: dt.datetime,
    by: int | None = None,
    what: Told = Told.GIVEN,
) -> None:
    """From now on this person has it (both rows locked). Nobody `by`: the line itself did."""
    case.assignee_id, case.why, case.snoozed_until = to, dict(why), None
    conversation.version += 1  # a turn names the person who has it
    happened(session, case, kind, now, to=to, by=by)
    await session.flush()
    await tell(session, case, what, to=to, now=now)


def happened(
    session: AsyncSession, case: Case, kind: str, now: dt.datetime, *, to: int | None = None, by: int | None = None
) -> None:
    """One line in the history of a case."""
    session.add(CaseEvent(school_id=case.school_id, case_id=case.id, kind=kind, staff_id=by, to_id=to, at=now))
    ring(session, "case")
