"""How often the line says what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Outbox
from db.types import OutboxState


async def times_said(session: AsyncSession, school_id: int, since: dt.datetime) -> Mapping[str, int]:
    """Messages by response since then; what was never sent does not count."""
    rows = await session.execute(
        select(Outbox.response, func.count().label("said"))
        .where(
            Outbox.school_id == school_id,
            Outbox.created_at >= since,
            Outbox.response != "",
            Outbox.state != OutboxState.CANCELLED,
        )
        .group_by(Outbox.response)
    )
    return {row.response: row.said for row in rows}
