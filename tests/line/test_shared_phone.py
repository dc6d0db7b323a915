"""Two parents with one phone: who writes is asked where it matters, and what is one's is never shown to the other."""

from __future__ import annotations

import datetime as dt

import pytest
import pytest_asyncio
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.people.codes import hash_code
from bot.turn.memory import Remembered
from bot.turn.types import Memory
from db.tables import BindCode, Binding, Case, Conversation, Inbox, Outbox, School
from db.types import ChannelName
from tests.line.house import SECRET, House
from tests.line.phones import Phone
from tests.line.school import CODE

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio, pytest.mark.timeout(120)]
SHARED = "+31618000055"
FATMAS = "OL-AAAA-2222"


@pytest_asyncio.fixture
async def shared(house: House) -> Phone:
    """Fatma (of Elif), then Oksana (of Sofia) scanned their letters with the same phone."""

    async def work(session: AsyncSession) -> None:
        session.add(
            BindCode(
                school_id=house.place.school_id,
                guardian_id=house.place.guardians["Fatma"],
                code_hash=hash_code(FATMAS, SECRET),
                expires_at=house.clock.now() + dt.timedelta(days=30),
            )
        )

    await house.line.database.write(work)
    phone = Phone(house, "sms", SHARED)
    await phone.says("menu")
    await phone.says("taal nederlands")
    await phone.says(FATMAS)
    await phone.says(CODE)
    await phone.says("nederlands")
    return phone


def said(rows: list[Outbox]) -> str:
    return "\n".join(row.text for row in rows)


async def live(house: House) -> set[int]:
    conversation = (await house.said_to(ChannelName.SMS, SHARED))[0].conversation_id
    address = next(row.address_id for row in await house.rows(Conversation) if row.id == conversation)
    return {row.guardian_id for row in await house.rows(Binding) if row.address_id == address and not row.ended_at}


async def test_two_letters_on_one_phone_bind_both(house: House, shared: Phone) -> None:
    """Within a day; whoever scanned last is the one who writes now."""
    assert await live(house) == {house.place.guardians["Fatma"], house.place.guardians["Oksana"]}
    heard = said(await shared.says("wie is de mentor?"))
    assert ("Sofia" in heard, "Elif" in heard) == (True, False)


async def test_a_word_says_that_somebody_else_writes(house: House, shared: Phone) -> None:
    """She chooses herself by her given name, and hears of her own child only."""
    asked = await shared.says("iemand anders")
    assert [row.response for row in asked] == ["utter_ask_who_writes"]
    assert asked[0].text.splitlines()[1:] == ["1 Fatma", "2 Oksana", "3 iemand anders"]
    await shared.chooses(1)
    heard = said(await shared.says("wie is de mentor?"))
    assert ("Sofia" in heard, "Elif" in heard) == (False, True)
    del house


async def test_her_own_letter_scanned_again_says_who_writes(house: House, shared: Phone) -> None:
    """It proves nothing new, and is no wrong code either."""
    await shared.says(FATMAS)
    heard = said(await shared.says("wie is de mentor?"))
    assert ("Sofia" in heard, "Elif" in heard) == (False, True)
    assert len(await live(house)) == 2


async def test_a_day_later_it_is_asked_again_and_her_words_are_kept(house: House, shared: Phone) -> None:
    """What she wrote is answered as soon as it is known who wrote it; what anybody may know is answered at once."""
    house.clock.move(hours=25)
    assert "utter_ask_who_writes" not in {row.response for row in await shared.says("wanneer is er ouderavond?")}
    asked = await shared.says("wie is de mentor van mijn kind?")
    assert [row.response for row in asked] == ["utter_ask_who_writes"]
    heard = said(await shared.chooses(1))
    assert ("De Wit" in heard, "Elif" in heard, "Sofia" in heard) == (True, True, False)
    assert (await house.rows(Case), len(await live(house))) == ([], 2)


async def test_somebody_else_is_a_stranger(house: House, shared: Phone) -> None:
    """Nothing of either child is hers to know."""
    await shared.says("iemand anders")
    await shared.chooses(3)
    heard = said([*await shared.says("wie is de mentor?"), *await shared.says("Elif")])
    assert not any(name in heard for name in ("Elif", "Sofia", "De Wit"))
    del house


