"""Her words in Dutch, under the original: made by the worker after the case is there, never inside a turn, tried again later."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import Clock
from bot.translation.checking import Doubt
from bot.translation.policy import why_not
from bot.translation.service import Translated, Translation
from db.engine import Database, ring
from db.queries.translation import Still, Waiting, known_names, still_waiting, waiting
from db.tables import Inbox
from locales.languages import SOURCE
from nlu.text import letters

LATER = (dt.timedelta(minutes=1), dt.timedelta(minutes=10), dt.timedelta(hours=1), dt.timedelta(hours=6))
"""Until the next attempt; after these, a day apart for a week, and then no more."""
TRIES = len(LATER) + 7
CLAIM = dt.timedelta(minutes=2)
"""So long a message is one worker's."""
log = logging.getLogger(__name__)

DONE, TRY_LATER, CANNOT, NEEDLESS = "done", "later", "cannot", "none"


class Inward:
    """A part of the worker: puts what parents wrote into Dutch. Several may run side by side."""

    name = "translation"

    def __init__(self, database: Database, clock: Clock, translation: Translation) -> None:
        """Nothing is started here."""
        self._db, self._clock, self._translation = database, clock, translation

    async def once(self) -> int:
        """Translate some; returns how many were looked at. Without a translator what there is waits for one."""
        if not self._translation.works:
            return 0
        async with self._db.read() as session:
            found = await waiting(session, self._clock.now())
        for each in found:
            await self._one(each)
        return len(found)

    async def _one(self, row: Waiting) -> None:
        now = self._clock.now()  # those before it may have taken minutes
        if not letters(row.text) or row.language is None or row.language == SOURCE:
            await self._keep(row, dutch_state=NEEDLESS)
            return
        if row.tries >= TRIES:  # whatever happened each time, it was not written down
            await self._keep(row, dutch_state=CANNOT, dutch_at=None)
            return
        claimed = await self._keep(row, dutch_state=TRY_LATER, dutch_at=now + CLAIM, dutch_tries=row.tries + 1)
        if not claimed:
            return
        tried = {"at": now + CLAIM, "tries": row.tries + 1}
        async with self._db.read() as session:
            names = await known_names(session, row.school_id, row.case_id)
            still = await still_waiting(session, row)
        if still is None or not await self._may_leave(row, still, tried):
            return
        try:
            done = await self._translation.translate(
                row.text, row.language, SOURCE, names=names, school_id=row.school_id
            )
        except Exception as error:  # noqa: BLE001 - one message that we cannot translate holds up no other
            log.error("a message was not translated (school %s): %s", row.school_id, type(error).__name__)
            await self._again(row, "", tried)
            return
        if isinstance(done, Translated):
            doubts = {"doubts": stored(done.doubts)} if done.doubts else {}
            await self._keep(
                row, dutch_state=DONE, dutch=done.text, dutch_doubts=doubts, dutch_why="", dutch_at=None, claim=tried
            )
        elif done.why.passing:
            await self._again(row, done.why.value, tried)
        else:
            await self._keep(row, dutch_state=CANNOT, dutch_why=done.why.value, dutch_at=None, claim=tried)

    async def _may_leave(self, row: Waiting, still: Still, tried: dict[str, Any]) -> bool:
        """Whether it may be given to a translator, as it is at the last moment."""
        why = why_not(self._translation.engine, still.allowed, still.sensitivity)
        if still.closed:
            await self._keep(row, dutch_state=NEEDLESS, dutch_at=None, claim=tried)
        elif why:
            await self._keep(row, dutch_state=CANNOT, dutch_why=why.value, dutch_at=None, claim=tried)
        return why is None and not still.closed

    async def _again(self, row: Waiting, why: str, tried: dict[str, Any]) -> None:
        """Later, or never where that was often enough."""
        if row.tries + 1 >= TRIES:
            await self._keep(row, dutch_state=CANNOT, dutch_why=why, dutch_at=None, claim=tried)
            return
        again = self._clock.now() + (LATER[row.tries] if row.tries < len(LATER) else dt.timedelta(days=1))
        await self._keep(row, dutch_state=TRY_LATER, dutch_why=why, dutch_at=again, claim=tried)

    async def _keep(self, row: Waiting, *, claim: dict[str, Any] | None = None, **values: Any) -> bool:
        """Write it down, unless the message was emptied or another worker took it meanwhile."""
        at, tries = (claim["at"], claim["tries"]) if claim else (row.at, row.tries)

        async def work(session: AsyncSession) -> bool:
            kept = await session.execute(
                update(Inbox)
                .where(
                    Inbox.school_id == row.school_id,
                    Inbox.id == row.inbox_id,
                    Inbox.text == row.text,
                    Inbox.dutch_tries == tries,
                    Inbox.dutch_at.is_(None) if at is None else Inbox.dutch_at == at,
                )
                .values(**values)
                .returning(Inbox.id)
                .execution_options(synchronize_session=False)
            )
            ring(session, "case")
            return kept.first() is not None

        return await self._db.write(work)


def stored(doubts: tuple[Doubt, ...]) -> list[list[Any]]:
    """Doubts as a row keeps them."""
    return [[doubt.kind.value, doubt.said, doubt.before] for doubt in doubts]
