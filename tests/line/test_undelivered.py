"""A mentor's answer that WhatsApp does not bring her goes by SMS: after three hours, or at once where it is lost."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff import undelivered
from db.tables import Binding, Case, CaseEvent, Conversation, Inbox, Outbox
from db.types import Author, Lane
from tests.line.house import House
from tests.line.phones import phone
from tests.line.school import MEHMET
from tests.line.test_knock import answers, without_sms
from tests.line.test_windows import refuse
from tests.servers import twilio

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]


async def _a_case(house: House, fatma: object) -> Case:
    for text in ("Kızımın mentoru kim?", "1", "Elif matematikte zorlanıyor", "1"):
        await fatma.says(text)  # type: ignore[attr-defined]
    (case,) = await house.rows(Case)
    return case


@pytest.mark.parametrize("told", ["sent", "delivered", "read", "nothing"])
async def test_after_three_hours_it_goes_by_sms_once(house: House, told: str) -> None:
    """Only where the provider said that it was on its way, and never that it arrived."""
    async with phone(house, "whatsapp") as fatma, phone(house, "sms") as number:
        case = await _a_case(house, fatma)
        await answers(house, case, "Bedankt!")
        if told != "nothing":
            for status in dict.fromkeys(("sent", told)):
                assert (await house.twilio.report(fatma.brought()[-1], status, app=house.web)).is_success
        house.clock.move(hours=2, minutes=50)
        await house.settle()
        assert number.brought() == []
        for _ in range(2):
            house.clock.move(minutes=15)
            await house.settle()
        assert ["Bedankt!" in entry["body"] for entry in number.brought()] == ([True] if told == "sent" else [])
        kinds = [event.kind for event in await house.rows(CaseEvent)]
        assert kinds.count("by_sms") == (told == "sent")
        if told == "sent":
            await number.says("teşekkürler")
            assert (await house.rows(Inbox))[-1].case_id == case.id


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "later"])
@pytest.mark.parametrize("code", [63024, 63032])
async def test_what_is_lost_goes_by_sms_at_once(house: House, code: int, *, at_once: bool) -> None:
    """She is not on WhatsApp any more, or it will not deliver to her."""
    async with phone(house, "whatsapp") as fatma, phone(house, "sms") as number:
        case = await _a_case(house, fatma)
        if at_once:
            house.twilio.fail("send", twilio.error(400, code))
        await answers(house, case, "Bedankt!")
        if not at_once:
            await refuse(house, fatma.brought()[-1], code)
        for _ in range(2):
            await house.settle()
        assert ["Bedankt!" in entry["body"] for entry in number.brought()] == [True]


async def test_it_goes_to_whom_it_answers(house: House) -> None:
    """Two parents on one phone: the other one, bound to it last, gets nothing on her own number."""
    async with phone(house, "whatsapp") as fatma, phone(house, "sms") as number, phone(house, "sms", MEHMET) as other:
        case = await _a_case(house, fatma)
        address = (await house.rows(Conversation))[-1].address_id
        await house.line.database.write(lambda s: _bind(s, case.school_id, address, house))
        house.twilio.fail("send", twilio.error(400, 63024))
        await answers(house, case, "Bedankt!")
        await house.settle()
        assert (len(number.brought()), other.brought()) == (1, [])


async def _bind(session: AsyncSession, school_id: int, address_id: int, house: House) -> None:
    mehmet, now = house.place.guardians["Mehmet"], house.clock.now()
    session.add(Binding(school_id=school_id, address_id=address_id, guardian_id=mehmet, proof="staff", bound_at=now))


async def test_those_without_a_number_do_not_stand_before_the_others(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many there are of them."""
    monkeypatch.setattr(undelivered, "_AT_ONCE", 1)
    async with phone(house, "whatsapp") as fatma, phone(house, "whatsapp", MEHMET) as mehmet:
        await without_sms(house)
        for number, her in enumerate((fatma, mehmet)):
            for text in ("Kızımın mentoru kim?", "1", "Elif matematikte zorlanıyor", "1"):
                await her.says(text)
            house.twilio.fail("send", twilio.error(400, 63024))
            await answers(house, (await house.rows(Case))[number], "Bedankt!")
        for _ in range(2):
            await house.settle()
    async with phone(house, "sms", MEHMET) as other:
        assert len(other.brought()) == 1


async def test_what_the_school_began_itself_stays_where_it_was(house: House) -> None:
    """A broadcast in a colleague's words belongs to no case: it has chosen one way, and STOP and the night hold for it."""
    async with phone(house, "whatsapp") as fatma, phone(house, "sms") as number:
        case = await _a_case(house, fatma)
        await answers(house, case, "Bedankt!")
        began = update(Outbox).where(Outbox.author == Author.STAFF).values(lane=Lane.PROACTIVE, case_id=None)
        await house.line.database.write(lambda s: s.execute(began))
        await refuse(house, fatma.brought()[-1], 63024)
        assert number.brought() == []


async def test_who_blocked_us_gets_no_sms(house: House) -> None:
    """That was her choice; the case has come back."""
    async with phone(house, "whatsapp") as fatma, phone(house, "sms") as number:
        case = await _a_case(house, fatma)
        house.twilio.fail("send", twilio.error(400, 63033))
        await answers(house, case, "Bedankt!")
        await house.settle()
        assert number.brought() == []
        assert "not_delivered" in [event.kind for event in await house.rows(CaseEvent)]
