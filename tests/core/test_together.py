"""Group commit: what may be done in company is, and nobody else's lock or fault holds it up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import TestClock
from bot.core.conversations import lock
from bot.core.together import Together
from db.engine import Database
from db.tables import Conversation, Inbox, Outbox, School
from db.types import InboxState, OutboxState
from tests.core.world import make_world

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(60)]


def schools(database: Database, batches: list[list[str]]) -> Together[str, str]:
    """Writes schools; `late` is never done in company, and `bad` by nobody."""

    async def several(session: AsyncSession, names: Sequence[str]) -> list[str | None]:
        batches.append(list(names))
        return [None if name == "late" else await alone(session, name) for name in names]

    async def alone(session: AsyncSession, name: str) -> str:
        if name == "bad":
            raise KeyError(name)
        session.add(School(name=name))
        return name

    return Together(database, several, alone)


async def test_those_who_wait_are_done_together(database: Database) -> None:
    """The first begins at once; what comes while it is written shares the next transaction, and what is left out follows."""
    batches: list[list[str]] = []
    together = schools(database, batches)
    first = asyncio.create_task(together.write("first"))
    while not batches:  # noqa: ASYNC110 - the lane sets no event
        await asyncio.sleep(0)
    done = await asyncio.gather(first, *(together.write(name) for name in ("second", "late", "third")))
    assert (done, batches) == (["first", "second", "late", "third"], [["first"], ["second", "late", "third"]])


async def test_a_fault_is_its_owners_alone(database: Database) -> None:
    """Its company is taken back and done again, one by one."""
    together = schools(database, [])
    done = await asyncio.gather(*(together.write(name) for name in ("one", "bad", "two")), return_exceptions=True)
    async with database.read() as session:
        kept = sorted(await session.scalars(select(School.name)))
    assert ([repr(each) for each in done], kept) == (["'one'", "KeyError('bad')", "'two'"], ["one", "two"])


async def test_a_held_conversation_holds_up_no_other(database: Database, second: Database, clock: TestClock) -> None:
    """Somebody stands still with one conversation in hand: the answers to all others are written and sent."""
    if database.is_sqlite:
        pytest.skip("on SQLite one transaction writes at a time")
    world = await make_world(database, clock)
    people = [f"+3160000000{number}" for number in range(6)]
    for person in people:
        await world.write("hello", who=person)
    held, go = asyncio.Event(), asyncio.Event()
    stuck = (await world.rows(Conversation))[2].id

    async def hold(session: AsyncSession) -> None:
        await lock(session, stuck)
        held.set()
        await go.wait()

    holder = asyncio.create_task(second.write(hold))
    await held.wait()
    turns = asyncio.create_task(world.worker.turns.once())
    while sum(row.state is InboxState.DONE for row in await world.rows(Inbox)) < len(people) - 1:  # noqa: ASYNC110 - nor does the database
        await asyncio.sleep(0.01)
    await world.worker.sender.once()
    others = {row.conversation_id: row.state for row in await world.rows(Outbox)}
    go.set()
    await asyncio.gather(holder, turns)
    await world.worker.drain()
    assert (stuck in others, set(others.values()), len(world.texts())) == (False, {OutboxState.SENT}, len(people))
