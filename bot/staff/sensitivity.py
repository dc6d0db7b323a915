"""How far a case may travel, by hand: up by anybody who reads it, down by a role of trust only."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Refusal
from bot.staff.handling import open_for
from bot.translation.again import look_again
from db.engine import ring
from db.queries.cases import TRUSTED
from db.queries.staff import Me
from db.tables import CaseEvent
from db.types import Sensitivity

RANK = (Sensitivity.OPEN, Sensitivity.PERSONAL, Sensitivity.SPECIAL)


def trusted(me: Me) -> bool:
    """Whether this person may let something travel further than it did."""
    return bool(TRUSTED.intersection(me.roles))


async def set_sensitivity(
    session: AsyncSession, me: Me, case_id: int, *, sensitivity: Sensitivity, now: dt.datetime
) -> None:
    """From now on. Whoever reads a case by the class may not read it afterwards, the one who raises it included."""
    case, conversation = await open_for(session, me, case_id)
    if sensitivity is case.sensitivity:
        return
    if RANK.index(sensitivity) < RANK.index(case.sensitivity) and not trusted(me):
        raise Refusal("Only the safety coordinator or the confidential counsellor can make a case less confidential.")
    session.add(
        CaseEvent(
            school_id=me.school_id,
            case_id=case.id,
            kind=f"made_{sensitivity.value}",
            staff_id=me.staff_id,
            detail={"from": case.sensitivity.value},
            at=now,
        )
    )
    less = RANK.index(sensitivity) < RANK.index(case.sensitivity)
    case.sensitivity = sensitivity
    if less:
        await look_again(session, me.school_id, case.id)
    conversation.version += 1
    ring(session, "case")
