"""What parents send is heard and seen by whoever may read the case, as the provider had it, and by nobody else."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import TestClock
from bot.staff.login import hash_token
from db.engine import Database
from db.tables import Case, CaseRead, Inbox, Media, School, Session, Staff, StaffLogin
from db.types import InboundKind, MediaState, Sensitivity
from tests.line.house import House, open_house
from tests.line.phones import ROUTES, Phone, phone
from tests.servers.telegram import FakeTelegram
from tests.servers.twilio import FakeTwilio
from tests.servers.twilio_webhooks import ACCOUNT
from tests.web.world import Pages
from web.views.media import wanted
from web.views.media_types import PLAYED, SAVED, SHOWN, UNKNOWN

NOTE = b"OggS-voice"


async def attach(pages: Pages, case_id: int, content_type: str = "audio/ogg", **columns: Any) -> int:
    """Her message of this case has something attached."""

    async def work(session: AsyncSession) -> int:
        inbox = next(row for row in await pages.rows(Inbox) if row.case_id == case_id)
        (await session.get_one(Inbox, inbox.id)).kind = InboundKind.VOICE
        values = {"state": MediaState.KEPT, "data": NOTE, "not_before": pages.clock.now(), "position": 0, **columns}
        row = Media(school_id=inbox.school_id, inbox_id=inbox.id, content_type=content_type, **values)
        session.add(row)
        await session.flush()
        return row.id

    return await pages.database.write(work)


# --------------------------------------------------------------------------- who


@pytest.mark.asyncio
async def test_who_may_hear_it(pages: Pages) -> None:
    """Whoever may read the case, and nobody else: not by another case's address, nor another school, nor logged out."""
    case = await pages.case(pages.one, sensitivity=Sensitivity.SPECIAL, topic="concern")
    another = await pages.case(pages.one)
    media = await attach(pages, case)
    seen = {}
    for name in ("mentor", "comentor", "safety", "leader", "desk", "office", "chief", "stranger"):
        async with pages.browser(pages.one.staff[name]) as client:
            seen[name] = (await client.get(f"/inbox/{case}/media/{media}")).status_code
    async with pages.browser(pages.one.staff["mentor"]) as client:
        elsewhere = await client.get(f"/inbox/{another}/media/{media}")
        hostile = [(await client.get(f"/inbox/{case}/media/{n}")).status_code for n in ("0", "-1", "x", str(2**63))]
    async with pages.browser(pages.two.staff["chief"]) as client:
        theirs = await client.get(f"/inbox/{case}/media/{media}")
    async with pages.browser() as client:
        nobody = await client.get(f"/inbox/{case}/media/{media}")
    assert {name for name, status in seen.items() if status == 200} == {"mentor", "comentor", "safety"}
    assert set(seen.values()) == {200, 404}
    assert (elsewhere.status_code, theirs.status_code, nobody.status_code) == (404, 404, 303)
    assert set(hostile) == {404}
    assert NOTE not in elsewhere.content + theirs.content + nobody.content


@pytest.mark.asyncio
async def test_hearing_it_is_written_down(pages: Pages) -> None:
    """As reading the thread is, once in ten minutes: a player asks for a file in many parts. Who was refused read nothing."""
    case = await pages.case(pages.one)
    media = await attach(pages, case)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        for first in range(3):
            await client.get(f"/inbox/{case}/media/{media}", headers={"range": f"bytes={first}-"})
        await client.get(f"/inbox/{case}/media/{media + 1}")
        await client.get(f"/inbox/{case}")
        pages.clock.move(minutes=11)
        await client.get(f"/inbox/{case}/media/{media}")
    async with pages.browser(pages.one.staff["stranger"]) as client:
        await client.get(f"/inbox/{case}/media/{media}")
    assert [row.staff_id for row in await pages.rows(CaseRead)] == [pages.one.staff["mentor"]] * 2


@pytest.mark.parametrize(
    "columns",
    [{"state": MediaState.OPEN, "data": None}, {"state": MediaState.GONE, "data": None}, {"data": None}],
    ids=["open", "gone", "emptied"],
)
@pytest.mark.asyncio
async def test_what_is_not_there_is_a_page_that_is_not_here(pages: Pages, columns: dict[str, Any]) -> None:
    """Not yet, never, no longer."""
    case = await pages.case(pages.one)
    media = await attach(pages, case, **columns)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        assert (await client.get(f"/inbox/{case}/media/{media}")).status_code == 404


