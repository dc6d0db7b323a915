"""Stored before acknowledged, and once: however often a message comes, and however many workers there are."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from bot.core.clock import TestClock
from bot.people.provision import provision_accounts
from db.tables import Inbox, Outbox
from db.types import ChannelName, InboxState, OutboxState
from tests.line.house import House, a_line
from tests.line.phones import Phone, post_update
from tests.line.school import FATMA
from tests.servers import twilio_webhooks
from tests.servers.twilio import FakeTwilio

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]

AT_ONCE = 50
QUESTIONS = (
    "Hoe laat begint de school?",
    "Wanneer is de vakantie?",
    "Wanneer is de ouderavond?",
    "Waar zie ik de cijfers?",
)


@pytest.mark.parametrize("key", [None, twilio_webhooks.SIGNING_KEY], ids=["sha1", "sha256"])
async def test_one_message_posted_fifty_times_at_once_is_one_message(house: House, key: str | None) -> None:
    """Signed the old way or the newer one: fifty times 2xx, one row, one reply."""
    fatma = Phone(house, "whatsapp", FATMA[ChannelName.WHATSAPP])
    form = fatma.form_of("Veli toplantısı ne zaman?")
    answers = await asyncio.gather(*(fatma.form(form, key=key) for _ in range(AT_ONCE)))
    assert Counter(answer.is_success for answer in answers) == {True: AT_ONCE}
    await house.settle()
    assert len(await house.rows(Inbox)) == 1
    assert len(fatma.brought()) == 1
    assert (await fatma.form(form, key=key)).is_success
    await house.settle()
    assert len(fatma.brought()) == 1


async def test_one_update_posted_fifty_times_at_once_is_one_message(house: House) -> None:
    """The same on Telegram, the message numbered anew by Telegram included."""
    update = house.telegram.user_says(5, "Wanneer is de ouderavond?", date=int(house.clock.now().timestamp()))
    posts = [update | {"update_id": update["update_id"] + n % 3} for n in range(AT_ONCE)]
    answers = await asyncio.gather(*(post_update(house, post) for post in posts))
    assert Counter(answer.is_success for answer in answers) == {True: AT_ONCE}
    await house.settle()
    assert len(await house.rows(Inbox)) == 1
    assert len(house.telegram.sent) == 1


async def test_a_webhook_is_answered_before_anything_is_understood(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With nobody to think at all, the message is stored and acknowledged; later it is answered."""

    async def nobody(_school_id: int) -> object:
        raise AssertionError("a webhook asked for a mind")

    mind = house.line.minds.of
    monkeypatch.setattr(house.line.minds, "of", nobody)
    fatma = Phone(house, "sms", FATMA[ChannelName.SMS])
    await fatma.posts("Veli toplantısı ne zaman?")
    await Phone(house, "telegram webhook", "77").posts("Wanneer is de ouderavond?")
    rows = await house.rows(Inbox)
    assert [(row.state, row.attempts, row.language) for row in rows] == [(InboxState.OPEN, 0, None)] * 2
    assert house.twilio.calls == house.telegram.calls == []
    monkeypatch.setattr(house.line.minds, "of", mind)
    await house.settle()
    assert len(await fatma.heard()) == 1


async def test_a_webhook_is_not_acknowledged_where_it_cannot_be_stored(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is away: no 2xx, so that the provider comes again (or catch-up finds it)."""

    async def away(_work: object) -> object:
        raise ConnectionError("the database is away")

    fatma = Phone(house, "whatsapp", FATMA[ChannelName.WHATSAPP])
    form = fatma.form_of("Merhaba")
    with monkeypatch.context() as broken:
        broken.setattr(type(house.line.database), "write", lambda _self, work: away(work))
        assert (await fatma.form(form)).is_server_error
    assert (await fatma.form(form)).is_success
    assert len(await house.rows(Inbox)) == 1


@pytest.mark.parametrize("database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
async def test_two_workers_side_by_side_do_nothing_twice(
    house: House, database_url: str, clock: TestClock, providers: tuple[object, FakeTwilio]
) -> None:
    """Forty messages of twenty parents, two workers' worth of loops on one PostgreSQL (on SQLite a second start refuses)."""
    people = [Phone(house, "whatsapp", f"+3161300{n:04d}") for n in range(20)]
    for round_ in range(2):
        for number, parent in enumerate(people):
            await parent.posts(f"{QUESTIONS[(number + round_) % len(QUESTIONS)]} ({number})")
    async with a_line(database_url, house.url, clock, (house.telegram, providers[1])) as other:
        await other.database.write(lambda s: provision_accounts(s, other.settings))
        workers = house.worker, other.worker()
        for _ in range(5):
            await asyncio.gather(*(worker.drain() for worker in workers))
            clock.move(seconds=2)
    inbox, outbox = await house.rows(Inbox), await house.rows(Outbox)
    assert {row.state for row in inbox} == {InboxState.DONE}
    assert {row.state for row in outbox} == {OutboxState.SENT}
    assert Counter((row.inbox_id, row.response) for row in outbox).most_common(1)[0][1] == 1
    assert Counter(entry["key"] for entry in house.twilio.sent) == {row.key: 1 for row in outbox}
    for parent in people:
        assert await parent.heard()
