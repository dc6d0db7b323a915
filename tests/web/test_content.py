"""The content pages: an edit is a draft, a publication is what every process says next, and the way back is always there."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.turn.types import Rota, Say, School
from db.tables import ContentRevision, ContentSentence, Conversation, Outbox, SchoolFact
from db.types import ChannelName, Lane
from tests.web.desk import another, form_of, with_content
from tests.web.world import Pages

pytestmark = pytest.mark.asyncio
RESPONSE = "utter_ask_school_rules"
ADDRESS = f"/content/{RESPONSE}"
NL, TR = f"nl:{RESPONSE}/0", f"tr:{RESPONSE}/0"
NEW = "De telefoon blijft thuis. Alle regels staan op {rules_url}."
NEW_TURKISH = "Telefon evde kalır. Tüm kurallar: {rules_url}."
ATTACK = '<script>alert("x")</script><img src=x onerror=alert(1)>'
PAGES = (
    "/content",
    ADDRESS,
    "/content/draft",
    "/content/history",
    "/content/history/0",
    "/content/try",
    "/content/flow/contact_mentor",
    "/content/import",
    "/content/export",
)
VERBS = (
    ADDRESS,
    "/content/publish",
    "/content/discard",
    "/content/history/0",
    "/content/try",
    "/content/search",
    "/content/import",
    "/content/import/take",
    "/content/flow/contact_mentor",
)


async def edit(client: httpx.AsyncClient, given: dict[str, str], meaning: str = "changed") -> httpx.Response:
    """As a browser does: what the form showed comes back with what was typed."""
    hidden = await form_of(client, f"{ADDRESS}?language=tr")
    return await client.post(ADDRESS, data={**hidden, "meaning": meaning, **given})


async def publish(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post("/content/publish", data=await form_of(client, "/content/draft"))


async def fill_in(pages: Pages, **facts: str) -> None:
    async def work(session: AsyncSession) -> None:
        session.add_all(SchoolFact(school_id=pages.one.school_id, name=n, value=v) for n, v in facts.items())

    await pages.database.write(work)


async def said(pages: Pages, language: str = "nl", school_id: int | None = None) -> str:
    """What a process that was not there at the edit says next."""
    mind = await another(pages).of(school_id or pages.one.school_id)
    school = School(
        "Voorbeeldcollege", "Europe/Amsterdam", {"rules_url": "https://v.example/r"}, Rota((), None), {}, {}
    )
    words = mind.words(Say(RESPONSE), language=language, channel=ChannelName.WHATSAPP, school=school, menu=1)
    return words.texts[0]


async def test_only_administrators(pages: Pages) -> None:
    """Others meet a page that says so, and can do nothing by hand either."""
    with_content(pages)
    async with pages.browser(pages.one.staff["leader"]) as client:
        seen = [await client.get(address) for address in PAGES] + [await client.post(address) for address in VERBS]
    assert {answer.status_code for answer in seen} == {403}
    assert "beheerder" in seen[0].text


async def test_every_answer_has_a_page(pages: Pages) -> None:
    """In every language, with what a parent sees; the list shows them all."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        shown = (await client.get("/content")).text
        for response in pages.line.minds.content.book.domain.responses:  # type: ignore[attr-defined]
            assert f'href="/content/{response}"' in shown
        seen = [await client.get(f"{ADDRESS}?language={code}") for code in ("en", "tr", "ar", "pl", "uk")]
    assert {answer.status_code for answer in seen} == {200}
    assert all("SMS" in answer.text and "Telegram" in answer.text for answer in seen)


async def test_choices_are_seen_as_each_channel_shows_them(pages: Pages) -> None:
    """Buttons on WhatsApp and Telegram, digits in an SMS."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        shown = (await client.get("/content/utter_out_of_scope?language=en")).text
    whatsapp, sms, telegram = shown.split('<figure class="preview ')[1:4]
    assert ["a person</li>" in figure for figure in (whatsapp, sms, telegram)] == [True, False, True]
    assert ["1 a person" in figure for figure in (whatsapp, sms, telegram)] == [False, True, False]


async def test_the_editor_says_how_a_text_reads_and_what_its_letters_cost(pages: Pages) -> None:
    """Dutch has its reading level; an SMS that would cost less without its marks is shown without them, in SMS alone."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        dutch = (await client.get("/content/utter_more_lost_things?language=nl")).text
        english = (await client.get("/content/utter_handed_over?language=en")).text
    whatsapp, sms, telegram = dutch.split('<figure class="preview ')[1:4]
    assert ["<details>" in figure for figure in (whatsapp, sms, telegram)] == [False, True, False]
    assert "bij de concierge" in sms.partition("<details>")[2]
    assert "bij de conciërge" in sms.partition("<details>")[0]
    assert "<details>" not in english.partition("previews")[2]
    assert (dutch.count("100 is heel makkelijk"), english.count("100 is heel makkelijk")) == (1, 1)


