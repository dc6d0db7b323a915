"""A phone that may be another's now: nothing of a child is said or sent there until she proves it again; nothing is lost."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.people.binding import bind_by_staff
from db.queries.staff import Me
from db.tables import Address, BindCode, Binding, Case, CaseEvent, Conversation, Inbox, Outbox
from db.types import CaseState, ChannelName, OutboxState, WaitReason
from tests.line.house import House
from tests.line.phones import Phone
from tests.line.school import CODE, FATMA

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio, pytest.mark.timeout(120)]
ASKED = "wie is de mentor?"
NAMES = ("Elif", "Demir", "De Wit", "de Wit")


def fatma(house: House, route: str = "sms") -> Phone:
    return Phone(house, route, FATMA[ChannelName(route)])


def named(rows: list[Outbox]) -> set[str]:
    return {name for row in rows for name in NAMES if name in row.text}


async def hers(house: House, route: str = "sms") -> tuple[Conversation, Binding]:
    number = FATMA[ChannelName(route)]
    address = next(a for a in await house.rows(Address) if (a.channel.value, a.external_id) == (route, number))
    conversation = next(c for c in await house.rows(Conversation) if c.address_id == address.id)
    return conversation, next(b for b in await house.rows(Binding) if b.address_id == address.id)


async def dead(house: House, conversation: Conversation) -> None:
    async def work(session: AsyncSession) -> None:
        await session.execute(update(Address).where(Address.id == conversation.address_id).values(dead_reason="21211"))

    await house.line.database.write(work)


async def silent(house: House, *, days: int) -> None:
    """So many days ago she wrote her last word: the clock stays, or the night would empty what the tests compare."""
    (conversation, _), ago = await hers(house), house.clock.now() - dt.timedelta(days=days)

    async def work(session: AsyncSession) -> None:
        await session.execute(
            update(Conversation).where(Conversation.id == conversation.id).values(last_inbound_at=ago)
        )
        await session.execute(update(Binding).where(Binding.address_id == conversation.address_id).values(bound_at=ago))

    await house.line.database.write(work)
    house.clock.move(minutes=20)


async def test_after_a_year_of_silence_she_is_asked_again(house: House) -> None:
    """Her child is not named to her greeting; the right answer proves her and she goes on, in the language she had."""
    phone = fatma(house)
    assert named(await phone.says(ASKED))
    await silent(house, days=366)
    asked = await phone.says(ASKED)
    assert (named(asked), asked[-1].response) == (set(), "utter_ask_child_proof")
    assert (await hers(house))[1].doubt == "silent"
    said = await phone.says("Elif")
    assert named(said) >= {"Elif", "De Wit"}
    binding = (await hers(house))[1]
    assert (binding.doubt, binding.doubted_at, binding.ended_at) == ("", None, None)


async def test_a_year_less_a_day_is_no_silence(house: House) -> None:
    """She is known as ever."""
    phone = fatma(house)
    await phone.says(ASKED)
    await silent(house, days=364)
    again = await phone.says("wie is de mentor van mijn dochter?")
    assert "utter_ask_child_proof" not in {row.response for row in again}
    assert (await hers(house))[1].doubt == ""


async def test_a_wrong_answer_learns_nothing(house: House) -> None:
    """The next owner of the number is a stranger, as often as she tries."""
    phone = fatma(house)
    await phone.says(ASKED)
    await silent(house, days=366)
    await phone.says(ASKED)
    said = [*await phone.says("Noor"), *await phone.says("menu"), *await phone.says(ASKED)]
    assert named(said) == set()
    assert (await hers(house))[1].doubt == "silent"


async def test_back_from_the_dead(house: House) -> None:
    """A number that no longer existed and then writes may have been given out again."""
    phone = fatma(house)
    await phone.says(ASKED)
    await dead(house, (await hers(house))[0])
    house.clock.move(minutes=20)
    assert named(await phone.says(ASKED)) == set()
    assert (await hers(house))[1].doubt == "revived"


async def test_another_account_behind_the_number(house: House) -> None:
    """WhatsApp's own id of the person is another: the number moved to somebody else's phone."""
    phone = fatma(house, "whatsapp")
    assert named(await phone.says(ASKED, ExternalUserId="NL.1"))
    house.clock.move(minutes=20)
    again = await phone.says("wie is de mentor van mijn dochter?", ExternalUserId="NL.1")
    assert "utter_ask_child_proof" not in {row.response for row in again}
    house.clock.move(minutes=20)
    assert named(await phone.says(ASKED, ExternalUserId="NL.2")) == set()
    assert (await hers(house, "whatsapp"))[1].doubt == "moved"


async def test_an_account_with_another_number(house: House) -> None:
    """Answers go to the new number, as to a stranger; the old one hears nothing more."""
    phone = fatma(house, "whatsapp")
    await phone.says(ASKED, ExternalUserId="NL.1")
    house.clock.move(minutes=20)
    moved = Phone(house, "whatsapp", "+31618000123")
    moved.read = len(await house.said_to(ChannelName.WHATSAPP, FATMA[ChannelName.WHATSAPP]))
    before = len(phone.brought())
    answer = await moved.form(moved.form_of(ASKED, ExternalUserId="NL.1"))
    await house.settle()
    assert answer.is_success
    brought = moved.brought()
    assert (len(phone.brought()), len(brought) > 0) == (before, True)
    assert not any(name in entry["body"] for entry in brought for name in NAMES)


async def test_an_account_with_a_number_of_the_files(house: House) -> None:
    """The school's records have her new number already: what she writes from it is stored and answered there, as of a stranger."""
    phone = fatma(house, "whatsapp")
    await phone.says(ASKED, ExternalUserId="NL.1")
    house.clock.move(minutes=20)

    async def known(session: AsyncSession) -> None:
        number = {"channel": ChannelName.WHATSAPP, "external_id": "+31618000123"}
        hers = house.place.guardians["Fatma"]
        session.add(Address(school_id=house.place.school_id, **number, known_guardian_id=hers))

    await house.line.database.write(known)
    moved = Phone(house, "whatsapp", "+31618000123")
    asked = await moved.says(ASKED, ExternalUserId="NL.1")
    assert (named(asked), asked[-1].response) == (set(), "utter_ask_child_proof")
    house.clock.move(minutes=20)
    # WhatsApp leaves the number out: it is she who wrote last.
    await moved.posts("Elif", From="", WaId="", ExternalUserId="NL.1")
    await house.settle()
    newest = (await house.rows(Inbox))[-1]
    at = {row.id: row.external_id for row in await house.rows(Address)}
    where = {row.id: at[row.address_id] for row in await house.rows(Conversation)}
    assert (newest.text, where[newest.conversation_id]) == ("Elif", "+31618000123")


