"""The list chosen from, searched, and cleared of thanks."""

from __future__ import annotations

import asyncio
import datetime as dt
import re

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.conversations import lock
from db.tables import Case, Guardian, Inbox, Pupil
from db.types import CaseState, InboundKind, InboxState, Sensitivity
from tests.web.forms import answer
from tests.web.world import Pages

pytestmark = pytest.mark.asyncio


def listed(html: str) -> list[int]:
    """The cases of a list, in order."""
    return [int(number) for number in re.findall(r'class="case[^>]*href="/inbox/(\d+)\?', html)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["overdue", "today", "later", "arabic"]),
        ("topic=appointment", ["later"]),
        ("language=ar", ["arabic"]),
        ("due=today", ["overdue", "today"]),
        ("due=overdue", ["overdue"]),
        ("due=today&topic=appointment", []),
        ("unread=1", ["overdue", "today", "later"]),
        ("unverified=1", ["arabic"]),
        ("group=none&topic=nonsense&due=never&language=xx&unread=2", ["overdue", "today", "later", "arabic"]),
        ("group=99999999999999999999999", ["overdue", "today", "later", "arabic"]),
    ],
)
async def test_chosen_by(pages: Pages, query: str, expected: list[str]) -> None:
    """Together, by promise, and an address that means nothing chooses nothing; tabs and the live list keep the choice."""
    now = pages.clock.now()
    made = {
        "arabic": await pages.case(pages.one, language="ar", known=False, promise_at=None),
        "later": await pages.case(pages.one, topic="appointment"),
        "today": await pages.case(pages.one, promise_at=now + dt.timedelta(hours=1)),
        "overdue": await pages.case(pages.one, promise_at=now - dt.timedelta(hours=1)),
    }
    async with pages.browser(pages.one.staff["mentor"]) as client:
        await client.get(f"/inbox/{made['arabic']}")
        html = (await client.get(f"/inbox?tab=mine&{query}")).text
    assert listed(html) == [made[name] for name in expected]
    if query.startswith("due=today&"):
        assert 'data-refresh="/inbox/list?tab=mine&amp;topic=appointment&amp;due=today"' in html
        assert 'href="/inbox?tab=team&amp;topic=appointment&amp;due=today"' in html


async def test_chosen_by_class(pages: Pages) -> None:
    """By its number; what an administrator may not read cannot be found out by choosing."""
    case = await pages.case(pages.one)
    secret = await pages.case(pages.one, sensitivity=Sensitivity.SPECIAL)
    group = next(row.class_id for row in await pages.rows(Pupil) if row.id == pages.one.pupils["Elif"])
    async with pages.browser(pages.one.staff["chief"]) as client:
        everything = listed((await client.get("/inbox?tab=team")).text)
        chosen = listed((await client.get(f"/inbox?tab=team&group={group}")).text)
    assert (sorted(everything), chosen) == ([case, secret], [case])


async def test_unread_again(pages: Pages) -> None:
    """What was read is new again when she writes; reading that within ten minutes counts too."""
    case = await pages.case(pages.one)

    async def writes(session: AsyncSession) -> None:
        row = await session.get_one(Case, case)
        conversation = await lock(session, row.conversation_id)
        conversation.last_seq += 1
        now = pages.clock.now()
        session.add(
            Inbox(
                school_id=row.school_id, conversation_id=conversation.id, account_id=conversation.account_id,
                seq=conversation.last_seq, provider_id="again", kind=InboundKind.TEXT, text="Nog iets", sent_at=now,
                received_at=now, not_before=now, state=InboxState.DONE, case_id=case, language="tr",
                trace={"intent": "thank"},
            )
        )  # fmt: skip

    seen = []
    async with pages.browser(pages.one.staff["mentor"]) as client:
        for step in ("", "read", "write", "read"):
            if step == "read":
                await client.get(f"/inbox/{case}/messages")
            elif step == "write":
                pages.clock.move(minutes=1)
                await pages.database.write(writes)
            seen.append(listed((await client.get("/inbox?unread=1")).text) == [case])
    assert seen == [True, False, True, False]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("wiskundetoets", True), ("WISKUNDE", True), ("ÇOK", True), ("çok", True), ("notitie 47", True), ("wi", False),
     ("bel u dinsdag", True), ("%un%", False), ("gym", False)],
)  # fmt: skip
async def test_search_in_what_was_said(pages: Pages, wanted: str, *, found: bool) -> None:
    """Her words, ours, notes; from three letters on; only in cases that one may read."""
    await pages.change(Guardian, pages.one.guardians["Fatma"], given_name="F")
    case = await pages.case(pages.one, text="De wiskundetoets was Çok moeilijk")
    await pages.case(pages.one, text="wiskundetoets", sensitivity=Sensitivity.SPECIAL, assignee_id=None, known=False)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        await client.post(f"/inbox/{case}/note", data={"text": "notitie 4711"})
        await answer(client, case, text="Ik bel u dinsdag.")
        html = (await client.post("/inbox/search", data={"q": wanted})).text
    async with pages.browser(pages.one.staff["stranger"]) as client:
        others = (await client.post("/inbox/search", data={"q": wanted})).text
    assert (listed(html), listed(others)) == ([case] if found else [], [])


