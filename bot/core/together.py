"""Group commit: what comes while one transaction runs is done in the next one, together.

In company nobody waits for a row that somebody else holds, and whatever is out of the ordinary is left out: it is then done
alone, as if there were no company. So one slow or stopped writer never holds up the others.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from db.engine import Database

log = logging.getLogger(__name__)
Item = TypeVar("Item")
Result = TypeVar("Result")


class Together(Generic[Item, Result]):
    """One kind of work, wanted by many at once."""

    def __init__(
        self,
        database: Database,
        several: Callable[[AsyncSession, Sequence[Item]], Awaitable[Sequence[Result | None]]],
        alone: Callable[[AsyncSession, Item], Awaitable[Result]],
    ) -> None:
        """`several` never waits for a lock; None among its results: that one is to be done `alone`."""
        self._database, self._several, self._alone = database, several, alone
        self._waiting: list[tuple[Item, asyncio.Future[Result | None]]] = []
        self._running: asyncio.Task[None] | None = None

    async def write(self, item: Item) -> Result:
        """Returns after the commit; an error is this item's own."""
        done: asyncio.Future[Result | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run(), name="together")
        result = await done
        if result is None:
            result = await self._database.write(lambda session: self._alone(session, item))
        return result

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = [each for each in self._waiting if not each[1].cancelled()], []
            items = [item for item, _ in batch]
            results: Sequence[Result | None] = [None] * len(batch)
            try:
                results = await self._database.write(lambda session, items=items: self._several(session, items))  # type: ignore[misc]
            except Exception as error:
                log.info("what was done together is done one by one (%s)", type(error).__name__)
            finally:
                for (_, done), result in zip(batch, results, strict=True):
                    if not done.done():
                        done.set_result(result)
