"""Who only said thanks after their answer: such cases are closed together, after a look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.conversations import lock_all
from bot.staff import handling
from db.queries.facets import answered_thanks
from db.queries.staff import Me
from db.tables import Case

THANKS = frozenset({"thank", "goodbye"})
"""What she says when she has her answer. "Yes" is not among it: a person may have asked her something."""


async def thanked(session: AsyncSession, me: Me, *, now: dt.datetime) -> frozenset[int]:
    """My open cases in which nothing is left to be said."""
    return await answered_thanks(session, me, THANKS, now=now)


async def close_thanked(session: AsyncSession, me: Me, chosen: Collection[int], *, now: dt.datetime) -> None:
    """Close those of the chosen ones in which she has written no more meanwhile."""
    wanted = (await thanked(session, me, now=now)).intersection(chosen)
    await lock_all(session, await session.scalars(select(Case.conversation_id).where(Case.id.in_(wanted))))
    still = await thanked(session, me, now=now)  # asked again: with the locks held nothing more can come
    for case_id in sorted(still & wanted):
        await handling.close(session, me, case_id, now=now)
