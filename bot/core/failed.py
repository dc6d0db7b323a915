"""A message that will never arrive becomes work for a person, where a person is waiting for it to arrive."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.alarms import RESPONSE
from bot.core.cases import case_for_role, waits_again
from bot.translation.again import look_again
from bot.turn.types import CaseReason
from db.tables import Case, CaseEvent, Conversation, Inbox, Outbox
from db.types import Author, CaseState, Lane, Role


async def tell_staff(session: AsyncSession, conversation: Conversation, row: Outbox, *, now: dt.datetime) -> None:
    """Reopen the case that a lost staff reply (or a lost answer about it) belongs to, and say so in its history."""
    if row.response == RESPONSE:
        await _alarm_lost(session, row, now)
        return
    if row.key.startswith("knock:"):
        return  # what waits behind it finds another way, or comes back to school (bot/staff/windows.py)
    if row.case_id is None and conversation.blocked_at is not None:
        await _call_her(session, conversation, row, now)
        return
    if row.case_id is None or (row.author is Author.BOT and row.lane is Lane.PROACTIVE):
        return
    case = await session.get_one(Case, row.case_id, with_for_update=True)
    closed = case.state is CaseState.CLOSED
    if case.state is not CaseState.OPEN or case.waiting_since is None:
        waits_again(case, now)
    if closed:
        await look_again(session, case.school_id, case.id)
    session.add(_lost(case, row, "not_delivered", now))


async def _call_her(session: AsyncSession, conversation: Conversation, row: Outbox, now: dt.datetime) -> None:
    """The provider refuses everything to her until START comes: what she writes becomes a task to call her."""
    asked = await session.get(Inbox, row.inbox_id) if row.inbox_id else None
    if asked is None:
        return
    case = await case_for_role(
        session,
        conversation,
        "callback",
        (Role.ADMINISTRATION, Role.TEAM_LEADER),
        why="blocked",
        reason=CaseReason.FAILED,
        now=now,
    )
    asked.case_id = asked.case_id or case.id


async def _alarm_lost(session: AsyncSession, row: Outbox, now: dt.datetime) -> None:
    """Somebody on the rota could not be warned: it stands with the message that was to warn them, for whoever looks."""
    asked = await session.get(Inbox, row.inbox_id) if row.inbox_id else None
    if asked is None:
        return
    case = await session.get(Case, asked.case_id) if asked.case_id else None
    if case is None:
        hers = await session.get_one(Conversation, asked.conversation_id)
        case = await case_for_role(
            session,
            hers,
            "safety",
            (Role.SAFETY_COORDINATOR, Role.ADMINISTRATION),
            why="role",
            reason=CaseReason.SAFETY,
            now=now,
        )
        asked.case_id = case.id
    session.add(_lost(case, row, "alarm_lost", now))


def _lost(case: Case, row: Outbox, kind: str, now: dt.datetime) -> CaseEvent:
    """The line in the case's history, with the provider's code."""
    return CaseEvent(
        school_id=row.school_id, case_id=case.id, kind=kind, to_id=case.assignee_id, note=row.code or "", at=now
    )