# --------------------------------------------------------------------------- how it is served


@pytest.mark.parametrize(
    "content_type",
    [
        *PLAYED,
        *SHOWN,
        *SAVED,
        "",
        "text/html",
        "image/svg+xml",
        "application/xhtml+xml",
        "text/javascript",
        "x\r\ny: z",
    ],
)
@pytest.mark.asyncio
async def test_a_file_is_shut_in(pages: Pages, content_type: str) -> None:
    """Sound and pictures are opened in place, anything else is saved; no type is believed, and no file runs."""
    case = await pages.case(pages.one)
    media = await attach(pages, case, content_type)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        answer = await client.get(f"/inbox/{case}/media/{media}")
        page = await client.get(f"/inbox/{case}")
    headers = answer.headers
    in_place = content_type in {**PLAYED, **SHOWN}
    known = in_place or content_type == "application/pdf"
    assert (answer.content, headers["content-type"]) == (NOTE, content_type if known else UNKNOWN)
    assert headers["content-disposition"].startswith("inline; " if in_place else "attachment; ")
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")
    assert "sandbox" not in page.headers["content-security-policy"]
    assert "media-src 'self'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("asked", "status", "body", "said"),
    [
        ("bytes=0-1", 206, b"Og", "bytes 0-1/10"),
        ("bytes=0-", 206, NOTE, "bytes 0-9/10"),
        ("bytes=4-99", 206, b"-voice", "bytes 4-9/10"),
        ("bytes=-5", 206, b"voice", "bytes 5-9/10"),
        ("bytes=-99", 206, NOTE, "bytes 0-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=5-2", 200, NOTE, None),
        ("bytes=0-1,3-4", 200, NOTE, None),
        ("bytes=-", 200, NOTE, None),
        ("words=0-1", 200, NOTE, None),
    ],
)
@pytest.mark.asyncio
async def test_a_player_asks_for_parts(pages: Pages, asked: str, status: int, body: bytes, said: str | None) -> None:
    """A part where one is asked for (RFC 9110), all of it where the question is not understood."""
    case = await pages.case(pages.one)
    media = await attach(pages, case)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        answer = await client.get(f"/inbox/{case}/media/{media}", headers={"range": asked})
    assert (answer.status_code, answer.content, answer.headers.get("content-range")) == (status, body, said)


def test_every_part_lies_within() -> None:
    """Whatever two numbers are asked for, no byte outside of the file is."""
    numbers = ["", "0", "1", "9", "10", "11", "999999999999999"]
    asked = [wanted(f"bytes={a}-{b}", 10) for a in numbers for b in numbers]
    assert len([part for part in asked if part]) > 10
    assert all(0 <= part.start < part.stop <= 10 for part in asked if part)


# --------------------------------------------------------------------------- the thread


@pytest.mark.parametrize(
    ("content_type", "columns", "shown"),
    [
        ("audio/ogg", {}, ["<audio controls", 'aria-label="Spraakbericht van de ouder"', "Bestand opslaan"]),
        ("image/jpeg", {}, ["<img src=", 'alt="Foto van de ouder"', 'loading="lazy"']),
        ("application/pdf", {}, ["Bestand opslaan"]),
        ("image/svg+xml", {}, ["Bestand opslaan"]),
        ("audio/ogg", {"state": MediaState.OPEN, "data": None}, ["Het wordt opgehaald."]),
        ("audio/ogg", {"state": MediaState.GONE, "data": None}, ["Het kon niet worden opgehaald."]),
        ("audio/ogg", {"data": None}, ["Het wordt niet meer bewaard."]),
    ],
    ids=["voice", "picture", "document", "svg", "open", "gone", "emptied"],
)
@pytest.mark.asyncio
async def test_the_thread_shows_it(pages: Pages, content_type: str, columns: dict[str, Any], shown: list[str]) -> None:
    """To be heard, seen or saved; and where it is not there, why."""
    case = await pages.case(pages.one)
    media = await attach(pages, case, content_type, **columns)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        text = (await client.get(f"/inbox/{case}/messages")).text
    assert [words for words in shown if words not in text] == []
    assert (f"/inbox/{case}/media/{media}" in text) == (columns == {})
    assert ("<audio" in text, "<img" in text) == (shown[0].startswith("<audio"), shown[0].startswith("<img"))