async def _case(house: House, phone: Phone) -> Case:
    await phone.says("ik wil een mens spreken")
    return (await house.rows(Case))[-1]


async def recognised(house: House, guardian: str, child: str) -> None:
    """A colleague says who wrote last."""
    unknown, place = (await house.rows(Case))[-1], house.place
    me = Me(place.staff["office"], place.school_id, "Ans", True, (), "", "Europe/Amsterdam", "")
    whose = {"guardian_id": place.guardians[guardian], "pupil_id": place.pupils[child]}
    await house.line.database.write(
        lambda s: bind_by_staff(s, me, unknown.id, **whose, end_older=False, now=house.clock.now())
    )


async def answered(house: House, case: Case) -> None:
    language = (await hers(house))[0].language or "nl"
    await house.answers(case, "Elif was vandaag afwezig.", language=language, channel=ChannelName.SMS)


async def test_an_answer_waits_until_she_has_proven_it(house: House) -> None:
    """Silent for a year: what a colleague writes is kept, with the reason, and leaves in order behind the proof."""
    phone = fatma(house)
    case = await _case(house, phone)
    assert case.verified
    await silent(house, days=366)
    await answered(house, case)
    await house.settle()
    row = (await house.said_to(ChannelName.SMS, phone.number))[-1]
    assert (row.state, row.wait_reason) == (OutboxState.WAITING, WaitReason.PROOF)
    assert not any("afwezig" in entry["body"] for entry in phone.brought())
    await phone.posts(ASKED)
    await house.settle()
    assert not any("afwezig" in entry["body"] for entry in phone.brought())
    await phone.posts("Elif")
    await house.settle()
    assert sum("afwezig" in entry["body"] for entry in phone.brought()) == 1


async def test_what_she_writes_meanwhile_is_a_strangers(house: House) -> None:
    """A case that is not verified, not her old one; danger is answered at once."""
    phone = fatma(house)
    case = await _case(house, phone)
    await silent(house, days=366)
    await phone.says("ik wil een mens spreken")
    cases = await house.rows(Case)
    assert [(row.verified, row.guardian_id) for row in cases] == [(True, case.guardian_id), (False, None)]
    words = [row.case_id for row in await house.rows(Inbox) if row.text == "ik wil een mens spreken"]
    assert words == [cases[0].id, cases[1].id]
    said = await phone.says("mijn man heeft een mes en slaat me nu, help")
    assert ("112" in said[0].text, named(said)) == (True, set())


