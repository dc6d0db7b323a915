"""The page of a class: whom it reaches (sent is not reached), a good word in two taps, hello, calls, and who may do so."""

from __future__ import annotations

import datetime as dt
import re

import httpx
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff.broadcasts import withdraw
from db.tables import (
    Address,
    BindCode,
    Binding,
    Call,
    Case,
    ClassMentor,
    Conversation,
    Delivery,
    Guardian,
    Guardianship,
    Outbox,
    Pupil,
)
from db.types import Author, CaseState, ChannelName, DeliveryStatus, Lane, OutboxState, Rights, Sensitivity, WaitReason
from tests.web.forms import answer
from tests.web.world import Pages

pytestmark = pytest.mark.asyncio
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def known(pages: Pages, **columns: object) -> int:
    """Fatma, mother of Elif, writes on WhatsApp and is bound; her case is over, so that nothing of it is in the way."""
    return await pages.case(pages.one, **{"state": CaseState.CLOSED, **columns})


def text_of(page: httpx.Response) -> str:
    """What stands on it."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


async def word(client: httpx.AsyncClient, pages: Pages, *, child: str = "Elif", token: str = "") -> httpx.Response:
    """Two taps: the page of the pupil, and a phrase on it."""
    address = f"/classes/2B/word/{pages.one.pupils[child]}"
    shown = await client.get(address)
    found = re.search(r'name="token"\s+value="([^"]+)"', shown.text)
    data = {"token": token or (found[1] if found else "no-form-there"), "phrase": "good_news"}
    return await client.post(address, data=data)


async def test_a_good_word_in_two_taps(pages: Pages) -> None:
    """It leaves in her language, signed by the mentor, as something that the school begins; her answer comes to the mentor."""
    await known(pages)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        assert f"/classes/2B/word/{pages.one.pupils['Elif']}" in (await client.get("/classes/2B")).text
        done = await word(client, pages)
        assert (done.status_code, done.headers["location"]) == (303, "/classes/2B?said=word")
    (row,) = await pages.rows(Outbox)
    case = (await pages.rows(Case))[-1]
    talk = (await pages.rows(Conversation))[0]
    assert (row.lane, row.author, row.language, row.state) == (Lane.PROACTIVE, Author.STAFF, "tr", OutboxState.QUEUED)
    assert ["De Wit" in row.text, "Elif okulda iyi durumda" in row.text] == [True, True]
    assert (case.assignee_id, case.state, case.pupil_id) == (
        pages.one.staff["mentor"],
        CaseState.WAITING,
        pages.one.pupils["Elif"],
    )
    assert (row.case_id, talk.human_case_id, row.staff_text) == (
        case.id,
        case.id,
        "Het gaat goed met Elif op school. Dat wil ik u graag laten weten.",
    )


@SQLITE
async def test_a_double_click_says_it_once(pages: Pages) -> None:
    """And a second word goes into the same case."""
    await known(pages)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        for token in ("token-of-a-form", "token-of-a-form", "token-of-another"):
            assert (await word(client, pages, token=token)).status_code == 303
    assert len(await pages.rows(Outbox)) == 2
    assert len({row.case_id for row in await pages.rows(Outbox)}) == 1


async def test_three_a_week_and_no_more(pages: Pages) -> None:
    """Law 12: the fourth is refused, and the page says why; a week later there is room again."""
    await known(pages)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        first = [(await word(client, pages, token=f"token-number-{n}")).status_code for n in range(4)]
        page = await client.get(f"/classes/2B/word/{pages.one.pupils['Elif']}")
    pages.clock.move(days=7, minutes=1)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        later = await word(client, pages, token="token-number-9")
    assert (first, later.status_code) == ([303, 303, 303, 422], 303)
    assert "kreeg deze week al drie berichten" in text_of(page)
    assert len(await pages.rows(Outbox)) == 4


@SQLITE
async def test_stop_is_stop(pages: Pages) -> None:
    """On any of her addresses, and also between the tap and the opening of the school."""
    await known(pages)
    await known(pages, channel=ChannelName.SMS)
    pages.clock.move(hours=12)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        done = await word(client, pages)
        assert done.headers["location"] == "/classes/2B?said=word_waits"
        (row,) = await pages.rows(Outbox)
        assert (row.state, row.wait_reason) == (OutboxState.WAITING, WaitReason.QUIET_HOURS)
        other = next(talk.id for talk in await pages.rows(Conversation) if talk.id != row.conversation_id)
        await pages.change(Conversation, other, opted_out_at=pages.clock.now())
        await pages.database.write(lambda s: withdraw(s, pages.clock.now()))
        assert [each.state for each in await pages.rows(Outbox)] == [OutboxState.CANCELLED]
        again = await word(client, pages, token="another-token")
        page = await client.get("/classes/2B")
    assert (again.status_code, "zei STOP" in text_of(again)) == (422, True)
    assert "wil geen berichten (STOP)" in text_of(page)


@SQLITE
async def test_a_closed_window_waits_for_her(pages: Pages) -> None:
    """WhatsApp after a day: it waits until she writes, and the page says so before it is sent."""
    await known(pages)
    pages.clock.move(days=2)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        page = await client.get(f"/classes/2B/word/{pages.one.pupils['Elif']}")
        await word(client, pages)
    assert "zodra zij weer schrijft (WhatsApp)" in text_of(page)
    assert [row.wait_reason for row in await pages.rows(Outbox)] == [WaitReason.WINDOW]


@SQLITE
async def test_only_full_rights_and_bound(pages: Pages) -> None:
    """Limited or no rights, a child of age, a number that nobody proved: nobody reads anything."""
    await known(pages, child="Amin", known=False)
    await known(pages)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        unknown = await word(client, pages, child="Amin", token="token-for-amin")
        await rights(pages, "Fatma", Rights.LIMITED)
        limited = await word(client, pages, token="token-for-elif")
        await rights(pages, "Fatma", Rights.FULL)
        grown = dt.date(pages.clock.now().year - 18, 1, 1)
        await pages.change(Pupil, pages.one.pupils["Elif"], birthday=grown)
        adult = await word(client, pages, token="token-for-adult")
    assert [each.status_code for each in (unknown, limited, adult)] == [422] * 3
    assert ["geef een brief mee" in text_of(unknown), "geen volledige rechten" in text_of(limited)] == [True, True]
    assert await pages.rows(Outbox) == []


@SQLITE
async def test_one_phone_gets_one_message(pages: Pages) -> None:
    """Two parents who read the same phone: one word, and the page says that the other reads it there."""
    await known(pages)

    async def father(session: AsyncSession) -> None:
        school, mother = pages.one.school_id, await session.get_one(Guardian, pages.one.guardians["Fatma"])
        guardian = Guardian(school_id=school, number="G9", given_name="Can", family_name="Demir", language="tr")
        session.add(guardian)
        await session.flush()
        session.add(Guardianship(school_id=school, guardian_id=guardian.id, pupil_id=pages.one.pupils["Elif"]))
        address = (await pages.rows(Address))[0]
        session.add(
            Binding(
                school_id=mother.school_id,
                address_id=address.id,
                guardian_id=guardian.id,
                proof="code",
                bound_at=pages.clock.now(),
            )
        )

    await pages.database.write(father)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        page = await client.get(f"/classes/2B/word/{pages.one.pupils['Elif']}")
        await word(client, pages)
    assert "leest mee op dezelfde telefoon" in text_of(page)
    assert len(await pages.rows(Outbox)) == 1


async def test_sent_is_not_reached(pages: Pages) -> None:
    """A colleague's message counts from its delivery, or once she has written after it."""
    case = await known(pages, state=CaseState.OPEN)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        await answer(client, case, phrase="good_news", good_news_child_name="Elif")
        (row,) = await pages.rows(Outbox)
        waits = await client.get("/classes/2B")
        await pages.change(Outbox, row.id, state=OutboxState.SENT, sent_at=pages.clock.now())
        sent = await client.get("/classes/2B")
        await pages.database.write(lambda s: _delivered(s, row, pages.clock.now()))
        delivered = await client.get("/classes/2B")
    facts = [
        re.findall(r"Laatste contact (\S+) Laatste goede woord (\S+)", text_of(p))[1] for p in (waits, sent, delivered)
    ]
    assert facts[0] == facts[1] == ("nooit", "nog")
    assert "nooit" not in facts[2]
    assert "er is er een onderweg" in text_of(waits)


