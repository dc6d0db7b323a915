"""A guardian's page: what is bound and by what, ended, read out, and consented; for whom it is there, and what it hides."""

from __future__ import annotations

import asyncio
import datetime as dt
import re

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.conversations import add_outbox, lock
from bot.people.binding import SPOKEN_AT_ONCE, end_binding
from bot.people.codes import hash_code
from bot.turn.memory import Remembered
from db.queries.staff import Me
from db.tables import Address, BindCode, Binding, Case, Conversation, Guardian, Guardianship, Outbox, Pupil
from db.types import ChannelName, OutboxState, Rights
from tests.web.world import Pages

pytestmark = pytest.mark.asyncio


async def test_it_says_what_is_known_and_hides_the_number(pages: Pages) -> None:
    """Child, rights, channel with two digits, how it was proven; never the number itself."""
    await pages.case(pages.one)
    guardian = pages.one.guardians["Fatma"]
    async with pages.browser(pages.one.staff["mentor"]) as client:
        listed = (await client.get("/classes/2B")).text
        text = (await client.get(f"/people/guardians/{guardian}")).text
    (address,) = await pages.rows(Address)
    assert f'href="/people/guardians/{guardian}"' in listed
    assert all(
        word in text for word in ("Fatma Demir", "Elif Demir", "volledige rechten", f"••{address.external_id[-2:]}")
    )
    assert address.external_id not in text
    assert "Door een code van school" in text


@pytest.mark.parametrize(
    ("who", "status"),
    [("mentor", 200), ("comentor", 200), ("chief", 200), ("stranger", 404), ("desk", 404), ("leader", 404)],
)
async def test_for_whom_it_is_there(pages: Pages, who: str, status: int) -> None:
    """The mentors of a child of hers, and administrators; for another school she does not exist."""
    guardian = pages.one.guardians["Fatma"]
    async with pages.browser(pages.one.staff[who]) as client:
        seen = await client.get(f"/people/guardians/{guardian}")
        made = await client.post(f"/people/guardians/{guardian}/code")
    async with pages.browser(pages.two.staff["chief"]) as client:
        elsewhere = await client.get(f"/people/guardians/{guardian}")
    assert (seen.status_code, made.status_code, elsewhere.status_code) == (status, status, 404)


async def test_a_code_to_read_out_works_once_for_half_an_hour(pages: Pages) -> None:
    """It is shown once and kept as a hash; who made it is written down."""
    guardian = pages.one.guardians["Fatma"]
    async with pages.browser(pages.one.staff["mentor"]) as client:
        shown = (await client.post(f"/people/guardians/{guardian}/code")).text
        again = (await client.get(f"/people/guardians/{guardian}")).text
    code = re.findall(r"OL-\w{5}-\w{5}", shown)[0]
    (row,) = await pages.rows(BindCode)
    assert (row.code_hash, row.guardian_id, row.made_by_id) == (
        hash_code(code, "secret"),
        guardian,
        pages.one.staff["mentor"],
    )
    assert row.expires_at - pages.clock.now() == dt.timedelta(minutes=30)
    assert code not in again


async def test_so_many_codes_at_once_nobody_needs(pages: Pages) -> None:
    """A page that is reloaded makes no heap of keys."""
    guardian = pages.one.guardians["Fatma"]
    async with pages.browser(pages.one.staff["mentor"]) as client:
        answers = [
            (await client.post(f"/people/guardians/{guardian}/code")).status_code for _ in range(SPOKEN_AT_ONCE + 1)
        ]
    assert answers == [200] * SPOKEN_AT_ONCE + [422]


async def test_a_binding_is_ended_by_a_person(pages: Pages) -> None:
    """At once; what was remembered there is forgotten, and who did it is written down. Twice is once."""
    await pages.case(pages.one)
    (bound,) = await pages.rows(Binding)
    (conversation,) = await pages.rows(Conversation)
    await pages.change(Conversation, conversation.id, memory={"version": 1, "language": "tr"})
    where = f"/people/guardians/{bound.guardian_id}/end"
    async with pages.browser(pages.one.staff["mentor"]) as client:
        done = await client.post(where, data={"binding": bound.id}, follow_redirects=True)
        wrong = await client.post(where, data={"binding": bound.id + 99})
    (bound,), (conversation,) = await pages.rows(Binding), await pages.rows(Conversation)
    assert "vertelt op deze telefoon niets meer over het kind" in done.text
    assert (bound.ended_at, bound.ended_by_id) == (pages.clock.now(), pages.one.staff["mentor"])
    assert (conversation.memory, conversation.version > 0, wrong.status_code) == ({}, True, 422)


