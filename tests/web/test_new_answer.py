"""An answer of the school's own: written without YAML, drafted like any text, and gone without a trace."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest

from bot.content.minds import ContentMinds
from bot.turn.sentences import buttons
from bot.turn.types import Rota, Say, School
from db.tables import ContentExample, ContentSentence, Unanswered
from db.types import ChannelName
from nlu.embedded import load
from tests.web.desk import another, form_of, shipped, with_content
from tests.web.test_unanswered import ids_in, unanswered
from tests.web.world import Pages

pytestmark = pytest.mark.asyncio
TITLE, TEXT = "fatbike stallen", "Een fatbike mag in de stalling achter de gymzaal. Bellen kan: {school_phone}."
EXAMPLES = (
    "waar kan mijn zoon zijn fatbike neerzetten",
    "mag een fatbike op het schoolplein staan",
    "is er een stalling voor fatbikes",
    "mijn dochter komt met de fatbike waar moet die staan",
    "fatbike parkeren bij school kan dat",
    "hallo, mogen de kinderen met een fatbike naar school komen en waar zet je hem dan",
    "staat de fatbike veilig bij jullie",
    "kan de fatbike ergens op slot",
)
OTHERS = ("kluisje kwijt", "sleutel van het kluisje weg", "locker stuk", "welk kluisje is vrij")
ENTRY, INTENT = "utter_ask_ours_fatbike_stallen", "ask_ours_fatbike_stallen"
PAGE = f"/content/{ENTRY}"
NEARLY = "hoeveel is de vrijwillige ouderbijdrage voor de tweede klas dan"
"""As an example of the costs has it, but for a word."""
ATTACK = '<script>alert("x")</script><img src=x onerror=alert(1)>'
SCHOOL = School("Voorbeeldcollege", "Europe/Amsterdam", {"school_phone": "030 000 01 00"}, Rota((), None), {}, {})
TURKISH = {f"tr:{ENTRY}/0": "Spor salonunun arkasında. {school_phone}", f"tr:utter_title_{INTENT}/0": "bisiklet yeri"}
ANSWER = {"title": TITLE, "text": TEXT, "examples": "\r\n".join(EXAMPLES)}


async def make(client: httpx.AsyncClient, **given: str) -> httpx.Response:
    """Fill the form in and send it."""
    return await client.post("/content/new", data={**ANSWER, **given})


async def publish(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post("/content/publish", data=await form_of(client, "/content/draft"))


async def menu(pages: Pages, language: str) -> list[str]:
    """The choices that another process shows next."""
    mind = await another(pages).of(pages.one.school_id)
    say = Say("utter_help", options=buttons(mind.phrases.book, "utter_help"))
    words = mind.words(say, language=language, channel=ChannelName.WHATSAPP, school=SCHOOL, menu=1)
    return [*words.texts, *(choice.title for choice in words.choices)]


async def test_it_is_made_published_listed_changed_and_rolled_back(pages: Pages) -> None:
    """The whole way, as for any text; its file brings it to another school."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        made = await make(client, place="utter_help")
        seen = (await client.get(made.headers["location"])).text
        draft = (await client.get("/content/draft")).text
        published = await publish(client)
        listed = (await client.get("/content")).text
        exported = (await client.get("/content/export")).text
        hidden = await form_of(client, f"{PAGE}?language=tr") | {"language": "tr", "meaning": "changed"}
        translated = await client.post(PAGE, data=hidden | TURKISH)
        half = await menu(pages, "tr")
        await publish(client)
        whole = await menu(pages, "tr")
        await client.post("/content/history/0")
        gone = (await client.get(PAGE)).status_code
    async with pages.browser(pages.two.staff["chief"]) as client:
        form = {"text": exported}
        looked = await client.post("/content/import", files={"file": ("x.yaml", exported)})
        found = re.search(r'name="seen" value="([^"]+)"', looked.text)
        assert found
        taken = await client.post("/content/import/take", data={**form, "seen": found[1]})
        theirs = (await client.get(PAGE)).text
    assert (made.status_code, made.headers["location"]) == (303, f"{PAGE}?made=1")
    assert all(text in seen for text in (*EXAMPLES, "{school_phone}"))
    assert f"<ins>{EXAMPLES[0]}</ins>" in draft
    assert "Türkçe" in draft
    assert published.headers["location"] == "/content?published=1"
    assert f'href="{PAGE}"' in listed
    assert translated.status_code == 303
    assert half[-1] == "fatbike stallen (NL)"
    assert "Hollanda" not in half[0]
    assert whole[-1] == "bisiklet yeri"
    assert TITLE not in await menu(pages, "nl")
    assert gone == 404
    assert taken.status_code == 303
    assert all(text in theirs for text in EXAMPLES)
    assert 'value="utter_help" selected' in theirs


