"""The delivery table: what the provider says became of a message. A status never goes back, and nothing waits for one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.conversations import lock
from bot.messages import Status
from db.engine import ring
from db.tables import Delivery, Outbox, ProviderAccount
from db.types import DeliveryStatus, OutboxState
from db.upsert import insert_new

RANK: Mapping[DeliveryStatus, int] = {
    DeliveryStatus.ACCEPTED: 0,
    DeliveryStatus.SENT: 1,
    DeliveryStatus.DELIVERED: 3,
    DeliveryStatus.UNDELIVERED: 3,
    DeliveryStatus.FAILED: 3,
    DeliveryStatus.READ: 4,
}
"""What a person sees is the highest; whatever order the callbacks come in."""


async def note(
    session: AsyncSession, row: Outbox, sid: str, status: DeliveryStatus, code: str | None, *, now: dt.datetime
) -> bool:
    """Keep one status of one message, once; False if it was known."""
    new = await insert_new(
        session,
        Delivery,
        {
            "school_id": row.school_id,
            "outbox_id": row.id,
            "provider_sid": sid,
            "status": status,
            "code": code,
            "at": now,
            "delay": (now - row.tried_at).total_seconds() if row.tried_at else None,
        },
        unique=("school_id", "outbox_id", "provider_sid", "status"),
    )
    return new is not None


async def receive(session: AsyncSession, account: ProviderAccount, status: Status, *, now: dt.datetime) -> bool:
    """Take a status callback in; it may come before our call returned, twice, in any order. False: not one of ours."""
    by_key = Outbox.key == status.key if status.key else Outbox.provider_sid == status.provider_sid
    row = (
        await session.execute(select(Outbox).where(Outbox.school_id == account.school_id, by_key).limit(1))
    ).scalar_one_or_none()
    if row is None:
        return False
    await lock(session, row.conversation_id)
    await session.refresh(row)
    if row.state in {OutboxState.SENDING, OutboxState.UNKNOWN, OutboxState.QUEUED}:
        # The provider has it, so it was accepted: this settles what a crash or a lost answer left open.
        row.state = OutboxState.SENT
        row.sent_at = row.sent_at or now
        row.unknown_at = row.lease_token = row.lease_until = None
    if row.provider_sid is None:
        row.provider_sid = status.provider_sid
    if await note(session, row, status.provider_sid, status.status, status.code, now=now):
        ring(session, "outbox", "case")
    return True


async def current(session: AsyncSession, outbox_ids: list[int]) -> dict[int, tuple[DeliveryStatus, str | None]]:
    """The highest status of each message that has one."""
    rows = await session.execute(
        select(Delivery.outbox_id, Delivery.status, Delivery.code).where(Delivery.outbox_id.in_(outbox_ids))
    )
    best: dict[int, tuple[DeliveryStatus, str | None]] = {}
    for outbox_id, status, code in rows:
        if outbox_id not in best or RANK[status] > RANK[best[outbox_id][0]]:
            best[outbox_id] = (status, code)
    return best
