"""Binding an address to a guardian by hand: a person at school knows who writes."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.conversations import start_afresh
from bot.errors import Refusal
from bot.staff.handling import open_for
from db.engine import ring
from db.queries.door import children_of
from db.queries.staff import Me
from db.tables import Binding, CaseEvent


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

    Older bindings of the address stay (several people on one phone) unless `end_older`: the number changed hands.
    """
    case, conversation = await open_for(session, me, case_id)
    if case.verified:
        raise Refusal("It is already known who writes here.")
    children = await children_of(session, me.school_id, guardian_id, me.today(now))
    if pupil_id not in {child.pupil_id for child in children}:
        raise Refusal("This is not a guardian of this pupil. Look again.")
    live = (
        (
            await session.execute(
                select(Binding).where(
                    Binding.school_id == me.school_id,
                    Binding.address_id == conversation.address_id,
                    Binding.ended_at.is_(None),
                )
            )
        )
        .scalars()
        .all()
    )
    if end_older:
        await session.execute(
            update(Binding)
            .where(Binding.id.in_([row.id for row in live if row.guardian_id != guardian_id]))
            .values(ended_at=now)
            .execution_options(synchronize_session=False)
        )
        if any(row.guardian_id != guardian_id for row in live):
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
    conversation.version += 1
    case.guardian_id, case.pupil_id, case.verified = guardian_id, pupil_id, True
    session.add(CaseEvent(school_id=me.school_id, case_id=case_id, kind="bound", staff_id=me.staff_id, at=now))
    ring(session, "case")