async def _delivered(session: AsyncSession, row: Outbox, at: dt.datetime) -> None:
    session.add(
        Delivery(school_id=row.school_id, outbox_id=row.id, provider_sid="SM1", status=DeliveryStatus.DELIVERED, at=at)
    )


@SQLITE
async def test_a_special_case_shows_nothing(pages: Pages) -> None:
    """That a care coordinator spoke with her is not for the mentor to see, not even as a date."""
    case = await known(
        pages, sensitivity=Sensitivity.SPECIAL, role="safety_coordinator", topic="bullying", assignee_id=None
    )

    async def spoke(session: AsyncSession) -> None:
        talk = (await pages.rows(Conversation))[0]
        row = Outbox(
            school_id=talk.school_id,
            conversation_id=talk.id,
            seq=99,
            key="x",
            lane=Lane.REPLY,
            text="x",
            author=Author.STAFF,
            case_id=case,
            state=OutboxState.SENT,
            not_before=pages.clock.now(),
            created_at=pages.clock.now(),
            sent_at=pages.clock.now(),
        )
        session.add(row)
        await session.flush()
        await _delivered(session, row, pages.clock.now())

    await pages.database.write(spoke)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        mentor = text_of(await client.get("/classes/2B"))
    assert re.findall(r"Laatste contact (\S+)", mentor)[:2] == ["nooit", "nooit"]


