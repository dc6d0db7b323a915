"""What she was promised follows the case: it ends where the case ends, and begins anew where she waits again."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff import handling, merging
from bot.staff.promises import Promises
from db.tables import Case, Outbox
from db.types import ChannelName, OutboxState
from tests.people.test_promises import me, promised, the, to
from tests.web.world import Pages

pytestmark = pytest.mark.asyncio


async def beside(pages: Pages, first: int, **columns: object) -> int:
    """Another case on the same conversation."""
    other = await promised(pages, topic="question", **columns)

    async def work(session: AsyncSession) -> None:
        row = await session.get_one(Case, other)
        row.conversation_id = (await session.get_one(Case, first)).conversation_id

    await pages.database.write(work)
    return other


async def told_later(pages: Pages, promises: Promises) -> int:
    """A case of which she is to hear of a later day, behind a window that is closed."""
    case_id = await promised(pages, channel=ChannelName.WHATSAPP)
    await to(pages, promises, "2026-11-25T12:00")
    assert [row.state for row in await pages.rows(Outbox)] == [OutboxState.WAITING]
    return case_id


async def test_what_is_closed_is_not_said_to_come_later(pages: Pages, promises: Promises) -> None:
    """A case that is done promises nothing: what waits for her window never leaves."""
    case_id = await told_later(pages, promises)
    await pages.database.write(lambda s: handling.close(s, me(pages), case_id, now=pages.clock.now()))
    assert [row.state for row in await pages.rows(Outbox)] == [OutboxState.CANCELLED]


async def test_what_went_into_another_case_ends_with_it(pages: Pages, promises: Promises) -> None:
    """A promise that came from another case is forgotten when the case it stands in now is done."""
    gone = await told_later(pages, promises)
    kept = await beside(pages, gone, waiting_since=None, promise_at=None)
    now = pages.clock.now()
    await pages.database.write(lambda s: merging.merge(s, me(pages), kept, other=gone, now=now))
    await pages.database.write(lambda s: handling.close(s, me(pages), kept, now=now))
    assert [(row.case_id, row.state) for row in await pages.rows(Outbox)] == [(kept, OutboxState.CANCELLED)]