async def test_a_case_of_one_is_not_there_for_the_other(house: House, shared: Phone) -> None:
    """A person answered Oksana; what Fatma writes does not go into her case, and names nothing of it."""
    await shared.says("ik wil een mens spreken")
    (case,) = await house.rows(Case)
    assert case.guardian_id == house.place.guardians["Oksana"]
    await house.answers(case, "Ik bel u morgen.", language="nl", channel=ChannelName.SMS)
    await house.settle()
    await shared.heard()
    await shared.says("iemand anders")
    await shared.chooses(1)
    await shared.says("morgen om 3 uur kan ik niet, wel om 4 uur")
    mine = [row for row in await house.rows(Inbox) if row.text.startswith("morgen om 3")]
    assert [row.case_id == case.id for row in mine] == [False]
    assert {row.guardian_id for row in await house.rows(Case)} >= {house.place.guardians["Oksana"]}


async def test_days_apart_it_changed_hands(house: House) -> None:
    """A code of another guardian, more than a day after the first, ends the first."""

    async def older(session: AsyncSession) -> None:
        session.add(
            BindCode(
                school_id=house.place.school_id,
                guardian_id=house.place.guardians["Fatma"],
                code_hash=hash_code(FATMAS, SECRET),
                expires_at=house.clock.now() + dt.timedelta(days=30),
            )
        )
        await session.execute(update(School).values(version=School.version + 1))

    await house.line.database.write(older)
    phone = Phone(house, "sms", SHARED)
    await phone.says(FATMAS)
    house.clock.move(hours=25)
    await phone.says(CODE)
    assert await live(house) == {house.place.guardians["Oksana"]}


async def test_each_has_cases_of_her_own(house: House, shared: Phone) -> None:
    """On one phone: what a stranger or the other guardian asks never lands in a case that is verified to be somebody's."""
    await shared.says("ik wil een mens spreken")
    await shared.says("iemand anders")
    await shared.chooses(3)
    await shared.says("ik wil een mens spreken")
    await shared.says("iemand anders")
    await shared.chooses(1)
    await shared.says("ik wil een mens spreken")
    people = house.place.guardians
    assert [(case.guardian_id, case.verified) for case in await house.rows(Case)] == [
        (people["Oksana"], True),
        (None, False),
        (people["Fatma"], True),
    ]


async def memory(house: House) -> Remembered:
    conversation = (await house.said_to(ChannelName.SMS, SHARED))[0].conversation_id
    row = next(row for row in await house.rows(Conversation) if row.id == conversation)
    return Remembered.unpack(Memory(row.memory))


async def test_all_that_waited_is_read_and_attached(house: House, shared: Phone) -> None:
    """Two messages before anybody says who writes: both are hers, and both belong to what comes of them."""
    house.clock.move(hours=25)
    wrote = ["de fiets van mijn dochter stond bij het hek", "hij is blauw met een rode bel"]
    await shared.says(wrote[0])
    first = await memory(house)
    house.clock.move(minutes=5)
    await shared.says(wrote[1])
    then = await memory(house)
    assert (first.unsaid, then.unsaid) == (wrote[0], "\n".join(wrote))
    assert (first.menu, then.menu) != (None, None)
    assert then.menu.since == first.menu.since  # type: ignore[union-attr]
    house.clock.move(minutes=5)
    (offered,) = await shared.chooses(1)
    assert offered.text.splitlines()[-1] == "4 anders, of een mens"
    await shared.chooses(4)
    (case,) = await house.rows(Case)
    assert {row.text for row in await house.rows(Inbox) if row.case_id == case.id} >= set(wrote)


async def test_what_nobody_in_particular_opened_stays_open(house: House, shared: Phone) -> None:
    """Where it is not known who writes, a menu is forgotten once, when that begins, and not with each message."""
    house.clock.move(hours=25)
    await shared.says("menu")
    shown = await memory(house)
    await shared.says("wanneer is er ouderavond?")
    assert shown.menu is not None
    assert shown.menu.number in {menu.number for menu in (await memory(house)).menus}


