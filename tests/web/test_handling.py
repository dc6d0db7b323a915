"""What people do with cases: passing on, putting off, closing, saying who writes; and pages that follow along."""

from __future__ import annotations

import asyncio
import datetime as dt
import re

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from bot.content.shipped import load_shipped
from bot.staff.phrases import PHRASES
from db.engine import ring
from db.tables import (
    Binding,
    Case,
    CaseEvent,
    Conversation,
    Inbox,
    StaffAbsence,
)
from db.types import (
    CaseState,
    Role,
    Sensitivity,
)
from tests.web.world import Pages
from web.views.inbox import events
from web.views.soon import SOON

pytestmark = pytest.mark.asyncio


# --------------------------------------------------------------------------- passing on


async def test_not_mine_goes_round_and_ends(pages: Pages) -> None:
    """It goes to the other mentor, the team leader, the administration; nobody gets it twice, and then it says so."""
    case = await pages.case(pages.one)
    holders = []
    for name in ("mentor", "comentor", "leader"):
        async with pages.browser(pages.one.staff[name]) as client:
            done = await client.post(f"/inbox/{case}/not-mine", data={"reason": "Ik geef geen wiskunde"})
            assert done.status_code == 303
        holders.append((await pages.rows(Case))[0].assignee_id)
    async with pages.browser(pages.one.staff["office"]) as client:
        stuck = await client.post(f"/inbox/{case}/not-mine", data={"reason": ""})
        page = (await client.get(f"/inbox/{case}")).text
    assert holders == [pages.one.staff[name] for name in ("comentor", "leader", "office")]
    assert stuck.status_code == 422
    assert "Draag het over aan een collega" in stuck.text
    assert "Doorgegeven door meneer Leider" in page
    assert "Ik geef geen wiskunde" in page
    assert len([row for row in await pages.rows(CaseEvent) if row.kind == "not_mine"]) == 3


async def test_not_mine_passes_over_the_absent(pages: Pages) -> None:
    """Somebody who is away today gets nothing."""
    today = pages.clock.now().date()
    absence = StaffAbsence(
        school_id=pages.one.school_id, staff_id=pages.one.staff["comentor"], first_day=today, last_day=today
    )

    async def add(session: AsyncSession) -> None:
        session.add(absence)

    await pages.database.write(add)
    case = await pages.case(pages.one)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        await client.post(f"/inbox/{case}/not-mine", data={})
    assert (await pages.rows(Case))[0].assignee_id == pages.one.staff["leader"]


async def test_not_mine_goes_to_who_stands_in(pages: Pages) -> None:
    """Whoever is away has said who does their work, as with all else that comes."""
    today = pages.clock.now().date()

    async def add(session: AsyncSession) -> None:
        away = {"staff_id": pages.one.staff["comentor"], "substitute_id": pages.one.staff["stranger"]}
        session.add(StaffAbsence(school_id=pages.one.school_id, first_day=today, last_day=today, **away))

    await pages.database.write(add)
    case = await pages.case(pages.one)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        await client.post(f"/inbox/{case}/not-mine", data={})
    assert (await pages.rows(Case))[0].assignee_id == pages.one.staff["stranger"]


@pytest.mark.parametrize("role", [Role.MENTOR, Role.CONFIDENTIAL_COUNSELLOR])
async def test_not_mine_of_what_is_confidential_stays_in_trust(pages: Pages, role: Role) -> None:
    """Nobody reads of a worry because a colleague passed it on: those of trust get it before a team leader does."""
    case = await pages.case(pages.one, topic="concern", sensitivity=Sensitivity.SPECIAL, role=role)
    names = ["mentor", "comentor"] if role is Role.MENTOR else ["mentor"]
    for name in names:
        async with pages.browser(pages.one.staff[name]) as client:
            await client.post(f"/inbox/{case}/not-mine", data={})
    assert (await pages.rows(Case))[0].assignee_id == pages.one.staff["safety"]


