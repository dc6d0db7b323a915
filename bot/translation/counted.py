"""Writes down what a translation cost, per school and month."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import Clock
from db.engine import Database
from db.tables import TranslationUse
from db.upsert import insert_new


class Counter:
    """What `Translation` tells of each call."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Months are those of UTC."""
        self._db, self._clock = database, clock

    async def __call__(self, school_id: int, characters: int) -> None:
        """One call more."""
        month = month_of(self._clock)

        async def work(session: AsyncSession) -> None:
            row = {"school_id": school_id, "month": month, "calls": 0, "characters": 0}
            await insert_new(session, TranslationUse, row, unique=("school_id", "month"))
            await session.execute(
                update(TranslationUse)
                .where(TranslationUse.school_id == school_id, TranslationUse.month == month)
                .values(calls=TranslationUse.calls + 1, characters=TranslationUse.characters + characters)
                .execution_options(synchronize_session=False)
            )

        await self._db.write(work)


def month_of(clock: Clock) -> str:
    """The present one."""
    return f"{clock.now():%Y-%m}"
