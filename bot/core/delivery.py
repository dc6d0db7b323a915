"""The delivery table: what the provider says became of a message. A status never goes back, nothing waits for one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Delivery, Outbox
from db.types import DeliveryStatus
from db.upsert import insert_all_new, insert_new

RANK: Mapping[DeliveryStatus, int] = {
    DeliveryStatus.ACCEPTED: 0,
    DeliveryStatus.SENT: 1,
    DeliveryStatus.DELIVERED: 3,
    DeliveryStatus.UNDELIVERED: 3,
    DeliveryStatus.FAILED: 3,
    DeliveryStatus.READ: 4,
}
"""What a person sees is the highest; whatever order the callbacks come in."""


_ONCE = ("school_id", "outbox_id", "provider_sid", "status")


async def note(
    session: AsyncSession,
    row: Outbox | Row[*tuple[Any, ...]],
    sid: str,
    status: DeliveryStatus,
    code: str | None,
    *,
    now: dt.datetime,
) -> bool:
    """Keep one status of one message (its row, or what was read of it), once; False if it was known."""
    new = await insert_new(session, Delivery, _values(row, sid, status, code, now), unique=_ONCE)
    return new is not None


async def note_accepted(
    session: AsyncSession, accepted: Sequence[tuple[Row[*tuple[Any, ...]], str, dt.datetime]]
) -> None:
    """The provider took these messages (row, its number, when); what was known already is left alone."""
    values = [_values(row, sid, DeliveryStatus.ACCEPTED, None, at) for row, sid, at in accepted]
    await insert_all_new(session, Delivery, values, unique=_ONCE)


def _values(
    row: Outbox | Row[*tuple[Any, ...]], sid: str, status: DeliveryStatus, code: str | None, now: dt.datetime
) -> dict[str, Any]:
    return {
        "school_id": row.school_id,
        "outbox_id": row.id,
        "provider_sid": sid,
        "status": status,
        "code": code,
        "at": now,
        "delay": (now - row.tried_at).total_seconds() if row.tried_at else None,
    }


async def current(session: AsyncSession, outbox_ids: list[int]) -> dict[int, tuple[DeliveryStatus, str | None]]:
    """The highest status of each message's last attempt, where it has one; an earlier attempt's end is no news."""
    rows = await session.execute(
        select(Delivery.outbox_id, Delivery.status, Delivery.code)
        .join(Outbox, Outbox.id == Delivery.outbox_id)
        .where(
            Delivery.outbox_id.in_(outbox_ids),
            or_(Outbox.provider_sid.is_(None), Delivery.provider_sid == Outbox.provider_sid),
        )
        .order_by(Delivery.id)
    )
    best: dict[int, tuple[DeliveryStatus, str | None]] = {}
    for outbox_id, status, code in rows:
        if outbox_id not in best or RANK[status] > RANK[best[outbox_id][0]]:
            best[outbox_id] = (status, code)
    return best
