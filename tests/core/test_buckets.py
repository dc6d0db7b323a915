"""Providers' rates hold, whoever sends; what is urgent waits for none of them; what waits stands in nobody's way."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.accounts import Accounts
from bot.core.buckets import RATES, SKEW, take_tokens
from bot.core.clock import TestClock
from bot.core.conversations import add_outbox, find_or_open, lock
from bot.core.sending import Sender
from bot.errors import TooMany
from bot.messages import Outbound
from db.engine import Database
from db.tables import Conversation, Outbox
from db.types import ChannelName, Lane, OutboxState
from tests.core.world import Scripted, World, make_world

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(120)]
STEP = 0.1
MOST = {ChannelName.TELEGRAM: 30, ChannelName.WHATSAPP: 120, ChannelName.SMS: 2}
"""In any one second: Telegram refuses beyond thirty; Twilio queues what is more than its rate."""


@dataclass
class Timed(Scripted):
    """Remembers when it took each message, by the clock that the senders see."""

    clock: TestClock = field(default_factory=lambda: TestClock(dt.datetime.now(dt.UTC)))
    at: list[dt.datetime] = field(default_factory=list)

    async def send(self, message: Outbound) -> str:
        sid = await super().send(message)
        self.at.append(self.clock.now())
        return sid


@pytest_asyncio.fixture
async def world(database: Database, clock: TestClock) -> World:
    made = await make_world(database, clock)
    made.provider = Timed(clock=clock)
    made.worker.accounts._build = lambda _account: made.provider
    return made


@pytest_asyncio.fixture
async def second(database_url: str, world: World) -> AsyncIterator[Sender]:
    """Another process's sender."""
    made = Database(database_url)
    yield Sender(made, Accounts(made, lambda _account: world.provider), world.clock, world.timing)
    await made.close()


async def fill(world: World, channel: ChannelName, count: int, *, each: int = 1, lane: Lane = Lane.REPLY) -> None:
    """`each` messages on each of `count` conversations."""

    async def work(session: AsyncSession) -> None:
        for number in range(count):
            conversation, _ = await find_or_open(
                session,
                school_id=world.account.school_id,
                account_id=world.account.id,
                channel=channel,
                external_id=f"{channel}{number:04}",
            )
            for nth in range(each):
                key = f"{channel}:{lane}:{number}:{nth}"
                add_outbox(session, conversation, key=key, text=key, now=world.clock.now(), lane=lane)

    await world.database.write(work)


def taken(world: World) -> list[dt.datetime]:
    assert isinstance(world.provider, Timed)
    return world.provider.at


@pytest.mark.parametrize("channel", list(MOST))
async def test_an_accounts_rate_holds_with_two_senders(world: World, second: Sender, channel: ChannelName) -> None:
    """Telegram 25, WhatsApp 60, SMS 1 a second, and after a pause at most its burst at once."""
    rate, seconds = RATES[channel], 4 if channel is ChannelName.SMS else 1
    await fill(world, channel, int(rate.burst + seconds * rate.account) + 20)
    senders, begun = (world.worker.sender, second), world.clock.now()
    for _ in range(round(seconds / STEP)):
        while sum(await asyncio.gather(*(sender.once() for sender in senders))):
            pass
        world.clock.move(seconds=STEP)
    at, second_long = taken(world), dt.timedelta(seconds=1)
    assert max(sum(begin <= t < begin + second_long for t in at) for begin in at) <= MOST[channel]
    at_least = rate.burst + rate.account * (seconds - 2 * STEP) - 1
    assert at_least <= len(at) <= rate.burst + rate.account * seconds, (begun, len(at))


async def test_a_conversations_rate_holds(world: World, second: Sender) -> None:
    """Telegram takes one a second from one conversation, over its lanes together."""
    await fill(world, ChannelName.TELEGRAM, 1, each=3)
    await fill(world, ChannelName.TELEGRAM, 1, each=3, lane=Lane.PROACTIVE)
    for _ in range(30):
        await asyncio.gather(world.worker.sender.once(), second.once())
        world.clock.move(seconds=STEP)
    at = taken(world)
    gaps = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(at)]
    assert (len(at), min(gaps) > 0.99) == (3, True)


