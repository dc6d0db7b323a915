"""A message that kills its process, every time: real processes that end without a word.

Run as a program it starts such processes: `python -m tests.core.test_poison DATABASE_URL`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import subprocess
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
async def test_a_message_that_kills_its_process_reaches_five_attempts(database: Database, database_url: str) -> None:
    """Then it is a person's, and she hears so; those claimed together with it are answered."""
    world = await make_world(database, TestClock(dt.datetime.now(dt.UTC)), timing=TIMING)
    for number in range(NEIGHBOURS):
        await world.write(f"neighbour {number}", who=f"+3160000010{number}")
    await world.write(POISON)
    await world.write("after it")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.core.test_poison", database_url, stdout=subprocess.PIPE
    )
    output, _ = await process.communicate()
    codes = [int(line) for line in output.split()]
    world.clock.move(minutes=10)
    await world.worker.drain()
    rows = {row.text: row for row in await world.rows(Inbox)}
    cases = [case.reason for case in await world.rows(Case)]
    to_her = [m.text for m in world.provider.accepted if m.external_id == "+31600000001"]
    assert codes == [DIED] * 5 + [0]
    assert (rows[POISON].state, rows[POISON].attempts, cases) == (InboxState.DEAD, 5, ["failed"])
    assert to_her == ["utter_failed", "re: after it"]
    assert sorted(t for t in world.texts() if "neighbour" in t) == [f"re: neighbour {n}" for n in range(NEIGHBOURS)]


def again_and_again(url: str) -> None:
    """Start a process for the work, and another when it has died: what a supervisor does. Prints how each ended."""
    code = DIED
    for _ in range(12):
        child = os.fork()
        if not child:
            asyncio.run(work(url))
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(code, flush=True)  # noqa: T201 - this is the answer to the test
        if code != DIED:
            break


if __name__ == "__main__":
    again_and_again(sys.argv[1])