async def test_a_person_at_school_proves_her_too(house: House) -> None:
    """From the case that is not verified: the binding that was in doubt is good again, and what waited leaves."""
    phone = fatma(house)
    case = await _case(house, phone)
    await silent(house, days=366)
    await answered(house, case)
    await phone.posts("ik wil een mens spreken")
    await house.settle()
    await recognised(house, "Fatma", "Elif")
    await house.settle()
    assert len([b for b in await house.rows(Binding) if b.guardian_id == case.guardian_id and b.doubt]) == 0
    assert sum("afwezig" in entry["body"] for entry in phone.brought()) == 1


async def test_another_guardians_code_ends_it(house: House) -> None:
    """The number did change hands: what waited for the one before never leaves by itself."""
    phone = fatma(house)
    case = await _case(house, phone)
    await silent(house, days=366)
    await answered(house, case)

    async def longer(session: AsyncSession) -> None:
        await session.execute(update(BindCode).values(expires_at=house.clock.now() + dt.timedelta(days=30)))

    await house.line.database.write(longer)
    await phone.posts(CODE)
    await house.settle()
    rows = await house.said_to(ChannelName.SMS, phone.number)
    assert [row.state for row in rows if "afwezig" in row.text] == [OutboxState.HELD]
    live = {
        b.guardian_id
        for b in await house.rows(Binding)
        if b.address_id == (await hers(house))[0].address_id and not b.ended_at
    }
    assert live == {house.place.guardians["Oksana"]}


async def shared_with(house: House, name: str) -> None:
    """Another guardian is bound on her phone, as long ago."""
    conversation, binding = await hers(house)

    async def work(session: AsyncSession) -> None:
        session.add(
            Binding(
                school_id=binding.school_id,
                address_id=conversation.address_id,
                guardian_id=house.place.guardians[name],
                proof="code",
                bound_at=binding.bound_at,
            )
        )

    await house.line.database.write(work)


async def live(house: House) -> set[int]:
    address = (await hers(house))[0].address_id
    return {b.guardian_id for b in await house.rows(Binding) if b.address_id == address and not b.ended_at}


async def test_an_unproven_answer_stays_somebodys(house: House) -> None:
    """The case is open, with a day to look at it again, until she has the answer; then it waits for her next word."""
    phone = fatma(house)
    case = await _case(house, phone)
    await silent(house, days=366)
    await answered(house, case)
    kept = (await house.rows(Case))[0]
    assert (kept.state, kept.waiting_since is not None) == (CaseState.OPEN, True)
    await phone.posts(ASKED)
    await house.settle()
    await phone.posts("Elif")
    await house.settle()
    assert [event.kind for event in await house.rows(CaseEvent)] == ["opened", "replied", "reopened"]  # by her "Elif"


async def test_of_several_on_a_silent_phone_nobody_is_believed(house: House) -> None:
    """An answer waits; whoever writes then is a stranger, who is not shown their names; the answer is held for a person."""
    phone = fatma(house)
    case = await _case(house, phone)
    await shared_with(house, "Oksana")
    await silent(house, days=366)
    await answered(house, case)
    await house.settle()
    before = len(phone.brought())
    await phone.posts(ASKED)
    await house.settle()
    await phone.posts("Elif")
    await house.settle()
    heard = [entry["body"] for entry in phone.brought()[before:]]
    assert (len(heard) >= 2, any(name in text for text in heard for name in NAMES), await live(house)) == (
        True,
        False,
        set(),
    )
    rows = await house.said_to(ChannelName.SMS, phone.number)
    assert [row.state for row in rows if "afwezig" in row.text] == [OutboxState.HELD]


async def test_somebody_else_found_there_ends_it(house: House) -> None:
    """A colleague binds another guardian on a phone in doubt: her answers leave, and his that waited are held."""
    phone = fatma(house)
    case = await _case(house, phone)
    await silent(house, days=366)
    await answered(house, case)
    await phone.posts("ik wil een mens spreken")
    await house.settle()
    await recognised(house, "Oksana", "Sofia")
    assert await live(house) == {house.place.guardians["Oksana"]}
    await answered(house, (await house.rows(Case))[-1])
    await house.settle()
    rows = await house.said_to(ChannelName.SMS, phone.number)
    assert [row.state for row in rows if "afwezig" in row.text] == [OutboxState.HELD, OutboxState.SENT]
