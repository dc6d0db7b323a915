"""Looking at her words again: what was passed over by what held then, held by which it would not be passed over now."""

from __future__ import annotations

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.translation.port import Why
from db.engine import ring
from db.tables import Case, Inbox
from db.types import CaseState


async def look_again(session: AsyncSession, school_id: int, case_id: int | None = None) -> None:
    """Have a worker look once more at what has no Dutch: of one case, or of all that are open.

    Called wherever it may be allowed or wanted now: the school's rule changed, the case was opened again or made less confidential.
    """
    cases = select(Case.id).where(Case.school_id == school_id, Case.state != CaseState.CLOSED)
    if case_id is not None:
        cases = cases.where(Case.id == case_id)
    await session.flush()  # whoever calls has just changed the case
    await session.execute(
        update(Inbox)
        .where(
            Inbox.school_id == school_id,
            Inbox.case_id.in_(cases),
            or_(
                Inbox.dutch_state == "none",
                (Inbox.dutch_state == "cannot") & Inbox.dutch_why.in_((Why.PRIVATE.value, Why.OFF.value)),
            ),
        )
        .values(dutch_state=None, dutch_why="", dutch_at=None, dutch_tries=0)
        .execution_options(synchronize_session=False)
    )
    ring(session, "case")
