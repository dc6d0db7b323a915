"""When mentors change: what is still open goes to the new one, who hears of it; the old one reads nothing special any more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.conversations import lock_all
from bot.people.routing import choose
from bot.staff.giving import give
from db.queries.school import school_view
from db.queries.settings import mentors_of
from db.tables import Case, Pupil, SchoolClass
from db.types import CaseState, Role

_OF_ITSELF = {"role", "class", "stands_in", "nobody_holds_it", "all_away", "last_resort", "new_mentor"}
"""Ways by which the line itself found the person. What a colleague gave to somebody stays with them."""


async def mentors_changed(session: AsyncSession, school_id: int, *, now: dt.datetime) -> int:
    """Give every open case of a mentor whose assignee does not mentor that pupil any more to who does; how many went.

    After the change, in its transaction. The promise stays, or she hears of another day (bot/staff/promises.py).
    """
    await session.flush()
    found = (
        await session.scalars(
            select(Case).where(
                Case.school_id == school_id,
                Case.state != CaseState.CLOSED,
                Case.role == Role.MENTOR,
                Case.pupil_id.is_not(None),
            )
        )
    ).all()
    wrong = []
    for case in found:
        mentors = await mentors_of(session, school_id, case.pupil_id)
        if _is_wrong(case, mentors):
            wrong.append((case, mentors))
    conversations = await lock_all(session, [case.conversation_id for case, _ in wrong])
    view, moved = await school_view(session, school_id), 0
    today = now.astimezone(ZoneInfo(view.timezone)).date()
    for case, mentors in wrong:
        await session.refresh(case, with_for_update=True)
        chosen = choose(view, Role.MENTOR, mentors, today)
        # Behind the lock: a colleague may have given it to somebody meanwhile.
        if case.state is CaseState.CLOSED or not _is_wrong(case, mentors):
            continue
        if chosen.person is None or case.assignee_id == chosen.person.staff_id:
            continue
        name = await session.scalar(
            select(SchoolClass.name).join(Pupil, Pupil.class_id == SchoolClass.id).where(Pupil.id == case.pupil_id)
        )
        why = chosen.reason(name or "") | ({"why": "new_mentor"} if chosen.why == "role" else {})
        case.look_at, case.reckoned, case.step = None, -1, 0
        conversation = conversations[case.conversation_id]
        await give(session, case, conversation, chosen.person.staff_id, kind="new_mentor", why=why, now=now)
        moved += 1
    return moved


def _is_wrong(case: Case, mentors: Sequence[int]) -> bool:
    """Whether the line itself brought it to somebody who does not mentor the pupil."""
    came = str(case.why.get("why"))
    # Somebody stands in as long as the one who is away still mentors the child.
    stands = came == "stands_in" and case.why.get("instead_of_id") in (None, *mentors)
    return came in _OF_ITSELF and case.assignee_id not in mentors and not stands
