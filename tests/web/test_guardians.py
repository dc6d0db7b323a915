"""A guardian's page: what is bound and by what, ended, read out, and consented; for whom it is there, and what it hides."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from bot.people.binding import SPOKEN_AT_ONCE
from bot.people.codes import hash_code
from db.tables import Address, BindCode, Binding, Conversation, Guardianship, Pupil
from db.types import Rights
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
