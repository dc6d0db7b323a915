"""A message that kills its process, every time: real processes that end without a word.

Run as a program it is that process: `python -m tests.core.test_poison DATABASE_URL`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import sys
from dataclasses import replace
from typing import Never

import pytest

from bot.core.clock import SystemClock, TestClock, Timing
from bot.core.known import Scenes
from bot.core.turns import Turns
from bot.turn.types import Heard, Known, Outcome
from db.engine import Database
from db.tables import Case, Inbox
from db.types import InboxState
from tests.core.world import PlainMind, PlainMinds, make_world

POISON = "poison"
DIED = 86
TIMING = replace(Timing(), turn_lease=0.5, turn_backoff=(0, 0, 0, 0, 0))
NEIGHBOURS = 5


class Deadly(PlainMind):
    """Ends the process at one message, as a fault in a library would."""

    def turn(self, heard: Heard, known: Known, *, allow_wait: bool) -> Outcome:
        if POISON in heard.text:
            _die()
        return super().turn(heard, known, allow_wait=allow_wait)


def _die() -> Never:
    os._exit(DIED)


async def work(url: str) -> None:
    """Answer until nothing is open."""
    database, minds = Database(url), PlainMinds()
    minds.mind = Deadly()
    turns = Turns(database, minds, Scenes("secret"), SystemClock(), TIMING)
    idle = 0
    while idle < 15:
        idle = 0 if await turns.once() else idle + 1
        await asyncio.sleep(0.05)
    await database.close()


@pytest.mark.asyncio
@pytest.mark.timeout(200)
async def test_a_message_that_kills_its_process_reaches_five_attempts(database: Database) -> None:
    """Then it is a person's, and she hears so; those claimed together with it are answered."""
    world = await make_world(database, TestClock(dt.datetime.now(dt.UTC)), timing=TIMING)
    for number in range(NEIGHBOURS):
        await world.write(f"neighbour {number}", who=f"+3160000010{number}")
    await world.write(POISON)
    await world.write("after it")
    codes = []
    while not codes or codes[-1] == DIED:
        assert len(codes) < 12, codes
        url = str(database.url.render_as_string(hide_password=False)).replace("+aiosqlite", "").replace("+psycopg", "")
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.core.test_poison", url)
        codes.append(await process.wait())
    world.clock.move(minutes=10)
    await world.worker.drain()
    rows = {row.text: row for row in await world.rows(Inbox)}
    cases = [case.reason for case in await world.rows(Case)]
    to_her = [m.text for m in world.provider.accepted if m.external_id == "+31600000001"]
    assert codes == [DIED] * 5 + [0]
    assert (rows[POISON].state, rows[POISON].attempts, cases) == (InboxState.DEAD, 5, ["failed"])
    assert to_her == ["utter_failed", "re: after it"]
    assert sorted(t for t in world.texts() if "neighbour" in t) == [f"re: neighbour {n}" for n in range(NEIGHBOURS)]


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1]))
