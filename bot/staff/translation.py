"""What a school lets a machine translate."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Refusal
from bot.translation.policy import Allowed
from bot.translation.port import Why
from db.engine import ring
from db.tables import Case, Inbox, School
from db.types import CaseState


async def save_translation(session: AsyncSession, school_id: int, allowed: str) -> None:
    """Keep it. What was refused by the old rule, in cases that are open, is looked at again."""
    if allowed not in {each.value for each in Allowed}:
        raise Refusal("Choose one of the three.")
    (await session.get_one(School, school_id)).translation = allowed
    still_open = select(Case.id).where(Case.school_id == school_id, Case.state != CaseState.CLOSED)
    await session.execute(
        update(Inbox)
        .where(
            Inbox.school_id == school_id,
            Inbox.dutch_state == "cannot",
            Inbox.dutch_why.in_((Why.PRIVATE.value, Why.OFF.value)),
            Inbox.case_id.in_(still_open),
        )
        .values(dutch_state=None, dutch_why="", dutch_at=None)
        .execution_options(synchronize_session=False)
    )
    ring(session, "case")
