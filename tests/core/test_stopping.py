"""A worker that is stopped leaves nothing behind that another must wait for: no lease, no row of its own."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Awaitable, Callable, Sequence

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core import worker as working
from bot.core.arrivals import Polled
from bot.core.clock import TestClock
from bot.core.known import Asked, Scene, Scenes
from bot.core.sending import SendClaim
from bot.messages import Inbound, Outbound
from db.engine import Database
from db.tables import Inbox, Outbox, ProviderAccount, Worker
from db.types import InboxState, OutboxState
from tests.core.world import Scripted, World, make_world

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(60)]


@pytest_asyncio.fixture
async def world(database: Database, clock: TestClock) -> World:
    return await make_world(database, clock)


async def stopped_when(
    world: World, begun: asyncio.Event, *, also: Callable[[], Awaitable[bool]] | None = None
) -> None:
    """Run the worker until something has begun, and stop it there."""
    running = asyncio.create_task(world.worker.run())
    await asyncio.wait_for(begun.wait(), 10)
    while also is not None and not await also():  # noqa: ASYNC110 - the database sets no event
        await asyncio.sleep(0.01)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


class Slow(Scenes):
    """Reads the scene slowly."""

    def __init__(self, seconds: float = 0.3) -> None:
        super().__init__("secret")
        self.begun, self.seconds = asyncio.Event(), seconds

    async def load_all(self, session: AsyncSession, asked: Sequence[Asked], *, now: dt.datetime) -> list[Scene]:
        self.begun.set()
        await asyncio.sleep(self.seconds)
        return await super().load_all(session, asked, now=now)


async def test_a_turn_that_has_begun_is_ended(world: World) -> None:
    """It needs a moment; cut off, its message would wait for the lease."""
    scenes = Slow()
    world.worker.turns._scenes = scenes
    await world.write("hello")
    await stopped_when(world, scenes.begun)
    assert [(row.state, row.lease_token) for row in await world.rows(Inbox)] == [(InboxState.DONE, None)]


async def test_a_turn_that_does_not_end_is_given_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its message is open and free, and the attempt does not count: it was not the message's fault."""
    monkeypatch.setattr(working, "LAST_WORDS", 0.2)
    scenes = Slow(3600)
    world.worker.turns._scenes = scenes
    await world.write("hello")
    await stopped_when(world, scenes.begun)
    rows = await world.rows(Inbox)
    assert [(row.state, row.lease_token, row.attempts) for row in rows] == [(InboxState.OPEN, None, 0)]


class Hanging(Scripted):
    """Takes a message and does not say so."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.begun, self.seconds = asyncio.Event(), seconds

    async def send(self, message: Outbound) -> str:
        sid = await super().send(message)
        self.begun.set()
        await asyncio.sleep(self.seconds)
        return sid


@pytest.mark.parametrize(("seconds", "state"), [(0.3, OutboxState.SENT), (3600, OutboxState.UNKNOWN)])
async def test_a_message_on_its_way_is_ended_or_asked_for(
    world: World, monkeypatch: pytest.MonkeyPatch, seconds: float, state: OutboxState
) -> None:
    """What the provider says in time is written down; else another worker may ask at once, and need not wait 45 seconds."""
    monkeypatch.setattr(working, "LAST_WORDS", 1.0)
    provider = Hanging(seconds)
    world.worker.accounts._channels[world.account.id] = provider
    await world.write("hello")
    await stopped_when(world, provider.begun)
    await world.worker.reconciler.once()
    assert (await world.states(), len(provider.accepted)) == ([state], 1)


async def test_what_was_claimed_and_not_begun_waits_its_turn(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped between the claim and the sending: it surely did not leave."""
    original, claimed = world.worker.sender.claim, asyncio.Event()

    async def slowly(limit: int, *, urgent: bool = False) -> list[SendClaim]:
        claims = await original(limit, urgent=urgent)
        if claims:
            claimed.set()
            await asyncio.sleep(0.2)
        return claims

    monkeypatch.setattr(
        type(world.worker.sender), "claim", lambda _self, limit, urgent=False: slowly(limit, urgent=urgent)
    )
    await world.write("hello")
    await stopped_when(world, claimed)
    rows = await world.rows(Outbox)
    assert [(row.state, row.attempts, row.lease_token) for row in rows] == [(OutboxState.QUEUED, 0, None)]
    assert world.texts() == []


class News(Scripted):
    """Is polled, and has nothing."""

    begun: asyncio.Event

    async def poll(self, offset: int | None, wait: dt.timedelta) -> tuple[Sequence[Inbound], int | None]:
        self.begun.set()
        await asyncio.sleep(wait.total_seconds() + 3600)
        return (), offset


async def test_it_says_that_it_has_gone(world: World) -> None:
    """Neither the readiness page nor the next one who polls waits for it."""
    provider = News()
    provider.begun = asyncio.Event()
    assert isinstance(provider, Polled)
    world.worker.accounts._channels[world.account.id] = provider

    async def there() -> bool:
        return len(await world.rows(Worker)) == 1

    await stopped_when(world, provider.begun, also=there)
    polled = [(row.polled_by, row.polled_until) for row in await world.rows(ProviderAccount)]
    assert (await world.rows(Worker), polled) == ([], [(None, None)])
