"""A number that the school's records give a guardian: she is asked for her child, and nobody learns anything by asking."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.people.claiming import names_child
from db.tables import Binding, Case, Guardianship, Outbox, Pupil
from db.types import ChannelName, Rights
from tests.line.house import House
from tests.line.phones import Phone
from tests.line.school import FATMA

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio, pytest.mark.timeout(120)]
STRANGER = "+31618000077"
ASKED = "wie is de mentor?"
NAMES = ("Elif", "Demir", "Fatma", "Mehmet", "Sofia", "Bondar", "Oksana", "De Wit", "de Wit")


async def unproven(house: House) -> None:
    """Nobody has written yet: the numbers stand in the school's records, and that is all."""

    async def work(session: AsyncSession) -> None:
        await session.execute(delete(Binding))
        await session.execute(update(Pupil).where(Pupil.given_name == "Elif").values(birthday=dt.date(2013, 3, 14)))

    await house.line.database.write(work)


def fatma(house: House) -> Phone:
    return Phone(house, "sms", FATMA[ChannelName.SMS])


def texts(rows: list[Outbox]) -> list[tuple[str, str]]:
    return [(row.response, row.text) for row in rows]


def named(rows: list[Outbox]) -> set[str]:
    return {name for row in rows for name in NAMES if name in row.text}


@pytest.mark.parametrize("answer", ["Elif", "elif demir", "14-3", "14.3.", "14/03/2013", "١٤-٣", "3月14日"])
async def test_her_childs_name_or_birthday_proves_her(house: House, answer: str) -> None:
    """She hears who the mentor is at once, and is not asked again."""
    await unproven(house)
    phone = fatma(house)
    assert [row.response for row in await phone.says(ASKED)] == ["utter_ask_child_proof"]
    said = await phone.says(answer)
    assert "Elif" in said[0].text
    assert "De Wit" in "".join(row.text for row in said)
    (binding,) = await house.rows(Binding)
    assert (binding.guardian_id, binding.proof) == (house.place.guardians["Fatma"], "known_number")
    assert "utter_ask_child_proof" not in {row.response for row in await phone.says(ASKED)}


async def test_a_report_proves_her_on_the_way(house: House) -> None:
    """She answers which child it is about, and from then on the case is hers and verified."""
    await unproven(house)
    phone = fatma(house)
    assert [row.response for row in await phone.says("mijn dochter is ziek")] == ["utter_ask_child_text"]
    await phone.says("Elif, 2B")
    for _ in range(4):
        if [case.topic for case in await house.rows(Case)]:
            break
        await phone.says("1")
    assert [(case.verified, case.pupil_id) for case in await house.rows(Case)] == [(True, house.place.pupils["Elif"])]


@pytest.mark.parametrize("answer", ["Sofia", "Elia", "Demir", "15-3", "3-14", "14-3-2012", "liever niet", "ja"])
async def test_a_wrong_answer_is_as_a_strangers(house: House, answer: str) -> None:
    """Law 5: word for word what anybody gets whose number nobody knows; nothing of the school's records is in it."""
    await unproven(house)
    known, stranger = fatma(house), Phone(house, "sms", STRANGER)
    heard = []
    for phone in (known, stranger):
        said = await phone.says(ASKED)
        said += await phone.says(answer)
        heard.append(texts(said))
        assert named(said) == set()
    assert heard[0] == heard[1]
    assert await house.rows(Binding) == []


async def test_the_right_answer_of_a_stranger_proves_nothing(house: House) -> None:
    """A child's name alone is no key: the number must be the guardian's in the records."""
    await unproven(house)
    phone = Phone(house, "sms", STRANGER)
    said = [*await phone.says(ASKED), *await phone.says("Elif")]
    assert (named(said), await house.rows(Binding)) == (set(), [])


async def test_after_three_tries_in_a_day_none_counts(house: House) -> None:
    """The fourth may be right and is answered as if it were wrong; a day later she may try again."""
    await unproven(house)
    phone = fatma(house)
    for guess in ("Sam", "Noor", "Lotte"):
        await phone.says(ASKED)
        await phone.says(guess)
        house.clock.move(minutes=15)
    await phone.says(ASKED)
    said = await phone.says("Elif")
    assert (named(said), await house.rows(Binding)) == (set(), [])
    house.clock.move(hours=25)
    await phone.says(ASKED)
    await phone.says("Elif")
    assert [row.proof for row in await house.rows(Binding)] == ["known_number"]


async def test_where_a_binding_ended_the_records_prove_nothing(house: House) -> None:
    """The number changed hands, or she withdrew: only a code or a person binds it again."""

    async def work(session: AsyncSession) -> None:
        await session.execute(update(Binding).values(ended_at=house.clock.now()))

    await house.line.database.write(work)
    phone = fatma(house)
    await phone.says(ASKED)
    assert named(await phone.says("Elif")) == set()


async def test_a_child_of_no_rights_proves_nothing(house: House) -> None:
    """What she may not know she is not recognised by."""
    await unproven(house)
    await house.line.database.write(lambda s: s.execute(update(Guardianship).values(rights=Rights.NONE)))
    phone = fatma(house)
    await phone.says(ASKED)
    assert named(await phone.says("Elif")) == set()


@pytest.mark.parametrize(
    ("written", "given", "same"),
    [
        ("Yousef", "Youssef", True),
        ("youssef el amrani", "Youssef", True),
        ("Mohamed", "Mohammed", True),
        ("Anne-Sophie", "Anne Sophie", True),
        ("annesophie", "Anne-Sophie", True),
        ("Zoë", "Zoe", True),
        ("Şükran", "Sukran", True),
        ("mijn zoon Bo", "Bo", True),
        ("Sam Noor Lotte Youssef", "Youssef", False),
        ("Ali", "Alia", False),
        ("Elif", "Elia", False),
        ("", "Bo", False),
        ("12", "Bo", False),
    ],
)
async def test_slips_are_forgiven_in_long_names_only(written: str, given: str, *, same: bool) -> None:
    """And no list of names is an answer."""
    assert names_child(written, [(given, None)]) is same