async def test_who_shares_the_phone_keeps_what_is_theirs(pages: Pages) -> None:
    """Where one of two ends, the other's answer still leaves and her person is awaited; hers, and what is nobody's, is held."""
    hers = await pages.case(pages.one)
    (bound,), (talk,) = await pages.rows(Binding), await pages.rows(Conversation)
    other = pages.one.guardians["Yusuf"]

    async def work(session: AsyncSession) -> int:
        here = {"school_id": pages.one.school_id}
        session.add(
            Binding(**here, address_id=bound.address_id, guardian_id=other, proof="code", bound_at=pages.clock.now())
        )
        first = await session.get_one(Case, hers)
        case = Case(
            **here,
            conversation_id=talk.id,
            topic="mentor_message",
            sensitivity=first.sensitivity,
            guardian_id=other,
            role=first.role,
            reason="asked",
            opened_at=pages.clock.now(),
        )
        session.add(case)
        await session.flush()
        conversation = await lock(session, talk.id)
        for key, number in (("hers", hers), ("the other's", case.id), ("nobody's", None)):
            add_outbox(session, conversation, key=key, text=key, now=pages.clock.now(), case_id=number)
        conversation.human_at, conversation.human_case_id = pages.clock.now(), case.id
        return case.id

    case_id = await pages.database.write(work)
    memory = {**Remembered(language="tr", writer=other, writer_at=pages.clock.now()).pack().data}
    await pages.change(Conversation, talk.id, memory=memory)
    async with pages.browser(pages.one.staff["chief"]) as client:
        await client.post(f"/people/guardians/{bound.guardian_id}/end", data={"binding": bound.id})
        (first,) = await pages.rows(Conversation)
        states = {row.key: row.state for row in await pages.rows(Outbox)}
        last = next(row for row in await pages.rows(Binding) if row.guardian_id == other)
        await client.post(f"/people/guardians/{other}/end", data={"binding": last.id})
    (then,) = await pages.rows(Conversation)
    assert states == {"hers": OutboxState.HELD, "the other's": OutboxState.QUEUED, "nobody's": OutboxState.HELD}
    assert (first.human_case_id, first.memory) == (case_id, memory)
    assert (then.human_case_id, then.memory) == (None, {})
    assert {row.state for row in await pages.rows(Outbox)} == {OutboxState.HELD}


