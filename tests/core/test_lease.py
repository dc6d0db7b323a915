"""A worker that was stopped past its lease and goes on; and what happens without the rules that stand in its way."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core import apply, claims, conversations, ingress, turns
from bot.core.claims import TurnClaim
from bot.core.clock import TestClock, Timing, token
from bot.core.known import Asked, Scene, Scenes
from bot.core.turns import Turns
from bot.messages import Inbound, Outbound
from db.engine import Database
from db.tables import Conversation, Delivery, Inbox, Outbox, ProviderAccount
from db.types import InboxState, OutboxState, database_time
from tests.core.world import PlainMinds, Scripted, World, make_world

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(60)]
TIMING = Timing()
GUARDS = ("lease", "version", "key")


@pytest_asyncio.fixture
async def world(database: Database, clock: TestClock) -> World:
    return await make_world(database, clock, timing=TIMING)


async def leases_run_out(world: World) -> None:
    """As if their time had passed, by the database's clock."""

    async def work(session: AsyncSession) -> None:
        for table in (Inbox, Outbox):
            await session.execute(
                update(table).where(table.lease_token.is_not(None)).values(lease_until=database_time(-1))
            )

    await world.database.write(work)


class Stopped(Scenes):
    """Reads the scene, and then this worker stands still until `go`; `blind`: it takes whatever version there is then."""

    def __init__(self, *, blind: bool) -> None:
        super().__init__("secret")
        self.read, self.go, self.blind = asyncio.Event(), asyncio.Event(), blind
        self.database: Database | None = None

    async def load_all(self, session: AsyncSession, asked: Sequence[Asked], *, now: dt.datetime) -> list[Scene]:
        (scene,) = await super().load_all(session, asked, now=now)
        self.read.set()
        await self.go.wait()
        if not self.blind or self.database is None:
            return [scene]
        async with self.database.read() as fresh:
            version = (
                await fresh.execute(select(Conversation.version).where(Conversation.id == asked[0].conversation_id))
            ).scalar_one()
        return [replace(scene, version=version)]


async def anybodys(session: AsyncSession, claim: TurnClaim) -> Inbox | None:
    """The claimed row, whosever it is by now."""
    return (await session.execute(select(Inbox).where(Inbox.id == claim.inbox_id))).scalar_one_or_none()


def without_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    original = conversations.add_outbox

    def anew(*rest: Any, key: str, **more: Any) -> Outbox:
        return original(*rest, key=f"{key}:{token()}", **more)

    monkeypatch.setattr(apply, "add_outbox", anew)


@pytest.mark.parametrize("left", [*GUARDS, None])
async def test_a_stopped_workers_turn_is_dropped(
    world: World, monkeypatch: pytest.MonkeyPatch, left: str | None
) -> None:
    """Three guards stand one behind another: lease, version, key. Each alone holds; without all three she reads it twice."""
    if left != "lease":
        monkeypatch.setattr(turns, "still_ours", anybodys)
    if left != "key":
        without_keys(monkeypatch)
    scenes = Stopped(blind=left != "version")
    scenes.database = world.database
    await world.write("hello")
    slow = asyncio.create_task(Turns(world.database, PlainMinds(), scenes, world.clock, TIMING).once())
    await scenes.read.wait()
    too_early = await world.worker.turns.once()
    await leases_run_out(world)
    taken_over = await world.worker.turns.once()
    scenes.go.set()
    await slow
    world.clock.move(seconds=31)
    await world.worker.drain()
    row, conversation = (await world.rows(Inbox))[0], (await world.rows(Conversation))[0]
    answers = ["re: hello"] * (1 if left else 2)
    assert (too_early, taken_over, row.state, row.attempts) == (0, 1, InboxState.DONE, 2)
    assert (world.texts(), conversation.memory["count"], conversation.version) == (answers, 1, len(answers))


