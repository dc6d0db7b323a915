"""How a broadcast fares: whom it reaches, and whom not, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Broadcast, BroadcastRecipient, Outbox
from db.types import BroadcastState, LeftOut, OutboxState


@dataclass(frozen=True, slots=True)
class Progress:
    """`recipients` guardians were looked at so far (all, once it is expanded): messages by state, and who gets none."""

    state: BroadcastState
    recipients: int
    messages: Mapping[OutboxState, int]
    left_out: Mapping[LeftOut, int]


async def progress(session: AsyncSession, school_id: int, broadcast_id: int) -> Progress | None:
    """The counts of this moment; None where the school has no such broadcast."""
    state = await session.scalar(
        select(Broadcast.state).where(Broadcast.school_id == school_id, Broadcast.id == broadcast_id)
    )
    if state is None:
        return None
    rows = await session.execute(
        select(BroadcastRecipient.left_out, Outbox.state, func.count())
        .outerjoin(Outbox, Outbox.id == BroadcastRecipient.outbox_id)
        .where(BroadcastRecipient.broadcast_id == broadcast_id)
        .group_by(BroadcastRecipient.left_out, Outbox.state)
    )
    messages: Counter[OutboxState] = Counter()
    left_out: Counter[LeftOut] = Counter()
    for why, fares, count in rows:
        if why is not None:
            left_out[why] += count
        elif fares is not None:
            messages[fares] += count
    return Progress(state, messages.total() + left_out.total(), messages, left_out)
