"""What was said in one case, in order, and what happened to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.queries.cases import readable
from db.queries.staff import Me, shown_name
from db.tables import Address, Case, CaseEvent, Conversation, Inbox, Media, Outbox, Staff
from db.types import Author, ChannelName, InboundKind, Lane, MediaState, OutboxState, WaitReason


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
class Dutch:
    """What a computer made of her words. Without `text`, `why` says why there is none; `later`: it is tried again.

    `doubts`: of which kind, the words, and whether they are hers.
    """

    text: str
    why: str
    later: bool
    doubts: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One message. `written` is what the person at school typed, where she reads something else."""

    entry_id: int
    seq: int
    inbound: bool
    at: dt.datetime
    text: str
    language: str | None
    channel: ChannelName
    author: Author | None = None
    staff: str = ""
    written: str = ""
    kind: InboundKind = InboundKind.TEXT
    media: tuple[Mapping[str, Any], ...] = ()
    files: tuple[File, ...] = ()
    state: OutboxState | None = None
    wait_reason: WaitReason | None = None
    late: bool = False
    quoted: str = ""
    """The words of ours, or of hers, that this one answers, where we hold them."""
    trace: Mapping[str, Any] | None = None
    dutch: Dutch | None = None
    """Of hers, where a computer was to put it into Dutch."""
    by_machine: bool = False
    """Of ours: a machine translated what the person wrote."""


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
        (await session.execute(select(Inbox).where(Inbox.school_id == school_id, Inbox.case_id == case_id)))
        .scalars()
        .all()
    )
    quotes = await _quotes(session, inbox)
    outbox = (
        await session.execute(
            select(Outbox, Staff)
            .outerjoin(Staff, Staff.id == Outbox.staff_id)
            .where(Outbox.school_id == school_id, Outbox.case_id == case_id, Outbox.state != OutboxState.CANCELLED)
        )
    ).all()
    there = {row.conversation_id for row in inbox} | {row.conversation_id for row, _ in outbox}
    channels = await _channels(session, there)
    files = await _files(session, school_id, case_id)
    entries = [
        Entry(
            entry_id=row.id,
            seq=row.seq,
            inbound=True,
            at=row.sent_at,
            text=row.text or row.button or "",
            language=row.language,
            channel=channels[row.conversation_id],
            kind=row.kind,
            media=tuple(row.payload.get("media", ())),
            files=files.get(row.id, ()),
            late=row.late,
            quoted="" if row.kind is InboundKind.BUTTON else quotes.get(row.payload.get("quoted", ""), ""),
            trace=row.trace,
            dutch=_dutch(row),
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
            channel=channels[row.conversation_id],
            author=row.author,
            staff=_name(staff),
            written=row.staff_text,
            state=row.state,
            wait_reason=row.wait_reason,
            by_machine=row.response == "utter_staff_reply_translated",
        )
        for row, staff in outbox
    ]
    if len(channels) > 1:  # `seq` is of one conversation, and an answer may have gone by SMS
        return tuple(sorted(entries, key=lambda entry: (entry.at, entry.seq)))
    return tuple(sorted(entries, key=lambda entry: entry.seq))


def _dutch(row: Inbox) -> Dutch | None:
    if (
        row.dutch_state not in {"done", "later", "cannot"}
        or not row.text
        or (row.dutch_state == "done" and not row.dutch)
    ):
        return None
    doubts = tuple((str(kind), str(said), bool(hers)) for kind, said, hers in row.dutch_doubts.get("doubts", ()))
    return Dutch(row.dutch, row.dutch_why, row.dutch_state == "later", doubts)


async def _channels(session: AsyncSession, conversations: set[int]) -> dict[int, ChannelName]:
    rows = await session.execute(
        select(Conversation.id, Address.channel)
        .join(Address, Address.id == Conversation.address_id)
        .where(Conversation.id.in_(conversations))
    )
    return {row[0]: row[1] for row in rows}


async def _quotes(session: AsyncSession, inbox: Sequence[Inbox]) -> dict[str, str]:
    """What she quotes, by the provider's number: from this case, or what the school told many. Not from another case."""
    wanted = {row.payload["quoted"] for row in inbox if row.payload.get("quoted")}
    if not wanted:
        return {}
    here, cases = {row.conversation_id for row in inbox}, {row.case_id for row in inbox}
    hers = select(Inbox.provider_id, Inbox.text).where(
        Inbox.conversation_id.in_(here), Inbox.provider_id.in_(wanted), Inbox.case_id.in_(cases)
    )
    ours = select(Outbox.provider_sid, Outbox.text).where(
        Outbox.conversation_id.in_(here),
        Outbox.provider_sid.in_(wanted),
        or_(Outbox.case_id.in_(cases), and_(Outbox.case_id.is_(None), Outbox.lane == Lane.PROACTIVE)),
    )
    return {str(row[0]): row[1] for query in (hers, ours) for row in await session.execute(query)}


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
    """What people (and the line itself) did with the case and those taken into it, in order."""
    by, to = aliased(Staff), aliased(Staff)
    merged = select(Case.id).where(Case.school_id == school_id, Case.merged_into_id == case_id)
    rows = await session.execute(
        select(CaseEvent, by, to)
        .outerjoin(by, by.id == CaseEvent.staff_id)
        .outerjoin(to, to.id == CaseEvent.to_id)
        .where(CaseEvent.school_id == school_id, or_(CaseEvent.case_id == case_id, CaseEvent.case_id.in_(merged)))
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