@pytest.mark.parametrize("ruled", [True, False])
async def test_order_holds_by_its_rule(world: World, monkeypatch: pytest.MonkeyPatch, *, ruled: bool) -> None:
    """What follows a failing message waits for it; without the head rule it spends its own attempts behind it in vain."""
    if not ruled:
        monkeypatch.setattr(claims, "_is_head", true)
    await world.write("boom")
    await world.write("next")
    for pause in (0, 1, 4, 10, 30, 30):
        world.clock.move(seconds=pause)
        await world.worker.drain()
    assert (world.texts() == ["utter_failed", "re: next"]) is ruled


@pytest.mark.parametrize("ruled", [True, False])
async def test_once_holds_by_its_rule(world: World, monkeypatch: pytest.MonkeyPatch, *, ruled: bool) -> None:
    """A repeated post is one message; where every post counts as new, she is answered each time."""
    original = ingress._store_one

    async def always_new(session: AsyncSession, account: ProviderAccount, one: Inbound, **more: Any) -> int | None:
        return await original(session, account, replace(one, provider_id=token()), **more)

    if not ruled:
        monkeypatch.setattr(ingress, "_store_one", always_new)
    for _ in range(3):
        await world.write("hello", number="SM-same")
    await world.worker.drain()
    assert world.texts() == ["re: hello"] * (1 if ruled else 3)


async def test_a_late_sender_does_not_begin(world: World) -> None:
    """With too little of its lease left, a message is not handed over. It surely did not leave: it waits its turn again."""
    await world.write("hello")
    await world.worker.turns.once()
    claim = (await world.worker.sender.claim(1))[0]
    margin = TIMING.send_lease - TIMING.send_margin
    await world.worker.sender.deliver(replace(claim, claimed=claim.claimed - margin - 0.01))
    begun, given_back = world.texts(), await world.states()
    await world.worker.drain()
    assert (begun, given_back, world.texts(), await world.states()) == (
        [],
        [OutboxState.QUEUED],
        ["re: hello"],
        [OutboxState.SENT],
    )


@dataclass
class Slow(Scripted):
    """Takes the first message and says so only when it is let go."""

    taken: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)
    late_error: Exception | None = None

    async def send(self, message: Outbound) -> str:
        if self.taken.is_set():
            return await super().send(message)
        self.taken.set()
        await self.go.wait()
        if self.late_error is not None:
            raise self.late_error
        return "SM-late"


@pytest_asyncio.fixture
async def slow(world: World) -> AsyncIterator[Slow]:
    provider = Slow()
    world.worker.accounts._build = lambda _account: provider
    yield provider


@pytest.mark.parametrize("fails", [True, False])
async def test_a_result_after_the_lease_changes_nothing(world: World, slow: Slow, *, fails: bool) -> None:
    """A sender that stopped in the middle: what it brings back later is not written over what is known by now."""
    slow.late_error = ConnectionError("late") if fails else None
    await world.write("hello")
    await world.worker.turns.once()
    stopped = asyncio.create_task(world.worker.sender.once())
    await slow.taken.wait()
    await leases_run_out(world)
    for seconds in (0, 61, 301):
        world.clock.move(seconds=seconds)
        await world.worker.drain()
    slow.go.set()
    await stopped
    row, known = (await world.rows(Outbox))[0], await world.rows(Delivery)
    assert (row.state, row.provider_sid, [d.provider_sid for d in known]) == (OutboxState.SENT, "SM1", ["SM1"])


async def test_two_workers_share_the_heads(world: World) -> None:
    """Claims at the same time never meet on one conversation, and a worker takes at most what it asked for."""
    for number in range(40):
        await world.write("hello", who=f"+31600000{number:03}")
        await world.write("again", who=f"+31600000{number:03}")

    async def claim(session: AsyncSession) -> list[TurnClaim]:
        return await claims.claim_turns(session, now=world.clock.now(), timing=Timing(), fresh=True)

    batches = await asyncio.gather(*(world.database.write(claim) for _ in range(4)))
    taken = [claimed.conversation_id for batch in batches for claimed in batch]
    heads = {row.id for row in await world.rows(Inbox) if row.text == "hello"}
    assert all(len(batch) <= claims.FRESH_BATCH for batch in batches)
    assert len(taken) == len(set(taken)) >= claims.FRESH_BATCH
    assert {claimed.inbox_id for batch in batches for claimed in batch} <= heads
