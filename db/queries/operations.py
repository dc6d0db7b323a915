"""How the line does, over all schools: counts only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import (
    Case,
    Chore,
    Inbox,
    Outbox,
    ProviderAccount,
    School,
    Staff,
    StaffMailCount,
    StaffNotice,
    StaffRole,
    Worker,
)
from db.types import CaseState, InboxState, Lane, OutboxState, Role


@dataclass(frozen=True, slots=True)
class Operations:
    """What an operator watches."""

    inbox: Mapping[str, int]
    outbox: Mapping[str, int]
    doubled: int
    cases_open: int
    cases_without_anybody: int
    """With nobody, or with somebody who has left."""
    cases_overdue: int
    """A parent waits, and the day that she was promised has passed."""
    schools_without_last_resort: int
    oldest_open: dt.datetime | None
    oldest_queued: dt.datetime | None
    """Of what somebody waits for: a broadcast takes its time."""
    accounts_at_fault: int
    worker_seen: dt.datetime | None
    answers: Mapping[str, int]
    """What came from colleagues, by what became of it."""
    notices: Mapping[str, int]
    oldest_notice: dt.datetime | None
    mailbox_empty: dt.datetime | None
    """When the mailbox was last seen empty."""


async def operations(session: AsyncSession, now: dt.datetime) -> Operations:
    """Count."""
    inbox = await session.execute(select(Inbox.state, func.count()).group_by(Inbox.state))
    outbox = await session.execute(select(Outbox.state, func.count()).group_by(Outbox.state))
    answers = await session.execute(
        select(StaffMailCount.reason, func.sum(StaffMailCount.count)).group_by(StaffMailCount.reason)
    )
    notices = await session.execute(select(StaffNotice.state, func.count()).group_by(StaffNotice.state))
    return Operations(
        inbox={state.value: count for state, count in inbox},
        outbox={state.value: count for state, count in outbox},
        doubled=await session.scalar(select(func.coalesce(func.sum(Outbox.doubled), 0))) or 0,
        cases_open=await session.scalar(select(func.count()).select_from(Case).where(Case.state != CaseState.CLOSED))
        or 0,
        cases_without_anybody=await session.scalar(
            select(func.count())
            .select_from(Case)
            .outerjoin(Staff, Staff.id == Case.assignee_id)
            .where(Case.state == CaseState.OPEN, or_(Staff.id.is_(None), Staff.left_at.is_not(None)))
        )
        or 0,
        cases_overdue=await session.scalar(
            select(func.count())
            .select_from(Case)
            .where(Case.state == CaseState.OPEN, Case.waiting_since.is_not(None), Case.promise_at < now)
        )
        or 0,
        schools_without_last_resort=await session.scalar(
            select(func.count())
            .select_from(School)
            .where(~exists().where(StaffRole.school_id == School.id, StaffRole.role == Role.LAST_RESORT))
        )
        or 0,
        oldest_open=await session.scalar(select(func.min(Inbox.received_at)).where(Inbox.state == InboxState.OPEN)),
        oldest_queued=await session.scalar(
            select(func.min(Outbox.created_at)).where(Outbox.state == OutboxState.QUEUED, Outbox.lane != Lane.PROACTIVE)
        ),
        accounts_at_fault=await session.scalar(
            select(func.count()).select_from(ProviderAccount).where(ProviderAccount.fault != "")
        )
        or 0,
        answers={reason: number for reason, number in answers},  # noqa: C416 - dict() takes it for a mapping
        notices={state: number for state, number in notices},  # noqa: C416 - as above
        oldest_notice=await session.scalar(select(func.min(StaffNotice.due_at)).where(StaffNotice.state == "open")),
        mailbox_empty=await session.scalar(select(func.min(Chore.done_at)).where(Chore.name == "mailbox")),
        worker_seen=await session.scalar(select(func.max(Worker.seen_at))),
    )
