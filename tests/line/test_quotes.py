"""A quoted message, as Telegram and WhatsApp post it: her words go where the quoted one belongs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest

from bot.staff import handling, team
from bot.staff import settings as verbs
from db.queries.staff import Me
from db.queries.threads import thread
from db.tables import Case, CaseEvent, Inbox
from db.types import CaseState, ChannelName
from tests.line.house import House
from tests.line.phones import ROUTES, Phone, phone
from tests.line.school import CODE, MEHMET, NAME
from tests.servers import telegram, twilio_webhooks

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]

QUOTING = [route for route in ROUTES if route != "sms"]
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Where nothing depends on the database, one is enough."""
LATER = {"days": 5}
"""Beyond the 72 hours in which her next message is a person's anyway."""


def quoting(fatma: Phone, sent: Mapping[str, Any]) -> dict[str, Any]:
    """What the provider adds to a message that quotes one of ours (an entry of `brought`)."""
    if fatma.channel is ChannelName.TELEGRAM:
        chat = {"id": int(fatma.number), "type": "private"}
        return {"reply_to_message": {**_header(sent["message_id"]), "chat": chat, "from": telegram.BOT, "text": "?"}}
    sender = twilio_webhooks.WHATSAPP_FROM
    return {"OriginalRepliedMessageSid": sent["sid"], "OriginalRepliedMessageSender": sender}


def quoting_herself(fatma: Phone, row: Inbox) -> dict[str, Any]:
    """The same for one of her own messages."""
    if fatma.channel is ChannelName.TELEGRAM:
        person = {"id": int(fatma.number), "is_bot": False, "first_name": "Fatma"}
        chat = {"id": int(fatma.number), "type": "private"}
        header = _header(int(row.provider_id.rpartition(":")[2]))
        return {"reply_to_message": {**header, "chat": chat, "from": person, "text": row.text}}
    return {"OriginalRepliedMessageSid": row.provider_id, "OriginalRepliedMessageSender": f"whatsapp:{fatma.number}"}


def _header(number: int) -> dict[str, Any]:
    return {"message_id": number, "date": 1_795_420_700}


async def answered(house: House, fatma: Phone) -> tuple[Case, Mapping[str, Any]]:
    """She sent a voice note, and the mentor answered: the case and the answer as it was brought to her."""
    await fatma.sends("voice")
    case = (await house.rows(Case))[-1]
    await house.answers(case, "Zullen we bellen?", language="tr", channel=fatma.channel)
    await house.settle()
    await fatma.heard()
    return case, fatma.brought()[-1]


async def last(house: House) -> Inbox:
    return (await house.rows(Inbox))[-1]


@pytest.mark.parametrize("route", QUOTING)
async def test_her_words_go_to_the_case_of_what_she_quotes(house: House, route: str) -> None:
    """Weeks later, to the person who wrote it, who is named; unquoted they are the line's."""
    async with phone(house, route) as fatma:
        case, answer = await answered(house, fatma)
        house.clock.move(**LATER)
        said = await fatma.says("Salı günü olur", **quoting(fatma, answer))
        assert [row.response for row in said] == ["utter_added_to_case"]
        assert ((await last(house)).case_id, said[0].case_id) == (case.id, case.id)
        async with house.line.database.read() as session:
            entries = await thread(session, case.school_id, case.id)
        assert [entry.quoted for entry in entries if entry.text == "Salı günü olur"] == [answer_text(answer)]
        (kept,) = await house.rows(Case)
        assert (kept.state, kept.waiting_since) == (CaseState.OPEN, house.clock.now())
        assert [row.response for row in await fatma.says("Okul saat kaçta başlıyor?")] == ["utter_ask_school_hours"]
        assert (await last(house)).case_id is None


def answer_text(sent: Mapping[str, Any]) -> str:
    text: str = sent.get("body") or sent["text"]
    return text


@SQLITE
@pytest.mark.parametrize("route", QUOTING[1:])
async def test_a_closed_case_opens_again_with_somebody_who_works_here(house: House, route: str) -> None:
    """The one who had it has left: it is given to who stands in, and her words are waiting there."""
    async with phone(house, route) as fatma:
        case, answer = await answered(house, fatma)
        had = case.assignee_id
        assert had is not None
        me, office = (
            Me(i, case.school_id, "", False, (), NAME, "Europe/Amsterdam", "")
            for i in (had, house.place.staff["office"])
        )
        database, now = house.line.database, house.clock.now()
        await database.write(lambda s: handling.close(s, me, case.id, now=now))
        leaving = partial(team.leave, school_id=case.school_id, staff_id=had, by=office.staff_id, now=now)
        await verbs.change(database, office, "gone", leaving, at=now)
        house.clock.move(**LATER)
        await fatma.says("Yine de bir sorum var", **quoting(fatma, answer))
        (kept,) = await house.rows(Case)
        assert (kept.state, kept.closed_at, (await last(house)).case_id) == (CaseState.OPEN, None, case.id)
        assert kept.assignee_id not in {None, had}
        event = (await house.rows(CaseEvent))[-1]
        assert (event.kind, event.to_id) == ("reopened", kept.assignee_id)


