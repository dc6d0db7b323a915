"""Buttons on WhatsApp: their templates are made once, and whatever becomes of them, the choices arrive, once."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import delete

from bot.core.templates import OFTEN, State, states
from db.tables import Case, ChoiceTemplate, Outbox, ProviderAccount
from db.types import ChannelName, OutboxState, Provider
from tests.line.house import House, a_line
from tests.line.phones import BUTTONS, Phone, phone
from tests.line.school import FATMA
from tests.servers import twilio, twilio_webhooks
from tests.servers.base import Fault

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]

QUESTION = "Kızımın mentoru kim?"
MENU = "menü"
ALL = 40
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Where nothing depends on the database, one is enough: the set costs a second."""


def made(house: House) -> int:
    """How often Twilio was asked to make a template."""
    return house.twilio.calls.count("make")


async def account_of(house: House) -> ProviderAccount:
    return next(row for row in await house.rows(ProviderAccount) if row.provider is Provider.TWILIO)


# Made once


async def test_they_are_made_once(house: House, database_url: str) -> None:
    """Neither by the next look, nor after a restart, which has them from the database without asking Twilio."""
    assert [await house.worker.templates.once() for _ in range(2)] == [ALL, 0]
    async with a_line(database_url, house.url, house.clock, (house.telegram, house.twilio)) as line:
        assert await line.worker().templates.once() == 0
    assert Counter(house.twilio.calls) == {"contents": 1, "make": ALL}
    assert {row.sid for row in await house.rows(ChoiceTemplate)} == set(house.twilio.contents)


async def test_two_processes_do_not_make_them_twice(house: House, database_url: str) -> None:
    """Both start at the same moment."""
    async with a_line(database_url, house.url, house.clock, (house.telegram, house.twilio)) as line:
        counts = await asyncio.gather(house.worker.templates.once(), line.worker().templates.once())
    assert (sorted(counts), made(house)) == ([0, ALL], ALL)


async def test_a_new_database_finds_them_at_twilio(house: House) -> None:
    """By their names: a line that was set up anew makes no second set."""
    await house.worker.templates.once()
    await house.line.database.write(lambda s: s.execute(delete(ChoiceTemplate)))
    assert (await house.worker.templates.once(), made(house)) == (ALL, ALL)
    assert {row.sid for row in await house.rows(ChoiceTemplate)} == set(house.twilio.contents)


async def test_one_that_was_made_without_an_answer_is_found(house: House) -> None:
    """The answer was lost, or we were killed before it was written down."""
    house.twilio.fail("make", twilio.DROPPED)
    assert await house.worker.templates.once() == 0
    house.clock.move(minutes=6)
    assert await house.worker.templates.once() == ALL
    assert len(house.twilio.contents) == ALL


async def test_half_a_set_is_used_and_completed(house: House) -> None:
    """What Twilio allowed is kept; it is asked again after a while, and not at each look."""
    house.twilio.fail("make", twilio.too_many(30))
    assert [await house.worker.templates.once() for _ in range(3)] == [0, 0, 0]
    assert house.twilio.calls == ["contents", "make"]
    house.clock.move(minutes=6)
    house.twilio.fail("contents", Fault(404, "<html>"))
    assert await house.worker.templates.once() == 0
    house.clock.move(minutes=30)
    assert await house.worker.templates.once() == 0
    house.clock.move(minutes=31)
    assert await house.worker.templates.once() == ALL


@SQLITE
async def test_a_content_host_that_is_not_there_is_no_fault_of_the_account(house: House) -> None:
    """Digits, as ever; nothing stands red on the settings page and nothing waits."""
    house.twilio.fail("contents", Fault(404, "<html>"))
    await house.worker.templates.once()
    async with phone(house, "whatsapp") as fatma:
        (said,) = await fatma.says(QUESTION)
        assert said.state is OutboxState.SENT
        assert "\n1 evet\n2 hayır" in fatma.brought()[-1]["body"]
    assert (await account_of(house)).fault == ""


# Used


async def test_buttons_and_lists_in_her_language(house: House) -> None:
    """Two choices are buttons, nine a list that opens with a word she knows; the text stays free of digits."""
    async with phone(house, BUTTONS) as fatma:
        await fatma.says(QUESTION)
        assert [button["title"] for button in fatma.brought()[-1]["buttons"]] == ["evet", "hayır"]
        await fatma.says(MENU)
        shown = fatma.brought()[-1]
        assert (len(shown["buttons"]), shown["opener"]) == (9, "menü")
        assert not any(line.startswith("1 ") for line in shown["body"].splitlines())
        said = await fatma.chooses(2)
        assert [row.response for row in said] == ["utter_ask_wants_message"]


@SQLITE
async def test_a_tap_under_an_old_message_is_known_for_what_it_is(house: House) -> None:
    """Buttons stay on the screen: a second tap does nothing a second time."""
    async with phone(house, BUTTONS) as fatma:
        await fatma.says(QUESTION)
        asked = fatma.brought()[-1]
        await fatma.chooses(2)
        await fatma.taps(asked, 1)
        await house.settle()
        assert [row.response for row in await fatma.heard()] == ["utter_old_choice"]
        assert await house.rows(Case) == []


@SQLITE
async def test_a_tap_without_our_id_is_read_by_its_words(house: House) -> None:
    """Should Twilio leave an id as it stands in the template: what stood on the button is what she means."""
    async with phone(house, BUTTONS) as fatma:
        await fatma.says(QUESTION)
        form = fatma.form_of("evet", ButtonPayload="id1", ButtonText="evet", MessageType="interactive")
        assert (await fatma.form(form)).is_success
        await house.settle()
        assert [row.response for row in await fatma.heard()] == ["utter_ask_message"]


