"""The web phone: what a parent would see, on this machine only, with everything real behind it but the provider."""

from __future__ import annotations

import asyncio
import functools
import re
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any, cast

import httpx
import pytest
import pytest_asyncio
from fastapi import Request
from fastapi.sse import ServerSentEvent
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

import nlu
from bot.content.minds import ContentMinds
from bot.content.shipped import load_shipped
from bot.core.clock import TestClock
from bot.demo.phone import suggestions
from bot.demo.school import load
from bot.people.provision import provision_accounts
from bot.settings import Settings
from bot.wiring import Line, build
from db.engine import Database
from db.queries.phone import Parent, parents
from db.tables import Address, Binding, Delivery, Inbox, School, Session, Staff
from db.types import ChannelName, DeliveryStatus, InboundKind
from web.app import create_app
from web.views.phone import SENDABLE, events

SAME = {"Sec-Fetch-Site": "same-origin"}
PART = SAME | {"X-Part": "1"}
_shipped = functools.cache(load_shipped)
_recogniser = functools.cache(nlu.load)


@dataclass
class Phone:
    """The demo school behind its pages."""

    line: Line
    clock: TestClock
    known: tuple[Parent, ...]

    def browser(self, *, client: str = "127.0.0.1", host: str = "localhost") -> httpx.AsyncClient:
        """A browser at this client address that reached us under this name."""
        transport = httpx.ASGITransport(create_app(self.line), client=(client, 40000))
        return httpx.AsyncClient(transport=transport, base_url=f"https://{host}")

    def parent(self, language: str) -> Parent:
        """The first who speaks it."""
        return next(parent for parent in self.known if parent.language == language)

    async def work(self) -> None:
        """Everything that can be done now, and what waits for the rest of a breath."""
        await self.line.worker().drain()
        self.clock.move(seconds=10)
        await self.line.worker().drain()


@pytest_asyncio.fixture
async def phone(database_url: str, database: Database, clock: TestClock) -> AsyncIterator[Phone]:
    """A loaded demo school in demo mode."""
    settings = Settings(_env_file=None, database_url=database_url, secret_key="s" * 32, demo=True)  # type: ignore[call-arg]
    line = await build(settings, clock=clock, minds=ContentMinds(database, _shipped(), _recogniser))
    line.demo = True
    school = await database.write(lambda session: load(session, clock.now().date()))
    await database.write(lambda session: provision_accounts(session, settings))
    async with database.read() as session:
        known = await parents(session, school.id, clock.now().date())
    yield Phone(line, clock, known)
    await line.close()


async def _count(database: Database, table: Any) -> int:
    async with database.read() as session:
        return int(await session.scalar(select(func.count()).select_from(table)) or 0)


async def _on_telegram(session: AsyncSession, address_id: int) -> None:
    address = await session.get_one(Address, address_id)
    address.channel, address.external_id = ChannelName.TELEGRAM, "demo-tapping"


@pytest.mark.asyncio
async def test_a_parent_is_answered(phone: Phone) -> None:
    """What is typed takes the way of every message, and the answer is delivered by being shown."""
    parent = phone.parent("tr")
    async with phone.browser() as browser:
        empty = await browser.get(f"/phone?as={parent.address_id}")
        assert all(text.split("'")[0] in empty.text for text in suggestions()["tr"])
        sent = await browser.post(
            f"/phone/say?as={parent.address_id}", data={"text": "Çocuğumun mentoru kim?"}, headers=SAME
        )
        assert (303, f"/phone?as={parent.address_id}") == (sent.status_code, sent.headers["location"])
        waiting = (await browser.get(f"/phone/thread?as={parent.address_id}")).text
        await phone.work()
        answered = (await browser.get(f"/phone/thread?as={parent.address_id}")).text
        behind = (await browser.get(f"/phone/happened?as={parent.address_id}")).text
        again = (await browser.get(f"/phone/thread?as={parent.address_id}")).text
    assert "chat-typing" in waiting
    assert "chat-typing" not in answered
    assert "meneer Haddou" in answered
    assert "who_is_mentor" in behind
    assert answered == again
    async with phone.line.database.read() as session:
        statuses = set((await session.execute(select(Delivery.status))).scalars())
    assert {DeliveryStatus.ACCEPTED, DeliveryStatus.DELIVERED} == statuses


