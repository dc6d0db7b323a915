"""Calls to guardians: that a colleague made one, and whether somebody answered. What was said stays with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Refusal
from bot.staff.marks import N_
from db.queries.staff import Me
from db.tables import Call


async def called(
    session: AsyncSession,
    me: Me,
    guardian_id: int,
    pupil_id: int,
    *,
    theirs: Collection[tuple[int, int]],
    spoken: bool,
    now: dt.datetime,
) -> None:
    """Write it down. `theirs`: guardian and pupil of the class that this person may see."""
    if (guardian_id, pupil_id) not in theirs:
        raise Refusal(N_("This parent is not of this class."))
    session.add(
        Call(
            school_id=me.school_id,
            guardian_id=guardian_id,
            pupil_id=pupil_id,
            staff_id=me.staff_id,
            spoken=spoken,
            at=now,
        )
    )
