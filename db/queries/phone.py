"""What the web phone and the terminal show: demo parents, the messages on one address, and what became of the last one."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.door import rights_on
from db.queries.staff import shown_name
from db.tables import Address, Case, Conversation, Guardian, Guardianship, Inbox, Outbox, Pupil, SchoolClass, Staff
from db.types import Author, CaseState, ChannelName, InboundKind, InboxState, OutboxState, Rights, WaitReason

STRANGER = "demo-new-"
"""How the addresses begin that no school knows: `demo-new-<token>`."""
SHOWN = 100
_ON_ITS_WAY = (OutboxState.QUEUED, OutboxState.SENDING)


@dataclass(frozen=True, slots=True)
class Parent:
    """A demo parent. `children`: given name and class."""

    address_id: int
    guardian_id: int
    number: str
    name: str
    language: str
    channel: ChannelName
    children: tuple[tuple[str, str], ...]
    wrote: bool


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message as the phone shows it. `row_id` is the inbox or outbox row's."""

    row_id: int
    seq: int
    inbound: bool
    at: dt.datetime
    text: str
    language: str | None
    kind: InboundKind = InboundKind.TEXT
    choices: tuple[tuple[str, str], ...] = ()
    key: str = ""
    provider_sid: str = ""
    author: Author | None = None
    staff: str = ""
    answered: bool = False


@dataclass(frozen=True, slots=True)
class CaseBrief:
    """The case that a message belongs to."""

    case_id: int
    topic: str
    state: CaseState
    verified: bool
    assignee_id: int | None
    assignee: str
    promise_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class LastMessage:
    """What became of the last thing she wrote. `said`: names of the responses that answered it."""

    inbox_id: int
    kind: InboundKind
    state: InboxState
    attempts: int
    language: str | None
    trace: Mapping[str, Any]
    received_at: dt.datetime
    answered_at: dt.datetime | None
    said: tuple[str, ...]
    waits: WaitReason | None
    case: CaseBrief | None


async def parents(session: AsyncSession, school_id: int, today: dt.date) -> tuple[Parent, ...]:
    """The demo school's parents, in the school's own order, with the children they may know of today."""
    children: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for guardian_id, given, class_name in await session.execute(
        select(Guardianship.guardian_id, Pupil.given_name, SchoolClass.name)
        .join(Pupil, Pupil.id == Guardianship.pupil_id)
        .outerjoin(SchoolClass, SchoolClass.id == Pupil.class_id)
        .where(Guardianship.school_id == school_id, rights_on(today) != Rights.NONE)
        .order_by(Pupil.id)
    ):
        children[guardian_id].append((given, class_name or ""))
    wrote = exists().where(Conversation.address_id == Address.id)
    rows = await session.execute(
        select(Address.id, Address.channel, Guardian, wrote.label("wrote"))
        .join(Guardian, Guardian.id == Address.known_guardian_id)
        .where(Address.school_id == school_id, Address.invented.is_(True))
        .order_by(Guardian.number, Address.id)
    )
    return tuple(
        Parent(
            address_id=row.id,
            guardian_id=row.Guardian.id,
            number=row.Guardian.number,
            name=f"{row.Guardian.given_name} {row.Guardian.family_name}".strip(),
            language=row.Guardian.language or "nl",
            channel=row.channel,
            children=tuple(children[row.Guardian.id]),
            wrote=row.wrote,
        )
        for row in rows
    )


async def external_id(session: AsyncSession, school_id: int, address_id: int) -> str:
    """The address itself, for sending in its name; pages never show it."""
    return (
        await session.execute(
            select(Address.external_id).where(Address.school_id == school_id, Address.id == address_id)
        )
    ).scalar_one()


async def strangers(session: AsyncSession, school_id: int) -> tuple[str, ...]:
    """The tokens of the invented parents whom the school does not know and who wrote, newest first."""
    found = await session.execute(
        select(Address.external_id)
        .where(Address.school_id == school_id, Address.external_id.startswith(STRANGER), Address.invented.is_(True))
        .order_by(Address.id.desc())
        .limit(10)
    )
    return tuple(name.removeprefix(STRANGER) for name in found.scalars())


