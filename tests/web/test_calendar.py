"""The calendar's page: what is set, what was found, what the line makes of it, and what it tells."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.calendar.fetching import Fetcher
from bot.calendar.keeping import save
from bot.content.shipped import load_shipped
from bot.staff.gaps import gaps
from db.tables import CalendarChoice, CalendarEvent, School, SchoolCalendar, SettingChange
from tests.calendar.ics import GOOD, day, ics
from tests.servers.base import Fault
from tests.servers.calendar import CalendarServer
from tests.web.desk import with_content
from tests.web.world import Pages

pytestmark = [pytest.mark.asyncio, pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(60)]
ATTACK = "<script>alert(1)</script>"


@pytest.fixture
def website() -> Iterator[CalendarServer]:
    with CalendarServer() as server:
        yield server


def text(answer: httpx.Response) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def reaching(pages: Pages) -> Pages:
    """With the content, and a line that may look on this machine."""
    pages = with_content(pages)
    pages.line.fetcher = Fetcher(lambda address: address.is_loopback)
    return pages


async def admin(pages: Pages) -> int:
    return pages.one.staff["chief"]


async def test_region_and_feed_are_set_fetched_and_shown(pages: Pages, website: CalendarServer) -> None:
    """From an empty page to what parents are told; entries and refusals are escaped like everything."""
    pages = reaching(pages)
    website.text = ics(GOOD, day(f"Excursie klas 2 {ATTACK}", "20261210"), f"UID:b\nSUMMARY:{ATTACK}\nDTSTART:GEEN")
    async with pages.browser(await admin(pages)) as browser:
        empty = await browser.get("/settings/calendar")
        form = {"region": "zuid", "closed_on": "goede_vrijdag", "url": f"{website.url}/agenda.ics"}
        saved = await browser.post("/settings/calendar", data=form)
        fetched = await browser.post("/settings/calendar/fetch")
        page = await browser.get("/settings/calendar?all=1")
    assert (empty.status_code, saved.status_code, fetched.status_code, page.status_code) == (200, 303, 303, 200)
    assert ATTACK not in page.text
    assert [said in text(page) for said in ("Ouderavond", "kerstvakantie", "3 december", "3. " + ATTACK)] == [True] * 4
    row = next(row for row in await pages.rows(SchoolCalendar))
    assert (row.region, row.closed_on, row.fault) == ("zuid", "goede_vrijdag", "")


async def test_a_fault_stands_on_the_page(pages: Pages, website: CalendarServer) -> None:
    """And what was there before is still there."""
    pages = reaching(pages)
    website.text = ics(GOOD)
    async with pages.browser(await admin(pages)) as browser:
        await browser.post("/settings/calendar", data={"url": f"{website.url}/agenda.ics"})
        await browser.post("/settings/calendar/fetch")
        website.fail("agenda", Fault(404))
        await browser.post("/settings/calendar/fetch")
        page = await browser.get("/settings/calendar")
    assert ("notice bad" in page.text, "Ouderavond" in page.text) == (True, True)


async def test_an_entry_by_hand(pages: Pages) -> None:
    """What it is said to be counts, and can be taken back; what does not exist is not here."""
    pages = reaching(pages)
    async with pages.browser(await admin(pages)) as browser:
        files = {"file": ("agenda.ics", ics(day("Feestje", "20261203")), "text/calendar")}
        assert (await browser.post("/settings/calendar/file", files=files)).status_code == 303
        uid = (await pages.rows(CalendarEvent))[0].uid
        answers = [
            (await browser.post("/settings/calendar/entry", data={"uid": name, "kind": kind})).status_code
            for name, kind in ((uid, "day_off"), (uid, "feest"), ("elders", "trip"))
        ]
        page = await browser.get("/settings/calendar")
        assert (await browser.post("/settings/calendar/entry", data={"uid": uid, "kind": ""})).status_code == 303
    assert (answers, await pages.rows(CalendarChoice)) == ([303, 404, 404], [])
    assert "3 december" in text(page)


@pytest.mark.parametrize(
    "data", [b"", b"<html>", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR", b"X" * 950_000]
)
async def test_other_files_are_refused(pages: Pages, data: bytes) -> None:
    """With a reason; what the last file said stays."""
    pages = reaching(pages)
    async with pages.browser(await admin(pages)) as browser:
        await browser.post("/settings/calendar/file", files={"file": ("a.ics", ics(GOOD), "text/calendar")})
        answer = await browser.post("/settings/calendar/file", files={"file": ("b.ics", data, "text/calendar")})
        kept = await pages.count(CalendarEvent)
        await browser.post("/settings/calendar/file/remove")
    assert (answer.status_code, "notice bad" in answer.text, kept) == (422, True, 1)
    assert await pages.count(CalendarEvent) == 0


async def test_wrong_values_stay_in_their_fields(pages: Pages) -> None:
    """Nothing typed is lost, nothing is kept."""
    pages = reaching(pages)
    async with pages.browser(await admin(pages)) as browser:
        answer = await browser.post("/settings/calendar", data={"region": "zuid", "url": "ftp://x"})
    assert (answer.status_code, 'value="ftp://x"' in answer.text, await pages.count(SchoolCalendar)) == (422, True, 0)


async def test_only_administrators(pages: Pages) -> None:
    """Teachers have no calendar to keep, and another school's is not theirs."""
    pages = reaching(pages)
    somebody = next(person for name, person in pages.one.staff.items() if name != "chief")
    async with pages.browser(somebody) as browser:
        answers = [await browser.get("/settings/calendar"), await browser.post("/settings/calendar/fetch")]
    assert [answer.status_code for answer in answers] == [403, 403]


