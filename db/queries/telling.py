"""What is to be told to whom, and what of a case may be told: small frozen rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, exists, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.cases import readable
from db.queries.staff import Me
from db.tables import (
    Address,
    Case,
    CaseRead,
    Conversation,
    Guardian,
    Inbox,
    Outbox,
    ProviderAccount,
    Pupil,
    SchoolClass,
    Staff,
    StaffMedium,
    StaffNotice,
)
from db.tables.messages import OUTBOX_OPEN
from db.types import (
    Author,
    CaseState,
    ChannelName,
    InboundKind,
    Medium,
    OutboxState,
    Provider,
    Sensitivity,
    Told,
)

WORDS = 5
"""So many of her last messages are told."""


@dataclass(frozen=True, slots=True)
class Due:
    """Something to tell, still open."""

    id: int
    case_id: int
    what: Told
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Ways:
    """How a colleague hears, and where. An empty address: there is none (any more)."""

    medium: Medium
    opens: str
    closes: str
    mail: str
    mail_dead: str
    chat_id: int | None
    """The conversation of their own Telegram chat, while it is alive."""


@dataclass(frozen=True, slots=True)
class ToldCase:
    """A case as a colleague may be told of it."""

    case_id: int
    state: CaseState
    sensitivity: Sensitivity
    assignee_id: int | None
    topic: str
    child: str
    class_name: str
    language: str | None
    words: tuple[tuple[InboundKind, str, str], ...]
    """Of each message its kind, her words, and their Dutch by a machine where there is any."""
    read_at: dt.datetime | None
    """When this colleague last opened it, or answered."""
    told_at: dt.datetime | None
    """When this colleague was last told that she had written."""

    @property
    def special(self) -> bool:
        """Whether no more is told of it than that it is there."""
        return self.sensitivity is Sensitivity.SPECIAL


async def due_people(session: AsyncSession, now: dt.datetime, limit: int) -> Sequence[tuple[int, int]]:
    """Schools and colleagues for whom there is something to tell now."""
    rows = await session.execute(
        select(StaffNotice.school_id, StaffNotice.staff_id)
        .where(StaffNotice.state == "open", StaffNotice.due_at <= now)
        .group_by(StaffNotice.school_id, StaffNotice.staff_id)
        .order_by(func.min(StaffNotice.due_at))
        .limit(limit)
    )
    return [(row.school_id, row.staff_id) for row in rows]


async def due_notices(session: AsyncSession, school_id: int, staff_id: int, now: dt.datetime) -> Sequence[Due]:
    """All that is to be told to this colleague now, the oldest first."""
    rows = await session.execute(
        select(StaffNotice.id, StaffNotice.case_id, StaffNotice.what, StaffNotice.at)
        .where(
            StaffNotice.school_id == school_id,
            StaffNotice.staff_id == staff_id,
            StaffNotice.state == "open",
            StaffNotice.due_at <= now,
        )
        .order_by(StaffNotice.id)
    )
    return [Due(row.id, row.case_id, row.what, row.at) for row in rows]


async def ways_of_staff(session: AsyncSession, school_id: int, staff_id: int) -> Ways:
    """How and where this colleague is told."""
    chosen = (
        await session.execute(
            select(StaffMedium).where(StaffMedium.school_id == school_id, StaffMedium.staff_id == staff_id)
        )
    ).scalar_one_or_none()
    mail = (await session.scalar(select(Staff.email).where(Staff.id == staff_id)) or "").strip().lower()
    rows = await session.execute(
        select(Address.channel, Address.external_id, Address.dead_reason, Conversation.id, Conversation.blocked_at)
        .outerjoin(Conversation, Conversation.address_id == Address.id)
        .where(Address.school_id == school_id, Address.staff_id == staff_id)
        .order_by(Address.id)
    )
    dead, chat = "", None
    for channel, external_id, reason, conversation_id, blocked_at in rows:
        if channel is ChannelName.MAIL and external_id == mail:
            dead = reason
        if channel is ChannelName.TELEGRAM and not reason and blocked_at is None:
            chat = conversation_id
    return Ways(
        medium=chosen.medium if chosen else Medium.MAIL,
        opens=chosen.opens if chosen else "",
        closes=chosen.closes if chosen else "",
        mail=mail if "@" in mail else "",
        mail_dead=dead,
        chat_id=chat,
    )


async def mail_account(session: AsyncSession, school_id: int) -> ProviderAccount | None:
    """Through which account this school sends mail."""
    found = await session.scalars(
        select(ProviderAccount)
        .where(ProviderAccount.school_id == school_id, ProviderAccount.provider == Provider.SMTP)
        .order_by(ProviderAccount.id.desc())
        .limit(1)
    )
    return found.first()


async def at_fault(session: AsyncSession, account: ProviderAccount) -> bool:
    """Whether nothing leaves by this account, and a message is there already that finds out when it does again."""
    if not account.fault:
        return False
    waits = exists().where(
        OUTBOX_OPEN,
        Outbox.conversation_id == Conversation.id,
        Outbox.state != OutboxState.UNKNOWN,
        Conversation.account_id == account.id,
    )
    return bool(await session.scalar(select(waits)))


async def cases_now(
    session: AsyncSession, school_id: int, case_ids: Collection[int]
) -> set[tuple[int, CaseState, Sensitivity, int | None]]:
    """Of each its state, how private it is, and whose it is."""
    rows = await session.execute(
        select(Case.id, Case.state, Case.sensitivity, Case.assignee_id).where(
            Case.school_id == school_id, Case.id.in_(case_ids)
        )
    )
    return {(row.id, row.state, row.sensitivity, row.assignee_id) for row in rows}


async def readable_cases(session: AsyncSession, me: Me, case_ids: Collection[int]) -> set[int]:
    """Those that this colleague may read."""
    return set((await session.scalars(select(Case.id).where(Case.id.in_(case_ids), readable(me)))).all())


async def told_case(session: AsyncSession, school_id: int, case_id: int, staff_id: int) -> ToldCase:
    """What there is to tell of it to this colleague: her words since somebody last answered."""
    case, language, hers, child, class_name = (
        await session.execute(
            select(Case, Conversation.language, Guardian.language, Pupil.given_name, SchoolClass.name)
            .join(Conversation, Conversation.id == Case.conversation_id)
            .outerjoin(Guardian, Guardian.id == Case.guardian_id)
            .outerjoin(Pupil, Pupil.id == Case.pupil_id)
            .outerjoin(SchoolClass, SchoolClass.id == Pupil.class_id)
            .where(Case.school_id == school_id, Case.id == case_id)
        )
    ).one()
    answered = await session.scalar(
        select(func.max(Outbox.created_at)).where(Outbox.case_id == case_id, Outbox.author == Author.STAFF)
    )
    rows = await session.execute(
        select(Inbox.kind, Inbox.text, Inbox.dutch)
        .where(Inbox.case_id == case_id, Inbox.received_at >= answered if answered else true())
        .order_by(Inbox.seq.desc())
        .limit(WORDS)
    )
    read = await session.scalar(
        select(func.max(CaseRead.at)).where(CaseRead.case_id == case_id, CaseRead.staff_id == staff_id)
    )
    own = await session.scalar(
        select(func.max(Outbox.created_at)).where(
            Outbox.case_id == case_id, Outbox.author == Author.STAFF, Outbox.staff_id == staff_id
        )
    )
    return ToldCase(
        case_id=case_id,
        state=case.state,
        sensitivity=case.sensitivity,
        assignee_id=case.assignee_id,
        topic=case.topic,
        child=child or "",
        class_name=class_name or "",
        language=language or hers,
        words=tuple((kind, text, dutch) for kind, text, dutch in reversed(rows.all())),
        read_at=max(filter(None, (read, own)), default=None),
        told_at=await session.scalar(
            select(func.max(StaffNotice.done_at)).where(
                and_(
                    StaffNotice.case_id == case_id, StaffNotice.staff_id == staff_id, StaffNotice.outbox_id.is_not(None)
                )
            )
        ),
    )
