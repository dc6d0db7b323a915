"""Reconciliation: nothing is asked for, or sent again, without end; nobody stands before the others, and nobody is waited for."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence

import pytest
import pytest_asyncio
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import TestClock
from bot.core.conversations import lock
from bot.core.reconcile import AGAIN
from bot.errors import Ambiguous, TryLater
from bot.messages import Found, Outbound
from db.engine import Database
from db.tables import Case, CaseEvent, Conversation, Outbox
from db.types import CaseState, ChannelName, OutboxState, database_time
from tests.core.world import Scripted, World, make_world

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(60)]


@pytest_asyncio.fixture
async def world(database: Database, clock: TestClock) -> World:
    return await make_world(database, clock)


@pytest.mark.parametrize("lookup", [True, False])
async def test_what_is_never_found_is_held_for_a_person(world: World, *, lookup: bool) -> None:
    """A colleague's answer whose end is never known leaves five times, and then her case says that it did not arrive."""
    world.provider.lookup = lookup
    await world.staff_answers(repeatable=True)
    world.provider.script.extend([Ambiguous("x")] * 40)
    for _ in range(120):
        world.clock.move(seconds=20)
        await world.worker.drain()
    row = (await world.rows(Outbox))[-1]
    assert (row.state, 40 - len(world.provider.script)) == (OutboxState.HELD, AGAIN + 1)
    assert [each.state for each in await world.rows(Case)] == [CaseState.OPEN]
    assert [each.kind for each in await world.rows(CaseEvent)].count("not_delivered") == 1


class Asked(Scripted):
    """Cannot be asked about most, and counts."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def find(self, message: Outbound, since: dt.datetime) -> Sequence[Found] | None:
        self.asked.append(message.text)
        if message.text != "re: the last":
            raise TryLater("busy")
        return await super().find(message, since)


async def test_those_that_cannot_be_settled_starve_nobody(world: World) -> None:
    """A hundred and twenty stand before it: it is asked about all the same, and about none more than twice a minute."""
    provider = Asked()
    world.worker.accounts._channels[world.account.id] = provider
    for number in range(120):
        await world.write(f"{number}", who=f"+31600{number:06}")
    await world.write("the last", who="+31699999999")
    while await world.worker.turns.once():
        pass
    now, older = world.clock.now(), world.clock.now() - dt.timedelta(seconds=100)

    async def darken(session: AsyncSession) -> None:
        await session.execute(
            update(Outbox).values(state=OutboxState.UNKNOWN, attempts=1, unknown_at=older, tried_at=older)
        )

    await world.database.write(darken)
    provider.accepted.append(Outbound("k", ChannelName.WHATSAPP, "+31699999999", "re: the last"))
    for _ in range(29):
        await world.worker.reconciler.once()
        world.clock.move(seconds=1)
    assert world.clock.now() - now < dt.timedelta(seconds=30)
    assert [row.state for row in await world.rows(Outbox) if row.text == "re: the last"] == [OutboxState.SENT]
    assert (len(provider.asked), len(set(provider.asked))) == (121, 121)
    world.clock.move(seconds=2)
    for _ in range(4):
        await world.worker.reconciler.once()
    assert len(provider.asked) == 121 + 120


@pytest.mark.postgres
@pytest.mark.parametrize("held", ["conversation", "both"])
async def test_a_broken_off_message_that_somebody_holds_is_left_for_later(world: World, held: str) -> None:
    """Whoever holds a conversation may want a row of it next: looking for broken-off ones takes the conversation first."""
    if world.database.is_sqlite:
        pytest.skip("on SQLite one transaction writes at a time")
    for who in ("+31600000001", "+31600000002"):
        await world.write("hello", who=who)
    while await world.worker.turns.once():
        pass
    await world.worker.sender.claim(8)
    one = (await world.rows(Conversation))[0].id
    taken, go = asyncio.Event(), asyncio.Event()

    async def run_out(session: AsyncSession) -> None:
        await session.execute(update(Outbox).values(lease_until=database_time(-1)))

    async def turn(session: AsyncSession) -> None:
        await lock(session, one)
        rows = select(Outbox).where(Outbox.conversation_id == one).with_for_update()
        if held == "both":
            await session.execute(rows)
        taken.set()
        await go.wait()
        await session.execute(rows)

    await world.database.write(run_out)
    busy = asyncio.create_task(world.database.write(turn))
    await taken.wait()
    try:
        await asyncio.wait_for(world.worker.reconciler.once(), 3)
        meanwhile = {row.conversation_id == one: row.state for row in await world.rows(Outbox)}
    finally:
        go.set()
        await busy
    await world.worker.reconciler.once()
    assert meanwhile == {True: OutboxState.SENDING, False: OutboxState.UNKNOWN}
    assert await world.states() == [OutboxState.UNKNOWN] * 2
