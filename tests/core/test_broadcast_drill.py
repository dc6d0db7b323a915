"""A broadcast under way: killed in the middle and continued, and with danger in front of it."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy import text

from bot.core.clock import TestClock
from bot.core.sending import IN_FLIGHT
from bot.core.worker import Worker
from bot.messages import Outbound
from db.engine import Database
from db.tables import BroadcastRecipient
from db.types import ChannelName
from tests.conftest import NOW
from tests.core.expander import SAID
from tests.core.families import settle_down
from tests.core.world import Scripted, make_world

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(180)]
HERS = "+31699000001"
LATENCY = 0.01


async def test_killed_in_the_middle_and_continued(database: Database, database_url: str, clock: TestClock) -> None:
    """A `kill -9` when a slice is written and not committed: the next worker takes it up at the cursor, each gets exactly one."""
    families = await settle_down(await make_world(database, clock))
    await families.many(1200)
    number = await families.released()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.core.expander", database_url, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert (await process.stdout.readline()).decode().strip() == SAID
    process.kill()
    await process.wait()
    left = len(await families.rows())
    slices = await families.expand()
    rows, recipients = await families.rows(), await families.world.rows(BroadcastRecipient)
    assert (left, slices, (await families.progress(number)).recipients) == (500, 2, 1200)
    assert (len(rows), len({r.guardian_id for r in recipients}), len({r.conversation_id for r in rows})) == (1200,) * 3


class Running(TestClock):
    """Monday ten o'clock at school, and it goes on."""

    def __init__(self) -> None:
        super().__init__(NOW)
        self._began = time.monotonic()

    def now(self) -> dt.datetime:
        return NOW + dt.timedelta(seconds=time.monotonic() - self._began)


@dataclass
class Slow(Scripted):
    """A provider that takes its time, and says when it has taken danger's answer."""

    danger: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, message: Outbound) -> str:
        await asyncio.sleep(LATENCY)
        sid = await super().send(message)
        if message.text == "bel 112":
            self.danger.set()
        return sid


@contextlib.asynccontextmanager
async def at_work(worker: Worker) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.run(poll=False))
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("when", ["expanding", "queued"])
async def test_danger_leaves_within_a_second_of_a_broadcast(database: Database, when: str) -> None:
    """1,200 messages are being put into the outbox, or lie there: her 112 answer does not wait for them (law 6).

    The best of three seconds, as the machine may be busy with something else; and hardly any of the messages is in front.
    """
    world = await make_world(database, Running())
    world.provider = provider = Slow()
    world.worker.accounts._build = lambda _account: provider
    families = await settle_down(world)
    await families.many(1200)
    await families.parent("hers", number=HERS, channel=ChannelName.WHATSAPP, written=True)
    if when == "queued":
        await families.released()
        await families.expand()
    if not database.is_sqlite:
        async with database.engine.begin() as connection:
            await connection.execute(text("ANALYZE"))  # as the server does by itself within a minute
    took, overtaken = [], []
    async with at_work(world.worker):
        if when == "expanding":
            await families.released()
            while not await families.rows():  # noqa: ASYNC110 - another task's rows
                await asyncio.sleep(0.02)
        for attempt in range(3):
            provider.danger.clear()
            before = len(provider.accepted)
            began = time.monotonic()
            await world.write("help 112", who=HERS, number=f"SM{attempt}")
            await asyncio.wait_for(provider.danger.wait(), 30)
            took.append(time.monotonic() - began)
            overtaken.append(len(provider.accepted) - before <= 3 * IN_FLIGHT)
    assert (min(took) < 1, overtaken) == (True, [True] * 3)