async def test_a_call_is_written_down(pages: Pages) -> None:
    """Spoken: a contact. Nobody answered: that it was tried. Of another class's parents nothing can be written down."""
    where = {"guardian": pages.one.guardians["Fatma"], "pupil": pages.one.pupils["Elif"]}
    async with pages.browser(pages.one.staff["mentor"]) as client:
        before = text_of(await client.get("/classes/2B"))
        await client.post("/classes/2B/call", data={**where, "spoken": "0"})
        tried = text_of(await client.get("/classes/2B"))
        await client.post("/classes/2B/call", data={**where, "spoken": "1"})
        spoken = text_of(await client.get("/classes/2B"))
        wrong = await client.post(
            "/classes/2B/call", data={**where, "guardian": pages.two.guardians["Fatma"], "spoken": "1"}
        )
    assert [", niet opgenomen" in page for page in (before, tried, spoken)] == [False, True, False]
    contacts = [re.findall(r"Laatste contact (\S+)", page) for page in (before, tried, spoken)]
    assert [found.count("nooit") for found in contacts] == [2, 2, 1]
    assert (wrong.status_code, len(await pages.rows(Call))) == (422, 2)


@SQLITE
async def test_hello_to_those_who_are_new(pages: Pages) -> None:
    """A mentor greets the parents who have just come, once; an administrator who is no mentor cannot."""
    await known(pages)
    async with pages.browser(pages.one.staff["chief"]) as chief:
        assert "Zeg hallo" not in (await chief.get("/classes/2B")).text
        assert (await chief.post("/classes/2B/hello", data={"token": "token-of-a-form"})).status_code == 404
    async with pages.browser(pages.one.staff["mentor"]) as client:
        assert "Zeg hallo tegen 1 ouder" in (await client.get("/classes/2B")).text
        done = await client.post("/classes/2B/hello", data={"token": "token-of-a-form"})
        assert done.headers["location"] == "/classes/2B?said=word"
        (row,) = await pages.rows(Outbox)
        await pages.change(Outbox, row.id, state=OutboxState.SENT, sent_at=pages.clock.now())
        await pages.database.write(lambda s: _delivered(s, row, pages.clock.now()))
        assert "Zeg hallo" not in (await client.get("/classes/2B")).text
    assert (row.response, "Elif" in row.text) == ("utter_class_hello", True)


