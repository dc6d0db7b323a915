"""Whom the line has told, of itself or behind a letter's code, who a child's mentor is: once is enough."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Guardianship


async def mark_introduced(
    session: AsyncSession, school_id: int, guardian_id: int, pupils: Iterable[int], now: dt.datetime
) -> None:
    """She has read of these children's mentors."""
    await session.execute(
        update(Guardianship)
        .where(
            Guardianship.school_id == school_id,
            Guardianship.guardian_id == guardian_id,
            Guardianship.pupil_id.in_(sorted(pupils)),
            Guardianship.introduced_at.is_(None),
        )
        .values(introduced_at=now)
        .execution_options(synchronize_session=False)
    )


async def not_introduced(session: AsyncSession, school_id: int, guardian_id: int) -> set[int]:
    """Her children of whose mentor she has not read; taken, so that nobody else tells her of them at the same time."""
    rows = await session.scalars(
        select(Guardianship.pupil_id)
        .where(
            Guardianship.school_id == school_id,
            Guardianship.guardian_id == guardian_id,
            Guardianship.introduced_at.is_(None),
        )
        .with_for_update()
    )
    return set(rows)
