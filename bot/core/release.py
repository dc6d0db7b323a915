"""Releasing what waits: its time has come, or the window has opened. A released row goes behind what was said since."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import Clock
from bot.core.conversations import lock, requeue
from db.engine import Database, ring
from db.tables import Conversation, Outbox
from db.types import Instant, OutboxState, WaitReason

_AT_ONCE = 200
_NOW = bindparam("now", type_=Instant())
_MAY_GO = (
    select(Outbox.id, Outbox.conversation_id)
    .join(Conversation, Conversation.id == Outbox.conversation_id)
    .where(
        Outbox.state == OutboxState.WAITING,
        or_(
            and_(Outbox.wait_reason == WaitReason.WINDOW, Conversation.window_until > _NOW),
            and_(Outbox.wait_reason.in_((WaitReason.TIME, WaitReason.QUIET_HOURS)), Outbox.not_before <= _NOW),
        ),
    )
    .order_by(Outbox.conversation_id, Outbox.seq)
    .limit(_AT_ONCE)
)


class Releaser:
    """Looks at waiting rows; those that wait for a person are released by a person."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Nothing is started here."""
        self._db, self._clock = database, clock

    async def once(self) -> int:
        """Release what may go; returns how many."""
        now = self._clock.now()
        async with self._db.read() as session:
            rows = (await session.execute(_MAY_GO, {"now": now})).all()
        for outbox_id, conversation_id in rows:
            await self._db.write(
                lambda s, o=outbox_id, c=conversation_id: _release(s, o, c, now)  # type: ignore[misc]
            )
        return len(rows)


async def _release(session: AsyncSession, outbox_id: int, conversation_id: int, now: dt.datetime) -> None:
    conversation = await lock(session, conversation_id)
    row = await session.get_one(Outbox, outbox_id, populate_existing=True)
    if row.state is OutboxState.WAITING:
        requeue(conversation, row, now)
        ring(session, "outbox")