@SQLITE
async def test_sending_asks_nothing_about_templates(house: House) -> None:
    """The adapter has them in memory: neither Twilio nor the database is asked when a message leaves."""
    async with phone(house, BUTTONS) as fatma:
        await house.line.database.write(lambda s: s.execute(delete(ChoiceTemplate)))
        before = len(house.twilio.calls)
        await fatma.says(QUESTION)
        assert house.twilio.calls[before:] == ["send"]
        assert fatma.brought()[-1]["buttons"]


# Refused


@pytest.mark.parametrize("code", [21655, 21656, 63021])
async def test_what_is_refused_at_once_goes_with_digits(house: House, code: int) -> None:
    """The same message, before anything that was said after it; one, not two."""
    async with phone(house, BUTTONS) as fatma:
        house.twilio.fail("send", twilio.error(400, code))
        (said,) = await fatma.says(QUESTION)
        (brought,) = fatma.brought()
        assert (said.state, said.code, brought["content_sid"]) == (OutboxState.SENT, None, "")
        assert brought["body"].endswith("\n1 evet\n2 hayır")
        assert [row.response for row in await fatma.says("1")] == ["utter_ask_message"]


@pytest.mark.parametrize("code", ["63013", "63027"])
async def test_what_is_refused_later_goes_again_with_digits_once(house: House, code: str) -> None:
    """WhatsApp says so in a callback; the words alone, refused too, are not sent a third time."""
    async with phone(house, BUTTONS) as fatma:
        await fatma.says(QUESTION)
        for count in (2, 2):
            failed = fatma.brought()[-1]
            for _ in range(2):
                answer = await house.twilio.report(
                    failed, "failed", app=house.web, ErrorCode=code, From=twilio_webhooks.WHATSAPP_FROM
                )
                assert answer.is_success
            await house.settle()
            assert len(fatma.brought()) == count
        first, second = fatma.brought()
        assert (bool(first["content_sid"]), second["content_sid"]) == (True, "")
        assert second["body"] == f"{first['body']}\n1 evet\n2 hayır"
        (row,) = await house.rows(Outbox)
        assert (row.state, row.code, row.payload["digits"]) == (OutboxState.SENT, code, True)


@SQLITE
async def test_an_answer_lost_is_not_sent_with_digits(house: House) -> None:
    """Nobody knows whether she has the buttons: the callback tells, and she gets nothing twice."""
    async with phone(house, BUTTONS) as fatma:
        house.twilio.fail("send", twilio.DROPPED)
        await fatma.posts(QUESTION)
        await house.worker.drain()
        (row,) = await house.rows(Outbox)
        assert (row.state, "digits" in row.payload) == (OutboxState.UNKNOWN, False)
        await house.twilio.report(fatma.brought()[0], "sent", app=house.web, From=twilio_webhooks.WHATSAPP_FROM)
        await house.settle()
        await fatma.heard()
        assert len(fatma.brought()) == 1


async def somebody_new(house: House, number: int) -> dict[str, Any]:
    """What another parent gets who asks for the menu at first contact: always of one shape."""
    parent = Phone(house, BUTTONS, f"+316190000{number:02d}")
    await parent.says(MENU)
    (brought,) = parent.brought()
    return brought


async def test_a_template_that_is_gone_rests_for_an_hour_and_is_made_anew(house: House) -> None:
    """Somebody deleted it in Twilio's console. Meanwhile digits, in this process and in others."""
    await house.worker.templates.once()
    house.twilio.contents.clear()
    assert (await somebody_new(house, 1))["content_sid"] == ""
    account = await account_of(house)
    async with house.line.database.read() as session:
        assert await states(session, {account.id: ALL}) == {account.id: State(ALL, ALL - 1, "21655")}
    assert await house.worker.templates.once() == 0
    assert (await somebody_new(house, 2))["content_sid"] == ""
    assert house.twilio.calls.count("send") == 3
    house.clock.move(minutes=61)
    assert await house.worker.templates.once() == 1
    assert (await somebody_new(house, 3))["buttons"]


@SQLITE
async def test_values_refused_again_and_again_are_the_templates_fault(house: House) -> None:
    """Three in a row, soon after each other; one, and two much later, are three messages' own."""
    await house.worker.templates.once()
    for number, minutes in enumerate((70, 1, 1)):
        house.twilio.fail("send", twilio.error(400, 21656))
        assert (await somebody_new(house, number))["content_sid"] == ""
        house.clock.move(minutes=minutes)
    await house.worker.templates.once()
    assert (await somebody_new(house, 10))["buttons"]
    house.twilio.fail("send", twilio.error(400, 21656))
    await somebody_new(house, 11)
    (row,) = [row for row in await house.rows(ChoiceTemplate) if row.refused]
    assert (row.refused, row.refused_code) == (OFTEN, "21656")
    await house.worker.templates.once()
    assert (await somebody_new(house, 12))["content_sid"] == ""
    assert made(house) == ALL


@SQLITE
async def test_outside_the_window_buttons_wait_like_any_text(house: House) -> None:
    """An answer to an old message: 63016, and it leaves when she writes."""
    fatma = Phone(house, BUTTONS, FATMA[ChannelName.WHATSAPP])
    await house.worker.templates.once()
    house.twilio.fail("send", twilio.error(400, 63016))
    (said,) = await fatma.says(QUESTION)
    assert (said.state, fatma.brought()) == (OutboxState.WAITING, [])
    await fatma.posts("teşekkürler")
    await house.settle()
    assert any(entry.get("buttons") for entry in fatma.brought())
