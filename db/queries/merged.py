"""Where a case goes on that was taken into another: numbers only, for whoever writes to it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Case


async def goes_on_in(session: AsyncSession, case_id: int) -> int:
    """The case that it was taken into, and that one perhaps into another; itself where it stands by itself."""
    while into := await session.scalar(select(Case.merged_into_id).where(Case.id == case_id)):
        case_id = into
    return case_id
