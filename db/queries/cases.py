"""The inbox's questions: who may read which case, what waits for whom, and what was said in one case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, false, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.queries.finding import named, said
from db.queries.staff import Me, shown_name
from db.tables import (
    Address,
    Binding,
    Case,
    CaseRead,
    ClassMentor,
    Conversation,
    Guardian,
    Inbox,
    Pupil,
    SchoolClass,
    Staff,
)
from db.types import CaseState, ChannelName, Role, Sensitivity

CLOSED_SHOWN = 100
SHOWN = 300
TRUSTED = frozenset({Role.SAFETY_COORDINATOR, Role.CONFIDENTIAL_COUNSELLOR})
"""They read what is special, and may make it less so."""


class Tab(StrEnum):
    """The inbox's parts."""

    MINE = "mine"
    TEAM = "team"
    UNASSIGNED = "unassigned"
    WAITING = "waiting"
    CLOSED = "closed"


class Due(StrEnum):
    """When she was promised an answer."""

    TODAY = "today"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Filters:
    """What of a tab is shown; all of it together. Numbers and codes only: they stand in addresses."""

    group: int | None = None
    topic: str = ""
    language: str = ""
    due: Due | None = None
    unread: bool = False
    unverified: bool = False


EVERYTHING = Filters()


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case in the list. Where it is not `readable`, names and words are empty: that it exists is all there is to see."""

    case_id: int
    topic: str
    sensitivity: Sensitivity
    role: Role
    state: CaseState
    reason: str
    why: Mapping[str, Any]
    summary: Mapping[str, Any]
    guardian_id: int | None
    guardian: str
    pupil_id: int | None
    pupil: str
    pupil_given: str
    class_name: str
    language: str | None
    channel: ChannelName
    assignee_id: int | None
    assignee: str
    verified: bool
    readable: bool
    unread: bool
    opened_at: dt.datetime
    waiting_since: dt.datetime | None
    promise_at: dt.datetime | None
    snoozed_until: dt.datetime | None
    conversation_id: int
    reachable: bool
    window_until: dt.datetime | None
    merged_into_id: int | None = None
    doubt: str = ""
    """Why the parent has to prove again who writes (bot/people/doubting.py); empty: she need not."""
    no_number: bool = False
    """WhatsApp keeps her number to itself, and the records have none: nothing can go by SMS instead."""


def readable(me: Me) -> ColumnElement[bool]:
    """Whose words this person may read.

    Their own cases; those of the roles they hold; those about pupils they mentor. What is special is read by the
    assignee, the role it belongs to (for a mentor's case: the pupil's mentors) and the two roles of trust only.
    """
    mine = Case.assignee_id == me.staff_id
    roles = [role for role in me.roles if role is not Role.MENTOR]
    held = Case.role.in_(roles) if roles else false()
    mentored = exists().where(
        ClassMentor.school_id == me.school_id,
        ClassMentor.staff_id == me.staff_id,
        Pupil.id == Case.pupil_id,
        or_(ClassMentor.pupil_id == Pupil.id, ClassMentor.class_id == Pupil.class_id),
    )
    special = Case.sensitivity == Sensitivity.SPECIAL
    ordinary = and_(~special, or_(mentored, _nobodys(me), true() if me.administrator else false()))
    trusted = true() if TRUSTED.intersection(me.roles) else false()
    return and_(
        Case.school_id == me.school_id,
        or_(mine, held, and_(mentored, Case.role == Role.MENTOR), ordinary, and_(special, trusted)),
    )


def _nobodys(me: Me) -> ColumnElement[bool]:
    """Somebody must pick up what nobody has: the administration."""
    return and_(Case.assignee_id.is_(None), true() if Role.ADMINISTRATION in me.roles else false())


def visible(me: Me) -> ColumnElement[bool]:
    """Which cases exist for this person: what they may read; for an administrator every case, for the administration nobody's.

    So an unread case is always somebody's: there is one who has it, or it stands where somebody hands it out.
    """
    here = Case.school_id == me.school_id
    return here if me.administrator else and_(here, or_(readable(me), _nobodys(me)))


def in_tab(me: Me, tab: Tab) -> ColumnElement[bool]:
    """Whether a case stands in this part of the inbox."""
    match tab:
        case Tab.MINE:
            return and_(Case.state == CaseState.OPEN, Case.assignee_id == me.staff_id)
        case Tab.TEAM:
            return and_(Case.state == CaseState.OPEN, Case.assignee_id.is_not(None), Case.assignee_id != me.staff_id)
        case Tab.UNASSIGNED:
            return and_(Case.state == CaseState.OPEN, Case.assignee_id.is_(None))
        case Tab.WAITING:
            return Case.state == CaseState.WAITING
        case Tab.CLOSED:
            return and_(Case.state == CaseState.CLOSED, Case.merged_into_id.is_(None))


async def counts(session: AsyncSession, me: Me) -> dict[Tab, int]:
    """How many cases each tab has."""
    columns = [func.count().filter(in_tab(me, tab)).label(tab.value) for tab in Tab]
    row = (await session.execute(select(*columns).select_from(Case).where(visible(me)))).one()
    return {tab: int(getattr(row, tab.value)) for tab in Tab}


async def cases(
    session: AsyncSession,
    me: Me,
    tab: Tab,
    *,
    search: str = "",
    filters: Filters = EVERYTHING,
    now: dt.datetime,
) -> tuple[CaseRow, ...]:
    """The cases of a tab by what was promised, then by who waits longest; with `search`, those of any tab that hold it."""
    query = _rows(me).where(visible(me), *_chosen(me, filters, now))
    if search:
        query = query.where(readable(me), Case.merged_into_id.is_(None), or_(named(search), said(search)))
    else:
        query = query.where(in_tab(me, tab))
    if tab is Tab.CLOSED and not search:
        query = query.order_by(Case.closed_at.desc(), Case.id.desc()).limit(CLOSED_SHOWN)
    else:
        later = case((Case.snoozed_until > now, 1), else_=0)
        unpromised = case((and_(Case.promise_at.is_not(None), Case.waiting_since.is_not(None)), 0), else_=1)
        promised = case((Case.waiting_since.is_not(None), Case.promise_at))
        waiting = func.coalesce(Case.waiting_since, Case.opened_at)
        query = query.order_by(later, unpromised, promised, waiting, Case.id).limit(SHOWN)
    return tuple(_row(row) for row in await session.execute(query))


def _chosen(me: Me, filters: Filters, now: dt.datetime) -> list[ColumnElement[bool]]:
    """Of a case that exists for somebody and no more, nothing can be learnt by choosing."""
    if filters == EVERYTHING:
        return []
    wanted = [readable(me)]
    if filters.group is not None:
        wanted.append(Pupil.class_id == filters.group)
    if filters.topic:
        wanted.append(Case.topic == filters.topic)
    if filters.language:
        wanted.append(func.coalesce(Conversation.language, Guardian.language) == filters.language)
    if filters.due is not None:
        wanted += [Case.waiting_since.is_not(None), _due(me, filters.due, now)]
    if filters.unread:
        wanted.append(~_seen(me))
    if filters.unverified:
        wanted.append(~Case.verified)
    return wanted


def _due(me: Me, due: Due, now: dt.datetime) -> ColumnElement[bool]:
    if due is Due.OVERDUE:
        return Case.promise_at < now
    zone = ZoneInfo(me.timezone)
    begins = dt.datetime.combine(now.astimezone(zone).date(), dt.time(), zone)
    ends = dt.datetime.combine(begins.date() + dt.timedelta(days=1), dt.time(), zone)
    return and_(Case.promise_at >= begins, Case.promise_at < ends)


def _seen(me: Me) -> ColumnElement[bool]:
    """Whether this person has read it since her last message."""
    newest = select(func.max(Inbox.received_at)).where(Inbox.case_id == Case.id).correlate(Case).scalar_subquery()
    return exists().where(
        CaseRead.case_id == Case.id,
        CaseRead.staff_id == me.staff_id,
        CaseRead.at >= func.coalesce(newest, Case.opened_at),
    )


async def one_case(session: AsyncSession, me: Me, case_id: int) -> CaseRow | None:
    """One case, if it exists for this person."""
    row = (await session.execute(_rows(me).where(visible(me), Case.id == case_id))).one_or_none()
    return _row(row) if row else None


_DOUBT = (
    select(Binding.doubt)
    .where(
        Binding.school_id == Case.school_id,
        Binding.address_id == Address.id,
        Binding.guardian_id == Case.guardian_id,
        Binding.ended_at.is_(None),
        Binding.doubted_at.is_not(None),
    )
    .limit(1)
    .correlate(Case, Address)
    .scalar_subquery()
)


_Known = aliased(Address)
_NO_NUMBER = and_(
    Address.channel == ChannelName.WHATSAPP,
    ~Address.external_id.startswith("+"),
    ~Address.alias.startswith("+"),
    ~exists().where(
        _Known.school_id == Case.school_id,
        _Known.channel == ChannelName.SMS,
        _Known.known_guardian_id == Case.guardian_id,
    ),
)


def _rows(me: Me) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Case,
            Guardian.given_name.label("guardian_given"),
            Guardian.family_name.label("guardian_family"),
            Guardian.language.label("guardian_language"),
            Pupil.given_name.label("pupil_given"),
            Pupil.family_name.label("pupil_family"),
            SchoolClass.name.label("class_name"),
            Conversation.language.label("language"),
            Conversation.blocked_at.label("blocked_at"),
            Conversation.window_until.label("window_until"),
            Address.channel.label("channel"),
            Address.dead_reason.label("dead_reason"),
            _DOUBT.label("doubt"),
            _NO_NUMBER.label("no_number"),
            Staff.title.label("title"),
            Staff.given_name.label("staff_given"),
            Staff.family_name.label("staff_family"),
            readable(me).label("readable"),
            _seen(me).label("read"),
        )
        .join(Conversation, Conversation.id == Case.conversation_id)
        .join(Address, Address.id == Conversation.address_id)
        .outerjoin(Guardian, Guardian.id == Case.guardian_id)
        .outerjoin(Pupil, Pupil.id == Case.pupil_id)
        .outerjoin(SchoolClass, SchoolClass.id == Pupil.class_id)
        .outerjoin(Staff, Staff.id == Case.assignee_id)
    )


def _row(row: Row[Any]) -> CaseRow:
    found: Case = row.Case
    open_to_me = bool(row.readable)
    return CaseRow(
        case_id=found.id,
        topic=found.topic if open_to_me else "",
        sensitivity=found.sensitivity,
        role=found.role,
        state=found.state,
        reason=found.reason if open_to_me else "",
        why=dict(found.why) if open_to_me else {},
        summary=dict(found.summary) if open_to_me else {},
        guardian_id=found.guardian_id if open_to_me else None,
        guardian=f"{row.guardian_given} {row.guardian_family}".strip() if open_to_me and found.guardian_id else "",
        pupil_id=found.pupil_id if open_to_me else None,
        pupil=f"{row.pupil_given} {row.pupil_family}".strip() if open_to_me and found.pupil_id else "",
        pupil_given=row.pupil_given or "" if open_to_me else "",
        class_name=row.class_name or "" if open_to_me else "",
        language=row.language or row.guardian_language if open_to_me else None,
        channel=row.channel,
        assignee_id=found.assignee_id,
        assignee=shown_name(row.title, row.staff_given, row.staff_family) if found.assignee_id else "",
        verified=found.verified,
        readable=open_to_me,
        unread=not row.read,
        opened_at=found.opened_at,
        waiting_since=found.waiting_since,
        promise_at=found.promise_at,
        snoozed_until=found.snoozed_until,
        conversation_id=found.conversation_id,
        reachable=row.blocked_at is None and not row.dead_reason,
        window_until=row.window_until,
        merged_into_id=found.merged_into_id if open_to_me else None,
        doubt=(row.doubt or "") if open_to_me else "",
        no_number=open_to_me and bool(row.no_number),
    )
