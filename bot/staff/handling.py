"""What people do with cases: read, pass on, hand over, put off, close. Each is written into the case's history."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.cases import waits_again
from bot.core.conversations import lock
from bot.errors import Refusal
from bot.people.routing import choose
from bot.staff.marks import N_
from bot.staff.telling import Told, tell
from bot.staff.withdrawing import forget_later
from bot.translation.again import look_again
from db.engine import ring
from db.queries.cases import readable, visible
from db.queries.merged import goes_on_in
from db.queries.school import SchoolView
from db.queries.settings import mentors_of
from db.queries.staff import Me
from db.tables import Case, CaseEvent, CaseRead, Conversation, Inbox, Staff
from db.types import CaseState, Sensitivity

READ_EVERY = dt.timedelta(minutes=10)
MORNING = dt.time(8, 0)
LONGEST_SNOOZE = dt.timedelta(days=92)


class NoSuchCase(Refusal):
    """It does not exist, or not for this person: nobody learns which."""


class Later(StrEnum):
    """Until when a case can be put off."""

    TOMORROW = "tomorrow"
    MONDAY = "monday"


async def open_for(session: AsyncSession, me: Me, case_id: int, *, words: bool = True) -> tuple[Case, Conversation]:
    """A case that this person may act on, locked after its conversation. `words`: only if they may read it too."""
    allowed = readable(me) if words else visible(me)
    conversation_id = (
        await session.execute(select(Case.conversation_id).where(Case.id == case_id, allowed))
    ).scalar_one_or_none()
    if conversation_id is None:
        raise NoSuchCase(N_("This case does not exist."))
    conversation = await lock(session, conversation_id)
    return await session.get_one(Case, case_id, with_for_update=True, populate_existing=True), conversation


async def going_on(session: AsyncSession, me: Me, case: Case) -> Case:
    """Where a case goes on that was taken into another (its conversation is locked): they must be able to read that one."""
    number = await goes_on_in(session, case.id)
    return case if number == case.id else (await open_for(session, me, number))[0]


async def read_case(session: AsyncSession, me: Me, case_id: int, *, now: dt.datetime) -> None:
    """Write down that this person read it: once in ten minutes, and whenever something came since."""
    newest = select(func.max(Inbox.received_at)).where(Inbox.case_id == case_id).scalar_subquery()
    recent = await session.execute(
        select(CaseRead.id)
        .where(
            CaseRead.case_id == case_id,
            CaseRead.staff_id == me.staff_id,
            CaseRead.at > now - READ_EVERY,
            CaseRead.at >= func.coalesce(newest, CaseRead.at),
        )
        .limit(1)
    )
    if recent.first() is None:
        session.add(CaseRead(school_id=me.school_id, case_id=case_id, staff_id=me.staff_id, at=now))


async def not_mine(
    session: AsyncSession, me: Me, case_id: int, *, reason: str, view: SchoolView, now: dt.datetime
) -> str:
    """Pass it to the next who may know better; returns that person's name.

    The pupil's mentors or the role's holders first, or who stands in for them; then, of what is confidential, the roles of
    trust; then the team leaders, the administration. Nobody twice; the last resort is for silence.
    """
    case, conversation = await open_for(session, me, case_id)
    if case.assignee_id not in (None, me.staff_id):
        raise Refusal("A colleague already has this case.")
    refused = await session.execute(
        select(CaseEvent.staff_id).where(CaseEvent.case_id == case_id, CaseEvent.kind == "not_mine")
    )
    out = {me.staff_id, *refused.scalars()}
    mentors = await mentors_of(session, case.school_id, case.pupil_id)
    today = now.astimezone(ZoneInfo(view.timezone)).date()
    special = case.sensitivity is Sensitivity.SPECIAL
    chosen = choose(view, case.role, mentors, today, out=out, special=special)
    person = chosen.person
    if person is None or chosen.why == "last_resort":
        raise Refusal("Everybody who could take this has passed it on. Hand it to a colleague by name.")
    case.why = {**case.why, "why": "passed_on", "by": me.name}
    _give(session, me, case, conversation, person.staff_id, kind="not_mine", note=reason, now=now)
    await tell(session, case, Told.GIVEN, to=person.staff_id, now=now)
    return person.name


async def hand_over(
    session: AsyncSession, me: Me, case_id: int, *, to: int, note: str, view: SchoolView, now: dt.datetime
) -> str:
    """Give it to a colleague by name; an administrator may do so without being able to read it.

    Not to themselves: whoever has a case reads it.
    """
    case, conversation = await open_for(session, me, case_id, words=to == me.staff_id)
    if to not in view.staff:
        raise Refusal("This colleague does not work here.")
    case.why = {**case.why, "why": "handed_over", "by": me.name}
    _give(session, me, case, conversation, to, kind="handed_over", note=note, now=now)
    await tell(session, case, Told.GIVEN, to=None if to == me.staff_id else to, now=now)
    return view.staff[to].name


async def snooze(
    session: AsyncSession, me: Me, case_id: int, *, until: Later | dt.date, timezone: str, now: dt.datetime
) -> None:
    """Put it at the end of the list until a morning, of a day to come. Her next message brings it back at once."""
    case, _ = await open_for(session, me, case_id)
    if case.state is not CaseState.OPEN:
        raise Refusal("Only an open case can wait.")
    local = now.astimezone(ZoneInfo(timezone))
    if isinstance(until, dt.date):
        day = until
    else:
        day = local.date() + dt.timedelta(days=1 if until is Later.TOMORROW else 7 - local.weekday())
    if not local.date() < day <= local.date() + LONGEST_SNOOZE:
        raise Refusal("Choose a day to come, within three months.")
    morning = dt.datetime.combine(day, MORNING, ZoneInfo(timezone))
    case.snoozed_until = morning.astimezone(dt.UTC)
    _happened(session, me, case, "snoozed", now)


async def close(session: AsyncSession, me: Me, case_id: int, *, now: dt.datetime) -> None:
    """Done. What she writes next is the line's again."""
    case, conversation = await open_for(session, me, case_id)
    if case.state is CaseState.CLOSED:
        return
    case.state, case.closed_at, case.waiting_since, case.snoozed_until = CaseState.CLOSED, now, None, None
    await forget_later(session, case)
    conversation.version += 1
    _happened(session, me, case, "closed", now)


