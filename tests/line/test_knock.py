"""After 24 hours of silence on WhatsApp: the answer waits, a template knocks, she writes, the answer leaves."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff import knocks
from bot.staff import settings as verbs
from db.queries.staff import Me
from db.tables import Address, Case, CaseEvent, Outbox
from db.types import CaseState, ChannelName, OutboxState, WaitReason
from tests.line.house import House
from tests.line.phones import Phone, phone
from tests.line.school import FATMA, NAME
from tests.servers import twilio, twilio_webhooks

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]

TURKISH = "Merhaba! Burası {{1}}. Okuldan birinin size bir mesajı var. Mesajı almak için şunu yazın: evet."


async def knocking(house: House) -> str:
    """A Turkish template, made in Twilio's console and named in the settings."""
    sid = house.twilio.has_template(TURKISH, language="tr")
    place = house.place
    me = Me(place.staff["office"], place.school_id, "", True, (), NAME, "Europe/Amsterdam", "")
    await verbs.change(
        house.line.database,
        me,
        "the knock",
        lambda s: knocks.save(s, place.school_id, {"tr": sid}),
        at=house.clock.now(),
    )
    return sid


async def silent(house: House, fatma: Phone) -> Case:
    """She sent a voice note, and nothing for thirty hours."""
    await fatma.says("Merhaba")
    await fatma.sends("voice")
    (case,) = await house.rows(Case)
    house.clock.move(hours=30)
    return case


async def without_sms(house: House) -> None:
    """Nobody answers on her number any more: where WhatsApp refuses there is no other way."""

    async def bury(session: AsyncSession) -> None:
        address = await session.scalar(select(Address).where(Address.external_id == FATMA[ChannelName.SMS]))
        assert address is not None
        address.dead_reason = "30005"

    await house.line.database.write(bury)


async def answers(house: House, case: Case, text: str) -> bool:
    replied = await house.answers(case, text, language="tr", channel=ChannelName.WHATSAPP)
    await house.settle()
    return replied.knocked


async def test_the_knock_opens_the_window(house: House) -> None:
    """One knock for two answers, with the school's name in it; both answers leave behind her yes, in order."""
    sid = await knocking(house)
    async with phone(house, "whatsapp") as fatma:
        case = await silent(house, fatma)
        before = len(fatma.brought())
        assert [await answers(house, case, text) for text in ("Bedankt!", "Tot dinsdag.")] == [True, True]
        (knock,) = fatma.brought()[before:]
        assert (knock["content_sid"], json.loads(knock["content_variables"])) == (sid, {"1": NAME})
        assert knock["body"] == TURKISH.replace("{{1}}", NAME)
        waiting = [row for row in await house.rows(Outbox) if row.wait_reason is WaitReason.WINDOW]
        assert [row.state for row in waiting] == [OutboxState.WAITING] * 2
        await fatma.heard()

        await fatma.posts("evet")
        await house.settle()
        came = [entry["body"] for entry in fatma.brought()[before + 1 :]]
        assert [("Bedankt!" in text, "Tot dinsdag." in text) for text in came] == [(True, False), (False, True)]
        assert {row.state for row in await house.rows(Outbox)} == {OutboxState.SENT}


async def test_an_answer_in_time_knocks_at_no_door(house: House) -> None:
    """Inside the 24 hours it leaves at once, without a template."""
    await knocking(house)
    async with phone(house, "whatsapp") as fatma:
        case = await silent(house, fatma)
        await fatma.says("Hâlâ bekliyorum")
        assert not await answers(house, case, "Bedankt!")
        assert (fatma.brought()[-1]["content_sid"], "Bedankt!" in fatma.brought()[-1]["body"]) == ("", True)


@pytest.mark.parametrize("code", [63016, 63027, 21655])
async def test_a_knock_that_nobody_hears_comes_back_to_school(house: House, code: int) -> None:
    """Not approved, or gone: the case is open again and says so, the answer still waits, and the next answer knocks anew."""
    await knocking(house)
    await without_sms(house)
    async with phone(house, "whatsapp") as fatma:
        case = await silent(house, fatma)
        house.twilio.fail("send", twilio.error(400, code))
        before = len(fatma.brought())
        await answers(house, case, "Bedankt!")
        assert fatma.brought()[before:] == []
        (kept,) = await house.rows(Case)
        assert kept.state is CaseState.OPEN
        assert [event.note for event in await house.rows(CaseEvent) if event.kind == "not_delivered"] == [str(code)]
        states = [row.state for row in await house.rows(Outbox) if row.case_id == case.id][-2:]
        assert states == [OutboxState.WAITING, OutboxState.DEAD]
        assert await answers(house, case, "Bent u daar?")
        assert fatma.brought()[before]["content_sid"]


async def test_a_knock_that_whatsapp_drops_later_comes_back_too(house: House) -> None:
    """63016 in a callback: the template was not approved after all. It never waits for a window that it is to open."""
    await knocking(house)
    await without_sms(house)
    async with phone(house, "whatsapp") as fatma:
        case = await silent(house, fatma)
        await answers(house, case, "Bedankt!")
        answer = await house.twilio.report(
            fatma.brought()[-1], "failed", app=house.web, ErrorCode="63016", From=twilio_webhooks.WHATSAPP_FROM
        )
        assert answer.is_success
        await house.settle()
        (kept,) = await house.rows(Case)
        assert kept.state is CaseState.OPEN
        before = len(fatma.brought())
        await fatma.posts("merhaba")
        await house.settle()
        came = [entry["body"] for entry in fatma.brought()[before:]]
        assert (any("Bedankt!" in text for text in came), any(TURKISH[:8] in text for text in came)) == (True, False)
