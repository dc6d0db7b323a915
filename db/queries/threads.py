"""What was said in one case, in order, and what happened to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.queries.cases import readable
from db.queries.staff import Me, shown_name
from db.tables import Case, CaseEvent, Inbox, Media, Outbox, Staff
from db.types import Author, InboundKind, MediaState, OutboxState, WaitReason


@dataclass(frozen=True, slots=True)
class File:
    """Something she attached. `there`: we have it; else it is still to be copied, never was, or is no longer kept."""

    media_id: int
    content_type: str
    state: MediaState
    there: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A copied file; its type is what the sender claimed."""

    content_type: str
    data: bytes


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
    files: tuple[File, ...] = ()
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
    files = await _files(session, school_id, case_id)
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
            files=files.get(row.id, ()),
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


async def _files(session: AsyncSession, school_id: int, case_id: int) -> dict[int, tuple[File, ...]]:
    """What is attached, by message; the files themselves stay where they are."""
    rows = await session.execute(
        select(Media.inbox_id, Media.id, Media.content_type, Media.state, Media.data.is_not(None).label("there"))
        .join(Inbox, and_(Inbox.school_id == Media.school_id, Inbox.id == Media.inbox_id))
        .where(Media.school_id == school_id, Inbox.case_id == case_id)
        .order_by(Media.inbox_id, Media.position)
    )
    found: dict[int, tuple[File, ...]] = {}
    for row in rows:
        file = File(row.id, row.content_type, row.state, row.there)
        found[row.inbox_id] = (*found.get(row.inbox_id, ()), file)
    return found


async def kept_file(session: AsyncSession, me: Me, case_id: int, media_id: int) -> Kept | None:
    """A file of this case, if we have it and this person may read the case."""
    row = (
        await session.execute(
            select(Media.content_type, Media.data)
            .join(Inbox, and_(Inbox.school_id == Media.school_id, Inbox.id == Media.inbox_id))
            .join(Case, and_(Case.school_id == Inbox.school_id, Case.id == Inbox.case_id))
            .where(readable(me), Case.id == case_id, Media.id == media_id, Media.state == MediaState.KEPT)
        )
    ).one_or_none()
    return Kept(row.content_type, row.data) if row and row.data is not None else None


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