async def test_hand_over(pages: Pages) -> None:
    """A colleague by name gets it with a note; a person of another school is nobody; the turn hears of the change."""
    case = await pages.case(pages.one)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        other = await client.post(f"/inbox/{case}/hand-over", data={"to": pages.two.staff["desk"]})
        done = await client.post(f"/inbox/{case}/hand-over", data={"to": pages.one.staff["desk"], "note": "Graag jij"})
    async with pages.browser(pages.one.staff["desk"]) as client:
        page = (await client.get(f"/inbox/{case}")).text
    kept = (await pages.rows(Case))[0]
    assert (other.status_code, done.status_code) == (422, 303)
    assert kept.assignee_id == pages.one.staff["desk"]
    assert "Graag jij" in page
    assert "Overgedragen door mevrouw De Wit" in page
    assert (await pages.rows(Conversation))[0].version == 1


async def test_snooze_until_a_morning(pages: Pages) -> None:
    """Tomorrow and Monday mean eight o'clock at school, also from a Monday."""
    case = await pages.case(pages.one)
    found = []
    async with pages.browser(pages.one.staff["mentor"]) as client:
        for until in ("tomorrow", "monday"):
            await client.post(f"/inbox/{case}/snooze", data={"until": until})
            found.append((await pages.rows(Case))[0].snoozed_until)
        nonsense = await client.post(f"/inbox/{case}/snooze", data={"until": "never"})
    assert found == [dt.datetime(2026, 11, day, 7, 0, tzinfo=dt.UTC) for day in (24, 30)]
    assert nonsense.status_code == 400


async def test_close_and_reopen(pages: Pages) -> None:
    """Closing is written down and can be undone; closing twice is once."""
    case = await pages.case(pages.one)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        await client.post(f"/inbox/{case}/close")
        await client.post(f"/inbox/{case}/close")
        shut = (await pages.rows(Case))[0]
        await client.post(f"/inbox/{case}/reopen")
    opened = (await pages.rows(Case))[0]
    assert (shut.state, shut.closed_at, opened.state) == (CaseState.CLOSED, pages.clock.now(), CaseState.OPEN)
    assert [row.kind for row in await pages.rows(CaseEvent)] == ["closed", "reopened"]


# --------------------------------------------------------------------------- who writes here


async def test_bind(pages: Pages) -> None:
    """One tap makes the address known: the binding, the case and its child; the next turn knows it too."""
    case = await pages.case(pages.one, known=False, assignee_id=pages.one.staff["office"], role=Role.ADMINISTRATION)
    who = f"{pages.one.guardians['Fatma']}-{pages.one.pupils['Elif']}"
    async with pages.browser(pages.one.staff["office"]) as client:
        found = (await client.post(f"/inbox/{case}/bind/search", data={"q": "elif"})).text
        nobody = (await client.post(f"/inbox/{case}/bind/search", data={"q": "%"})).text
        done = await client.post(f"/inbox/{case}/bind", data={"who": who})
        again = await client.post(f"/inbox/{case}/bind", data={"who": who})
    kept, bound = (await pages.rows(Case))[0], await pages.rows(Binding)
    assert who in found
    assert "Niets gevonden" in nobody
    assert (done.status_code, again.status_code) == (303, 422)
    assert [(row.guardian_id, row.proof) for row in bound] == [(pages.one.guardians["Fatma"], "staff")]
    assert (kept.verified, kept.pupil_id) == (True, pages.one.pupils["Elif"])
    assert (await pages.rows(Conversation))[0].version == 1


@pytest.mark.parametrize("end", [False, True])
async def test_bind_ends_older_only_when_asked(pages: Pages, end: bool) -> None:  # noqa: FBT001
    """Several people share a phone; only where the number changed hands the older binding ends."""
    case = await pages.case(pages.one, verified=False)
    who = f"{pages.one.guardians['Yusuf']}-{pages.one.pupils['Amin']}"
    async with pages.browser(pages.one.staff["mentor"]) as client:
        await client.post(f"/inbox/{case}/bind", data={"who": who, **({"end_older": "true"} if end else {})})
    live = [row.guardian_id for row in await pages.rows(Binding) if row.ended_at is None]
    both = [pages.one.guardians["Fatma"], pages.one.guardians["Yusuf"]]
    assert live == (both[1:] if end else both)