@pytest.mark.parametrize(
    ("state", "again"),
    [
        (OutboxState.QUEUED, False),
        (OutboxState.WAITING, False),
        (OutboxState.SENT, False),
        (OutboxState.HELD, False),
        (OutboxState.DEAD, True),
        (OutboxState.CANCELLED, True),
    ],
)
@SQLITE
async def test_hello_is_said_once(pages: Pages, state: OutboxState, again: bool) -> None:  # noqa: FBT001 - a case
    """Not again while it waits or its delivery is not confirmed yet; only if it never left."""
    await known(pages)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        await client.post("/classes/2B/hello", data={"token": "token-of-a-form"})
        (row,) = await pages.rows(Outbox)
        await pages.change(Outbox, row.id, state=state)
        shown = (await client.get("/classes/2B")).text
        await client.post("/classes/2B/hello", data={"token": "token-of-another"})
    assert ("Zeg hallo" in shown, len(await pages.rows(Outbox))) == (again, 1 + again)


@SQLITE
async def test_a_good_word_is_a_mentors(pages: Pages) -> None:
    """It is signed and answered: an administrator who mentors neither class nor pupil has no page for it; a pupil's own has."""
    await known(pages)
    chief, word_of_elif = pages.one.staff["chief"], f"/classes/2B/word/{pages.one.pupils['Elif']}"
    async with pages.browser(chief) as client:
        shown = (await client.get("/classes/2B")).text
        refused = [(await client.get(word_of_elif)).status_code, (await word(client, pages)).status_code]
    before = await pages.rows(Outbox)
    await pages.database.write(lambda s: _mentors(s, pages, chief, "Elif"))
    async with pages.browser(chief) as client:
        own = (await client.get("/classes/2B")).text
        done = await word(client, pages)
        other = await client.get(f"/classes/2B/word/{pages.one.pupils['Amin']}")
    assert (refused, before, done.status_code, other.status_code) == ([404, 404], [], 303, 404)
    assert ("/classes/2B/word/" in shown, own.count("/classes/2B/word/")) == (False, 1)


async def _mentors(session: AsyncSession, pages: Pages, staff_id: int, child: str) -> None:
    pupil = pages.one.pupils[child]
    session.add(ClassMentor(school_id=pages.one.school_id, pupil_id=pupil, staff_id=staff_id))


async def test_letters_of_the_class(pages: Pages) -> None:
    """A PDF that no browser keeps; its name and address hold no person and no code."""
    async with pages.browser(pages.one.staff["mentor"]) as client:
        printed = await client.post("/classes/2B/letters")
    assert (printed.status_code, printed.headers["content-type"], printed.content[:5]) == (
        200,
        "application/pdf",
        b"%PDF-",
    )
    assert printed.headers["cache-control"] == "no-store"
    assert printed.headers["content-disposition"] == 'attachment; filename="brieven-2B.pdf"'
    assert {row.guardian_id for row in await pages.rows(BindCode)} == set(pages.one.guardians.values())


@pytest.mark.parametrize("who", ["stranger", "desk", "leader"])
@SQLITE
async def test_whose_class_it_is_not(pages: Pages, who: str) -> None:
    """To others the class does not exist, by whichever door; to another school's mentor neither."""
    await known(pages)
    pupil = pages.one.pupils["Elif"]
    data = {"token": "token-of-a-form", "phrase": "good_news", "guardian": "1", "pupil": "1", "spoken": "1"}
    async with pages.browser(pages.one.staff[who]) as client, pages.browser(pages.two.staff["mentor"]) as other:
        codes = [(await client.get(path)).status_code for path in ("/classes/2B", f"/classes/2B/word/{pupil}")]
        codes += [
            (await client.post(f"/classes/2B/{path}", data=data)).status_code
            for path in ("letters", "hello", "call", f"word/{pupil}")
        ]
        codes.append((await other.get(f"/classes/2B/word/{pupil}")).status_code)
        codes.append((await other.post(f"/classes/2B/word/{pupil}", data=data)).status_code)
    assert codes == [404] * 8
    assert (await pages.rows(Outbox), await pages.rows(BindCode), await pages.rows(Call)) == ([], [], [])


async def rights(pages: Pages, name: str, given: Rights) -> None:
    """A judge has spoken."""
    of = Guardianship.guardian_id == pages.one.guardians[name]
    await pages.database.write(lambda s: s.execute(update(Guardianship).where(of).values(rights=given)))
