"""Guessing codes: what she reads, and the way to a person who can bind her."""

from __future__ import annotations

import pytest

from db.tables import BindCode, Binding, Case, Guardianship
from db.types import ChannelName
from tests.line.house import House
from tests.line.phones import Phone, phone
from tests.line.school import CODE

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]
STRANGER = {ChannelName.WHATSAPP: "+31618000001", ChannelName.SMS: "+31618000002", ChannelName.TELEGRAM: "618000001"}


@pytest.mark.parametrize("route", ["telegram polling", "sms"])
async def test_after_five_wrong_codes_a_person_can_bind_her(house: House, route: str) -> None:
    """The sixth, right or wrong, is not tried; she is told so, and one choice brings her to a person."""
    async with phone(house, route, STRANGER) as guessing:
        said = [await guessing.says(f"OL-{letter * 4}-2345") for letter in "ABCDE"]
        assert [heard[-1].response for heard in said] == ["utter_code_unknown"] * 5
        closed = await guessing.says(CODE)
        assert [row.response for row in closed] == ["utter_code_closed"]
        assert {row.proof for row in await house.rows(Binding)} == {"known_number"}
        assert [row.used_at for row in await house.rows(BindCode)] == [None]
        await guessing.chooses(1)
        assert [(case.topic, case.verified) for case in await house.rows(Case)] == [("human", False)]
        house.clock.move(hours=25)
        assert [row.response for row in await guessing.says(CODE)] == ["utter_mentor_role"]


async def test_no_code_binds_in_a_machines_silence(house: House) -> None:
    """Nor with the message that ends in it; an hour later it does."""
    machine = Phone(house, "whatsapp", STRANGER[ChannelName.WHATSAPP])
    for _ in range(4):
        await machine.says(f"Uw bericht {CODE[:7]} is ontvangen.")
    for _ in range(4):
        await machine.says(f"Uw bericht {CODE[:7]} is ontvangen.")
    await machine.says(CODE)
    assert {row.proof for row in await house.rows(Binding)} == {"known_number"}
    house.clock.move(minutes=61)
    assert [row.response for row in await machine.says(CODE)] == ["utter_mentor_role"]


async def test_a_slip_of_the_pen_is_told_as_one(house: House) -> None:
    """She is asked to look at the letter again, as often as she likes, and the right code still works."""
    async with phone(house, "sms", STRANGER) as copying:
        said = [(await copying.says(f"OL-A3C5E-4HK9{sign}"))[-1].response for sign in "EFHKMN"]
        assert said == ["utter_code_check"] * 6
        assert [row.response for row in await copying.says(CODE)] == ["utter_mentor_role"]
    # Whom the letter's code introduced, a person who binds her later does not introduce again.
    introduced = {row.guardian_id for row in await house.rows(Guardianship) if row.introduced_at}
    assert introduced == {house.place.guardians["Oksana"]}