@pytest.mark.asyncio
async def test_buttons_are_tapped(phone: Phone) -> None:
    """A tap posts the button's payload; one that never stood there is refused."""
    parent = phone.parent("nl")
    await phone.line.database.write(lambda session: _on_telegram(session, parent.address_id))
    address = f"/phone/say?as={parent.address_id}"
    async with phone.browser() as browser:
        await browser.post(address, data={"text": suggestions()["nl"][1]}, headers=SAME)
        await phone.work()
        shown = (await browser.get(f"/phone/thread?as={parent.address_id}")).text
        payload = re.findall(r'name="button"\s+value="([^"]+)"', shown)[0]
        tapped = await browser.post(address, data={"button": payload}, headers=PART)
        invented = await browser.post(address, data={"button": "9999.1"}, headers=PART)
    assert (tapped.status_code, invented.status_code) == (200, 400)
    async with phone.line.database.read() as session:
        rows = (await session.execute(select(Inbox.kind, Inbox.button).order_by(Inbox.seq))).all()
    assert [(InboundKind.TEXT, None), (InboundKind.BUTTON, payload)] == [tuple(row) for row in rows]


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", sorted(SENDABLE - {InboundKind.TEXT}))
async def test_every_kind_gets_an_answer(phone: Phone, kind: InboundKind) -> None:
    """Law 3: a voice note, a picture, a sticker, a place: none is a dead end."""
    parent = phone.parent("ar")
    async with phone.browser() as browser:
        await browser.post(f"/phone/say?as={parent.address_id}", data={"kind": kind.value}, headers=PART)
        await phone.work()
        shown = (await browser.get(f"/phone/thread?as={parent.address_id}")).text
    assert "chat-line got" in shown


@pytest.mark.asyncio
async def test_words_stay_words(phone: Phone) -> None:
    """What a parent types is shown as it is and never read as HTML."""
    parent = phone.parent("nl")
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'"
    async with phone.browser() as browser:
        fragment = await browser.post(f"/phone/say?as={parent.address_id}", data={"text": evil}, headers=PART)
        await phone.work()
        whole = await browser.get(f"/phone?as={parent.address_id}&lang=<b>")
    for page in (fragment.text, whole.text):
        assert "&lt;script&gt;" in page
        assert "<script>alert" not in page
        assert "<img" not in page
    assert "<b>" not in whole.text


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("client", "host"),
    [("192.0.2.7", "localhost"), ("2001:db8::1", "localhost"), ("127.0.0.1", "phone.example"), ("", "localhost")],
)
async def test_only_this_machine_sees_it(phone: Phone, client: str, host: str) -> None:
    """Every handler refuses another machine, and a name of elsewhere that was made to point here (DNS rebinding)."""
    parent = phone.parent("nl").address_id
    tried = []
    async with phone.browser(client=client, host=host) as browser:
        tried.append(await browser.get("/phone"))
        tried += [await browser.get(f"/phone/{part}?as={parent}") for part in ("thread", "happened")]
        tried += [await browser.post(f"/phone/{part}?as={parent}", headers=SAME) for part in ("say", "letter")]
        tried.append(await browser.post("/phone/open", data={"staff": "1"}, headers=SAME))
        tried.append(await browser.get("/phone/events"))
    assert {404} == {answer.status_code for answer in tried}
    assert (await _count(phone.line.database, Inbox), await _count(phone.line.database, Session)) == (0, 0)


@pytest.mark.asyncio
async def test_outside_demo_mode_it_is_not_there(phone: Phone) -> None:
    """Neither where the application was made without it, nor where demo mode ended under it."""
    with_phone = phone.browser()
    phone.line.demo = False
    async with with_phone, phone.browser() as without:
        for browser in (with_phone, without):
            assert (await browser.get("/phone")).status_code == 404
            opened = await browser.post("/phone/open", data={"staff": "1"}, headers=SAME)
            assert (opened.status_code, opened.headers.get("set-cookie")) == (404, None)
    assert await _count(phone.line.database, Session) == 0


