"""The same conversation over every channel, with the real clients against the providers' local servers."""

from __future__ import annotations

import pytest

from db.tables import Case, Delivery, Outbox
from db.types import Author, ChannelName, DeliveryStatus, OutboxState
from tests.line.house import House
from tests.line.phones import BUTTONS, ROUTES, phone
from tests.servers import twilio_webhooks
from tests.servers.twilio import DROPPED

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]

MESSAGE = "Elif matematikte çok zorlanıyor, sizinle konuşmak isterim"


@pytest.mark.parametrize("route", [*ROUTES, BUTTONS])
async def test_a_parent_asks_writes_to_the_mentor_and_is_answered(house: House, route: str) -> None:
    """First contact, a question, the mentor, a message after her yes, a person's answer: the same everywhere."""
    async with phone(house, route) as fatma:
        said = await fatma.says("Merhaba, veli toplantısı ne zaman?")
        assert [(row.response, row.language) for row in said] == [("utter_ask_parent_evening", "tr")]
        assert "Waterlandcollege" in said[0].text
        assert "otomatik" in said[0].text
        assert "3 Aralık" in said[0].text

        said = await fatma.says("Kızımın mentoru kim?")
        assert [(row.response, row.language) for row in said] == [("utter_ask_wants_message", "tr")]
        assert "De Wit" in said[0].text

        assert _names(await fatma.chooses(1)) == ["utter_ask_message"]
        said = await fatma.says(MESSAGE)
        assert _names(said) == ["utter_ask_confirmed"]
        assert await house.rows(Case) == []

        said = await fatma.chooses(1)
        assert [(row.response, row.language) for row in said] == [("utter_handed_over", "tr")]
        (case,) = await house.rows(Case)
        expected = ("mentor_message", house.place.staff["mentor"], house.place.guardians["Fatma"], True)
        assert (case.topic, case.assignee_id, case.guardian_id, case.verified) == expected
        assert case.pupil_id == house.place.pupils["Elif"]

        replied = await house.answers(case, "Ik bel u dinsdag.", language="tr", channel=fatma.channel, phrase="read")
        await house.settle()
        said = await fatma.heard()
        assert not replied.waits
        assert _names(said) == ["utter_staff_phrase_read", "utter_staff_reply_dutch"]
        assert {row.author for row in said} == {Author.STAFF}
        assert "De Wit" in said[0].text
        assert "Ik bel u dinsdag." in said[1].text

        assert _names(await fatma.says("teşekkür ederim")) == []
        assert {row.state for row in await house.rows(Outbox)} == {OutboxState.SENT}


@pytest.mark.parametrize("route", ROUTES[:2])
async def test_a_tap_is_noticed(house: House, route: str) -> None:
    """Telegram turns a wheel on a tapped button until we say that we saw it."""
    async with phone(house, route) as fatma:
        await fatma.says("Kızımın mentoru kim?")
        await fatma.chooses(2)
        assert len(house.telegram.acknowledged) == 1


@pytest.mark.parametrize("route", ["whatsapp", "sms"])
async def test_status_callbacks_settle_every_delivery(house: House, route: str) -> None:
    """In any order and twice, they are kept once, and an answer that was lost on its way is known to have left."""
    async with phone(house, route) as fatma:
        house.twilio.fail("send", DROPPED)
        await fatma.posts("Kızımın mentoru kim?")
        await house.worker.drain()
        (row,) = await house.rows(Outbox)
        assert row.state is OutboxState.UNKNOWN
        ours = {"From": twilio_webhooks.WHATSAPP_FROM if route == "whatsapp" else twilio_webhooks.SMS_FROM}
        for status in ("delivered", "sent", "delivered"):
            answer = await house.twilio.report(fatma.brought()[0], status, app=house.web, **ours)
            assert answer.is_success
        assert _names(await fatma.heard()) == ["utter_ask_wants_message"]
        kept = {delivery.status for delivery in await house.rows(Delivery)}
        assert kept == {DeliveryStatus.SENT, DeliveryStatus.DELIVERED}
        assert len(await house.rows(Delivery)) == 2


@pytest.mark.parametrize(
    ("route", "digit"),
    [("telegram webhook", "١"), ("whatsapp", "۱"), ("sms", "1."), ("whatsapp", "bir"), (BUTTONS, "1")],
)
async def test_a_digit_of_any_script_is_a_choice(house: House, route: str, digit: str) -> None:
    """Buttons are never the only way: a digit as she writes it, or its word, does what the button does."""
    async with phone(house, route) as fatma:
        await fatma.says("Kızımın mentoru kim?")
        assert _names(await fatma.says(digit)) == ["utter_ask_message"]


async def test_a_late_reply_on_whatsapp_waits_until_she_writes(house: House) -> None:
    """Outside the 24 hours nothing free may leave: the reply waits, and leaves behind her next word."""
    async with phone(house, "whatsapp") as fatma:
        await fatma.sends("voice")
        (case,) = await house.rows(Case)
        house.clock.move(hours=30)
        replied = await house.answers(case, "Bedankt!", language="tr", channel=ChannelName.WHATSAPP)
        await house.settle()
        waiting = [row for row in await house.rows(Outbox) if row.state is OutboxState.WAITING]
        assert replied.waits
        assert len(waiting) == 1
        await fatma.says("merhaba")
        assert any("Bedankt!" in entry["body"] for entry in fatma.brought())


def _names(said: list[Outbox]) -> list[str]:
    return [row.response for row in said]
