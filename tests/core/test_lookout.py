"""The look-out misses nothing and costs what is new: not what is open, and not what it has looked through before."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import event, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import TestClock
from bot.core.conversations import lock, next_seq
from bot.core.lookout import Lookout
from db.engine import Database
from db.tables import Conversation, Inbox, Outbox
from db.types import InboundKind, InboxState
from tests.core.world import PlainMinds, World, make_world

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(60)]


@pytest_asyncio.fixture
async def world(database: Database, clock: TestClock) -> World:
    return await make_world(database, clock)


def row(conversation: Conversation, number: int, clock: TestClock, **more: Any) -> dict[str, Any]:
    now = clock.now()
    return {
        "school_id": conversation.school_id,
        "conversation_id": conversation.id,
        "account_id": conversation.account_id,
        "seq": number,
        "provider_id": f"many-{number}",
        "kind": InboundKind.TEXT,
        "text": "hello",
        "sent_at": now,
        "received_at": now,
        "not_before": now,
        **more,
    }


async def warnings(world: World) -> list[int | None]:
    return [each.inbox_id for each in await world.rows(Outbox) if each.key.startswith("safety:")]


async def test_a_round_costs_what_is_new(world: World) -> None:
    """With 500 open messages looked through, the next rounds read none of them again; a new one is read and seen."""
    await world.write("hello")
    conversation = (await world.rows(Conversation))[0]
    many = [row(conversation, number, world.clock) for number in range(100, 600)]
    await world.database.write(lambda s: s.execute(insert(Inbox), many))
    await world.worker.lookout.once()
    asked: list[tuple[str, Any]] = []
    engine = world.database._reader.sync_engine

    @event.listens_for(engine, "before_cursor_execute")
    def _asked(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: Any) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    await world.worker.lookout.once()
    event.remove(engine, "before_cursor_execute", _asked)
    read = 0
    async with world.database._reader.connect() as connection:
        for statement, parameters in asked:
            read += len((await connection.exec_driver_sql(statement, parameters)).all())
    danger = await world.write("help 112", who="+31600000002")
    await world.worker.lookout.once()
    assert (len(asked) >= 1, read, await warnings(world)) == (True, 0, [danger])


async def test_danger_stands_anywhere_at_the_start(world: World) -> None:
    """What was stored while no worker ran is looked through, the oldest too; what was answered is not."""
    first = await world.write("112", who="+31600000001")
    await world.write("112", who="+31600000002")
    for number in range(20):
        await world.write("hello", who="+31600000003", number=f"n{number}")
    last = await world.write("112", who="+31600000004")

    async def answered(session: AsyncSession) -> None:
        (await session.get_one(Inbox, (first or 0) + 1)).state = InboxState.DONE

    await world.database.write(answered)
    await world.worker.lookout.once()
    assert await warnings(world) == [first, last]


class Breaks(PlainMinds):
    """Cannot think about it the first time."""

    broken = False

    async def of(self, school_id: int, revision: int | None = None) -> Any:
        if not self.broken:
            self.broken = True
            raise RuntimeError
        return await super().of(school_id, revision)


async def test_what_could_not_be_looked_through_is_looked_at_again(world: World) -> None:
    """A fault of a moment does not lose sight of danger."""
    world.worker.lookout._minds = Breaks()
    danger = await world.write("112")
    written = [await world.worker.lookout.once() for _ in range(3)]
    assert (written, await warnings(world)) == ([0, 1, 0], [danger])


@pytest.mark.postgres
@pytest.mark.parametrize("started", ["before", "between"])
async def test_an_id_drawn_first_but_visible_last_is_seen(
    world: World, second: Database, clock: TestClock, started: str
) -> None:
    """PostgreSQL draws ids before the commit: one below the newest is not taken for looked through."""
    if world.database.is_sqlite:
        pytest.skip("SQLite draws ids under its one write lock")
    await world.write("hello")
    await world.worker.lookout.once()
    drawn, go = asyncio.Event(), asyncio.Event()

    async def late(session: AsyncSession) -> int:
        number: int = (await session.execute(text("SELECT nextval('inbox_id_seq')"))).scalar_one()
        drawn.set()
        await go.wait()
        conversation = await lock(session, (await session.execute(select(Conversation.id).limit(1))).scalar_one())
        session.add(Inbox(**row(conversation, next_seq(conversation), clock, id=number, text="112")))
        return number

    task = asyncio.create_task(second.write(late))
    await drawn.wait()
    later = await world.write("hello", who="+31600000002") or 0
    if started == "between":
        world.worker.lookout = Lookout(world.database, PlainMinds(), world.worker.lookout._scenes, clock)
    await world.worker.lookout.once()
    go.set()
    earlier = await task
    await world.worker.lookout.once()
    assert (earlier < later, await warnings(world)) == (True, [earlier])
