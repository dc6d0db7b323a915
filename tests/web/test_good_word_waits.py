"""A good word between the tap and its leaving: locks taken in order, and taken back when rights end."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from sqlalchemy import select, update

from bot.staff.broadcasts import withdraw
from db.tables import Conversation, Outbox, Pupil
from db.types import ChannelName, OutboxState, Rights
from tests.web.test_class_page import known, rights, word
from tests.web.world import Pages

pytestmark = pytest.mark.asyncio


async def test_what_waits_is_taken_back_when_rights_end(pages: Pages) -> None:
    """Behind a closed window, which only her own word opens: a judge has spoken, the child came of age, or left."""
    await known(pages)
    pages.clock.move(days=2)
    pupil, grown = pages.one.pupils["Elif"], dt.date(pages.clock.now().year - 18, 1, 1)
    ends: tuple[dict[str, object], ...] = ({}, {"birthday": grown}, {"left_at": pages.clock.now()}, {"rights": True})
    states = []
    async with pages.browser(pages.one.staff["mentor"]) as client:
        for number, ended in enumerate(ends):
            await word(client, pages, token=f"token-number-{number}")
            if "rights" in ended:
                await rights(pages, "Fatma", Rights.LIMITED)
            else:
                await pages.change(Pupil, pupil, **ended)
            await pages.database.write(lambda s: withdraw(s, pages.clock.now()))
            states.append((await pages.rows(Outbox))[-1].state)
            await pages.change(Pupil, pupil, birthday=None, left_at=None)
            await pages.database.write(lambda s: s.execute(update(Outbox).values(state=OutboxState.CANCELLED)))
    assert (len(await pages.rows(Outbox)), states) == (4, [OutboxState.WAITING, *[OutboxState.CANCELLED] * 3])


@pytest.mark.parametrize("database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
async def test_all_her_phones_are_taken_in_order(pages: Pages) -> None:
    """Whichever is chosen in the end: none is held by who waits for one before it, so two senders never wait for each other."""
    await known(pages, channel=ChannelName.SMS)
    await known(pages)
    first, last = sorted(row.id for row in await pages.rows(Conversation))
    await pages.change(Conversation, first, last_inbound_at=pages.clock.now() - dt.timedelta(days=1))
    async with pages.browser(pages.one.staff["mentor"]) as client, pages.database.engine.connect() as busy:
        await client.get("/classes/2B")
        await busy.execute(select(Conversation.id).where(Conversation.id == first).with_for_update())
        saying = asyncio.create_task(word(client, pages, token="token-of-a-form"))
        done, _ = await asyncio.wait({saying}, timeout=2)
        free = select(Conversation.id).where(Conversation.id == last).with_for_update(skip_locked=True)
        found = (await busy.execute(free)).scalar_one_or_none()
        await busy.rollback()
        said = await saying
    assert (done, found, said.status_code) == (set(), last, 303)
    assert [row.conversation_id for row in await pages.rows(Outbox)] == [last]
