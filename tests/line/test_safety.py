"""Safety beats everything, end to end and in every language of the line."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.school import renew
from db.tables import Case, Outbox, ProviderAccount
from db.types import ChannelName, Lane, OutboxState
from tests.line.house import House
from tests.line.phones import Phone
from tests.line.school import ROTA

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]

DANGER = {
    "nl": "mijn dochter wil zelfmoord plegen",
    "en": "my daughter wants to kill herself",
    "tr": "kızım intihar etmek istiyor",
    "ar": "ابنتي تريد الانتحار",
    "pl": "moja córka chce się zabić",
    "uk": "моя дочка не хоче жити",
}
NUMBERS = ("112", "113", "0800-2000")


async def test_danger_in_any_language_gets_the_numbers_and_warns_the_rota(house: House) -> None:
    """The numbers at once in her language, one warning to the rota for each, without a name or a word of hers."""
    for count, (language, words) in enumerate(DANGER.items(), 1):
        parent = Phone(house, "whatsapp", f"+3161500000{count}")
        said = await parent.says(words)
        assert [(row.response, row.lane, row.language) for row in said] == [("utter_danger_now", Lane.URGENT, language)]
        assert all(number in said[0].text for number in NUMBERS)
        assert "Yilmaz" in said[0].text
        alarms = await house.said_to(ChannelName.SMS, ROTA)
        assert [row.state for row in alarms] == [OutboxState.SENT] * count
        assert words not in alarms[-1].text
    cases = await house.rows(Case)
    assert [case.topic for case in cases] == ["safety"] * len(DANGER)
    assert {case.assignee_id for case in cases} == {house.place.staff["safety"]}
    assert len([entry for entry in house.twilio.sent if entry["to"] == ROTA]) == len(DANGER)


async def test_outside_the_rota_s_hours_she_reads_until_when_nobody_does(house: House) -> None:
    """At night no person is promised: the opening moment and whom to call, and nobody is woken."""
    house.clock.move(hours=14)
    for count, (language, words) in enumerate(DANGER.items(), 1):
        said = await Phone(house, "sms", f"+3161600000{count}").says(words)
        assert [(row.response, row.language) for row in said] == [("utter_danger_now_closed", language)]
        assert all(number in said[0].text for number in NUMBERS)
        assert "Yilmaz" not in said[0].text
        assert "8" in said[0].text.replace("0800-2000", "")
    assert await house.said_to(ChannelName.SMS, ROTA) == []


async def test_perhaps_danger_is_asked_once_and_a_yes_alarms(house: House) -> None:
    """The numbers and one question; 1 warns the rota."""
    parent = Phone(house, "whatsapp", "+31617000001")
    said = await parent.says("mijn man slaat mij en de kinderen soms")
    assert [row.lane for row in said] == [Lane.URGENT]
    if said[0].response == "utter_danger_perhaps":
        assert await house.said_to(ChannelName.SMS, ROTA) == []
        said = await parent.says("1")
    assert [row.response for row in said] == ["utter_danger_now"]
    assert len(await house.said_to(ChannelName.SMS, ROTA)) == 1


async def test_danger_overtakes_what_waits(house: House) -> None:
    """Four questions before it, one SMS a second: the urgent answer waits for none of them."""
    parent = Phone(house, "sms", "+31617000002")
    for number in range(4):
        await parent.posts(f"Wanneer is de ouderavond? ({number})")
    await parent.posts(DANGER["nl"])
    await house.worker.drain()
    rows = await house.rows(Outbox)
    assert {row.state for row in rows if row.lane is Lane.URGENT} == {OutboxState.SENT}
    assert OutboxState.QUEUED in {row.state for row in rows if row.lane is Lane.REPLY}
    assert any(all(number in entry["body"] for number in NUMBERS) for entry in parent.brought())


async def test_stop_and_silence_hold_back_no_help(house: House) -> None:
    """She stopped the line, or was taken for a machine: danger is heard all the same."""
    parent = Phone(house, "whatsapp", "+31617000003")
    await parent.says("stop")
    for _ in range(6):
        await parent.says("blub blub blub")
    said = await parent.says(DANGER["en"])
    assert [row.response for row in said] == ["utter_danger_now"]


@pytest.mark.parametrize("later", ["", "wanneer is de kerstvakantie"])
async def test_silence_after_the_question_brings_a_person(house: House, later: str) -> None:
    """A quarter of an hour without an answer: a case for the safety coordinator, whatever else she wrote meanwhile."""
    parent = Phone(house, "whatsapp", "+31617000009")
    said = await parent.says("ik kan mijn kind niet vinden")
    assert [row.response for row in said] == ["utter_danger_perhaps"]
    house.clock.move(minutes=1)
    if later:
        await parent.posts(later)
        await house.worker.drain()
    assert [case.topic for case in await house.rows(Case)] == []
    house.clock.move(minutes=20)
    await house.settle()
    cases = await house.rows(Case)
    assert [(case.topic, case.assignee_id) for case in cases] == [("safety", house.place.staff["safety"])]


@pytest.mark.parametrize("why", ["blocked", "said stop", "account"])
async def test_a_colleague_whom_no_alarm_reaches_is_not_promised(house: House, why: str) -> None:
    """STOP to the alarms, or an account from which nothing leaves: a parent reads that nobody reads this, until it works again."""
    first, *later = (Phone(house, "whatsapp", f"+3161700001{count}") for count in range(3))
    if why == "blocked":
        house.twilio.opted_out.add(ROTA)
        await first.says(DANGER["nl"])
        assert [row.state for row in await house.said_to(ChannelName.SMS, ROTA)] == [OutboxState.DEAD]
    elif why == "said stop":
        await Phone(house, "sms", ROTA).says("stop")
    else:
        await house.line.database.write(lambda s: _fault(s, "suspended"))
    said = await later[0].says(DANGER["nl"])
    assert ([row.response for row in said], "Yilmaz" in said[0].text) == (["utter_danger_now_closed"], False)
    house.twilio.opted_out.clear()
    if why == "account":
        await house.line.database.write(lambda s: _fault(s, ""))
    else:
        await Phone(house, "sms", ROTA).says("START")
    said = await later[1].says(DANGER["nl"])
    assert ([row.response for row in said], "Yilmaz" in said[0].text) == (["utter_danger_now"], True)


async def _fault(session: AsyncSession, fault: str) -> None:
    account = (await session.scalars(select(ProviderAccount).where(ProviderAccount.sms_from != ""))).one()
    account.fault = fault
    await renew(session, account.school_id)