@SQLITE
@pytest.mark.parametrize("route", QUOTING)
async def test_her_own_message_is_quoted_too(house: House, route: str) -> None:
    """She asks about her voice note: it goes where that went."""
    async with phone(house, route) as fatma:
        await fatma.says("Merhaba")
        await fatma.sends("voice")
        note, (case,) = await last(house), await house.rows(Case)
        house.clock.move(**LATER)
        await fatma.says("Bunu dinlediniz mi?", **quoting_herself(fatma, note))
        assert (await last(house)).case_id == case.id


@SQLITE
@pytest.mark.parametrize("route", QUOTING)
async def test_a_digit_that_quotes_its_menu_answers_it(house: House, route: str) -> None:
    """Whatever was said since: no "do you mean", and the step goes on."""
    async with phone(house, route) as fatma:
        await fatma.says("Kızımın mentoru kim?")
        menu = fatma.brought()[-1]
        await fatma.says("Okul saat kaçta başlıyor?")
        assert [row.response for row in await fatma.says("1", **quoting(fatma, menu))] == ["utter_ask_message"]


@SQLITE
async def test_an_answer_of_the_bot_belongs_to_no_case(house: House) -> None:
    """To quote it is as if nothing was quoted; so is what nobody has ever sent."""
    async with phone(house, "whatsapp") as fatma:
        await fatma.says("Okul saat kaçta başlıyor?")
        quote = quoting(fatma, fatma.brought()[-1])
        for about in (quote, {"OriginalRepliedMessageSid": "SM404"}):
            said = await fatma.says("Veli toplantısı ne zaman?", **about)
            assert [row.response for row in said] == ["utter_ask_parent_evening"]
        assert await house.rows(Case) == []


@SQLITE
async def test_what_was_said_to_another_parent_is_not_hers_to_quote(house: House) -> None:
    """Only messages of her own conversation are looked at."""
    async with phone(house, "whatsapp") as fatma, phone(house, "whatsapp", MEHMET) as mehmet:
        _, answer = await answered(house, fatma)
        await mehmet.says("Salı günü olur", **quoting(mehmet, answer))
        assert {row.case_id for row in await house.rows(Inbox) if row.text} == {None}


async def test_what_was_said_before_the_address_changed_hands_is_out_of_reach(house: House) -> None:
    """Oksana has Fatma's number now: what is quoted from Fatma's time belongs to nobody any more."""
    async with phone(house, "whatsapp") as number:
        case, answer = await answered(house, number)
        house.clock.move(**LATER)
        await number.says(f"Мій код: {CODE}", **quoting(number, answer))
        assert (await last(house)).case_id is None
        await number.says("Добрий день, я згодна", **quoting(number, answer))
        assert (await last(house)).case_id != case.id


@SQLITE
async def test_pieces_of_one_breath_go_along(house: House) -> None:
    """Only the first carries the quote; a quote in the midst begins anew."""
    async with phone(house, "whatsapp") as fatma:
        case, answer = await answered(house, fatma)
        house.clock.move(**LATER)
        await fatma.posts("Kusura bakmayın", **quoting(fatma, answer))
        await fatma.posts("bunu unutmuşum")
        await house.settle()
        assert [row.case_id for row in (await house.rows(Inbox))[-2:]] == [case.id, case.id]
        house.clock.move(minutes=5)
        await fatma.posts("peki o zaman")
        await fatma.posts("tamam, salı", **quoting(fatma, answer))
        await house.settle()
        assert [row.case_id == case.id for row in (await house.rows(Inbox))[-2:]] == [False, True]


@SQLITE
async def test_danger_comes_first(house: House) -> None:
    """The numbers and the alarm, though she quotes what the mentor wrote."""
    async with phone(house, "whatsapp") as fatma:
        case, answer = await answered(house, fatma)
        house.clock.move(**LATER)
        said = await fatma.says("Kocam beni dövüyor, yardım edin", **quoting(fatma, answer))
        assert said[0].response in {"utter_danger_now", "utter_danger_now_closed", "utter_danger_perhaps"}
        assert (await last(house)).case_id != case.id
