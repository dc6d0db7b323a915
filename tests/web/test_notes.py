"""Notes of colleagues: kept with the case, read by whoever reads that, and never sent."""

from __future__ import annotations

import pytest

from db.tables import CaseNote, Outbox
from db.types import Sensitivity
from tests.web.forms import answer
from tests.web.world import Pages

pytestmark = pytest.mark.asyncio


async def test_a_note_is_for_colleagues(pages: Pages) -> None:
    """Whoever may read the case reads it with its author; the parent gets nothing of it, nor of an answer more."""
    case = await pages.case(pages.one)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        kept = await client.post(f"/inbox/{case}/note", data={"text": "Vader belt liever 4711"})
        await answer(client, case, text="Dank u.")
    async with pages.browser(pages.one.staff["comentor"]) as client:
        page = (await client.get(f"/inbox/{case}")).text
    sent = await pages.rows(Outbox)
    assert kept.headers["location"] == f"/inbox/{case}?said=noted"
    assert "Vader belt liever 4711" in page
    assert "mevrouw De Wit" in page
    assert len(sent) >= 1
    assert [row for row in sent if "4711" in f"{row.text} {row.staff_text} {row.payload}"] == []


@pytest.mark.parametrize(("name", "status"), [("stranger", 404), ("chief", 404), ("safety", 303)])
async def test_who_may_note(pages: Pages, name: str, status: int) -> None:
    """As who may read it: an administrator who only sees that a case exists writes nothing into it."""
    case = await pages.case(pages.one, sensitivity=Sensitivity.SPECIAL)
    async with pages.browser(pages.one.staff[name]) as client:
        done = await client.post(f"/inbox/{case}/note", data={"text": "x"})
    assert (done.status_code, await pages.count(CaseNote)) == (status, int(status == 303))


@pytest.mark.parametrize("text", ["", "   \n", "x" * 2001])
async def test_no_note(pages: Pages, text: str) -> None:
    """An empty or endless one is refused in words."""
    case = await pages.case(pages.one)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        done = await client.post(f"/inbox/{case}/note", data={"text": text})
    assert (done.status_code, await pages.count(CaseNote)) == (422, 0)
    assert "Dat is niet gelukt" in done.text