@pytest.mark.asyncio
async def test_an_open_page_hears_that_it_came(pages: Pages) -> None:
    """The thread's version changes when the file is there."""
    case = await pages.case(pages.one)
    media = await attach(pages, case, state=MediaState.OPEN, data=None)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        before = (await client.get(f"/inbox/{case}/messages")).text
        await pages.change(Media, media, state=MediaState.KEPT, data=NOTE)
        after = (await client.get(f"/inbox/{case}/messages")).text
    assert before.partition("data-version")[2][:20] != after.partition("data-version")[2][:20]


# --------------------------------------------------------------------------- from her phone to the mentor's ear


@pytest.fixture(scope="module")
def _providers() -> Iterator[tuple[FakeTelegram, FakeTwilio]]:
    with FakeTelegram() as telegram, FakeTwilio() as twilio:
        yield telegram, twilio


@pytest_asyncio.fixture
async def house(
    database: Database, database_url: str, clock: TestClock, _providers: tuple[FakeTelegram, FakeTwilio]
) -> AsyncIterator[House]:
    """The line at work, between providers on this machine. `database` empties what it leaves behind."""
    del database
    for provider in _providers:
        provider.reset()
    async with open_house(database_url, clock, _providers) as opened:
        yield opened


@pytest.mark.enable_socket
@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.asyncio
async def test_a_voice_note_is_heard(house: House, route: str) -> None:
    """Byte for byte, by her child's mentor, on every way in; another school's chief hears nothing."""
    async with phone(house, route) as fatma:
        await _speaks(house, fatma)
    case = (await house.rows(Case))[0]
    media = (await house.rows(Media))[0]
    address = f"/inbox/{case.id}/media/{media.id}"
    stranger = await house.line.database.write(_stranger)
    mentor, other = [await _enters(house, staff_id) for staff_id in (case.assignee_id or 0, stranger)]
    page = await house.web.get(f"/inbox/{case.id}", headers=mentor)
    heard = await house.web.get(address, headers=mentor)
    refused = await house.web.get(address, headers=other)
    assert case.assignee_id == house.place.staff["mentor"]
    assert f'src="{address}"' in page.text
    assert (heard.content, heard.headers["content-type"]) == (NOTE, "audio/ogg")
    assert (refused.status_code, NOTE in refused.content) == (404, False)
    assert house.twilio.leaked == []


async def _speaks(house: House, fatma: Phone) -> None:
    if fatma.route.startswith("telegram"):
        await fatma.sends("voice")
        return
    sid = house.twilio.arrived(fatma.number, "", media=["audio/ogg"])["sid"]
    house.twilio.media[sid] = [("audio/ogg", NOTE)]
    url = f"{house.twilio.url}/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}/Media/ME0"
    answer = await fatma.form(
        fatma.form_of("", NumMedia="1", MediaUrl0=url, MediaContentType0="audio/ogg", MessageType="audio")
    )
    assert answer.is_success
    await house.settle()


async def _stranger(session: AsyncSession) -> int:
    school = School(name="Anderlyceum")
    session.add(school)
    await session.flush()
    chief = Staff(
        school_id=school.id,
        title="meneer",
        given_name="Henk",
        family_name="Beheer",
        email="chief@ander.example",
        administrator=True,
    )
    session.add(chief)
    await session.flush()
    return chief.id


async def _enters(house: House, staff_id: int) -> httpx.Headers:
    """Log somebody in; what their browser sends."""
    token, now = f"token-of-{staff_id}", house.clock.now()

    async def work(session: AsyncSession) -> None:
        login = StaffLogin(email=f"{staff_id}@login.example", password_hash="x")
        session.add(login)
        await session.flush()
        (await session.get_one(Staff, staff_id)).login_id = login.id
        until = now + dt.timedelta(hours=12)
        session.add(
            Session(
                token_hash=hash_token(token),
                login_id=login.id,
                staff_id=staff_id,
                made_at=now,
                seen_at=now,
                expires_at=until,
            )
        )

    await house.line.database.write(work)
    return httpx.Headers({"cookie": f"__Host-ouderlijn={token}"})
