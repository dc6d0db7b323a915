"""How the line does, over all schools: counts only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Case, Inbox, Outbox, ProviderAccount, Worker
from db.types import CaseState, InboxState, Lane, OutboxState


@dataclass(frozen=True, slots=True)
class Operations:
    """What an operator watches."""

    inbox: Mapping[str, int]
    outbox: Mapping[str, int]
    doubled: int
    cases_open: int
    oldest_open: dt.datetime | None
    oldest_queued: dt.datetime | None
    """Of what somebody waits for: a broadcast takes its time."""
    accounts_at_fault: int
    worker_seen: dt.datetime | None


async def operations(session: AsyncSession) -> Operations:
    """Count."""
    inbox = await session.execute(select(Inbox.state, func.count()).group_by(Inbox.state))
    outbox = await session.execute(select(Outbox.state, func.count()).group_by(Outbox.state))
    return Operations(
        inbox={state.value: count for state, count in inbox},
        outbox={state.value: count for state, count in outbox},
        doubled=await session.scalar(select(func.coalesce(func.sum(Outbox.doubled), 0))) or 0,
        cases_open=await session.scalar(select(func.count()).select_from(Case).where(Case.state != CaseState.CLOSED))
        or 0,
        oldest_open=await session.scalar(select(func.min(Inbox.received_at)).where(Inbox.state == InboxState.OPEN)),
        oldest_queued=await session.scalar(
            select(func.min(Outbox.created_at)).where(Outbox.state == OutboxState.QUEUED, Outbox.lane != Lane.PROACTIVE)
        ),
        accounts_at_fault=await session.scalar(
            select(func.count()).select_from(ProviderAccount).where(ProviderAccount.fault != "")
        )
        or 0,
        worker_seen=await session.scalar(select(func.max(Worker.seen_at))),
    )
