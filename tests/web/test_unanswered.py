"""What was not understood: shown without the person, taught to the line, put aside."""

from __future__ import annotations

import datetime as dt
import re

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.minds import ContentMinds
from db.tables import ContentExample, Unanswered
from nlu.embedded import load
from tests.web.desk import form_of, shipped, with_content
from tests.web.world import Pages, Place

pytestmark = pytest.mark.asyncio
TURKISH = "etüt saatleri ne zaman"
LOST = "waar kan ik gevonden voorwerpen ophalen"


async def unanswered(pages: Pages, place: Place, *texts: str, language: str = "nl", **columns: object) -> None:
    """Messages, a minute apart, the first one the oldest."""

    async def work(session: AsyncSession) -> None:
        for number, text in enumerate(texts):
            at = pages.clock.now() + dt.timedelta(minutes=number)
            session.add(Unanswered(school_id=place.school_id, language=language, text=text, at=at, **columns))

    await pages.database.write(work)


def ids_in(html: str) -> list[str]:
    """Of each heap, in order."""
    return re.findall(r'action="/unanswered/teach">\s*<input type="hidden" name="ids" value="([^"]+)"', html)


async def teach(client: httpx.AsyncClient, ids: str, text: str, language: str, intent: str) -> httpx.Response:
    data = {"ids": ids, "text": text, "language": language, "intent": intent}
    return await client.post("/unanswered/teach", data=data)


async def test_an_empty_page_helps(pages: Pages) -> None:
    """And says what will stand there."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        answer = await client.get("/unanswered")
    assert (answer.status_code, 'class="empty"' in answer.text) == (200, True)


async def test_only_administrators_see_it_and_of_their_school_only(pages: Pages) -> None:
    """What parents of another school wrote is nobody's business here, and cannot be put aside."""
    with_content(pages)
    await unanswered(pages, pages.two, "alleen van de ander")
    (row,) = await pages.rows(Unanswered)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        codes = [(await client.get("/unanswered")).status_code, (await teach(client, "1", "x", "nl", "y")).status_code]
    async with pages.browser(pages.one.staff["chief"]) as client:
        seen = (await client.get("/unanswered")).text
        await client.post("/unanswered/aside", data={"ids": str(row.id)})
    async with pages.browser(pages.two.staff["chief"]) as client:
        theirs = (await client.get("/unanswered")).text
    assert codes == [403, 403]
    assert ["alleen van de ander" in html for html in (seen, theirs)] == [False, True]


async def test_what_says_nearly_the_same_stands_together(pages: Pages) -> None:
    """The newest first; with what the line guessed and what the parents then chose."""
    with_content(pages)
    await unanswered(
        pages,
        pages.one,
        "waar is de huiswerkzolder",
        "waar is de huiswerkzolder dan",
        LOST,
        offered=["ask_homework_help", "ask_school_contact"],
        decision="offer",
        chosen="ask_homework_help",
    )
    async with pages.browser(pages.one.staff["chief"]) as client:
        html = (await client.get("/unanswered")).text
    heaps = ids_in(html)
    rows = await pages.rows(Unanswered)
    assert heaps == [str(rows[2].id), f"{rows[1].id},{rows[0].id}"]
    assert html.count('<option value="ask_homework_help" selected>') == 2
    assert "2 berichten" in html or "messages like this" in html


async def test_what_is_taught_is_drafted_published_and_understood(pages: Pages) -> None:
    """The whole way: a message in Turkish is added, published with the rest of the draft, and answered from then on."""
    with_content(pages)
    pages.line.minds = ContentMinds(pages.database, shipped(), load)
    await unanswered(pages, pages.one, TURKISH, language="tr", offered=[], decision="person")
    async with pages.browser(pages.one.staff["chief"]) as client:
        (ids,) = ids_in((await client.get("/unanswered")).text)
        taught = await teach(client, ids, f"  {TURKISH}\r\n", "tr", "ask_homework_help")
        after = (await client.get("/unanswered?done=taught")).text
        draft = (await client.get("/content/draft")).text
        tried = (await client.post("/content/try", data={"text": TURKISH, "language": "tr"})).text
        published = await client.post("/content/publish", data=await form_of(client, "/content/draft"))
        exported = (await client.get("/content/export")).text
    (example,) = await pages.rows(ContentExample)
    assert taught.headers["location"] == "/unanswered?done=taught"
    assert (example.intent, example.language, example.text) == ("ask_homework_help", "tr", TURKISH)
    assert ids_in(after) == []
    assert f"<ins>{TURKISH}</ins>" in draft
    assert "/content/utter_ask_homework_help" in draft
    assert re.search(r'class="guesses"><li>hulp bij huiswerk <small>9\d', tried)
    assert published.headers["location"] == "/content?published=1"
    assert f"- {TURKISH}" in exported


@pytest.mark.parametrize(
    ("text", "language", "intent"),
    [
        ("", "tr", "ask_grades"),
        ("x" * 501, "tr", "ask_grades"),
        ("okul", "xx", "ask_grades"),
        ("okul", "ary_Latn", "ask_grades"),
        ("okul", "tr", ""),
        ("okul", "tr", "ask_nothing"),
        ("okul", "tr", "emergency"),
        ("ik wil dood", "nl", "ask_grades"),
    ],
)
async def test_what_cannot_be_taught_is_refused(pages: Pages, text: str, language: str, intent: str) -> None:
    """With a word on why; what was typed stays, nothing is drafted, and the message waits still. Danger is never taught."""
    with_content(pages)
    await unanswered(pages, pages.one, LOST)
    async with pages.browser(pages.one.staff["chief"]) as client:
        (ids,) = ids_in((await client.get("/unanswered")).text)
        answer = await teach(client, ids, text, language, intent)
    assert (answer.status_code, 'role="alert"' in answer.text, ids_in(answer.text)) == (422, True, [ids])
    assert await pages.rows(ContentExample) == []


async def test_it_may_be_fine_so_and_brought_back(pages: Pages) -> None:
    """What is put aside is not lost."""
    with_content(pages)
    await unanswered(pages, pages.one, LOST)
    async with pages.browser(pages.one.staff["chief"]) as client:
        (ids,) = ids_in((await client.get("/unanswered")).text)
        await client.post("/unanswered/aside", data={"ids": ids})
        (row,) = await pages.rows(Unanswered)
        gone = ids_in((await client.get("/unanswered")).text)
        await client.post("/unanswered/back", data={"ids": ids})
        again = ids_in((await client.get("/unanswered")).text)
    assert (row.settled_at, row.settled_by_id) == (pages.clock.now(), pages.one.staff["chief"])
    assert (gone, again) == ([], [ids])


async def test_an_example_can_be_taken_away(pages: Pages) -> None:
    """From the draft, like any change."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        await teach(client, "", TURKISH, "tr", "ask_homework_help")
        listed = (await client.get("/unanswered")).text
        gone = await client.post("/unanswered/forget", data={"language": "tr", "text": TURKISH})
        after = (await client.get("/unanswered")).text
    assert [TURKISH in html for html in (listed, after)] == [True, False]
    assert gone.headers["location"] == "/unanswered?done=forgotten"
    assert await pages.rows(ContentExample) == []


@pytest.mark.parametrize("ids", ["", ",", "x", "-1", "1" * 400, "\x00", "٣", "1,2,3"])
async def test_ids_of_any_kind_do_no_harm(pages: Pages, ids: str) -> None:
    """A form that nobody filled in on our page."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        codes = {
            (await client.post(f"/unanswered/{verb}", data={"ids": ids})).status_code for verb in ("aside", "back")
        }
    assert codes == {303}