async def conversation_on(
    session: AsyncSession, school_id: int, channel: ChannelName, external_id: str
) -> Conversation | None:
    """What was said on one address, if anything was."""
    return (
        await session.execute(
            select(Conversation)
            .join(Address, Address.id == Conversation.address_id)
            .where(Address.school_id == school_id, Address.channel == channel, Address.external_id == external_id)
        )
    ).scalar_one_or_none()


async def bubbles(session: AsyncSession, conversation_id: int) -> tuple[Bubble, ...]:
    """What the phone shows: what she sent, and what has reached her. What waits at school is not on her phone."""
    came = await session.execute(
        select(Inbox).where(Inbox.conversation_id == conversation_id).order_by(Inbox.seq.desc()).limit(SHOWN)
    )
    went = await session.execute(
        select(Outbox, Staff)
        .outerjoin(Staff, Staff.id == Outbox.staff_id)
        .where(Outbox.conversation_id == conversation_id, Outbox.state == OutboxState.SENT)
        .order_by(Outbox.seq.desc())
        .limit(SHOWN)
    )
    found = [
        Bubble(
            row_id=row.id,
            seq=row.seq,
            inbound=True,
            at=row.received_at,
            text=row.text,
            language=row.language,
            kind=row.kind,
            answered=row.state is not InboxState.OPEN,
        )
        for row in came.scalars()
    ]
    found += [
        Bubble(
            row_id=row.id,
            seq=row.seq,
            inbound=False,
            at=row.sent_at or row.created_at,
            text=row.text,
            language=row.language,
            choices=tuple((str(payload), str(title)) for payload, title in row.payload.get("choices", ())),
            key=row.key,
            provider_sid=row.provider_sid or "",
            author=row.author,
            staff=shown_name(staff.title, staff.given_name, staff.family_name) if row.staff_id else "",
        )
        for row, staff in went
    ]
    return tuple(sorted(found, key=lambda bubble: (bubble.at, bubble.seq))[-SHOWN:])


async def busy(session: AsyncSession, conversation_id: int) -> bool:
    """Whether an answer is being thought of or on its way."""
    thinking = select(Inbox.id).where(Inbox.conversation_id == conversation_id, Inbox.state == InboxState.OPEN)
    leaving = select(Outbox.id).where(Outbox.conversation_id == conversation_id, Outbox.state.in_(_ON_ITS_WAY))
    for open_rows in (thinking, leaving):
        if (await session.execute(open_rows.limit(1))).first() is not None:
            return True
    return False


async def last_message(session: AsyncSession, conversation_id: int) -> LastMessage | None:
    """The newest message of hers and what the line made of it."""
    row = (
        await session.execute(
            select(Inbox).where(Inbox.conversation_id == conversation_id).order_by(Inbox.seq.desc()).limit(1)
        )
    ).scalar_one_or_none()
    if row is None:
        return None
    answers = (
        await session.execute(
            select(Outbox.response, Outbox.state, Outbox.wait_reason)
            .where(Outbox.inbox_id == row.id)
            .order_by(Outbox.seq)
        )
    ).all()
    answered = await session.scalar(select(func.min(Outbox.sent_at)).where(Outbox.inbox_id == row.id))
    return LastMessage(
        inbox_id=row.id,
        kind=row.kind,
        state=row.state,
        attempts=row.attempts,
        language=row.language,
        trace=row.trace,
        received_at=row.received_at,
        answered_at=answered,
        said=tuple(dict.fromkeys(answer.response for answer in answers if answer.response)),
        waits=next((a.wait_reason for a in answers if a.state is OutboxState.WAITING), None),
        case=await _case(session, row.case_id) if row.case_id is not None else None,
    )


async def _case(session: AsyncSession, case_id: int) -> CaseBrief:
    case, staff = (
        await session.execute(
            select(Case, Staff).outerjoin(Staff, Staff.id == Case.assignee_id).where(Case.id == case_id)
        )
    ).one()
    return CaseBrief(
        case_id=case.id,
        topic=case.topic,
        state=case.state,
        verified=case.verified,
        assignee_id=case.assignee_id,
        assignee=shown_name(staff.title, staff.given_name, staff.family_name) if case.assignee_id else "",
        promise_at=case.promise_at,
    )