@pytest.mark.parametrize("database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
async def test_her_conversations_are_taken_in_order(pages: Pages) -> None:
    """Two transactions that take several never wait for each other: none is held by who waits for one before it."""
    await pages.case(pages.one)
    await pages.case(pages.one, channel=ChannelName.SMS)
    first, last = sorted(row.id for row in await pages.rows(Conversation))
    bound = (await pages.rows(Binding))[-1]
    me = Me(pages.one.staff["chief"], pages.one.school_id, "Henk", True, (), "", "Europe/Amsterdam", "")
    async with pages.database.engine.connect() as busy:
        await busy.execute(select(Conversation.id).where(Conversation.id == first).with_for_update())
        ending = asyncio.create_task(
            pages.database.write(lambda s: end_binding(s, me, bound.guardian_id, bound.id, now=pages.clock.now()))
        )
        done, _ = await asyncio.wait({ending}, timeout=0.5)
        free = select(Conversation.id).where(Conversation.id == last).with_for_update(skip_locked=True)
        found = (await busy.execute(free)).scalar_one_or_none()
        await busy.rollback()
    await ending
    assert (done, found) == (set(), last)


@pytest.mark.parametrize(("rights", "said"), [("none", "Geen rechten: vertel niets"), ("limited", "Beperkte rechten")])
async def test_a_case_says_what_may_be_told(pages: Pages, rights: str, said: str) -> None:
    """Where an answer is written, the rights of today stand above it."""
    number = await pages.case(pages.one)
    pair = next(row for row in await pages.rows(Guardianship) if row.pupil_id == pages.one.pupils["Elif"])
    async with pages.browser(pages.one.staff["mentor"]) as client:
        full = (await client.get(f"/inbox/{number}")).text
        await pages.change(Guardianship, pair.id, rights=Rights(rights))
        less = (await client.get(f"/inbox/{number}")).text
    assert (said in full, said in less) == (False, True)
    assert f'href="/people/guardians/{pages.one.guardians["Fatma"]}"' in full


async def test_consent_is_recorded_by_an_administrator_only(pages: Pages) -> None:
    """For a pupil near 18: the page says what it means, and who recorded it is kept."""
    guardian, pupil = pages.one.guardians["Fatma"], pages.one.pupils["Elif"]
    await pages.change(Pupil, pupil, birthday=dt.date(2008, 12, 20))
    where, given = f"/people/guardians/{guardian}", {"pupil": pupil, "given": "true"}
    async with pages.browser(pages.one.staff["mentor"]) as client:
        refused = await client.post(f"{where}/consent", data=given)
        seen = (await client.get(where)).text
    async with pages.browser(pages.one.staff["chief"]) as client:
        done = await client.post(f"{where}/consent", data=given, follow_redirects=True)
    pair = next(row for row in await pages.rows(Guardianship) if row.pupil_id == pupil)
    assert refused.status_code == 403
    assert "18 op 20-12-2026" in seen
    assert "De leerling vindt het goed" in done.text
    assert (pair.consent_at, pair.consent_by_id) == (pages.clock.now(), pages.one.staff["chief"])
    async with pages.browser(pages.one.staff["chief"]) as client:
        await client.post(f"{where}/consent", data={"pupil": pupil})
    assert next(row for row in await pages.rows(Guardianship) if row.pupil_id == pupil).consent_at is None


async def _twin(pages: Pages, **columns: object) -> int:
    """Another row of Fatma's in the files, with the same child."""

    async def work(session: AsyncSession) -> int:
        row = Guardian(school_id=pages.one.school_id, number="G9", given_name="F.", family_name="Kaya", **columns)
        session.add(row)
        await session.flush()
        session.add(
            Guardianship(
                school_id=pages.one.school_id,
                guardian_id=row.id,
                pupil_id=pages.one.pupils["Elif"],
                rights=Rights.LIMITED,
            )
        )
        return row.id

    return await pages.database.write(work)


async def test_twice_in_the_files_is_suggested_shown_and_joined(pages: Pages) -> None:
    """To an administrator only: first what it would mean, then once; the other page leads to this one afterwards."""
    fatma, twin = pages.one.guardians["Fatma"], await _twin(pages)
    where = f"/people/guardians/{fatma}"
    async with pages.browser(pages.one.staff["mentor"]) as client:
        seen, refused = await client.get(where), await client.post(f"{where}/join/{twin}")
        looked = await client.get(f"{where}/join/{twin}")
    assert ("join" in seen.text, refused.status_code, looked.status_code) == (False, 403, 403)
    async with pages.browser(pages.one.staff["chief"]) as client:
        suggested = (await client.get(where)).text
        preview = (await client.get(f"{where}/join/{twin}")).text
        done = await client.post(f"{where}/join/{twin}", follow_redirects=True)
        moved = await client.get(f"/people/guardians/{twin}")
        again = await client.post(f"{where}/join/{twin}")
    assert f'href="{where}/join/{twin}"' in suggested
    assert all(word in preview for word in ("F. Kaya", "Elif Demir", "beperkt gezag", "niet ongedaan te maken"))
    assert "F. Kaya, in de bestanden als G9" in done.text
    assert (moved.status_code, moved.headers["location"], again.status_code) == (303, where, 404)


async def test_husband_and_wife_are_not_suggested(pages: Pages) -> None:
    """Names that are not alike, however much they share; and nobody of another school, nor who shares nothing."""
    fatma, twin = pages.one.guardians["Fatma"], await _twin(pages)
    await pages.change(Guardian, twin, given_name="Hasan", family_name="Demir")
    async with pages.browser(pages.one.staff["chief"]) as client:
        text = (await client.get(f"/people/guardians/{fatma}")).text
        others = [
            (await client.get(f"/people/guardians/{fatma}/join/{other}")).status_code
            for other in (pages.one.guardians["Yusuf"], pages.two.guardians["Fatma"], fatma)
        ]
    assert ("/join/" in text, others) == (False, [404] * 3)


async def test_a_doubt_is_said_where_an_answer_is_written(pages: Pages) -> None:
    """Why it waits, on the case and on her page; and that there is no number where WhatsApp shows none."""
    number = await pages.case(pages.one)
    (bound,) = await pages.rows(Binding)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        before = (await client.get(f"/inbox/{number}")).text
        await pages.change(Binding, bound.id, doubted_at=pages.clock.now(), doubt="silent")
        await pages.change(Address, bound.address_id, external_id="NL.42")
        case = (await client.get(f"/inbox/{number}")).text
        text = (await client.get(f"/people/guardians/{bound.guardian_id}")).text
    said = ("Uw antwoord wacht.", "meer dan een jaar niemand geschreven", "laat het nummer van deze ouder niet zien")
    assert ([each in before for each in said], [each in case for each in said]) == ([False] * 3, [True] * 3)
    assert ("opnieuw te bewijzen" in text, "NL.42" in text) == (True, False)
