"""Polling: what is stored is confirmed, and one message that cannot be stored does not hold up all others for ever."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import pytest
import pytest_asyncio
from sqlalchemy.exc import OperationalError

from bot.core import arrivals, ingress
from bot.core.arrivals import poll_forever
from bot.core.clock import TestClock
from bot.messages import Inbound
from db.engine import Database
from db.tables import Inbox
from db.types import ChannelName, InboundKind
from tests.conftest import NOW
from tests.core.world import Scripted, World, make_world

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(60)]
PLAIN = Inbound(ChannelName.TELEGRAM, "4242", "m:4242:1", InboundKind.TEXT, NOW, "hello")


class Asked(Scripted):
    """Gives its updates again until the next offset confirms them, as Telegram does."""

    def __init__(self, *updates: Inbound) -> None:
        super().__init__()
        self.updates, self.confirmed = updates, asyncio.Event()
        self.asked = 0

    async def poll(self, offset: int | None, wait: dt.timedelta) -> tuple[Sequence[Inbound], int | None]:
        del wait
        self.asked += 1
        if offset is None:
            return self.updates, 1
        self.confirmed.set()
        await asyncio.sleep(3600)
        raise AssertionError


@pytest_asyncio.fixture
async def world(database: Database, clock: TestClock) -> World:
    return await make_world(database, clock)


async def polled(world: World, channel: Asked, seconds: float = 5) -> bool:
    """Whether the batch was confirmed within some seconds."""
    world.worker.accounts._channels[world.account.id] = channel
    polling = asyncio.create_task(
        poll_forever(world.database, world.worker.accounts, world.account, world.clock, name="me")
    )
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(channel.confirmed.wait(), seconds)
    polling.cancel()
    with contextlib.suppress(Exception, asyncio.CancelledError):
        await polling
    return channel.confirmed.is_set()


POISON = {
    "half a character": replace(PLAIN, provider_id="m:4242:2", text="geheim \ud800"),
    "half a character on a button": replace(PLAIN, provider_id="m:4242:2", text="geheim", button="\ud800"),
    "too long": replace(PLAIN, external_id="31612345678" * 30, text="geheim"),
    "no id": replace(PLAIN, provider_id=None, text="geheim"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("poison", ["half a character", "half a character on a button"])
async def test_what_the_database_refuses_is_answered_as_unreadable(
    world: World, poison: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It stands in its place without its words, she hears of it, and the log has not a word of hers."""
    batch = (PLAIN, POISON[poison], replace(PLAIN, provider_id="m:4242:3", text="later"))
    for channel in (Asked(*batch), Asked(*batch)):  # the same again, after a start
        assert await polled(world, channel)
    for _ in batch:
        await world.worker.drain()
        world.clock.move(seconds=2)
    rows = [(row.kind, row.text) for row in await world.rows(Inbox)]
    assert rows == [(InboundKind.TEXT, "hello"), (InboundKind.UNKNOWN, ""), (InboundKind.TEXT, "later")]
    assert [message.text for message in channel.accepted] == ["re: hello", "re: ", "re: later"]
    assert "geheim" not in caplog.text


@pytest.mark.parametrize("poison", ["too long", "no id"])
async def test_what_cannot_be_kept_at_all_is_moved_past(
    world: World, poison: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Without an address or a number of its own: the others are stored, it is confirmed, and the log counts."""
    if poison == "too long" and world.database.is_sqlite:
        pytest.skip("SQLite keeps whatever is given")
    batch = (PLAIN, POISON[poison], replace(PLAIN, provider_id="m:4242:3", text="later"))
    confirmed = await polled(world, Asked(*batch))
    assert (confirmed, [row.text for row in await world.rows(Inbox)]) == (True, ["hello", "later"])
    assert "moved past 1 of 3 polled messages" in caplog.text
    assert [word for word in ("geheim", "31612345678", "later") if word in caplog.text] == []


async def test_a_database_that_is_away_loses_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An outage is not a refusal: the batch stays unconfirmed, and comes again."""

    async def away(*_: object, **__: object) -> list[int]:
        raise OperationalError("INSERT", None, ConnectionError())

    monkeypatch.setattr(arrivals, "store", away)
    assert not await polled(world, Asked(PLAIN), seconds=0.3)
    monkeypatch.setattr(arrivals, "store", ingress.store)
    assert await polled(world, Asked(PLAIN))
    assert [row.text for row in await world.rows(Inbox)] == ["hello"]
