"""The pages of conversations: drawn, told in words, changed as text with its faults in the margin, tried, published, taken back."""

from __future__ import annotations

import html
import itertools
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx
import pytest

from bot.content.flow_editing import LONGEST_FILE
from bot.content.flow_rules import fixed
from bot.content.flow_texts import shipped_text
from db.tables import Case, ContentSentence, Outbox
from locales.updating import interface_template
from tests.web.desk import another, form_of, shipped, with_content
from tests.web.world import Pages
from web.templating import translate
from web.views.flow_drawing import draw
from web.views.flow_words import tell

ROOT = Path(__file__).parents[2]
STOP = "/content/flows/stop_messages"
ATTACK = '<script>alert("x")</script>'
PAGES = ("/content/flows", STOP, f"{STOP}/try", "/content/flows/new")
VERBS = (STOP, f"{STOP}/try", f"{STOP}/back", "/content/flows/new")
FAULTY = ("then: stop", "then: stip")


def text_of(flow_id: str = "stop_messages") -> str:
    return shipped_text(shipped().book, flow_id)


async def save(client: httpx.AsyncClient, text: str, address: str = STOP) -> httpx.Response:
    """As a browser does."""
    return await client.post(address, data={**await form_of(client, address), "text": text.replace("\n", "\r\n")})


