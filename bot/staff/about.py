"""Which child a case is about, by hand."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Refusal
from bot.staff.handling import open_for
from db.engine import ring
from db.queries.door import rights_on
from db.queries.staff import Me
from db.tables import CaseEvent, Guardianship, Pupil
from db.types import Rights


async def set_child(session: AsyncSession, me: Me, case_id: int, *, pupil_id: int, now: dt.datetime) -> None:
    """One of the children of the guardian who writes; whoever mentors that child may read along from now on."""
    case, conversation = await open_for(session, me, case_id)
    if case.guardian_id is None:
        raise Refusal("First say who writes here.")
    hers = await session.scalar(
        select(Guardianship.id)
        .join(Pupil, Pupil.id == Guardianship.pupil_id)
        .where(
            Guardianship.school_id == me.school_id,
            Guardianship.guardian_id == case.guardian_id,
            Guardianship.pupil_id == pupil_id,
            rights_on(me.today(now)) != Rights.NONE,
        )
    )
    if hers is None:
        raise Refusal("This is not a guardian of this pupil. Look again.")
    if case.pupil_id == pupil_id:
        return
    detail = {"from": case.pupil_id, "to": pupil_id}
    case.pupil_id = pupil_id
    session.add(
        CaseEvent(school_id=me.school_id, case_id=case.id, kind="about", staff_id=me.staff_id, detail=detail, at=now)
    )
    conversation.version += 1
    ring(session, "case")
