"""What colleagues tell each other about a case. A note never leaves: it is no message, and nothing of it is put into the outbox."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Refusal
from bot.staff.handling import open_for
from db.engine import ring
from db.queries.staff import Me
from db.tables import CaseNote

LONGEST = 2000


async def add_note(session: AsyncSession, me: Me, case_id: int, *, text: str, now: dt.datetime) -> None:
    """Keep it with the case, for whoever may read that."""
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Refusal("Write the note first.")
    if len(text) > LONGEST:
        raise Refusal("This note is too long: 2000 characters at most.")
    case, _ = await open_for(session, me, case_id)
    session.add(CaseNote(school_id=me.school_id, case_id=case.id, staff_id=me.staff_id, text=text, at=now))
    ring(session, "case")
