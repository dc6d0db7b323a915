"""What she writes in quick succession, over WhatsApp: fragments are one message, a command or a choice never is."""

from __future__ import annotations

import pytest

from db.tables import Case
from db.types import ChannelName
from tests.line.house import House
from tests.line.phones import Phone
from tests.line.school import FATMA

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]


async def _writes(phone: Phone, *texts: str) -> list[str]:
    """Eight tenths of a second apart, and what is answered to all of it."""
    for text in texts:
        assert (await phone.form(phone.form_of(text))).is_success
        phone.house.clock.move(seconds=0.8)
    await phone.house.settle()
    return [row.response for row in await phone.heard()]


@pytest.mark.parametrize(
    ("texts", "answer"),
    [
        (("hallo", "stop"), "utter_stopped"),
        (("مرحبا", "توقف"), "utter_stopped"),
        (("hallo", "menu"), "utter_help"),
        (("goedemorgen", "mens"), "utter_passed_on_unverified"),
    ],
)
async def test_a_command_is_a_message_of_its_own(house: House, texts: tuple[str, ...], answer: str) -> None:
    """Whatever she wrote just before."""
    phone = Phone(house, "whatsapp", "+31618000001")
    assert answer in await _writes(phone, *texts)


async def test_a_digit_from_before_the_question_is_no_answer_to_it(house: House) -> None:
    """She had not read what she would have said yes to: it is asked once more, and nothing is passed on."""
    phone = Phone(house, "whatsapp", FATMA[ChannelName.WHATSAPP])
    said = await _writes(phone, "Elif is vandaag ziek", "1")
    assert said.count("utter_ask_confirmed_absence") == 2
    assert await house.rows(Case) == []
    await phone.says("1")
    assert [case.topic for case in await house.rows(Case)] == ["absence"]
