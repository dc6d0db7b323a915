"""The laws of the line that a parent meets, with everything real around them."""

from __future__ import annotations

import pytest

from db.tables import BindCode, Binding, Case, Conversation, Inbox
from db.types import ChannelName
from tests.line.house import House
from tests.line.phones import Phone, phone
from tests.line.school import CODE, FATMA, MEHMET

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]

STRANGER = {
    ChannelName.WHATSAPP: "+31618000001",
    ChannelName.SMS: "+31618000002",
    ChannelName.TELEGRAM: "618000001",
}


@pytest.mark.parametrize("route", ["telegram webhook", "sms"])
async def test_stop_works_and_so_does_the_way_back(house: House, route: str) -> None:
    """It stops what the school sends of itself; her own questions are still answered."""
    async with phone(house, route) as fatma:
        await fatma.says("Merhaba, veli toplantısı ne zaman?")
        assert [row.response for row in await fatma.says("DUR!")] == ["utter_stopped"]
        assert [row.opted_out_at is not None for row in await _conversations(house)] == [True]
        assert [row.response for row in await fatma.says("Tatil ne zaman?")] == ["utter_ask_holidays"]
        assert [row.response for row in await fatma.says("başla")] == ["utter_resumed"]
        assert [row.opted_out_at is not None for row in await _conversations(house)] == [False]


async def test_what_the_provider_answered_itself_is_remembered_in_silence(house: House) -> None:
    """Twilio has already said that it stopped: a second word from us would be refused, and comes to nobody."""
    fatma = Phone(house, "sms", FATMA[ChannelName.SMS])
    assert await fatma.says("STOP", OptOutType="STOP") == []
    assert [row.opted_out_at is not None for row in await _conversations(house)] == [True]
    assert await fatma.says("START", OptOutType="START") == []
    assert [row.opted_out_at is not None for row in await _conversations(house)] == [False]


@pytest.mark.parametrize("route", ["telegram webhook", "sms"])
async def test_one_word_changes_the_language(house: House, route: str) -> None:
    """Her choice is locked: what she writes next in another language does not change it back."""
    async with phone(house, route) as fatma:
        await fatma.says("Merhaba, veli toplantısı ne zaman?")
        said = await fatma.says("Nederlands")
        assert {row.language for row in said} == {"nl"}
        said = await fatma.says("Tatil ne zaman başlıyor acaba, hangi gün?")
        assert {row.language for row in said} == {"nl"}
        said = await fatma.says("العربية")
        assert {row.language for row in said} == {"ar"}


async def test_the_second_parent_never_sees_the_first_one_s_messages(house: House) -> None:
    """Each has a conversation and a case of their own, about the same child."""
    async with phone(house, "whatsapp") as fatma, phone(house, "whatsapp", MEHMET) as mehmet:
        for parent, words in ((fatma, "Babası ile konuşmayın lütfen"), (mehmet, "Annesi ne yazdı bilmiyorum")):
            await parent.says("Kızımın mentoru kim?")
            await parent.chooses(1)
            await parent.says(words)
            await parent.chooses(1)
        one, other = await house.rows(Case)
        assert one.pupil_id == other.pupil_id == house.place.pupils["Elif"]
        expected = house.place.guardians["Fatma"], house.place.guardians["Mehmet"]
        assert (one.guardian_id, other.guardian_id) == expected
        await house.answers(one, "Dat blijft tussen ons.", language="tr", channel=ChannelName.WHATSAPP)
        await house.settle()
        assert not any("Babası" in entry["body"] or "tussen ons" in entry["body"] for entry in mehmet.brought())
        assert not any("Annesi" in entry["body"] for entry in fatma.brought())
        assert any("tussen ons" in entry["body"] for entry in fatma.brought())
        cases = {row.text: row.case_id for row in await house.rows(Inbox)}
        assert cases["Babası ile konuşmayın lütfen"] == one.id
        assert cases["Annesi ne yazdı bilmiyorum"] == other.id


@pytest.mark.parametrize("route", ["whatsapp"])
async def test_a_stranger_learns_nothing_of_a_child(house: House, route: str) -> None:
    """Whether Elif is at this school is said to nobody whom we do not know: her name gets the answer of any name."""
    said: list[list[str]] = []
    async with phone(house, route, STRANGER) as stranger:
        for name in ("Elif Demir", "Bestaatniet Nergens"):
            stranger.number = stranger.number[:-1] + str(len(said) + 1)
            stranger.read = 0
            heard = await stranger.says(f"Wie is de mentor van {name}?")
            heard += await stranger.says(f"{name} is vandaag ziek")
            said.append([row.text.replace(name, "..") for row in heard])
    assert said[0] == said[1]
    assert not any("De Wit" in text for text in said[0])


async def test_what_a_stranger_brings_in_is_not_verified(house: House) -> None:
    """It reaches a person all the same, marked as what it is."""
    async with phone(house, "whatsapp", STRANGER) as stranger:
        said = await stranger.says("mens")
        assert said[-1].response == "utter_passed_on_unverified"
        assert [case.verified for case in await house.rows(Case)] == [False]


@pytest.mark.parametrize("route", ["telegram polling", "whatsapp"])
async def test_a_code_from_the_letter_works_once(house: House, route: str) -> None:
    """It binds who sends it first; scanned again it is still hers, and to anybody else it proves nothing."""
    async with phone(house, route, STRANGER) as oksana:
        said = await oksana.says(f"Мій код: {CODE.lower()}")
        assert [(row.response, row.language) for row in said] == [("utter_mentor_role", "uk")]
        assert "Sofia" in said[0].text
        binding = (await house.rows(Binding))[-1]
        assert (binding.guardian_id, binding.proof) == (house.place.guardians["Oksana"], "code")
        assert [row.used_at is not None for row in await house.rows(BindCode)] == [True]
        assert [row.response for row in await oksana.says(CODE)] == ["utter_code_bound"]

    other = Phone(house, "sms", "+31618000009")
    said = await other.says(CODE)
    assert said[-1].response == "utter_code_unknown"
    assert not any("Sofia" in row.text for row in said)
    assert [row.proof for row in await house.rows(Binding)].count("code") == 1


async def test_against_machines_it_ends_and_what_comes_then_is_kept(house: House) -> None:
    """One last word, a case, and silence for an hour: not one word for each message after it."""
    machine = Phone(house, "whatsapp", STRANGER[ChannelName.WHATSAPP])
    said = [await machine.says("Uw bericht is ontvangen.") for _ in range(12)]
    last = [len(heard) for heard in said]
    assert last == [*last[:5], *[0] * 7]
    assert said[4][-1].response == "utter_machine_stop"
    assert {row.case_id is not None for row in (await house.rows(Inbox))[4:]} == {True}
    house.clock.move(minutes=61)
    assert await machine.says("Wanneer is de ouderavond?")


async def _conversations(house: House) -> list[Conversation]:
    """Those of parents; the rota's own was there before."""
    return [row for row in await house.rows(Conversation) if row.last_inbound_at is not None]
