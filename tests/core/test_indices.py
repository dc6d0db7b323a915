"""What the worker asks every round reads the few rows that wait, however many lie in the table beside them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import TestClock
from db.engine import Database
from db.queries.translation import untranslated, waiting
from db.tables import Case, Conversation, Inbox
from db.tables.messages import INBOX_STAFF
from db.types import InboxState
from tests.conftest import NOW
from tests.core.test_lookout import row
from tests.core.world import make_world

pytestmark = pytest.mark.asyncio


async def _staff(session: AsyncSession) -> None:
    """As `Answering.once` asks."""
    await session.scalars(select(Inbox.id).where(INBOX_STAFF).order_by(Inbox.id).limit(20))


async def _waiting(session: AsyncSession) -> None:
    await waiting(session, NOW)


async def _untranslated(session: AsyncSession) -> None:
    await untranslated(session)


@pytest.mark.parametrize(
    ("ask", "index"),
    [(_staff, "ix_inbox_staff"), (_waiting, "ix_inbox_untranslated"), (_untranslated, "ix_inbox_untranslated")],
)
async def test_a_round_reads_by_a_partial_index(
    database: Database, clock: TestClock, ask: Callable[[AsyncSession], Awaitable[None]], index: str
) -> None:
    """Both databases find the index by the words of the question; a bound value would hide it from SQLite."""
    world = await make_world(database, clock)
    await world.write("help me")
    await world.worker.drain()
    (case,), (talk,) = await world.rows(Case), await world.rows(Conversation)
    done = {"case_id": case.id, "dutch_state": "done", "state": InboxState.DONE}
    many = [row(talk, number, clock, **done) for number in range(100, 2100)]
    await database.write(lambda s: s.execute(insert(Inbox), many))
    if not database.is_sqlite:
        async with database.engine.begin() as connection:
            await connection.execute(text("ANALYZE inbox"))
    asked: list[tuple[str, Any]] = []
    engine = database._reader.sync_engine

    @event.listens_for(engine, "before_cursor_execute")
    def _asked(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: Any) -> None:
        asked.append((statement, parameters))

    async with database.read() as session:
        await ask(session)
    event.remove(engine, "before_cursor_execute", _asked)
    statement, parameters = next(pair for pair in asked if "inbox" in pair[0])
    async with database._reader.connect() as connection:
        explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        plan = (await connection.exec_driver_sql(f"{explain} {statement}", parameters)).all()
    assert index in str(plan)