async def test_the_history_has_the_change_but_no_address(pages: Pages) -> None:
    """An address may hold a key."""
    pages = reaching(pages)
    async with pages.browser(await admin(pages)) as browser:
        await browser.post(
            "/settings/calendar", data={"region": "noord", "url": "https://school.example/xyzzy-123.ics"}
        )
        page = await browser.get("/settings/history")
    change = (await pages.rows(SettingChange))[0]
    assert (change.items["calendar/region"], "xyzzy" in repr(change.items)) == ([None, "noord"], False)
    assert ("noord" in page.text, "xyzzy" in page.text, page.status_code) == (True, False, 200)


async def test_what_is_missing_is_said(pages: Pages) -> None:
    """A feed that is away for three days, and holidays that run out; what the calendar tells is missing no more."""

    async def lacks(**columns: object) -> list[str]:
        async def work(session: AsyncSession) -> None:
            await save(session, pages.one.school_id, region="zuid", closed_on=(), url="https://school.example/a.ics")

        await pages.database.write(work)
        row = (await pages.rows(SchoolCalendar))[0]
        await pages.change(SchoolCalendar, row.id, **columns)
        async with pages.database.read() as session:
            found = await gaps(session, load_shipped(), pages.one.school_id, pages.clock.now())
        return [gap.what for gap in found if gap.what.startswith(("the calendar", "the school holidays"))]

    now = pages.clock.now()
    assert await lacks(fault="x", fetched_at=now - dt.timedelta(days=2)) == []
    assert len(await lacks(fault="x", fetched_at=now - dt.timedelta(days=4))) == 1
    pages.clock.move(days=365 * 3 + 120)
    assert len(await lacks(fault="", fetched_at=pages.clock.now())) == 1


async def test_every_change_reaches_the_running_line(pages: Pages) -> None:
    """The version rises with a region, a file and a choice."""
    pages = reaching(pages)
    seen = [(await pages.rows(School))[0].version]
    async with pages.browser(await admin(pages)) as browser:
        await browser.post("/settings/calendar", data={"region": "noord"})
        seen.append((await pages.rows(School))[0].version)
        await browser.post("/settings/calendar/file", files={"file": ("a.ics", ics(GOOD), "text/calendar")})
        seen.append((await pages.rows(School))[0].version)
        uid = (await pages.rows(CalendarEvent))[0].uid
        await browser.post("/settings/calendar/entry", data={"uid": uid, "kind": "trip"})
        seen.append((await pages.rows(School))[0].version)
    assert seen == sorted(set(seen))


async def test_the_facts_page_says_what_the_calendar_tells(pages: Pages) -> None:
    """Beside the field whose value is not used, and a day that is over is none there."""
    pages = reaching(pages)
    async with pages.browser(await admin(pages)) as browser:
        await browser.post("/settings/facts", data={"parents_evening_date": "2026-01-01", "report_dates": "2026-01-01"})
        before = (await browser.get("/settings/facts")).text.count("parents_evening_date-hint")
        await browser.post("/settings/calendar/file", files={"file": ("a.ics", ics(GOOD), "text/calendar")})
        page = await browser.get("/settings/facts")
    hint = re.search(r'id="parents_evening_date-hint">([^<]*)', page.text)
    assert (before > 0, hint is not None and "3 december" in hint[1]) == (True, True)


async def test_what_was_chosen_stands_in_the_history(pages: Pages) -> None:
    """By the entry's title, from what to what."""
    pages = reaching(pages)
    async with pages.browser(await admin(pages)) as browser:
        await browser.post("/settings/calendar/file", files={"file": ("a.ics", ics(day("Feestje", "20261203")))})
        uid = (await pages.rows(CalendarEvent))[0].uid
        for kind in ("trip", "day_off", ""):
            assert (await browser.post("/settings/calendar/entry", data={"uid": uid, "kind": kind})).status_code == 303
        page = await browser.get("/settings/history")
    changes = [change.items["calendar/chosen"] for change in await pages.rows(SettingChange)]
    assert changes == [
        [[], [["Feestje", "trip"]]],
        [[["Feestje", "trip"]], [["Feestje", "day_off"]]],
        [[["Feestje", "day_off"]], []],
    ]
    assert (page.status_code, "Feestje: " in page.text) == (200, True)
