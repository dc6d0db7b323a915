"""Telling a colleague of a case: written down in the transaction in which it happened; it leaves later, without its lock.

Whoever adds a message takes that conversation's row first. A parent's turn that also took her mentor's would stand in the way
of every other parent of that mentor; so here stands only that there is something to tell (`bot/staff/notices.py` does the rest).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Case, StaffNotice
from db.types import Told

__all__ = ["GATHER", "Told", "tell"]
GATHER = dt.timedelta(seconds=60)
"""So long it is kept back: what she writes meanwhile is told with it, in one message."""


async def tell(session: AsyncSession, case: Case, what: Told, *, to: int | None, now: dt.datetime) -> None:
    """Have a colleague told of a (flushed) case, once for all that is still to be told; nobody, nothing."""
    if to is None:
        return
    before = await session.execute(
        select(StaffNotice.id)
        .where(
            StaffNotice.school_id == case.school_id,
            StaffNotice.case_id == case.id,
            StaffNotice.staff_id == to,
            StaffNotice.what == what,
            StaffNotice.state == "open",
        )
        .limit(1)
    )
    if before.first() is None:
        session.add(
            StaffNotice(school_id=case.school_id, case_id=case.id, staff_id=to, what=what, at=now, due_at=now + GATHER)
        )