async def test_what_one_began_alone_is_forgotten_when_another_joins(house: House) -> None:
    """Her open question is not there for whoever scans a letter on the same phone."""
    alone = Phone(house, "sms", SHARED)
    await alone.says(CODE)
    await alone.says("nederlands")
    await alone.says("ik wil Sofia ziek melden")
    before = await memory(house)

    async def work(session: AsyncSession) -> None:
        address = next(row.address_id for row in await house.rows(Binding) if row.proof == "code")
        place = house.place
        session.add(
            Binding(
                school_id=place.school_id,
                address_id=address,
                guardian_id=place.guardians["Fatma"],
                proof="staff",
                bound_at=house.clock.now(),
            )
        )

    await house.line.database.write(work)
    await alone.says("wanneer is er ouderavond?")
    assert (bool(before.flow.stack), bool((await memory(house)).flow.stack)) == (True, False)


async def test_whoever_holds_the_phone_may_take_it_away(house: House, shared: Phone) -> None:
    """Somebody who is none of those who share it says that it is not theirs: nobody is bound there any more, as she reads."""
    await shared.says("iemand anders")
    await shared.chooses(3)
    await shared.says("wat gebeurt er met mijn gegevens?")
    done = await shared.chooses(4)
    assert (done[-1].response, await live(house)) == ("utter_withdrawn", set())


async def test_who_leaves_a_shared_phone_takes_only_her_own(house: House, shared: Phone) -> None:
    """The other stays bound, and what waits to leave for her case still does; the one who left is not remembered."""
    await shared.says("ik wil een mens spreken")
    (case,) = await house.rows(Case)
    await house.answers(case, "Ik bel u morgen.", language="nl", channel=ChannelName.SMS)
    await shared.says("iemand anders")
    await shared.chooses(1)
    await shared.says("Elif is ziek")
    await shared.says("wat gebeurt er met mijn gegevens?")
    await shared.chooses(4)
    (talk,) = [row for row in await house.rows(Conversation) if row.id == case.conversation_id]
    kept = await memory(house)
    assert await live(house) == {house.place.guardians["Oksana"]}
    assert talk.human_case_id == case.id
    assert (kept.writer, kept.absences, kept.flow.stack, kept.language) == (None, (), (), "nl")


async def test_words_of_nobody_reach_a_person(house: House, shared: Phone) -> None:
    """Nobody says who writes: after a quarter of an hour the mentor of all their children has it, not verified."""
    house.clock.move(hours=25)
    await shared.says("ik wil graag een gesprek over mijn kind")
    await shared.says("het is belangrijk voor mij")
    house.clock.move(minutes=14)
    await house.settle()
    assert (await house.rows(Case), await shared.heard()) == ([], [])
    house.clock.move(minutes=2)
    await house.settle()
    (case,) = await house.rows(Case)
    told = await shared.heard()
    assert (case.verified, case.guardian_id, case.pupil_id, case.reason) == (False, None, None, "shared_phone")
    assert case.assignee_id == house.place.staff["mentor"]
    assert [row.response for row in told] == ["utter_handed_over_role"]
    assert not any(name in said(told) for name in ("Elif", "Sofia", "De Wit"))
    mine = [row.text for row in await house.rows(Inbox) if row.case_id == case.id]
    assert mine == ["ik wil graag een gesprek over mijn kind", "het is belangrijk voor mij"]


async def test_whoever_says_who_she_is_in_time_is_answered(house: House, shared: Phone) -> None:
    """Then nothing goes to anybody as a stranger's."""
    house.clock.move(hours=25)
    await shared.says("wie is de mentor van mijn kind?")
    await shared.chooses(1)
    house.clock.move(minutes=20)
    await house.settle()
    assert await house.rows(Case) == []


async def test_danger_does_not_wait_for_a_name(house: House, shared: Phone) -> None:
    """It is answered at once, before anybody is asked who writes."""
    house.clock.move(hours=25)
    heard = await shared.says("mijn man heeft een mes en slaat me nu, help")
    assert ("112" in heard[0].text, "utter_ask_who_writes" in {row.response for row in heard}) == (True, False)
    await shared.says("wie is de mentor van mijn kind?")
    heard = await shared.says("ik wil niet meer leven, ik maak er een eind aan")
    assert "113" in said(heard)
    del house
