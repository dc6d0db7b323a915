"""WhatsApp without a number: the person's business-scoped id is the address. Codes bind it; nothing can be sent to it by SMS."""

from __future__ import annotations

import pytest

from db.queries.guardians import guardian_page
from db.queries.staff import Me
from db.tables import Address, Binding, Case, Conversation, Inbox
from db.types import ChannelName, OutboxState, WaitReason
from tests.line.house import House
from tests.line.phones import Phone
from tests.line.school import CODE

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio, pytest.mark.timeout(120)]
USER, NUMBER = "NL.13491208655302741918", "+31618000777"
BARE = {"From": "", "ExternalUserId": USER, "WaId": ""}


def bare(house: House) -> Phone:
    """She whose number WhatsApp keeps to itself."""
    return Phone(house, "whatsapp", USER)


async def test_a_code_binds_her_and_the_page_shows_no_digits_of_an_id(house: House) -> None:
    """The answer goes to the id; her page says WhatsApp and no ending, since the id is no number."""
    phone = bare(house)
    said = await phone.says(CODE, **BARE)
    assert "Sofia" in "".join(row.text for row in said)
    assert {entry["to"] for entry in phone.brought()} == {f"whatsapp:{USER}"}
    bound = [row for row in await house.rows(Binding) if row.proof == "code"]
    assert [row.guardian_id for row in bound] == [house.place.guardians["Oksana"]]
    me = Me(house.place.staff["office"], house.place.school_id, "Ans", True, (), "", "Europe/Amsterdam", "")
    async with house.line.database.read() as session:
        page = await guardian_page(session, me, house.place.guardians["Oksana"], house.clock.now())
    assert page is not None
    assert [(row.channel, row.ending, row.alive) for row in page.bindings] == [(ChannelName.WHATSAPP, "", True)]


async def test_her_number_comes_and_goes_and_she_stays_one(house: House) -> None:
    """One conversation and one address, whichever of her names a message carries; she is known in each."""
    phone = bare(house)
    await phone.says(CODE, **BARE)
    for fields in (
        {"From": f"whatsapp:{NUMBER}", "ExternalUserId": USER, "WaId": NUMBER[1:]},
        {"From": "", "ExternalUserId": USER, "WaId": NUMBER[1:]},
        BARE,
    ):
        house.clock.move(minutes=20)
        await phone.posts("wie is de mentor van mijn kind?", **fields)
        await house.settle()
    addresses = {row.address_id for row in await house.rows(Conversation) if row.id in await _where(house)}
    assert len(addresses) == 1
    assert [row.doubt for row in await house.rows(Binding) if row.proof == "code"] == [""]
    assert len(phone.brought()) >= 4


async def _where(house: House) -> set[int]:
    return {row.conversation_id for row in await house.rows(Inbox)}


async def test_known_by_number_first(house: House) -> None:
    """Who wrote with a number and then without is the same person: nobody is asked for a code again."""
    phone = Phone(house, "whatsapp", NUMBER)
    await phone.says(CODE, ExternalUserId=USER)
    house.clock.move(minutes=20)
    await phone.says("wie is de mentor van mijn kind?", **BARE)
    assert len(await _where(house)) == 1
    assert len([row for row in await house.rows(Address) if row.alias == USER]) == 1


async def test_a_late_answer_knocks_and_no_sms_is_tried(house: House) -> None:
    """Behind a closed window it waits on WhatsApp; where nothing arrives there is no number to call up by SMS."""
    phone = bare(house)
    await phone.says(CODE, **BARE)
    await phone.says("ik wil een mens spreken", **BARE)
    case = (await house.rows(Case))[-1]
    house.clock.move(hours=30)
    await house.answers(case, "Ik bel u morgen.", language=(await _language(house)), channel=ChannelName.WHATSAPP)
    await house.settle()
    row = (await house.said_to(ChannelName.WHATSAPP, USER))[-1]
    assert (row.state, row.wait_reason) == (OutboxState.WAITING, WaitReason.WINDOW)
    house.clock.move(hours=4)
    await house.settle()
    assert not [entry for entry in house.twilio.sent if USER in entry["to"] and not entry["to"].startswith("whatsapp:")]
    assert not [row for row in await house.rows(Address) if row.channel is ChannelName.SMS and row.external_id == USER]


async def _language(house: House) -> str:
    where = await _where(house)
    return next(row.language or "nl" for row in await house.rows(Conversation) if row.id in where)