async def test_it_may_begin_with_a_message_that_was_not_understood(pages: Pages) -> None:
    """The message is an example in its own language, and is seen to; it stands in no address."""
    with_content(pages)
    await unanswered(pages, pages.one, "fatbike nereye konur", language="tr")
    async with pages.browser(pages.one.staff["chief"]) as client:
        html = (await client.get("/unanswered")).text
        (ids,) = ids_in(html)
        data = {"ids": ids, "text": "fatbike nereye konur", "language": "tr", "intent": "ask_grades"}
        begun = await client.post("/content/new/from", data=data)
        dutch = await client.post("/content/new/from", data=data | {"language": "nl", "text": EXAMPLES[0]})
        refused = await make(client, ids=ids, heard="fatbike nereye konur", language="")
        waits = ids_in((await client.get("/unanswered")).text)
        made = await make(client, ids=ids, heard="fatbike nereye konur", language="tr")
        after = ids_in((await client.get("/unanswered")).text)
    (row,) = await pages.rows(Unanswered)
    turkish = [each.text for each in await pages.rows(ContentExample) if each.language == "tr"]
    assert 'formaction="/content/new/from"' in html
    assert [f'name="ids" value="{ids}"' in answer.text for answer in (begun, dutch, refused)] == [True] * 3
    assert "fatbike nereye konur</textarea>" in begun.text
    assert f"{EXAMPLES[0]}</textarea>" in dutch.text
    assert ("fatbike" in begun.url.path, refused.status_code, waits) == (False, 422, [ids])
    assert (made.status_code, after, turkish) == (303, [], ["fatbike nereye konur"])
    assert row.settled_by_id == pages.one.staff["chief"]


async def test_what_another_answer_knows_is_asked_about(pages: Pages) -> None:
    """Added there or kept here: the administrator says it of each, and nothing is written before."""
    with_content(pages)
    lines = "\n".join((*EXAMPLES[:6], "Wanneer is de ouderavond?", NEARLY))
    async with pages.browser(pages.one.staff["chief"]) as client:
        asked = await make(client, examples=lines)
        keys = re.findall(r'name="(near:[0-9a-f]{8})"\s+value="there"', asked.text)
        half = await make(client, examples=lines, **{keys[0]: "there"})
        nothing = await pages.count(ContentExample)
        made = await make(client, examples=lines, **{keys[0]: "there", keys[1]: "here"})
    found = {each.text: each.intent for each in await pages.rows(ContentExample)}
    assert (asked.status_code, half.status_code, nothing, made.status_code) == (422, 422, 0, 303)
    assert len(keys) == 2
    assert "ouderavond" in asked.text
    assert [found["Wanneer is de ouderavond?"], found[NEARLY]] == [
        "ask_parent_evening",
        INTENT,
    ]


