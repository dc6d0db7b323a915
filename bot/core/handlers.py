"""What each kind of timer means when it fires. The state is looked at again: much may have happened since it was set."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.cases import case_for_role
from bot.core.timers import Firing, Handler
from bot.turn.types import CaseReason
from db.tables import Inbox
from db.types import Role


async def safety_silence(session: AsyncSession, firing: Firing) -> None:
    """She was asked "is somebody in danger now?" and did not answer: a person looks.

    An answer takes the timer away. Whatever else she wrote since is none, and that person reads it too.
    """
    conversation = firing.conversation
    case = await case_for_role(
        session,
        conversation,
        "safety",
        (Role.SAFETY_COORDINATOR, Role.ADMINISTRATION),
        why="silence",
        reason=CaseReason.SAFETY,
        now=firing.now,
    )
    last = (
        await session.execute(
            select(Inbox).where(Inbox.conversation_id == conversation.id).order_by(Inbox.seq.desc()).limit(1)
        )
    ).scalar_one_or_none()
    if last is not None and last.case_id is None:
        last.case_id = case.id


HANDLERS: Mapping[str, Handler] = {"safety_silence": safety_silence}
