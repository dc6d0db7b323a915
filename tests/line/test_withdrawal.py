"""A parent takes her phone back: from that message on it is nobody's, and nothing of hers leaves there any more."""

from __future__ import annotations

import pytest

from db.tables import Binding
from db.types import ChannelName
from tests.line.house import House
from tests.line.phones import Phone
from tests.line.school import FATMA

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio, pytest.mark.timeout(120)]


async def test_not_my_phone_ends_it_there_and_only_there(house: House) -> None:
    """Her WhatsApp stays; on this one the mentor is told to nobody, and naming the child does not bring it back."""
    phone = Phone(house, "sms", FATMA[ChannelName.SMS])
    await phone.says("taal nederlands")
    await phone.says("nederlands")
    asked = await phone.says("wat gebeurt er met mijn gegevens?")
    assert asked[-1].response == "utter_ask_privacy_wish"
    done = await phone.chooses(4)
    assert done[-1].response == "utter_withdrawn"
    hers = [row for row in await house.rows(Binding) if row.guardian_id == house.place.guardians["Fatma"]]
    assert [row.ended_at is not None for row in hers].count(True) == 1
    said = [*await phone.says("wie is de mentor?"), *await phone.says("Elif")]
    assert not any(name in row.text for row in said for name in ("Elif", "De Wit"))
