"""What each kind of timer means when it fires. The state is looked at again: much may have happened since it was set."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.timers import Firing, Handler
from db.tables import Case, CaseEvent, Inbox, StaffRole
from db.types import CaseState, Role, Sensitivity


async def safety_silence(session: AsyncSession, firing: Firing) -> None:
    """She was asked "is somebody in danger now?" and did not answer: a person looks."""
    conversation = firing.conversation
    asked_at = dt.datetime.fromisoformat(firing.timer.payload["since"])
    later = await session.execute(
        select(Inbox.id).where(Inbox.conversation_id == conversation.id, Inbox.received_at > asked_at).limit(1)
    )
    if later.first() is not None:
        return
    holder = (
        await session.execute(
            select(StaffRole.staff_id)
            .where(
                StaffRole.school_id == conversation.school_id,
                StaffRole.role.in_((Role.SAFETY_COORDINATOR, Role.ADMINISTRATION)),
            )
            .order_by(StaffRole.role.desc(), StaffRole.position)
            .limit(1)
        )
    ).scalar_one_or_none()
    case = Case(
        school_id=conversation.school_id,
        conversation_id=conversation.id,
        topic="safety",
        sensitivity=Sensitivity.SPECIAL,
        role=Role.SAFETY_COORDINATOR,
        assignee_id=holder,
        why={"why": "silence", "role": Role.SAFETY_COORDINATOR.value},
        reason="safety",
        state=CaseState.OPEN,
        opened_at=firing.now,
        waiting_since=firing.now,
    )
    session.add(case)
    await session.flush()
    session.add(
        CaseEvent(school_id=case.school_id, case_id=case.id, kind="opened", to_id=case.assignee_id, at=firing.now)
    )
    last = (
        await session.execute(
            select(Inbox).where(Inbox.conversation_id == conversation.id).order_by(Inbox.seq.desc()).limit(1)
        )
    ).scalar_one_or_none()
    if last is not None and last.case_id is None:
        last.case_id = case.id


HANDLERS: Mapping[str, Handler] = {"safety_silence": safety_silence}
