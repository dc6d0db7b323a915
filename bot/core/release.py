"""Releasing what waits: its time has come, or the window has opened. A released row goes behind what was said since.

What the school begins itself leaves in school hours only (law 12): after them it waits for the next morning.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import and_, bindparam, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import Clock
from bot.core.conversations import lock, requeue
from bot.people.hours import quiet_until
from db.engine import Database, ring
from db.queries.school import school_view
from db.tables import Broadcast, BroadcastRecipient, Conversation, Outbox
from db.tables.messages import OUTBOX_PROACTIVE, OUTBOX_WAITING
from db.types import Instant, OutboxState, WaitReason

_AT_ONCE = 200
_HUSHED_AT_ONCE = 500
_NOW = bindparam("now", type_=Instant())
_QUIET = and_(Outbox.state == OutboxState.WAITING, Outbox.wait_reason == WaitReason.QUIET_HOURS)
_PROACTIVE = and_(OUTBOX_PROACTIVE, or_(Outbox.state == OutboxState.QUEUED, _QUIET), Outbox.not_before <= _NOW)
_SCHOOLS = select(Outbox.school_id).where(_PROACTIVE).distinct()
_URGENT = exists().where(
    BroadcastRecipient.outbox_id == Outbox.id, Broadcast.id == BroadcastRecipient.broadcast_id, Broadcast.urgent
)
_ASLEEP = (
    select(Outbox.id)
    .join(Conversation, Conversation.id == Outbox.conversation_id)
    .where(
        _PROACTIVE,
        Outbox.school_id == bindparam("school"),
        ~_URGENT,
        # Who has written since it was made is there, and may be waiting for it.
        or_(Conversation.last_inbound_at.is_(None), Conversation.last_inbound_at < Outbox.created_at),
    )
    .limit(_HUSHED_AT_ONCE)
    # As in sending: nobody who holds one of them is waited for.
    .with_for_update(of=[Outbox, Conversation], skip_locked=True)
)
_MAY_GO = (
    select(Outbox.id, Outbox.conversation_id)
    .join(Conversation, Conversation.id == Outbox.conversation_id)
    .where(
        OUTBOX_WAITING,
        or_(
            and_(Outbox.wait_reason == WaitReason.WINDOW, Conversation.window_until > _NOW),
            and_(Outbox.wait_reason.in_((WaitReason.TIME, WaitReason.QUIET_HOURS)), Outbox.not_before <= _NOW),
        ),
        ~and_(_PROACTIVE, _QUIET, Outbox.school_id.in_(bindparam("asleep", expanding=True))),
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
        """Hold back what would disturb, release what may go; returns how many."""
        now = self._clock.now()
        async with self._db.read() as session:
            schools = (await session.scalars(_SCHOOLS, {"now": now})).all()
            # Looked at each time anew, by the hours and holidays of this moment.
            openings = {school: quiet_until(await school_view(session, school), now) for school in schools}
            asleep = {school: opens for school, opens in openings.items() if opens is not None}
            rows = (await session.execute(_MAY_GO, {"now": now, "asleep": list(asleep)})).all()
        hushed = [
            await self._db.write(lambda s, of=school, at=opens: _wait(s, of, at, now))  # type: ignore[misc]
            for school, opens in asleep.items()
        ]
        for outbox_id, conversation_id in rows:
            await self._db.write(
                lambda s, o=outbox_id, c=conversation_id: _release(s, o, c, now)  # type: ignore[misc]
            )
        return sum(hushed) + len(rows)


async def _wait(session: AsyncSession, school_id: int, opens: dt.datetime, now: dt.datetime) -> int:
    asleep = (await session.scalars(_ASLEEP, {"school": school_id, "now": now})).all()
    await session.execute(
        update(Outbox)
        .where(Outbox.id.in_(asleep))
        .values(state=OutboxState.WAITING, wait_reason=WaitReason.QUIET_HOURS, not_before=opens)
        .execution_options(synchronize_session=False)
    )
    return len(asleep)


async def _release(session: AsyncSession, outbox_id: int, conversation_id: int, now: dt.datetime) -> None:
    conversation = await lock(session, conversation_id)
    row = await session.get_one(Outbox, outbox_id, populate_existing=True)
    if row.state is OutboxState.WAITING:
        requeue(conversation, row, now)
        ring(session, "outbox")
