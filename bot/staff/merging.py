"""Two cases that are one, and one that is two: messages go from case to case of the same conversation, and back again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.cases import waits_again
from bot.errors import Refusal
from bot.people.steps import Step
from bot.staff.handling import NoSuchCase, open_for
from bot.staff.sensitivity import RANK, trusted
from bot.staff.withdrawing import forget_later
from bot.translation.again import look_again
from bot.turn.topics import TOPICS
from db.engine import ring
from db.queries.cases import readable
from db.queries.staff import Me
from db.tables import Case, CaseEvent, CaseNote, Conversation, Inbox, Outbox
from db.types import CaseState, Sensitivity

_NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)
MOVED: Mapping[str, type[Any]] = {"inbox": Inbox, "outbox": Outbox, "note": CaseNote}


async def merge(session: AsyncSession, me: Me, case_id: int, *, other: int, now: dt.datetime) -> None:
    """Take another case of this conversation into this one: what was said and noted stands here, what happened stays there.

    Never wider than before: the confidential one has to be the one that stays, and two of them need the same role.
    """
    case, conversation = await open_for(session, me, case_id)
    gone = await _beside(session, me, case, other)
    _same_people(case, gone)
    if case.pupil_id and gone.pupil_id and case.pupil_id != gone.pupil_id:
        raise Refusal("These cases are about different children.")
    stays = (case.sensitivity, case.role) == (gone.sensitivity, gone.role)
    if gone.sensitivity is Sensitivity.SPECIAL and not stays:
        raise Refusal("The other case is confidential: open that one, and take this one into it.")
    rows = {name: await _of_case(session, table, gone.id) for name, table in MOVED.items()}
    if await forget_later(session, gone):
        gone.told_at = gone.waiting_since  # of that day she has not heard: she will, from whoever has it then
    before = _state(case)
    steps = {"gone_step": gone.step, "kept_step": case.step}
    detail: dict[str, Any] = {"case": gone.id, **rows, "gone": _state(gone), "kept": before, **steps}
    await _move(session, rows, case.id)
    case.pupil_id = case.pupil_id or gone.pupil_id
    case.sensitivity = max(case.sensitivity, gone.sensitivity, key=RANK.index)
    if _waits(gone):
        _waits_here(case, gone)
    gone.state, gone.closed_at, gone.merged_into_id = CaseState.CLOSED, gone.closed_at or now, case.id
    gone.waiting_since = gone.snoozed_until = None
    detail["after"] = _state(case)
    _belongs_to(conversation, gone.id, case.id)
    await look_again(session, me.school_id, case.id)
    _happened(session, me, case.id, "merged", now, detail)
    _happened(session, me, gone.id, "merged_into", now, {"case": case.id})


async def unmerge(session: AsyncSession, me: Me, case_id: int, *, other: int, now: dt.datetime) -> None:
    """Take that back: what came from the other case and is still here goes back to it."""
    case, conversation = await open_for(session, me, case_id)
    gone = await session.get(Case, other, with_for_update=True)
    events = await session.scalars(
        select(CaseEvent).where(CaseEvent.case_id == case.id, CaseEvent.kind == "merged").order_by(CaseEvent.id.desc())
    )
    event = next((event for event in events if event.detail.get("case") == other), None)
    if gone is None or event is None or gone.merged_into_id != case.id:
        raise Refusal("These cases are not one (any more).")
    told = event.detail
    await _move(session, {name: told.get(name, []) for name in MOVED}, gone.id, only_from=case.id)
    gone.merged_into_id = None
    _restore(gone, told["gone"], told.get("gone_step", 0))
    if told["after"].items() <= _state(case).items():  # nobody did anything with it since
        _restore(case, told["kept"], told.get("kept_step", 0))
    await look_again(session, me.school_id, gone.id)
    _happened(session, me, case.id, "unmerged", now, {"case": gone.id})
    _happened(session, me, gone.id, "unmerged", now, {"case": case.id})
    conversation.version += 1


async def move(
    session: AsyncSession,
    me: Me,
    case_id: int,
    *,
    messages: Sequence[int],
    to: int | None,
    topic: str,
    now: dt.datetime,
) -> int:
    """Give messages of hers, with what the line said to them, to another case, or (`to` is None) to a new one of mine."""
    case, conversation = await open_for(session, me, case_id)
    theirs = await session.scalars(select(Inbox).where(Inbox.case_id == case.id, Inbox.id.in_(messages)))
    chosen = list(theirs)
    if not chosen:
        raise Refusal("Choose at least one message.")
    if to is not None:
        target = await _beside(session, me, case, to)
        _same_people(case, target)
        narrower = RANK.index(case.sensitivity) <= RANK.index(target.sensitivity)
        same = case.sensitivity is not Sensitivity.SPECIAL or case.role is target.role
        if not (narrower and same) and not trusted(me):
            raise Refusal("What was said in confidence stays in a confidential case.")
    else:
        target = await _new(session, me, case, topic, now)
    asked = select(Outbox.id).where(Outbox.case_id == case.id, Outbox.inbox_id.in_([row.id for row in chosen]))
    rows = {"inbox": [row.id for row in chosen], "outbox": list((await session.scalars(asked)).all())}
    await _move(session, rows, target.id)
    if _waits(case):
        _waits_here(target, case)
    await look_again(session, me.school_id, target.id)
    _happened(session, me, case.id, "moved", now, {"case": target.id, **rows})
    _happened(session, me, target.id, "moved_here", now, {"case": case.id, **rows})
    conversation.version += 1
    return target.id


async def _beside(session: AsyncSession, me: Me, case: Case, other: int) -> Case:
    """Another case of the same conversation that this person may read, and that still stands by itself."""
    found = await session.scalar(
        select(Case)
        .where(
            Case.id == other,
            Case.id != case.id,
            Case.conversation_id == case.conversation_id,
            Case.merged_into_id.is_(None),
            readable(me),
        )
        .with_for_update()
    )
    if found is None or case.merged_into_id is not None:
        raise NoSuchCase("This case does not exist.")
    return found


def _same_people(case: Case, other: Case) -> None:
    """On one phone there may be two parents: neither reads what the other wrote, and no answer goes to both."""
    if case.guardian_id != other.guardian_id:
        raise Refusal("These cases are of different people, or of one of them nobody knows yet who writes.")


async def _new(session: AsyncSession, me: Me, case: Case, topic: str, now: dt.datetime) -> Case:
    if topic not in TOPICS:
        raise Refusal("Choose what the new case is about.")
    about = TOPICS[topic]
    special = case.sensitivity is Sensitivity.SPECIAL
    target = Case(
        school_id=case.school_id,
        conversation_id=case.conversation_id,
        topic=topic,
        sensitivity=max(case.sensitivity, about.sensitivity, key=RANK.index),
        guardian_id=case.guardian_id,
        pupil_id=case.pupil_id,
        # What is confidential stays with the role it belongs to.
        role=case.role if special else about.role,
        assignee_id=me.staff_id,
        why={"why": "handed_over", "by": me.name},
        summary={},
        reason=case.reason,
        verified=case.verified,
        opened_at=now,
    )
    session.add(target)
    await session.flush()
    _happened(session, me, target.id, "opened", now, {})
    return target


async def _of_case(session: AsyncSession, table: type[Any], case_id: int) -> list[int]:
    return list((await session.scalars(select(table.id).where(table.case_id == case_id).order_by(table.id))).all())


async def _move(session: AsyncSession, rows: dict[str, list[int]], to: int, *, only_from: int | None = None) -> None:
    await session.flush()
    for name, ids in rows.items():
        table = MOVED[name]
        here: Collection[Any] = () if only_from is None else (table.case_id == only_from,)
        await session.execute(
            update(table)
            .where(table.id.in_(ids), *here)
            .values(case_id=to)
            .execution_options(synchronize_session=False)
        )


def _belongs_to(conversation: Conversation, gone: int, kept: int) -> None:
    """What she writes next after a person's word goes on where that word stands now."""
    if conversation.human_case_id == gone:
        conversation.human_case_id = kept
    conversation.version += 1


