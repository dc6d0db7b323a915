"""What was said in one case, in order, and what happened to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.queries.staff import shown_name
from db.tables import CaseEvent, Inbox, Outbox, Staff
from db.types import Author, InboundKind, OutboxState, WaitReason


@dataclass(frozen=True, slots=True)
class Entry:
    """One message. `written` is what the person at school typed, where she reads something else."""

    entry_id: int
    seq: int
    inbound: bool
    at: dt.datetime
    text: str
    language: str | None
    author: Author | None = None
    staff: str = ""
    written: str = ""
    kind: InboundKind = InboundKind.TEXT
    media: tuple[Mapping[str, Any], ...] = ()
    state: OutboxState | None = None
    wait_reason: WaitReason | None = None
    late: bool = False
    trace: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened to a case: by whom, to whom."""

    kind: str
    at: dt.datetime
    by: str
    to: str
    note: str


async def thread(session: AsyncSession, school_id: int, case_id: int) -> tuple[Entry, ...]:
    """The messages of this case, and of no other case on the same address."""
    inbox = (
        await session.execute(select(Inbox).where(Inbox.school_id == school_id, Inbox.case_id == case_id))
    ).scalars()
    outbox = await session.execute(
        select(Outbox, Staff)
        .outerjoin(Staff, Staff.id == Outbox.staff_id)
        .where(Outbox.school_id == school_id, Outbox.case_id == case_id, Outbox.state != OutboxState.CANCELLED)
    )
    entries = [
        Entry(
            entry_id=row.id,
            seq=row.seq,
            inbound=True,
            at=row.sent_at,
            text=row.text or row.button or "",
            language=row.language,
            kind=row.kind,
            media=tuple(row.payload.get("media", ())),
            late=row.late,
            trace=row.trace,
        )
        for row in inbox
    ]
    entries += [
        Entry(
            entry_id=row.id,
            seq=row.seq,
            inbound=False,
            at=row.sent_at or row.created_at,
            text=row.text,
            language=row.language,
            author=row.author,
            staff=_name(staff),
            written=row.staff_text,
            state=row.state,
            wait_reason=row.wait_reason,
        )
        for row, staff in outbox
    ]
    return tuple(sorted(entries, key=lambda entry: entry.seq))


async def history(session: AsyncSession, school_id: int, case_id: int) -> tuple[Happened, ...]:
    """What people (and the line itself) did with the case, in order."""
    by, to = aliased(Staff), aliased(Staff)
    rows = await session.execute(
        select(CaseEvent, by, to)
        .outerjoin(by, by.id == CaseEvent.staff_id)
        .outerjoin(to, to.id == CaseEvent.to_id)
        .where(CaseEvent.school_id == school_id, CaseEvent.case_id == case_id)
        .order_by(CaseEvent.at, CaseEvent.id)
    )
    return tuple(
        Happened(
            kind=event.kind,
            at=event.at,
            by=_name(one),
            to=_name(other),
            note=event.note,
        )
        for event, one, other in rows
    )


def _name(staff: Staff | None) -> str:
    return "" if staff is None else shown_name(staff.title, staff.given_name, staff.family_name)