async def test_published_words_are_said_next_by_every_process(pages: Pages) -> None:
    """An edit alone changes nothing for parents; publishing does, without anything being started again."""
    with_content(pages)
    before = await said(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        assert (await edit(client, {NL: f"{NEW}\x00", TR: NEW_TURKISH})).status_code == 303
        drafted = await said(pages)
        difference = (await client.get("/content/draft")).text
        answer = await publish(client)
        told = (await client.get(answer.headers["location"])).text
    assert drafted == before
    assert "<ins>" in difference
    assert "<del>" in difference
    assert answer.headers["location"] == "/content?published=1"
    assert 'role="status"' in told
    assert await said(pages) == "De telefoon blijft thuis. Alle regels staan op https://v.example/r."
    assert await said(pages, "tr") == "Telefon evde kalır. Tüm kurallar: https://v.example/r."
    assert await said(pages, school_id=pages.two.school_id) == before


async def test_changed_meaning_leaves_no_stale_text(pages: Pages) -> None:
    """Changed Dutch makes the others wait until somebody says that they fit; what is stale is never said (law 4)."""
    with_content(pages)
    mind = await another(pages).of(pages.one.school_id)
    sentence = mind.phrases.sentence(f"{RESPONSE}/0", "tr")
    turkish = await said(pages, "tr")
    async with pages.browser(pages.one.staff["chief"]) as client:
        await edit(
            client, {NL: "Geen telefoons in de les. Ophalen om {phone_return_time} uur. Regels: {rules_url}."}, "same"
        )
        await publish(client)
        kept = await said(pages, "tr")
        await edit(client, {NL: "Nooit telefoons. Ophalen om {phone_return_time} uur. Regels: {rules_url}."})
        waiting = (await client.get("/content/draft")).text
        await publish(client)
        stale = await said(pages, "tr")
        await edit(client, {f"fits:{TR}": "1", TR: sentence.text if sentence else ""})
        await publish(client)
        fits = await said(pages, "tr")
    assert kept == turkish
    assert "Türkçe" in waiting
    assert "Nooit telefoons." in stale
    assert fits == turkish


async def test_rolling_back_asks_once_more(pages: Pages) -> None:
    """The question shows what changes; the answer publishes the earlier set under a new number."""
    with_content(pages)
    before = await said(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        await edit(client, {NL: NEW, TR: NEW_TURKISH})
        await publish(client)
        asked = await client.get("/content/history/0")
        again = await client.post("/content/history/0")
        missing = await client.get("/content/history/77")
        history = (await client.get("/content/history")).text
    assert "De telefoon blijft thuis" in asked.text.replace("<del>", "").replace("</del>", "")
    assert again.headers["location"] == "/content?published=2"
    assert missing.status_code == 404
    assert "/content/history/1" in history
    assert await said(pages) == before


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (NL, "Regels staan op {no_such_fact}."),
        (TR, "Kurallar burada."),
        (NL, ""),
        (NL, "x" * 1001),
        (NL, "Regels staan op {rules_url."),
    ],
    ids=["unknown blank", "missing blank", "empty", "too long", "half a bracket"],
)
async def test_a_wrong_text_is_refused_at_its_field(pages: Pages, field: str, text: str) -> None:
    """Nothing is saved, and what was typed is kept, in the other field too."""
    with_content(pages)
    other = {NL: "De telefoon mag echt niet in de les."} if field == TR else {}
    async with pages.browser(pages.one.staff["chief"]) as client:
        answer = await edit(client, {**other, field: text}, "same")
    assert answer.status_code == 422
    assert answer.text.count('class="fault"') >= 1
    assert text in answer.text
    assert all(kept in answer.text for kept in other.values())
    assert await pages.count(ContentRevision) == 0


