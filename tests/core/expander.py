"""A worker of its own that expands broadcasts and stops for ever in the middle of its second slice, to be killed there.

python -m tests.core.expander URL
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from typing import Any

from bot.core.clock import TestClock
from bot.core.known import Scenes
from bot.staff import expanding
from db.engine import Database
from tests.conftest import NOW
from tests.core.world import PlainMinds

SAID = "in the middle"
SECOND = 2


async def main(url: str) -> None:
    """Everything of the second slice is written, and nothing committed, when it says so."""
    slices, knock = itertools.count(1), expanding._knock

    async def stop(*given: Any) -> None:
        await knock(*given)
        await given[0].flush()
        if next(slices) == SECOND:
            print(SAID, flush=True)  # noqa: T201 - the parent waits for it
            await asyncio.sleep(3600)

    expanding._knock = stop  # type: ignore[assignment]
    part = expanding.Expansion(Database(url), PlainMinds(), Scenes("secret"), TestClock(NOW))
    while True:
        await part.once()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
