"""Who is writing an answer just now: two colleagues need not answer at once. Nothing of what is written is kept here."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff.handling import NoSuchCase
from db.engine import ring
from db.queries.aside import WRITING
from db.queries.cases import readable
from db.queries.staff import Me
from db.tables import Case, CaseWriter
from db.upsert import insert_new


async def writes(session: AsyncSession, me: Me, case_id: int, *, stopped: bool, now: dt.datetime) -> None:
    """This person types, or has stopped. Colleagues hear when it begins and when it ends, not of each key."""
    found = await session.scalar(select(Case.id).where(Case.id == case_id, readable(me)))
    if found is None:
        raise NoSuchCase("This case does not exist.")
    mine = (CaseWriter.case_id == case_id, CaseWriter.staff_id == me.staff_id)
    before = await session.scalar(select(CaseWriter).where(*mine))
    if stopped:
        await session.execute(delete(CaseWriter).where(*mine))
        if before is not None:
            ring(session, "case")
        return
    if before is None:
        values = {"school_id": me.school_id, "case_id": case_id, "staff_id": me.staff_id, "at": now}
        await insert_new(session, CaseWriter, values, unique=("school_id", "case_id", "staff_id"))
        ring(session, "case")
        return
    if before.at < now - WRITING:
        ring(session, "case")
    before.at = now