HOSTILE = {
    "no name": {"title": ""},
    "a long name": {"title": "x" * 10_000},
    "a name of HTML": {"title": "<b>fiets</b>"},
    "a name without letters": {"title": "1"},
    "a name that is taken": {"title": "Ouderavond"},
    "a name that means yes": {"title": "JA"},
    "no text": {"text": " \r\n"},
    "a long text": {"text": "x" * 10_000},
    "HTML": {"text": ATTACK},
    "a control character": {"text": "Dag\x07"},
    "a blank that does not exist": {"text": "Bel {nobody}."},
    "half a blank": {"text": "Bel {school_phone."},
    "a mark of direction": {"text": "Dag \u202edag"},
    "too few examples": {"examples": "\n".join(EXAMPLES[:3])},
    "one example four times": {"examples": "fatbike\nFatbike!\n fatbike \nFATBIKE?"},
    "too many examples": {"examples": "\n".join(f"fatbike {n}" for n in range(51))},
    "a long example": {"examples": "\n".join((*EXAMPLES, "x" * 10_000))},
    "danger": {"examples": "\n".join((*EXAMPLES, "ik wil dood"))},
    "an example of nothing": {"examples": "\n".join((*EXAMPLES, "?!"))},
    "a place that does not exist": {"place": "utter_nothing"},
    "a place where nobody chooses": {"place": "utter_danger_now"},
    "a place in a conversation": {"place": "utter_more_report_absence"},
    "its own place": {"place": ENTRY},
    "a language that is not here": {"heard": "hoi", "language": "xx"},
}


async def test_what_cannot_be_taken_is_refused_at_its_field(pages: Pages) -> None:
    """With a word on why; what was typed stays, as text, and nothing is drafted."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        seen = {name: await make(client, **given) for name, given in HOSTILE.items()}
    refused = {name: (answer.status_code, 'class="fault"' in answer.text) for name, answer in seen.items()}
    assert refused == dict.fromkeys(HOSTILE, (422, True))
    assert [name for name, answer in seen.items() if "<script>alert" in answer.text or "<b>fiets" in answer.text] == []
    assert all(TITLE in seen[name].text or "title" in given for name, given in HOSTILE.items())
    assert await pages.rows(ContentExample) + await pages.rows(ContentSentence) == []


async def test_two_administrators_at_once_make_one(pages: Pages) -> None:
    """The second is told that the name is taken; a name that differs by a sign only gets an id of its own."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as one, pages.browser(pages.one.staff["chief"]) as other:
        both = await asyncio.gather(make(one), make(other))
        near = await make(one, title="Fatbike-stallen!", examples="\n".join(OTHERS))
    intents = {each.intent for each in await pages.rows(ContentExample)}
    assert sorted(answer.status_code for answer in both) == [303, 422]
    assert near.status_code == 303
    assert intents == {INTENT, f"{INTENT}_2"}


async def test_a_full_menu_says_so(pages: Pages) -> None:
    """WhatsApp shows ten choices; one place in the menu is left. The second may stand elsewhere."""
    with_content(pages)
    more = {
        "title": "kluisjes",
        "examples": "kluisje kwijt\nsleutel van het kluisje weg\nlocker stuk\nwelk kluisje is vrij",
    }
    async with pages.browser(pages.one.staff["chief"]) as client:
        await make(client, place="utter_help")
        full = await make(client, place="utter_help", **more)
        elsewhere = await make(client, place=ENTRY, **more)
        moved = await client.post("/content/own/ask_ours_kluisjes/place", data={"place": "utter_help"})
    assert "WhatsApp" in full.text
    assert [answer.status_code for answer in (full, elsewhere, moved)] == [422, 303, 422]