def _waits(case: Case) -> bool:
    return case.state is CaseState.OPEN and case.waiting_since is not None


def _waits_here(case: Case, other: Case) -> None:
    """She waits in the other one, so here: since the earlier moment, with the earlier promise of those that still count.

    Who heard of a later day already (here or there) does not begin at the foot of the ladder again.
    """
    waiting = [each for each in (case, other) if _waits(each)]
    first = min(waiting, key=lambda each: each.promise_at or _NEVER)
    since = min(each.waiting_since for each in waiting if each.waiting_since is not None)
    climbed = max(each.step for each in waiting)
    waits_again(case, since, promised=first.promise_at, told=first.told_at)
    case.step = climbed if climbed >= Step.TOLD else Step.NOTHING


def _state(case: Case) -> dict[str, Any]:
    """What is restored; no words."""
    return {
        "state": case.state.value,
        "sensitivity": case.sensitivity.value,
        "pupil": case.pupil_id,
        **{name: at.isoformat() if (at := getattr(case, name)) else None for name in _MOMENTS},
    }


_MOMENTS = ("waiting_since", "promise_at", "told_at", "snoozed_until", "closed_at")


def _restore(case: Case, told: dict[str, Any], step: int) -> None:
    case.state, case.sensitivity = CaseState(told["state"]), Sensitivity(told["sensitivity"])
    case.pupil_id = told["pupil"]
    for name in told.keys() & _MOMENTS:  # what was merged before an upgrade may know less
        setattr(case, name, dt.datetime.fromisoformat(told[name]) if told[name] else None)
    case.step, case.look_at, case.reckoned = step, None, -1


def _happened(session: AsyncSession, me: Me, case_id: int, kind: str, now: dt.datetime, detail: dict[str, Any]) -> None:
    session.add(
        CaseEvent(school_id=me.school_id, case_id=case_id, kind=kind, staff_id=me.staff_id, detail=detail, at=now)
    )
    ring(session, "case")
