"""Opening a case and adding to one: topic and pupil decide the role, the class the person, availability who stands in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.known import Scene
from bot.core.telling import Told, tell
from bot.people.availability import absent, promise
from bot.people.routing import choose, instead, route
from bot.translation.again import look_again
from bot.turn.topics import TOPICS, topic
from bot.turn.types import CaseReason, PassOn
from db.queries.merged import goes_on_in
from db.tables import Case, CaseEvent, Conversation, StaffRole
from db.types import CaseState, Role


async def open_case(
    session: AsyncSession, scene: Scene, conversation: Conversation, event: PassOn, *, now: dt.datetime
) -> Case:
    """The open case of this writer, topic and pupil on this conversation, or a new one in the right person's hands.

    On one phone there may be several guardians, or a stranger (of whom a case names nobody): each has cases of her own.
    """
    before = (
        await session.execute(
            select(Case)
            .where(
                Case.school_id == scene.school_id,
                Case.conversation_id == conversation.id,
                Case.topic == event.topic,
                Case.pupil_id == event.pupil_id if event.pupil_id else Case.pupil_id.is_(None),
                Case.guardian_id == scene.guardian_id if scene.guardian_id else Case.guardian_id.is_(None),
                Case.state != CaseState.CLOSED,
            )
            .order_by(Case.id.desc())
            .limit(1)
            .with_for_update()
        )
    ).scalar_one_or_none()
    if before is not None:
        kept = {} if topic(event.topic).as_a_whole and event.summary else before.summary
        before.summary = {**kept, **event.summary}
        return await _again_with(session, scene, before, now)
    role = Role(event.role)
    child = next((child for child in scene.children if child.pupil_id == event.pupil_id), None)
    if child is None and role is Role.MENTOR and len(scene.children) == 1:
        child = scene.children[0]
    today = now.astimezone(ZoneInfo(scene.view.timezone)).date()
    chosen = route(
        scene.view,
        event.topic,
        role,
        child.mentor_ids if child else (),
        today,
        class_id=child.class_id if child else None,
    )
    promised = promise(scene.view, chosen.person, now)
    case = Case(
        school_id=scene.school_id,
        conversation_id=conversation.id,
        topic=event.topic,
        sensitivity=topic(event.topic).sensitivity,
        guardian_id=scene.guardian_id,
        pupil_id=child.pupil_id if child else None,
        role=chosen.role,
        assignee_id=chosen.person.staff_id if chosen.person else None,
        why=chosen.reason(child.class_name if child else ""),
        summary=dict(event.summary),
        reason=event.reason.value,
        verified=event.verified and scene.guardian_id is not None,
        opened_at=now,
        waiting_since=now,
        promise_at=promised,
        told_at=promised,
    )
    await opened(session, case, now)
    return case


async def case_for_role(
    session: AsyncSession,
    conversation: Conversation,
    topic: str,
    roles: Sequence[Role],
    *,
    why: str,
    reason: CaseReason,
    now: dt.datetime,
) -> Case:
    """A case that no turn asked for (a silence, a message that cannot arrive), with the first who holds one of `roles`.

    The open one of the same topic and reason on this conversation is used again, as long as nobody bound it to a guardian:
    who wrote is not known here.
    """
    before = (
        await session.execute(
            select(Case)
            .where(
                Case.school_id == conversation.school_id,
                Case.conversation_id == conversation.id,
                Case.topic == topic,
                Case.reason == reason.value,
                Case.guardian_id.is_(None),
                Case.state != CaseState.CLOSED,
            )
            .limit(1)
            .with_for_update()
        )
    ).scalar_one_or_none()
    if before is not None:
        return await _heard_again(session, before, now, None)
    holders = (
        await session.execute(
            select(StaffRole.role, StaffRole.staff_id)
            .where(StaffRole.school_id == conversation.school_id, StaffRole.role.in_(roles))
            .order_by(StaffRole.position, StaffRole.id)
        )
    ).all()
    first = min(holders, key=lambda holder: roles.index(holder.role), default=None)
    case = Case(
        school_id=conversation.school_id,
        conversation_id=conversation.id,
        topic=topic,
        sensitivity=TOPICS[topic].sensitivity,
        role=roles[0],
        assignee_id=first.staff_id if first else None,
        why={"why": why, "role": roles[0].value},
        reason=reason.value,
        opened_at=now,
        waiting_since=now,
    )
    await opened(session, case, now)
    return case


async def add_to_case(session: AsyncSession, scene: Scene, case_id: int, *, now: dt.datetime) -> Case:
    """Her message belongs to a case that a person already has; whoever had a closed one may have left since.

    Where that was taken into another meanwhile, it goes on there.
    """
    case = await session.get_one(Case, await goes_on_in(session, case_id), with_for_update=True)
    return await _again_with(session, scene, case, now)


def waits_again(
    case: Case, since: dt.datetime, *, promised: dt.datetime | None = None, told: dt.datetime | None = None
) -> None:
    """She waits for an answer again (the case is locked): it is open, and at the foot of the ladder (bot/people/steps.py).

    With the promise that counts now, and what she was `told` of it; without one the line watches as of today. What was
    promised for an earlier answer is not taken over: whoever answered has kept it.
    """
    case.state, case.closed_at, case.snoozed_until = CaseState.OPEN, None, None
    case.waiting_since, case.promise_at, case.told_at = since, promised, told
    case.step, case.look_at, case.reckoned = 0, None, -1


async def opened(session: AsyncSession, case: Case, now: dt.datetime) -> None:
    """A new case is there: written down, and whoever has it hears of it."""
    session.add(case)
    await session.flush()
    session.add(CaseEvent(school_id=case.school_id, case_id=case.id, kind="opened", to_id=case.assignee_id, at=now))
    await tell(session, case, Told.GIVEN, to=case.assignee_id, now=now)


async def _again_with(session: AsyncSession, scene: Scene, case: Case, now: dt.datetime) -> Case:
    """She writes again: to whoever has it, or, where that person left or is away today, to who would get it now."""
    today = now.astimezone(ZoneInfo(scene.view.timezone)).date()
    person = scene.view.staff.get(case.assignee_id or 0)
    if person is None or (case.waiting_since is None and absent(person, today)):
        child = next((child for child in scene.children if child.pupil_id == case.pupil_id), None)
        mentors = child.mentor_ids if child else ()
        if person is None:
            chosen = choose(scene.view, case.role, mentors, today)
        else:
            chosen = instead(scene.view, person, case.role, mentors, today)
        if chosen.person is not None and chosen.person is not person:
            person = chosen.person
            case.assignee_id, case.why = person.staff_id, chosen.reason()
            session.add(
                CaseEvent(school_id=case.school_id, case_id=case.id, kind="given_on", to_id=person.staff_id, at=now)
            )
    return await _heard_again(session, case, now, promise(scene.view, person, now))


async def _heard_again(session: AsyncSession, case: Case, now: dt.datetime, promised: dt.datetime | None) -> Case:
    """`promised`: what she hears now, where nothing was owed her; of an older promise nothing is left."""
    closed = case.state is CaseState.CLOSED
    if case.state is not CaseState.OPEN:
        session.add(
            CaseEvent(school_id=case.school_id, case_id=case.id, kind="reopened", to_id=case.assignee_id, at=now)
        )
    if case.waiting_since is None:
        waits_again(case, now, promised=promised, told=promised)
    case.state, case.closed_at, case.snoozed_until = CaseState.OPEN, None, None
    if closed:
        await look_again(session, case.school_id, case.id)
    await tell(session, case, Told.WROTE, to=case.assignee_id, now=now)
    return case
