"""What an operator's alarm reads: a fault of our account, and answers that do not leave."""

from __future__ import annotations

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from bot.core.clock import TestClock
from bot.errors import Misconfigured
from db.engine import Database
from db.types import Lane
from tests.core.test_order import put
from tests.core.world import World, make_world
from web import health

pytestmark = pytest.mark.asyncio
FAULTS, AGE = "ouderlijn_accounts_at_fault", "ouderlijn_oldest_queued_seconds"


@pytest_asyncio.fixture
async def world(database: Database, clock: TestClock) -> World:
    return await make_world(database, clock)


async def metrics(world: World) -> dict[str, float]:
    """Every gauge without labels."""
    app = FastAPI()
    app.state.line = world
    app.include_router(health.router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://test") as client:
        text = (await client.get("/metrics")).text
    return {s.name: s.value for family in text_string_to_metric_families(text) for s in family.samples if not s.labels}


async def test_a_fault_of_our_account_raises_the_alarm(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """The gauges rise, one line of the log says so however much is refused, and all of it ends when messages leave."""
    before = await metrics(world)
    world.provider.script.extend([Misconfigured("credentials", code="20003")] * 6)  # twice for each
    for person in ("+31600000001", "+31600000002", "+31600000003"):
        await world.write("hello", who=person)
    await world.worker.drain()
    world.clock.move(minutes=2)
    during = await metrics(world)
    world.clock.move(minutes=4)
    await world.worker.drain()
    again = [record.getMessage() for record in caplog.records if "nothing leaves" in record.getMessage()]
    world.clock.move(minutes=6)
    await world.worker.drain()
    after = await metrics(world)
    assert [(each[FAULTS], each[AGE]) for each in (before, during, after)] == [(0, 0), (1, 120), (0, 0)]
    assert again == [f"nothing leaves through account {world.account.id} (twilio): python -m bot doctor"]
    assert len(world.texts()) == 3


async def test_a_broadcast_takes_its_time(world: World) -> None:
    """What the school begins itself leaves in the channel's pace: it counts as nobody's wait."""
    await world.write("hello")
    await world.worker.drain()
    await put(world, "broadcast", Lane.PROACTIVE)
    world.clock.move(minutes=40)
    assert (await metrics(world))[AGE] == 0
