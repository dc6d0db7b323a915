"""Binding an address to a guardian by hand, and ending it: a person at school knows who writes."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.conversations import live_bindings, start_afresh
from bot.errors import Refusal
from bot.people.codes import hash_code, new_code
from bot.people.consent import look_again
from bot.people.doubting import proven_again
from bot.people.uniting import standing
from bot.staff.handling import open_for
from bot.staff.marks import N_
from db.engine import ring
from db.queries.door import children_of
from db.queries.staff import Me
from db.tables import BindCode, Binding, CaseEvent, Conversation

SPOKEN = dt.timedelta(minutes=30)
"""So long works a code that was read out: she has the phone in her hand."""
SPOKEN_AT_ONCE = 5
"""More of them that work at the same time nobody needs."""


async def bind_by_staff(
    session: AsyncSession,
    me: Me,
    case_id: int,
    *,
    guardian_id: int,
    pupil_id: int,
    end_older: bool,
    now: dt.datetime,
) -> None:
    """The address of a case that was not verified belongs to this guardian, and the case is about this child of hers.

    Older bindings of the address stay (several people on one phone) unless `end_older`: the number changed hands. One in
    doubt ends: somebody else was found there.
    """
    case, conversation = await open_for(session, me, case_id)
    if case.verified:
        raise Refusal("It is already known who writes here.")
    await standing(session, me.school_id, guardian_id)
    children = await children_of(session, me.school_id, guardian_id, me.today(now))
    if pupil_id not in {child.pupil_id for child in children}:
        raise Refusal("This is not a guardian of this pupil. Look again.")
    live = await live_bindings(session, conversation)
    gone = [row for row in live if row.guardian_id != guardian_id and (end_older or row.doubted_at is not None)]
    for row in gone:
        row.ended_at, row.ended_by_id = now, me.staff_id
    if gone:
        await start_afresh(session, conversation)
    if not any(row.guardian_id == guardian_id for row in live):
        session.add(
            Binding(
                school_id=me.school_id,
                address_id=conversation.address_id,
                guardian_id=guardian_id,
                proof="staff",
                bound_at=now,
            )
        )
    await proven_again(session, conversation, guardian_id, now=now)
    conversation.version += 1
    case.guardian_id, case.pupil_id, case.verified = guardian_id, pupil_id, True
    session.add(CaseEvent(school_id=me.school_id, case_id=case_id, kind="bound", staff_id=me.staff_id, at=now))
    ring(session, "case")


async def code_to_read_out(session: AsyncSession, me: Me, guardian_id: int, *, secret: str, now: dt.datetime) -> str:
    """A code that a person tells a guardian by phone: short-lived, once, and shown to that person only now."""
    await standing(session, me.school_id, guardian_id)
    working = await session.scalar(
        select(func.count())
        .select_from(BindCode)
        .where(
            BindCode.school_id == me.school_id,
            BindCode.guardian_id == guardian_id,
            BindCode.made_by_id.is_not(None),
            BindCode.used_at.is_(None),
            BindCode.expires_at > now,
        )
    )
    if (working or 0) >= SPOKEN_AT_ONCE:
        raise Refusal(N_("There are codes enough for this parent. Use one of them, or wait half an hour."))
    code = new_code()
    session.add(
        BindCode(
            school_id=me.school_id,
            guardian_id=guardian_id,
            code_hash=hash_code(code, secret),
            expires_at=now + SPOKEN,
            made_by_id=me.staff_id,
        )
    )
    return code


async def end_binding(session: AsyncSession, me: Me, guardian_id: int, binding_id: int, *, now: dt.datetime) -> None:
    """An address is this guardian's no more. What waits to leave there is held, and what was remembered is forgotten.

    On a phone that others share too theirs stays: their answers leave, and what was remembered of them is.
    """
    address_id = await session.scalar(
        select(Binding.address_id).where(
            Binding.school_id == me.school_id, Binding.guardian_id == guardian_id, Binding.id == binding_id
        )
    )
    if address_id is None:
        raise Refusal(N_("This phone is not there. Look again."))
    conversation_id = await session.scalar(
        select(Conversation.id).where(Conversation.school_id == me.school_id, Conversation.address_id == address_id)
    )
    # All of hers at once, in order: two transactions that take them one by one could wait for each other.
    more = () if conversation_id is None else (conversation_id,)
    locked = await look_again(session, me.school_id, [guardian_id], more=more)
    await session.execute(
        update(Binding)
        .where(
            Binding.school_id == me.school_id,
            Binding.guardian_id == guardian_id,
            Binding.address_id == address_id,
            Binding.ended_at.is_(None),
        )
        .values(ended_at=now, ended_by_id=me.staff_id)
        .execution_options(synchronize_session=False)
    )
    if conversation_id is not None:
        await start_afresh(session, locked[conversation_id], gone=guardian_id)
    ring(session, "case")
