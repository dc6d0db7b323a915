"""What menus call a thing is changed in one place, and searching leaves no words in an address."""

from __future__ import annotations

import logging

import httpx
import pytest

from bot.turn.sentences import buttons
from bot.turn.types import Option, Rota, Say, School
from db.types import ChannelName
from tests.web.desk import another, form_of, with_content
from tests.web.world import Pages

pytestmark = pytest.mark.asyncio
NAME = "/content/flow/contact_mentor"
NL, TR = "nl:flow/contact_mentor/name", "tr:flow/contact_mentor/name"
SCHOOL = School("Voorbeeldcollege", "Europe/Amsterdam", {}, Rota((), None), {}, {})
PRIVATE = "Mijn dochter Zeynep huilt elke avond"


async def choices(pages: Pages, language: str) -> list[str]:
    """What another process shows next: the menu, and the question what she meant."""
    mind = await another(pages).of(pages.one.school_id)
    menu = Say("utter_help", options=buttons(mind.phrases.book, "utter_help"))
    meant = Say("utter_not_understood", options=(Option("/contact_mentor", mind.phrases.book.title("contact_mentor")),))
    return [
        choice.title
        for say in (menu, meant)
        for choice in mind.words(say, language=language, channel=ChannelName.WHATSAPP, school=SCHOOL, menu=1).choices
    ]


async def rename(client: httpx.AsyncClient, nl: str, tr: str) -> httpx.Response:
    """Both names, as the form sends them."""
    hidden = await form_of(client, f"{NAME}?language=tr")
    return await client.post(NAME, data={**hidden, "meaning": "changed", NL: nl, TR: tr})


async def test_a_flow_has_one_name_in_every_menu(pages: Pages) -> None:
    """Changed like an answer, per language; parents read it once it is published, in every process; and there is a way back."""
    with_content(pages)
    before = await choices(pages, "tr")
    async with pages.browser(pages.one.staff["chief"]) as client:
        saved = await rename(client, "schrijf de mentor", "mentora yaz")
        drafted = await choices(pages, "tr")
        page = (await client.get(saved.headers["location"])).text
        await client.post("/content/publish", data=await form_of(client, "/content/draft"))
        turkish, dutch = await choices(pages, "tr"), await choices(pages, "nl")
        tried = (await client.post("/content/try", data={"text": "schrijf de mentor", "language": "nl"})).text
        await client.post("/content/history/0")
    assert (saved.status_code, drafted) == (303, before)
    assert "mentora yaz" in page.partition("previews")[2]
    assert before.count("mentora mesaj") == 2
    assert [turkish.count("mentora yaz"), dutch.count("schrijf de mentor")] == [2, 2]
    assert "utter_not_understood" in tried or "mentor" in tried
    assert await choices(pages, "tr") == before


async def test_a_name_is_refused_like_any_title(pages: Pages) -> None:
    """20 characters is what a button shows; and what no parent sees has no page."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        long = await rename(client, "een bericht aan de mentor", "mentora yaz")
        seen = [(await client.get(f"/content/flow/{flow}")).status_code for flow in ("pass_on", "nothing", "")]
        menu = (await client.get("/content/utter_help?language=tr")).text
    assert (long.status_code, 'class="fault"' in long.text) == (422, True)
    assert seen == [404, 404, 404]
    assert f'href="{NAME}?language=tr"' in menu


async def test_a_search_stands_in_no_address(pages: Pages, caplog: pytest.LogCaptureFixture) -> None:
    """An administrator pastes a parent's sentence; it is neither in an address nor in the log, and nothing is kept of it."""
    with_content(pages)
    caplog.set_level(logging.DEBUG, logger="web")
    caplog.set_level(logging.DEBUG, logger="bot")
    async with pages.browser(pages.one.staff["chief"]) as client:
        page = await client.get("/content")
        found = await client.post("/content/search", data={"q": "Rasathane"})
        found = await client.post("/content/search", data={"q": "TELEFON "})
        nothing = await client.post("/content/search", data={"q": PRIVATE})
        back = await client.get("/content/search")
        empty = await client.post("/content/search", data={"q": " ", "todo": "1"})
        by_address = await client.get("/content", params={"q": PRIVATE})
    assert 'method="post"' in page.text.partition('role="search"')[0].rpartition("<form")[2]
    assert 'href="/content/utter_ask_school_rules"' in found.text
    assert 'href="/content/utter_ask_holidays"' not in found.text
    assert f'value="{PRIVATE}"' in nothing.text
    assert 'action="/content/try"' in nothing.text
    assert [back.headers["location"], empty.headers["location"]] == ["/content", "/content?todo=1"]
    assert PRIVATE not in by_address.text
    assert PRIVATE not in caplog.text