async def test_its_examples_button_and_all_of_it_can_be_taken_away(pages: Pages) -> None:
    """On its page, into the draft; what is taken away before it was published leaves nothing behind."""
    with_content(pages)
    verb = f"/content/own/{INTENT}"
    async with pages.browser(pages.one.staff["chief"]) as client:
        await make(client, place="utter_ask_school_rules")
        await client.post(f"{verb}/forget", data={"language": "nl", "text": EXAMPLES[0]})
        added = await client.post(f"{verb}/teach", data={"language": "tr", "text": "fatbike nereye konur"})
        torn = await client.post(f"{verb}/teach", data={"language": "nl", "text": "wanneer is de ouderavond"})
        sure = await client.post(
            f"{verb}/teach", data={"language": "nl", "text": "wanneer is de ouderavond", "sure": "1"}
        )
        bad = await client.post(f"{verb}/teach", data={"language": "nl", "text": "ik wil dood"})
        examples = {each.text for each in await pages.rows(ContentExample)}
        under = (await client.get("/content/utter_ask_school_rules")).text
        await client.post(f"{verb}/place", data={"place": ""})
        nowhere = (await client.get("/content/utter_ask_school_rules")).text
        gone = await client.post(f"{verb}/remove")
        again = await client.post(f"{verb}/remove")
    assert [answer.status_code for answer in (added, torn, sure, bad, gone, again)] == [303, 422, 303, 422, 303, 404]
    assert examples == {*EXAMPLES[1:], "fatbike nereye konur", "wanneer is de ouderavond"}
    assert [f'href="{PAGE}?' in html for html in (under, nowhere)] == [True, False]
    assert await pages.rows(ContentExample) + await pages.rows(ContentSentence) == []


async def test_taking_away_is_published_and_undone(pages: Pages) -> None:
    """The difference names what goes; rolling back brings it back with its translation and its button."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        await make(client, place="utter_help")
        hidden = await form_of(client, f"{PAGE}?language=tr") | {"language": "tr", "meaning": "changed"}
        await client.post(PAGE, data=hidden | TURKISH)
        await publish(client)
        await client.post(f"/content/own/{INTENT}/remove")
        draft = (await client.get("/content/draft")).text
        await publish(client)
        without = await menu(pages, "tr")
        asked = (await client.get("/content/history/1")).text
        await client.post("/content/history/1")
        back = await menu(pages, "tr")
    assert all(f"<del>{text}</del>" in draft for text in (*EXAMPLES, TITLE, TURKISH[f"tr:utter_title_{INTENT}/0"]))
    assert all(f"<ins>{text}</ins>" in asked for text in (*EXAMPLES, TITLE))
    assert ["bisiklet yeri" in choices for choices in (without, back)] == [False, True]


async def test_a_draft_can_be_tried(pages: Pages) -> None:
    """Before anything is published: in other words than the examples, by n-grams alone."""
    with_content(pages)
    pages.line.minds = ContentMinds(pages.database, shipped(), load)
    async with pages.browser(pages.one.staff["chief"]) as client:
        await make(client)
        tried = (await client.post("/content/try", data={"text": "waar mag de fatbike staan", "language": "nl"})).text
    assert re.search(rf'class="guesses"><li>{TITLE} <small>', tried)
    assert f'href="{PAGE}?language=nl"' in tried


async def test_it_belongs_to_its_school_and_to_administrators(pages: Pages) -> None:
    """Another school has no such page, and a colleague may not write one."""
    with_content(pages)
    addresses = ("/content/new", "/content/new/from", f"/content/own/{INTENT}/teach", f"/content/own/{INTENT}/remove")
    async with pages.browser(pages.one.staff["chief"]) as client:
        await make(client)
    async with pages.browser(pages.two.staff["chief"]) as client:
        theirs = [(await client.get(PAGE)).status_code, (await client.post(addresses[3])).status_code]
    async with pages.browser(pages.one.staff["mentor"]) as client:
        seen = [(await client.get("/content/new")).status_code]
        seen += [(await client.post(address, data=ANSWER)).status_code for address in addresses]
    assert theirs == [404, 404]
    assert set(seen) == {403}
    assert len(await pages.rows(ContentExample)) == len(EXAMPLES)
