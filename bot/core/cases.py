"""Opening a case and adding to one: topic and pupil decide the role, the class the person, availability who stands in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.known import Scene
from bot.people.availability import choose, promise
from bot.turn.topics import TOPICS, topic
from bot.turn.types import CaseReason, PassOn
from db.tables import Case, CaseEvent, Conversation, StaffRole
from db.types import CaseState, Role


async def open_case(
    session: AsyncSession, scene: Scene, conversation: Conversation, event: PassOn, *, now: dt.datetime
) -> Case:
    """The open case of this topic and pupil on this conversation, or a new one in the right person's hands."""
    before = (
        await session.execute(
            select(Case)
            .where(
                Case.school_id == scene.school_id,
                Case.conversation_id == conversation.id,
                Case.topic == event.topic,
                Case.pupil_id == event.pupil_id if event.pupil_id else Case.pupil_id.is_(None),
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
        return _heard_again(session, before, now)
    role = Role(event.role)
    child = next((child for child in scene.children if child.pupil_id == event.pupil_id), None)
    if child is None and role is Role.MENTOR and len(scene.children) == 1:
        child = scene.children[0]
    today = now.astimezone(ZoneInfo(scene.view.timezone)).date()
    chosen = choose(scene.view, role, child.mentor_ids if child else (), today)
    why: dict[str, Any] = {"why": chosen.why, "role": role.value}
    if child and role is Role.MENTOR:
        why["class"] = child.class_name
    if chosen.instead_of:
        why["instead_of"] = chosen.instead_of.name
    case = Case(
        school_id=scene.school_id,
        conversation_id=conversation.id,
        topic=event.topic,
        sensitivity=topic(event.topic).sensitivity,
        guardian_id=scene.guardian_id,
        pupil_id=child.pupil_id if child else None,
        role=role,
        assignee_id=chosen.person.staff_id if chosen.person else None,
        why=why,
        summary=dict(event.summary),
        reason=event.reason.value,
        verified=event.verified and scene.guardian_id is not None,
        opened_at=now,
        waiting_since=now,
        promise_at=promise(scene.view, chosen.person, now),
    )
    session.add(case)
    await session.flush()
    session.add(CaseEvent(school_id=case.school_id, case_id=case.id, kind="opened", to_id=case.assignee_id, at=now))
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

    The open one of the same topic and reason on this conversation is used again.
    """
    before = (
        await session.execute(
            select(Case)
            .where(
                Case.school_id == conversation.school_id,
                Case.conversation_id == conversation.id,
                Case.topic == topic,
                Case.reason == reason.value,
                Case.state != CaseState.CLOSED,
            )
            .limit(1)
            .with_for_update()
        )
    ).scalar_one_or_none()
    if before is not None:
        return _heard_again(session, before, now)
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
    session.add(case)
    await session.flush()
    session.add(CaseEvent(school_id=case.school_id, case_id=case.id, kind="opened", to_id=case.assignee_id, at=now))
    return case


async def add_to_case(session: AsyncSession, scene: Scene, case_id: int, *, now: dt.datetime) -> Case:
    """Her message belongs to a case that a person already has; whoever had a closed one may have left since."""
    case = await session.get_one(Case, case_id, with_for_update=True)
    if case.assignee_id not in scene.view.staff:
        child = next((child for child in scene.children if child.pupil_id == case.pupil_id), None)
        today = now.astimezone(ZoneInfo(scene.view.timezone)).date()
        chosen = choose(scene.view, case.role, child.mentor_ids if child else (), today)
        case.assignee_id = chosen.person.staff_id if chosen.person else None
        case.why = {"why": chosen.why, "role": case.role.value}
    return _heard_again(session, case, now)


def _heard_again(session: AsyncSession, case: Case, now: dt.datetime) -> Case:
    case.waiting_since = case.waiting_since or now
    case.snoozed_until = None
    if case.state is not CaseState.OPEN:
        case.state, case.closed_at = CaseState.OPEN, None
        session.add(
            CaseEvent(school_id=case.school_id, case_id=case.id, kind="reopened", to_id=case.assignee_id, at=now)
        )
    return case
