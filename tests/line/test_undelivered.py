"""A mentor's answer that WhatsApp does not bring her goes by SMS: after three hours, or at once where it is lost."""

from __future__ import annotations

import pytest

from db.tables import Case, CaseEvent, Inbox
from tests.line.house import House
from tests.line.phones import phone
from tests.line.test_knock import answers
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


async def test_who_blocked_us_gets_no_sms(house: House) -> None:
    """That was her choice; the case has come back."""
    async with phone(house, "whatsapp") as fatma, phone(house, "sms") as number:
        case = await _a_case(house, fatma)
        house.twilio.fail("send", twilio.error(400, 63033))
        await answers(house, case, "Bedankt!")
        await house.settle()
        assert number.brought() == []
        assert "not_delivered" in [event.kind for event in await house.rows(CaseEvent)]