async def test_bind_refuses_strangers(pages: Pages) -> None:
    """A guardian of another school, of another child, or nobody at all is refused and nothing changes."""
    case = await pages.case(pages.one, known=False, assignee_id=pages.one.staff["mentor"])
    pairs = [
        f"{pages.two.guardians['Fatma']}-{pages.two.pupils['Elif']}",
        f"{pages.one.guardians['Fatma']}-{pages.one.pupils['Amin']}",
        "999999-999999",
        "1",
    ]
    async with pages.browser(pages.one.staff["mentor"]) as client:
        codes = [(await client.post(f"/inbox/{case}/bind", data={"who": who})).status_code for who in pairs]
    assert codes == [422, 422, 422, 400]
    assert await pages.count(Binding) == 0
    assert (await pages.rows(Case))[0].verified is False


# --------------------------------------------------------------------------- live, empty, classes, phrases


async def test_events_say_only_that(pages: Pages) -> None:
    """A page hears that something changed, at once for what it missed and within a moment of each ring; nothing about whom."""
    await pages.case(pages.one)
    heard: list[str] = []
    listening = asyncio.Event()

    async def listen(token: str) -> None:
        scope = {"type": "http", "app": pages.app, "headers": [(b"cookie", f"__Host-ouderlijn={token}".encode())]}
        async for event in events(Request(scope), None):  # type: ignore[arg-type]
            heard.append(f"{event.event} {event.raw_data}")
            listening.set()
            if len(heard) == 2:
                return

    async with pages.browser(pages.one.staff["mentor"]) as client:
        task = asyncio.create_task(listen(client.cookies["__Host-ouderlijn"]))
        await asyncio.wait_for(listening.wait(), 5)
        await pages.database.write(_ring)
        await asyncio.wait_for(task, 5)
    assert heard == ["changed -"] * 2


async def _ring(session: AsyncSession) -> None:
    ring(session, "case")


async def test_live_parts_know_whether_they_changed(pages: Pages) -> None:
    """A part that did not change has the version it had, so nothing moves; a new message changes it and its `newest`."""
    case = await pages.case(pages.one)

    def marks(html: str) -> list[str]:
        return re.findall(r'data-(?:version|newest)="([^"]*)"', html)

    async with pages.browser(pages.one.staff["mentor"]) as client:
        first, second = [marks((await client.get(f"/inbox/{case}/messages")).text) for _ in range(2)]
        await pages.change(Inbox, (await pages.rows(Inbox))[0].id, seq=2, text="Nog iets")
        third = marks((await client.get(f"/inbox/{case}/messages")).text)
    assert first == second
    assert all(old != new for old, new in zip(second, third, strict=True))


async def test_logged_out_part(pages: Pages) -> None:
    """A script that asks for a part without a session hears 401, and reloads."""
    async with pages.browser() as client:
        answered = await client.get("/inbox/list", headers={"x-part": "1"})
    assert answered.status_code == 401


async def test_empty_states_teach(pages: Pages) -> None:
    """Where nothing is, the page says what would come there."""
    async with pages.browser(pages.one.staff["stranger"]) as client:
        texts = [
            (await client.get(path)).text
            for path in ("/inbox", "/inbox?tab=team", "/inbox?tab=closed", "/classes", *SOON)
        ]
    assert len(SOON) >= 1
    assert all('class="empty"' in text for text in texts)
    assert "Niemand wacht op u." in texts[0]


async def test_class_page(pages: Pages) -> None:
    """A mentor sees the class with guardians and who is known; others see no such page."""
    await pages.case(pages.one)
    codes = {}
    for name in ("mentor", "chief", "stranger", "desk"):
        async with pages.browser(pages.one.staff[name]) as client:
            answered = await client.get("/classes/2B")
        codes[name] = answered.status_code
        if name == "mentor":
            assert "Fatma Demir" in answered.text
            assert "bekend op WhatsApp" in answered.text
            assert "nog niet bekend" in answered.text
    assert codes == {"mentor": 200, "chief": 200, "stranger": 404, "desk": 404}


async def test_phrases_and_flows_agree() -> None:
    """Every ready phrase has its words in flows/domain_staff.yml, with the same blanks, and none is left out."""
    responses = load_shipped().book.domain.responses
    written = {
        name: tuple(dict.fromkeys(re.findall(r"\{(\w+)\}", response.variants[0].text)))
        for name, response in responses.items()
        if name.startswith("utter_staff_phrase_")
    }
    assert len(written) >= 12
    assert {phrase.response: phrase.blanks for phrase in PHRASES.values()} == written
