"""A school's own sentences go out as a file and come in again: looked at first, drafted, published, rolled back."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from db.tables import ContentRevision
from tests.web.desk import another, form_of, with_content
from tests.web.world import Pages

pytestmark = pytest.mark.asyncio
RULES = "utter_ask_school_rules/0"
NEW = "De telefoon blijft thuis. Alle regels staan op {rules_url}."
TURKISH = "Telefon evde kalır. Tüm kurallar: {rules_url}."
GOOD = f"""version: 1
sentences:
  {RULES}:
    nl: "{NEW}"
    tr: "{TURKISH}"
  flow/contact_mentor/name: {{nl: schrijf de mentor, tr: mentora yaz}}
  utter_staff_phrase_read/0: {{tr: "Okudum."}}
"""
HOSTILE = {
    "a web page": "<!DOCTYPE html><html><script>alert(1)</script></html>",
    "a bomb": "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nversion: 1\nsentences: *c\n",
    "a program": "!!python/object/apply:os.system ['true']",
    "deep": "[" * 20_000,
    "nothing": " \n",
    "no mapping": "- a\n",
    "another version": "version: 9\nsentences: {}\n",
    "bytes": "\x00\x01\x02",
    "large": "x" * 700_001,
}


async def look(client: httpx.AsyncClient, text: str | bytes) -> httpx.Response:
    """Choose a file."""
    data = text.encode() if isinstance(text, str) else text
    return await client.post("/content/import", files={"file": ("x.yaml", data, "application/yaml")})


async def take(client: httpx.AsyncClient, text: str) -> httpx.Response:
    """Look, then take what was seen, as the browser sends it: line ends as in any form."""
    seen = (await look(client, text)).text.partition('name="seen" value="')[2].partition('"')[0]
    parts = {"seen": (None, seen), "text": (None, text.replace("\n", "\r\n"))}
    return await client.post("/content/import/take", files=parts)


async def publish(client: httpx.AsyncClient) -> None:
    await client.post("/content/publish", data=await form_of(client, "/content/draft"))


async def says(pages: Pages, context: str, language: str, school_id: int | None = None) -> str:
    """What parents get in another process."""
    found = (await another(pages).of(school_id or pages.one.school_id)).phrases.sentence(context, language)
    return found.text if found and found.fresh else ""


async def test_what_is_imported_is_a_draft_like_any_edit(pages: Pages) -> None:
    """Looking writes nothing; taken, published, rolled back; the file again changes nothing; the export says the same."""
    with_content(pages)
    before = await says(pages, RULES, "tr")
    async with pages.browser(pages.one.staff["chief"]) as client:
        looked = (await look(client, GOOD)).text
        rows = await pages.count(ContentRevision)
        taken = await take(client, GOOD)
        drafted = await says(pages, RULES, "tr")
        await publish(client)
        published = [await says(pages, RULES, "tr"), await says(pages, "flow/contact_mentor/name", "tr")]
        again = (await look(client, GOOD)).text
        exported = await client.get("/content/export")
        after_export = (await look(client, exported.text)).text
        await client.post("/content/history/0")
    assert rows == 0
    assert "<ins>" in looked
    assert "5 zinnen zijn nieuw" in looked
    assert taken.headers["location"] == "/content/draft?taken=5"
    assert (drafted, published) == (before, [TURKISH, "mentora yaz"])
    assert ['name="seen"' in page for page in (looked, again, after_export)] == [True, False, False]
    assert exported.headers["content-disposition"].startswith("attachment")
    assert await says(pages, RULES, "tr") == before


async def test_one_schools_file_serves_another(pages: Pages) -> None:
    """The second school says what the first one says; nothing else of the first goes along."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        await take(client, GOOD)
        await publish(client)
        exported = (await client.get("/content/export")).text
    async with pages.browser(pages.two.staff["chief"]) as client:
        await take(client, exported)
        await publish(client)
    assert await says(pages, RULES, "tr", pages.two.school_id) == TURKISH


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
async def test_a_hostile_file_is_refused_and_loses_nothing(pages: Pages, text: str) -> None:
    """In a moment, with a word on what is wrong; what the school says, and its draft, stay."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        await take(client, GOOD)
        async with asyncio.timeout(10):
            answer = await look(client, text)
            taken = await take(client, text)
        await publish(client)
    assert 'role="alert"' in answer.text or "geweigerd" in answer.text
    assert "<script>alert" not in answer.text
    assert 'name="seen"' not in answer.text
    assert taken.status_code in {400, 413, 422}
    assert await says(pages, RULES, "tr") == TURKISH


async def test_what_is_wrong_in_a_good_file_is_told_by_line(pages: Pages) -> None:
    """The rest may be taken without it."""
    with_content(pages)
    bad = """  utter_nothing/0: {nl: Dag}
  utter_thank/0: {tr: "Rica ederim {naam}.", xx: Hoi, pl: "<b>Proszę</b>"}
"""
    async with pages.browser(pages.one.staff["chief"]) as client:
        looked = (await look(client, GOOD + bad)).text
        taken = await take(client, GOOD + bad)
    rows = looked.partition('<ul class="refused">')[2].partition("</ul>")[0]
    assert rows.count("<li>") == 4
    assert rows.count("Regel 9") == 3
    assert "&lt;b&gt;" not in rows
    assert taken.headers["location"] == "/content/draft?taken=5"


async def test_what_is_taken_is_what_was_seen(pages: Pages) -> None:
    """A colleague who saved meanwhile is not overwritten unseen."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        seen = (await look(client, GOOD)).text.partition('name="seen" value="')[2].partition('"')[0]
        await take(client, GOOD.replace("Okudum.", "Okundu."))
        late = await client.post("/content/import/take", files={"seen": (None, seen), "text": (None, GOOD)})
    assert (late.status_code, 'name="seen"' in late.text) == (422, True)


async def test_no_file_and_no_text(pages: Pages) -> None:
    """A form without a file, and a file in another alphabet's bytes."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        seen = [
            (await client.post("/content/import")).status_code,
            (await look(client, "é".encode("latin-1"))).status_code,
        ]
    assert seen == [422, 422]
