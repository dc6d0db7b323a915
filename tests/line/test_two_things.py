"""Two things in one message, over real channels with the real engine: the first is done, the second is offered."""

from __future__ import annotations

import pytest

from db.tables import Case, Conversation
from tests.line.house import House
from tests.line.phones import phone

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]

BOTH = "Elif bugün hasta, okula gelemeyecek. Veli toplantısı ne zaman?"


@pytest.mark.parametrize("route", ["telegram webhook", "whatsapp"])
async def test_the_first_is_done_and_the_second_is_offered(house: House, route: str) -> None:
    """It waits in the conversation's memory until the first is over, and is done after her yes, not before."""
    async with phone(house, route) as fatma:
        rows = await fatma.says(BOTH)
        assert rows[-1].response == "utter_ask_confirmed_absence"
        assert not any("3 Aralık" in row.text for row in rows)
        said = [row.response for row in await fatma.chooses(1)]
        assert said[-1] == "utter_also_asked"
        assert [case.topic for case in await house.rows(Case)] == ["absence"]
        (said_last,) = await fatma.chooses(1)
        assert said_last.response == "utter_ask_parent_evening"
        assert "3 Aralık" in said_last.text
        (kept,) = [row for row in await house.rows(Conversation) if row.last_inbound_at]
        assert kept.memory["second"] is None