async def test_two_administrators_share_one_draft(pages: Pages) -> None:
    """Nobody overwrites unseen what a colleague saved meanwhile; the bar says who touched the draft last."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        hidden = await form_of(client, f"{ADDRESS}?language=tr")
        await edit(client, {NL: "Eerste: {rules_url}."})
        late = await client.post(ADDRESS, data={**hidden, "meaning": "changed", NL: "Tweede: {rules_url}."})
        shown = (await client.get("/content")).text
        again = await client.post(
            ADDRESS, data={**(await form_of(client, ADDRESS + "?language=tr")), NL: "Tweede: {rules_url}."}
        )
    assert late.status_code == 422
    assert "Eerste: {rules_url}." in late.text
    assert "Tweede: {rules_url}." in late.text
    assert "meneer Beheer" in shown.partition("draft-bar")[2]
    assert again.status_code == 303


async def test_what_is_published_is_what_was_read(pages: Pages) -> None:
    """A draft that moved after the difference was shown has to be looked at again."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        await edit(client, {NL: NEW})
        seen = await form_of(client, "/content/draft")
        await edit(client, {NL: "Iets anders: {rules_url}."})
        late = await client.post("/content/publish", data={**seen, "note": "a note"})
        fine = await publish(client)
        nothing = await publish(client)
    assert [late.status_code, fine.status_code, nothing.status_code] == [422, 303, 422]
    assert 'value="a note"' in late.text


async def test_throwing_away(pages: Pages) -> None:
    """Nothing is left of it."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        await edit(client, {NL: NEW})
        await client.post("/content/discard")
    assert [await pages.count(ContentRevision), await pages.count(ContentSentence)] == [0, 0]


async def test_a_sentence_is_tried(pages: Pages) -> None:
    """It shows the answer it leads to, in the draft's words, and leaves nothing behind; nothing of it stands in an address."""
    with_content(pages)
    await fill_in(pages, parents_evening_date="2026-12-03", parents_evening_time="19:00", parents_evening_room="104")
    async with pages.browser(pages.one.staff["chief"]) as client:
        await edit(client, {NL: NEW})
        answer = await client.post("/content/try", data={"text": "wanneer is de ouderavond", "language": "nl"})
        part = await client.post("/content/try", data={"text": ATTACK}, headers={"x-part": "1"})
        empty = await client.post("/content/try", data={"text": " "})
    assert "/content/utter_ask_parent_evening" in answer.text
    assert "donderdag 3 december" in answer.text
    assert part.text.lstrip().startswith('<div id="tried"')
    assert "<script>alert" not in part.text
    assert empty.status_code == 200
    assert await pages.count(Outbox) == 0


async def test_markup_stays_text(pages: Pages) -> None:
    """Parents would see it as it stands, so it is refused; what was typed is shown as text, wherever it is shown."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        refused = await edit(client, {NL: f"{ATTACK} {{rules_url}}"})
        await edit(client, {NL: f"1 < 2, 3 > 2 & meer: {{rules_url}} {ATTACK.replace('<', '< ')}"})
        await client.post("/content/publish", data={**await form_of(client, "/content/draft"), "note": ATTACK})
        shown = [refused, *[await client.get(address) for address in PAGES]]
        shown += [
            await client.post(f"/content/{verb}", data={"q": ATTACK, "text": ATTACK}) for verb in ("search", "try")
        ]
    assert refused.status_code == 422
    assert all("&lt;script&gt;" in answer.text for answer in (shown[0], shown[4], *shown[-2:]))
    assert not any("<script>alert" in answer.text or "<img src=x" in answer.text for answer in shown)


async def test_what_does_not_exist(pages: Pages) -> None:
    """An answer or a language that is not there is a page that says so."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        seen = [
            (await client.get(address)).status_code
            for address in (
                "/content/utter_nothing",
                f"{ADDRESS}?language=xx",
                "/content/history/x",
                "/content/history/-1",
            )
        ]
        saved = await client.post("/content/utter_nothing", data={"language": "tr"})
    assert seen == [404, 404, 404, 404]
    assert saved.status_code == 404


async def test_how_often_it_was_said(pages: Pages) -> None:
    """Of the past 30 days and of this school only."""
    with_content(pages)
    await pages.case(pages.one)
    await pages.case(pages.two)
    now = pages.clock.now()

    async def work(session: AsyncSession) -> None:
        for number, row in enumerate((await session.scalars(select(Conversation))).all()):
            session.add(
                Outbox(
                    school_id=row.school_id,
                    conversation_id=row.id,
                    seq=50 + number,
                    key=f"reply:{number}:0",
                    lane=Lane.REPLY,
                    not_before=now,
                    text="x",
                    response=RESPONSE,
                    created_at=now,
                )
            )

    await pages.database.write(work)
    async with pages.browser(pages.one.staff["chief"]) as client:
        shown = (await client.get(ADDRESS)).text
    assert "1 keer" in shown
