"""What the calendar says reaches parents: the day of this child's year, and no promise for a day on which nobody is there."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.calendar.keeping import FILE, read_file, save, store
from bot.people.hours import quiet_until
from db.tables import Case, Guardianship, Pupil, SchoolClass
from db.types import ChannelName
from tests.calendar.ics import day, ics
from tests.line.house import House
from tests.line.phones import phone

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]
STRANGER = {ChannelName.WHATSAPP: "+31612000077"}
EVENING = "UID:{0}\nSUMMARY:Ouderavond klas {0}\nDTSTART:{1}T190000\nDTEND:{1}T210000\nLOCATION:Lokaal 2.{0}"


async def has(house: House, *events: str, region: str = "") -> None:
    """The school's calendar is this file."""
    found = await read_file(house.line.fetcher, ics(*events), "Europe/Amsterdam", house.clock.now())
    school_id, now = house.place.school_id, house.clock.now()

    async def work(session: AsyncSession) -> None:
        await save(session, school_id, region=region, closed_on=(), url="")
        await store(session, school_id, FILE, found, now)

    await house.line.database.write(work)


async def test_the_parents_evening_of_this_childs_year(house: House) -> None:
    """Fatma's daughter is in 2B; what stands in the settings is another day."""
    await has(house, EVENING.format(2, "20261209"), EVENING.format(4, "20261210"))
    async with phone(house, "whatsapp") as fatma:
        said = await fatma.says("Merhaba, veli toplantısı ne zaman?")
    assert [row.response for row in said] == ["utter_ask_parent_evening"]
    assert [part in said[0].text for part in ("9 Aralık", "2.2", "10 Aralık", "3 Aralık")] == [True, True, False, False]


async def test_nobody_is_told_the_day_of_another_year(house: House) -> None:
    """Of a parent whose child is not known, nobody knows which it is: a person is offered."""
    await has(house, EVENING.format(2, "20261209"), EVENING.format(4, "20261210"))
    async with phone(house, "whatsapp", STRANGER) as somebody:
        said = await somebody.says("Wanneer is de ouderavond?")
    assert [row.response for row in said] == ["utter_fact_unknown"]


async def test_what_is_for_all_is_told_to_anybody(house: House) -> None:
    """A new calendar is used from the next message on."""
    async with phone(house, "whatsapp", STRANGER) as somebody:
        before = await somebody.says("Wanneer is de ouderavond?")
        await has(house, day("Ouderavond", "20261211"))
        after = await somebody.says("Wanneer is de ouderavond dan?")
    assert ("3 december" in before[0].text, "11 december" in after[0].text) == (True, True)


async def test_a_promise_skips_closing_days(house: House) -> None:
    """It is Monday; the school is closed on Tuesday, and for a holiday from Thursday on."""
    await has(house, day("School gesloten", "20261124"), day("Herfstvakantie", "20261126", "20261205"))
    async with house.line.database.read() as session:
        view = await house.line.scenes.view(session, house.place.school_id)
    tuesday = house.clock.now() + dt.timedelta(days=1)
    opens = quiet_until(view, tuesday)
    assert opens is not None
    assert opens.date() == dt.date(2026, 11, 25)
    async with phone(house, "whatsapp", STRANGER) as somebody:
        await somebody.says("Ik wil een mens spreken")
        await somebody.says("mens")
    promised = {case.promise_at.date() for case in await house.rows(Case) if case.promise_at}
    assert promised == {dt.date(2026, 12, 7)}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("Wanneer is de ouderavond van Deniz?", "10 december"),
        ("Wanneer is de ouderavond van Elif?", "9 december"),
        ("Wanneer is de ouderavond?", ""),
    ],
)
async def test_of_two_children_the_one_that_she_names(house: House, asked: str, told: str) -> None:
    """Named by nobody, and not the same for both, it is not guessed."""
    await has(house, EVENING.format(2, "20261209"), EVENING.format(4, "20261210"))
    await house.line.database.write(lambda s: _brother(s, house))
    async with phone(house, "whatsapp") as fatma:
        await fatma.says("Nederlands")
        said = await fatma.says(asked)
    expected = "utter_ask_parent_evening" if told else "utter_fact_unknown"
    assert (said[-1].response, told in said[-1].text) == (expected, True)


async def _brother(session: AsyncSession, house: House) -> None:
    """Deniz, in 4A."""
    school_id = house.place.school_id
    group = SchoolClass(school_id=school_id, name="4A")
    session.add(group)
    await session.flush()
    pupil = Pupil(school_id=school_id, class_id=group.id, number="2", given_name="Deniz", family_name="Demir")
    session.add(pupil)
    await session.flush()
    session.add(Guardianship(school_id=school_id, guardian_id=house.place.guardians["Fatma"], pupil_id=pupil.id))