@pytest.mark.asyncio
async def test_open_as_a_colleague(phone: Phone) -> None:
    """Everybody of the demo school's staff can be opened, more than once; by our own page only."""
    async with phone.line.database.read() as session:
        colleagues = (await session.execute(select(Staff.id, Staff.family_name))).all()
    assert len(colleagues) == 8
    for staff_id, family in (*colleagues, colleagues[0]):
        async with phone.browser() as browser:
            opened = await browser.post("/phone/open", data={"staff": str(staff_id), "case": "7"}, headers=SAME)
            assert (opened.status_code, opened.headers["location"]) == (303, "/inbox/7")
            inbox = await browser.get("/inbox")
        assert family[:1].upper() + family[1:] in inbox.text
    async with phone.browser() as browser:
        foreign = await browser.post("/phone/open", data={"staff": "1"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert (foreign.status_code, foreign.headers.get("set-cookie")) == (403, None)


@pytest.mark.asyncio
async def test_a_real_school_is_never_opened(phone: Phone) -> None:
    """Demo mode beside a real school: its staff cannot be opened without their passwords."""

    async def real(session: Any) -> int:
        school = School(name="Echt College")
        session.add(school)
        await session.flush()
        staff = Staff(school_id=school.id, given_name="E", family_name="Echt", email="e@echt.example")
        session.add(staff)
        await session.flush()
        return int(staff.id)

    staff_id = await phone.line.database.write(real)
    async with phone.browser() as browser:
        opened = await browser.post("/phone/open", data={"staff": str(staff_id)}, headers=SAME)
    assert (opened.status_code, opened.headers.get("set-cookie")) == (404, None)


@pytest.mark.asyncio
async def test_a_stranger_proves_who_she_is(phone: Phone) -> None:
    """Law 5: a new address is bound to nobody until it sends the code of a letter."""
    address = "/phone/say?as=new-0a1b2c3d"
    async with phone.browser() as browser:
        await browser.post(address, data={"text": suggestions()["nl"][1]}, headers=PART)
        await phone.work()
        before = await _count(phone.line.database, Binding)
        letter = await browser.post("/phone/letter?as=new-0a1b2c3d", headers=SAME)
        code = re.findall(r'value="(OL-\w{5}-\w{5})"', letter.text)[0]
        await browser.post(address, data={"text": code}, headers=PART)
        await phone.work()
        cards = (await browser.get("/phone")).text
    assert (before, await _count(phone.line.database, Binding)) == (0, 1)
    assert "as=new-0a1b2c3d" in cards


@pytest.mark.asyncio
async def test_cards_can_be_filtered(phone: Phone) -> None:
    """Ninety cards, fewer in one language, and no number of anybody in an address or on the page."""
    async with phone.browser() as browser:
        everybody, some = (await browser.get("/phone")).text, (await browser.get("/phone?lang=pl")).text
        unknown = await browser.get("/phone?as=999999")
    assert len(re.findall(r'phone-card (?:whatsapp|sms|telegram)"', everybody)) == 90
    assert len(re.findall(r'phone-card (?:whatsapp|sms|telegram)"', some)) == len(
        [p for p in phone.known if p.language == "pl"]
    )
    assert "+3197" not in everybody
    assert unknown.status_code == 404


@pytest.mark.asyncio
async def test_the_page_hears_of_news(phone: Phone) -> None:
    """The stream says that something changed, and nothing of what: once as it begins, for what the page missed, and at a ring."""
    heard = events(Request({"type": "http", "app": create_app(phone.line)}))
    first = await anext(heard)
    phone.line.database.bell.ring(["outbox"])
    event = await asyncio.wait_for(anext(heard), 5)
    await cast("AsyncGenerator[ServerSentEvent, None]", heard).aclose()
    assert [(each.event, each.raw_data) for each in (first, event)] == [("changed", "-")] * 2