async def reopen(session: AsyncSession, me: Me, case_id: int, *, now: dt.datetime) -> None:
    """Not done after all: she waits again, as of now. Where whoever had it works here no more it is theirs who opens it."""
    case, conversation = await open_for(session, me, case_id)
    if case.state is CaseState.OPEN:
        return
    if case.merged_into_id is not None:
        raise Refusal("This case goes on in another one: take that back first.")
    waits_again(case, now)
    here = select(Staff.id).where(Staff.id == case.assignee_id, Staff.left_at.is_(None))
    case.assignee_id = await session.scalar(here) or me.staff_id
    conversation.version += 1
    await look_again(session, me.school_id, case.id)
    _happened(session, me, case, "reopened", now)


def _give(
    session: AsyncSession,
    me: Me,
    case: Case,
    conversation: Conversation,
    to: int,
    *,
    kind: str,
    note: str,
    now: dt.datetime,
) -> None:
    case.assignee_id, case.snoozed_until = to, None
    case.look_at, case.reckoned = None, -1  # can this person keep what was promised? (bot/staff/promises.py)
    if case.promise_at is not None and case.promise_at > now:
        case.step = 0
    conversation.version += 1  # a turn names the person who has it
    _happened(session, me, case, kind, now, to=to, note=note)


def _happened(
    session: AsyncSession, me: Me, case: Case, kind: str, now: dt.datetime, *, to: int | None = None, note: str = ""
) -> None:
    session.add(
        CaseEvent(
            school_id=me.school_id,
            case_id=case.id,
            kind=kind,
            staff_id=me.staff_id,
            to_id=to,
            note=note.strip()[:500],
            at=now,
        )
    )
    ring(session, "case")