async def test_thanks_are_closed_together(pages: Pages) -> None:
    """Only where a person answered and she has said no more than thanks; what is chosen, and still so, is closed."""
    plain = await pages.case(pages.one, child="Amin")
    thanked = await pages.case(pages.one)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        none = (await client.get("/inbox")).text
        for case in (plain, thanked):
            await answer(client, case, text="Tot dinsdag.")
        await pages.database.write(lambda s: _says(s, pages, thanked, "thank"))
        await pages.database.write(lambda s: _says(s, pages, plain, "contact_mentor"))
        some, shown = (await client.get("/inbox")).text, (await client.get("/inbox/thanks")).text
        await client.post("/inbox/thanks", data={"case": [str(thanked), str(plain)]})
    states = {row.id: row.state for row in await pages.rows(Case)}
    assert "/inbox/thanks" not in none
    assert "1 ouder zei alleen dank" in some
    assert re.findall(r'name="case"\s+value="(\d+)"', shown) == [str(thanked)]
    assert states == {plain: CaseState.OPEN, thanked: CaseState.CLOSED}


async def test_yes_is_no_thanks(pages: Pages) -> None:
    """It answers what a person asked her: somebody has to read it."""
    case = await pages.case(pages.one)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        await answer(client, case, text="Kunt u dinsdag om drie uur?")
        await pages.database.write(lambda s: _says(s, pages, case, "affirm"))
        page = (await client.get("/inbox")).text
        await client.post("/inbox/thanks", data={"case": [str(case)]})
    assert "/inbox/thanks" not in page
    assert [row.state for row in await pages.rows(Case)] == [CaseState.OPEN]


async def test_what_she_writes_while_thanks_are_closed(pages: Pages) -> None:
    """It is looked at once the conversation is held: whatever came until then keeps the case open."""
    if pages.database.is_sqlite:
        pytest.skip("on SQLite one transaction writes at a time")
    case = await pages.case(pages.one)
    held, go = asyncio.Event(), asyncio.Event()

    async def slowly(session: AsyncSession) -> None:
        await _says(session, pages, case, "contact_mentor")
        await session.flush()
        held.set()
        await go.wait()

    async with pages.browser(pages.one.staff["mentor"]) as client:
        await answer(client, case, text="Tot dinsdag.")
        await pages.database.write(lambda s: _says(s, pages, case, "thank"))
        writing = asyncio.create_task(pages.database.write(slowly))
        await held.wait()
        closing = asyncio.create_task(client.post("/inbox/thanks", data={"case": [str(case)]}))
        await asyncio.sleep(0.3)
        go.set()
        await asyncio.gather(writing, closing)
    assert [row.state for row in await pages.rows(Case)] == [CaseState.OPEN]


async def _says(session: AsyncSession, pages: Pages, case_id: int, intent: str) -> None:
    row = await session.get_one(Case, case_id)
    conversation = await lock(session, row.conversation_id)
    conversation.last_seq += 1
    now = pages.clock.now()
    row.state, row.waiting_since = CaseState.OPEN, now
    session.add(
        Inbox(
            school_id=row.school_id, conversation_id=conversation.id, account_id=conversation.account_id,
            seq=conversation.last_seq, provider_id=f"more{case_id}{intent}", kind=InboundKind.TEXT, text="Dank", sent_at=now,
            received_at=now, not_before=now, state=InboxState.DONE, case_id=case_id, language="tr",
            trace={"intent": intent},
        )
    )  # fmt: skip