async def publish(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post("/content/publish", data=await form_of(client, "/content/draft"))


def typed(page: str) -> str:
    """What stands in the field."""
    found = re.search(r'<textarea id="text"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    assert found
    return html.unescape(found[1])


@pytest.mark.asyncio
async def test_only_administrators(pages: Pages) -> None:
    """Nobody else sees them, or can do anything by hand."""
    with_content(pages)
    async with pages.browser(pages.one.staff["leader"]) as client:
        seen = [await client.get(address) for address in PAGES] + [await client.post(address) for address in VERBS]
    assert {answer.status_code for answer in seen} == {403}


@pytest.mark.asyncio
async def test_a_form_of_another_site_does_nothing(pages: Pages) -> None:
    """It is refused before anything is read."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        seen = [await client.post(address, headers={"sec-fetch-site": "cross-site"}) for address in VERBS]
    assert {answer.status_code for answer in seen} == {403}
    assert await pages.count(ContentSentence) == 0


@pytest.mark.asyncio
async def test_every_conversation_has_a_page(pages: Pages) -> None:
    """All are listed; each shows its text as it is shipped, every step in words, and leads to the words it says."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        listed = (await client.get("/content/flows")).text
        for flow_id, flow in shipped().book.flows.items():
            assert f'href="/content/flows/{flow_id}"' in listed
            page = (await client.get(f"/content/flows/{flow_id}")).text
            assert typed(page) == text_of(flow_id)
            assert [f'id="step-{number}"' in page for number, _ in enumerate(flow.steps, 1)] == [True] * len(flow.steps)
            for name in re.findall(r"utter_\w+", text_of(flow_id)):
                assert f'href="/content/{name}"' in page
        missing = await client.get("/content/flows/nothing")
    assert missing.status_code == 404


def test_drawings_hold_together() -> None:
    """Every step has its box, boxes do not overlap, every way on leaves once, and it is no wider than a phone can show."""
    book = shipped().book
    for flow in book.flows.values():
        steps = tell(book, flow)
        drawing = draw(steps)
        boxes = drawing.boxes
        assert [box.number for box in boxes] == [step.number for step in steps]
        assert all(one.y + one.height < other.y for one, other in itertools.pairwise(boxes))
        assert len(drawing.arrows) == sum(bool(way.to) for step in steps for way in step.ways)
        assert drawing.width <= 400
        assert boxes[-1].y + boxes[-1].height <= drawing.height


@pytest.mark.asyncio
async def test_a_drawing_is_well_formed(pages: Pages) -> None:
    """A browser and a screen reader get a picture with names, and no style that the policy forbids."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        page = (await client.get("/content/flows/who_is_mentor")).text
    drawn = re.search(r"<svg.*?</svg>", page, re.DOTALL)
    assert drawn
    root = ET.fromstring(drawn[0])  # noqa: S314 - our own page
    links = root.findall("a")
    assert root.get("aria-label")
    assert [link.get("href") for link in links] == [f"#step-{number}" for number in range(1, len(links) + 1)]
    assert all(link.get("aria-label") for link in links)
    assert "style=" not in drawn[0]


def test_descriptions_are_read_in_dutch() -> None:
    """What a shipped flow does stands in the catalogue of the pages."""
    said = {flow.description for flow in shipped().book.flows.values()}
    assert said <= {message.id for message in interface_template(ROOT)}
    assert [text for text in said if translate(text) == text] == []


@pytest.mark.asyncio
async def test_faults_stand_at_their_lines(pages: Pages) -> None:
    """In the margin and in a list that leads there; what was typed is kept and parents notice nothing; it is not published."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        answer = await save(client, text_of().replace(*FAULTY))
        page = (await client.get(answer.headers["location"])).text
        listed = (await client.get("/content/flows")).text
        refused = await publish(client)
        await save(client, text_of().replace("utter_nothing_stopped", "utter_stopped"))
        mended = await publish(client)
    assert typed(page) == text_of().replace(*FAULTY)
    assert 'href="#line-8" data-line="8"' in page
    assert re.search(r'<li id="line-8"\s+class="bad"', page)
    assert "there is no step stip" in page
    assert "✕" in listed
    assert [refused.status_code, mended.status_code] == [422, 303]
    mind = await another(pages).of(pages.one.school_id)
    other = await another(pages).of(pages.two.school_id)
    assert "action_utter_stopped" in mind.phrases.book.flows["stop_messages"].steps
    assert other.phrases.book.flows["stop_messages"] == shipped().book.flows["stop_messages"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("flows: &a [*a, *a]", "anchors and aliases"),
        ("flows: !!python/object/apply:os.system [id]", "is not supported"),
        ("[" * 5_000, "levels of nesting"),
        ("flows:\n\tx: 1", "not valid YAML"),
        ("flows: {}\nflows: {}", "stands twice"),
        ("flows: {}\n%", "not valid YAML"),
        ("- 1", "must be a mapping"),
        (ATTACK, "must be a mapping"),
        ("null", "must be a mapping"),
        ("\ud7ff￿", "not valid YAML"),
    ],
    ids=["anchors", "tag", "deep", "tab", "twice", "half", "list", "markup", "null", "unseen"],
)
@pytest.mark.asyncio
async def test_hostile_text_is_refused_by_its_reason(pages: Pages, text: str, says: str) -> None:
    """With its line, at once; it stays in the field, and nothing of it is ever used."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        answer = await save(client, text)
        page = await client.get(answer.headers["location"])
        refused = await publish(client)
    assert says in page.text
    assert typed(page.text) == text
    assert "<script>alert" not in page.text
    assert refused.status_code == 422


@pytest.mark.parametrize("size", [LONGEST_FILE + 1, 400_000])
@pytest.mark.asyncio
async def test_a_huge_text_is_refused_and_not_lost(pages: Pages, size: int) -> None:
    """Nothing is written; what was typed is in the answer."""
    with_content(pages)
    text = "x" * size
    async with pages.browser(pages.one.staff["chief"]) as client:
        answer = await save(client, text)
    assert answer.status_code == 422
    assert typed(answer.text) == text
    assert await pages.count(ContentSentence) == 0


@pytest.mark.asyncio
async def test_two_administrators(pages: Pages) -> None:
    """The later one sees both texts, and what she typed is not lost."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        before = await form_of(client, STOP)
        await save(client, text_of().replace("berichten stoppen", "stoppen"))
        late = await client.post(STOP, data={**before, "text": text_of().replace("berichten stoppen", "niet meer")})
        again = await client.post(
            STOP, data={**await form_of(client, STOP), "text": text_of().replace("berichten stoppen", "niet meer")}
        )
    assert late.status_code == 422
    assert "niet meer" in typed(late.text)
    assert "name: stoppen" in late.text
    assert again.status_code == 303


@pytest.mark.asyncio
async def test_difference_history_and_the_way_back(pages: Pages) -> None:
    """The draft page shows the lines that change and leads here; publishing numbers it; rolling back shows it again."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        await save(client, text_of().replace("utter_nothing_stopped", "utter_stopped"))
        difference = (await client.get("/content/draft")).text
        await publish(client)
        asked = (await client.get("/content/history/0")).text
        await client.post("/content/history/0")
        after = (await client.get(STOP)).text
    assert re.search(r"<del>[^<]*action: utter_nothing_stopped", difference)
    assert re.search(r"<ins>[^<]*action: utter_stopped", difference)
    assert f'href="{STOP}"' in difference
    assert re.search(r"<ins>[^<]*action: utter_nothing_stopped", asked)
    assert typed(after) == text_of()


@pytest.mark.asyncio
async def test_back_to_what_is_shipped(pages: Pages) -> None:
    """The draft has nothing of it any more."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        await save(client, text_of().replace(*FAULTY))
        answer = await client.post(f"{STOP}/back", data=await form_of(client, STOP))
        page = (await client.get(answer.headers["location"])).text
    assert typed(page) == text_of()
    assert await pages.count(ContentSentence) == 0


@pytest.mark.asyncio
async def test_one_of_the_schools_own(pages: Pages) -> None:
    """Made with a name and a sentence, published, and removed again; a fault in the form loses nothing."""
    with_content(pages)
    given = {"name": "kluisjes", "description": "Says how lockers work.", "sentence": "", "intent": "ask_school_rules"}
    async with pages.browser(pages.one.staff["chief"]) as client:
        wrong = await client.post("/content/flows/new", data=given)
        made = await client.post("/content/flows/new", data={**given, "sentence": "Een kluisje kost niets."})
        page = (await client.get(made.headers["location"])).text
        words = await client.get("/content/utter_own_kluisjes?language=tr")
        published = await publish(client)
        answers, unknown = await client.get("/content"), await client.get("/unanswered")
        tried = (await client.get("/content/flows/own_kluisjes/try")).text
        unseen = await client.post("/content/flows/own_kluisjes/back")
        gone = await client.post(
            "/content/flows/own_kluisjes/back", data=await form_of(client, "/content/flows/own_kluisjes")
        )
        listed = (await client.get(gone.headers["location"])).text
    assert (wrong.status_code, unseen.status_code) == (422, 422)
    assert 'value="kluisjes"' in wrong.text
    assert 'value="ask_school_rules" selected' in wrong.text
    assert "Een kluisje kost niets." in page
    assert [words.status_code, unknown.status_code] == [200, 200]
    assert 'href="/content/utter_own_kluisjes"' in answers.text
    assert published.status_code == 303
    assert "Een kluisje kost niets." in tried
    assert 'href="/content/flows/own_kluisjes"' not in listed


@pytest.mark.asyncio
async def test_danger_cannot_be_changed(pages: Pages) -> None:
    """The page shows it and says why; by hand it is refused too."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        for flow_id in fixed(shipped().book):
            address = f"/content/flows/{flow_id}"
            page = (await client.get(address)).text
            answer = await save(client, "flows: {}", address)
            assert "readonly" in page
            assert answer.status_code == 422
    assert await pages.count(ContentSentence) == 0


@pytest.mark.asyncio
async def test_the_draft_is_tried_to_its_end(pages: Pages) -> None:
    """Message by message, by digits, in her language; nothing is stored and nothing is sent."""
    with_content(pages)
    address = "/content/flows/book_appointment/try"
    async with pages.browser(pages.one.staff["chief"]) as client:
        await save(
            client,
            text_of("book_appointment").replace("action: utter_appointment_not_fixed", "action: utter_stopped"),
            "/content/flows/book_appointment",
        )
        first = await client.get(address)
        said = ["2", "wiskunde", "1", "maandag", "2"]
        last = await client.post(address, data={"family": "one", "language": "nl", "hers": said[:-1], "tap": said[-1]})
        turkish = await client.post(address, data={"family": "one", "language": "tr", "hers": [], "text": ""})
        again = await client.post(address, data={"family": "one", "language": "nl", "hers": said, "again": "1"})
        wrong = await client.post(address, data={"family": "nobody", "language": "nl"})
    phrases = (await another(pages).preview(pages.one.school_id)).phrases
    asked = phrases.sentence("utter_ask_appointment_with/0", "tr")
    assert asked is not None
    assert phrases.dutch("utter_ask_appointment_with/0") in html.unescape(first.text)
    assert phrases.dutch("utter_stopped/0") in html.unescape(last.text)
    assert asked.text in html.unescape(turkish.text)
    assert 'name="hers"' not in again.text
    assert wrong.status_code == 400
    assert [await pages.count(Outbox), await pages.count(Case)] == [0, 0]


@pytest.mark.asyncio
async def test_markup_stays_text(pages: Pages) -> None:
    """Whatever was typed is shown as text on every page."""
    with_content(pages)
    text = text_of().replace("name: berichten stoppen", f"name: '{ATTACK[:18]}'").replace("Asks what", f"{ATTACK} what")
    async with pages.browser(pages.one.staff["chief"]) as client:
        await save(client, text)
        seen = [await client.get(address) for address in (*PAGES, "/content/draft")]
        seen.append(await client.post(f"{STOP}/try", data={"family": "one", "language": "nl", "text": ATTACK}))
    assert {answer.status_code for answer in seen} == {200}
    assert not any("<script>alert" in answer.text for answer in seen)