async def test_a_clock_that_is_behind_does_not_make_time_pass_twice(world: World) -> None:
    """Two workers whose clocks differ share one rate, not one each."""
    await fill(world, ChannelName.SMS, 1)
    now, slow, got = world.clock.now(), dt.timedelta(seconds=5), 0
    kind = (world.account.school_id, world.account.id, ChannelName.SMS)
    for _ in range(5):
        for moment in (now, now - slow):
            tokens = await world.database.write(
                lambda s, moment=moment: take_tokens(s, {kind: 1}, now=moment)  # type: ignore[misc]
            )
            got += tokens[kind]
    assert got == 1


@pytest.mark.parametrize("ahead", [25, 86_400])
async def test_a_clock_that_was_ahead_starves_nobody(world: World, ahead: int) -> None:
    """It jumped ahead, a text left, and it was put right: the next ones leave at their rate within half a minute."""
    world.clock.move(seconds=ahead)
    await fill(world, ChannelName.SMS, 1, lane=Lane.PROACTIVE)
    await world.worker.drain()
    world.clock.move(seconds=-ahead)
    await fill(world, ChannelName.SMS, 10)
    for _ in range(round((SKEW.total_seconds() + 5) / STEP)):
        await world.worker.sender.once()
        world.clock.move(seconds=STEP)
    assert len(world.texts()) >= 1 + 5


async def test_urgent_does_not_wait_for_a_bucket(world: World) -> None:
    """Law 6: with no token left, and the conversation and the account paused, danger leaves at once."""
    await fill(world, ChannelName.SMS, 3)
    await world.worker.drain()
    later = world.clock.now() + dt.timedelta(hours=1)

    async def pause(session: AsyncSession) -> None:
        account = await session.merge(world.account)
        account.paused_until = later
        for conversation in await world.rows(Conversation):
            (await lock(session, conversation.id)).paused_until = later

    await world.database.write(pause)
    await fill(world, ChannelName.SMS, 3, lane=Lane.URGENT)
    before = len(world.texts())
    await world.worker.drain()
    assert (before, [m.split(":")[1] for m in world.texts()[1:]]) == (1, ["urgent"] * 3)


async def test_only_its_own_429_delays_an_urgent_message(world: World) -> None:
    """It is tried again after Retry-After, and not before."""
    world.provider.script.append(TooMany("slow", after=dt.timedelta(seconds=7)))
    await fill(world, ChannelName.WHATSAPP, 1, lane=Lane.URGENT)
    counts = []
    for seconds in (0, 6, 2):
        world.clock.move(seconds=seconds)
        await world.worker.drain()
        counts.append(len(world.texts()))
    assert counts == [0, 0, 1]


async def test_a_slow_channel_does_not_hold_up_the_others(world: World) -> None:
    """Twenty texts that wait for their turn, one a second, do not stand before what another channel can take now."""
    await fill(world, ChannelName.SMS, 20)
    world.clock.move(seconds=1)
    await fill(world, ChannelName.WHATSAPP, 20)
    await world.worker.drain()
    by_channel = [m.channel for m in world.provider.accepted]
    assert (by_channel.count(ChannelName.SMS), by_channel.count(ChannelName.WHATSAPP)) == (1, 20)
    assert world.worker.sender.limited


async def test_a_longer_pause_is_not_shortened(world: World) -> None:
    """Two 429s of one conversation: the longer one counts."""
    world.provider.script.extend(TooMany("slow", after=dt.timedelta(seconds=s)) for s in (60, 5))
    await fill(world, ChannelName.WHATSAPP, 1)
    await fill(world, ChannelName.WHATSAPP, 1, lane=Lane.URGENT)
    await asyncio.gather(*(world.worker.sender.deliver(claim) for claim in await world.worker.sender.claim(8)))
    paused = (await world.rows(Conversation))[0].paused_until
    states = [row.state for row in await world.rows(Outbox)]
    assert (paused, states) == (world.clock.now() + dt.timedelta(seconds=60), [OutboxState.QUEUED] * 2)
