"""A weekend of being down is caught up: everything once, as late, and nothing is done unasked."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.core.arrivals import catch_up
from db.tables import Case, Inbox, ProviderAccount
from db.types import ChannelName, InboxState, Lane, OutboxState, Provider
from tests.line.house import House
from tests.line.phones import Phone, phone
from tests.line.school import FATMA
from tests.servers.twilio_webhooks import inbound_form

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]

MISSED = 40
TEXTS = (
    "Elif bugün hasta, okula gelemeyecek",  # something to do, and not unasked
    "Wanneer is de ouderavond?",
    "mijn zoon is ziek",
    "Kiedy są ferie?",
)


async def test_a_weekend_of_being_down_is_caught_up(house: House) -> None:
    """Forty messages lie at the provider: each comes in once, is answered as late, and reports nobody ill."""
    await Phone(house, "whatsapp", FATMA[ChannelName.WHATSAPP]).says("Merhaba")
    friday = house.clock.now()
    people = [f"+3161400{n:04d}" for n in range(MISSED // 2)]
    listed = [
        house.twilio.arrived(
            f"whatsapp:{people[n // 2]}" if n % 4 < 2 else people[n // 2],
            TEXTS[n % len(TEXTS)],
            at=friday + dt.timedelta(hours=1 + n),
        )
        for n in range(MISSED)
    ]
    house.clock.move(days=2, hours=15)
    assert await _catch_up(house) == MISSED
    assert await _catch_up(house) == 0
    for message in (listed[0], listed[7], listed[-1]):
        form = inbound_form(message["from"], message["body"], sid=message["sid"])
        answer = await house.twilio.deliver(f"{house.url}/webhooks/twilio", form, app=house.web)
        assert answer.is_success

    rows = [row for row in await house.rows(Inbox) if row.provider_id in {message["sid"] for message in listed}]
    assert len(rows) == MISSED
    assert all(row.late for row in rows)
    by_conversation: dict[int, list[dt.datetime]] = {}
    for row in sorted(rows, key=lambda row: row.seq):
        by_conversation.setdefault(row.conversation_id, []).append(row.sent_at)
    assert all(moments == sorted(moments) for moments in by_conversation.values())

    await house.settle()
    assert {row.state for row in await house.rows(Inbox)} == {InboxState.DONE}
    assert len(by_conversation) == len(people)
    for number, name in enumerate(people):
        channel = ChannelName.WHATSAPP if number % 2 == 0 else ChannelName.SMS
        said = await house.said_to(channel, name)
        assert any(_sorry(row.text) for row in said)
        assert {row.state for row in said} <= {OutboxState.SENT, OutboxState.WAITING}
    assert [case.topic for case in await house.rows(Case) if case.topic == "absence"] == []


async def test_a_message_on_a_detour_is_not_late(house: House) -> None:
    """Its webhook was lost a minute ago: found by catch-up, it is answered like any other."""
    fatma = Phone(house, "whatsapp", FATMA[ChannelName.WHATSAPP])
    await fatma.says("Merhaba")
    message = house.twilio.arrived(f"whatsapp:{fatma.number}", "Veli toplantısı ne zaman?", at=house.clock.now())
    house.clock.move(minutes=1)
    assert await _catch_up(house) == 1
    await house.settle()
    said = await fatma.heard()
    assert message["sid"] in {row.provider_id for row in await house.rows(Inbox) if not row.late}
    assert [row.response for row in said] == ["utter_ask_parent_evening"]
    assert not _sorry(said[0].text)


@pytest.mark.parametrize("route", ["telegram polling", "telegram webhook"])
async def test_what_telegram_kept_for_us_is_late_too(house: House, route: str) -> None:
    """Telegram brings it by itself when we are back: whichever way it comes, hours later it is late."""
    async with phone(house, route) as fatma:
        sent = int((house.clock.now() - dt.timedelta(hours=20)).timestamp())
        said = await fatma.says("Elif bugün hasta, okula gelemeyecek", date=sent)
        (row,) = await house.rows(Inbox)
        assert row.late
        assert _sorry(said[0].text)
        assert await house.rows(Case) == []


async def test_danger_is_heard_late_too(house: House) -> None:
    """What lay there for a weekend may still be danger: the numbers leave, and the rota is warned."""
    fatma = Phone(house, "whatsapp", FATMA[ChannelName.WHATSAPP])
    await fatma.says("Merhaba")
    friday = house.clock.now()
    house.twilio.arrived(f"whatsapp:{fatma.number}", "kızım intihar etmek istiyor", at=friday + dt.timedelta(hours=10))
    house.clock.move(hours=22)
    assert await _catch_up(house) == 1
    await house.settle()
    assert Lane.URGENT in {row.lane for row in await fatma.heard()}
    assert [case.topic for case in await house.rows(Case)] == ["safety"]


async def _catch_up(house: House) -> int:
    line = house.line
    (account,) = [row for row in await house.rows(ProviderAccount) if row.provider is Provider.TWILIO]
    return await catch_up(line.database, line.accounts, account, house.clock, line.timing)


def _sorry(text: str) -> bool:
    return any(word in text.lower() for word in ("sorry", "özür", "kusura", "przepraszam"))
