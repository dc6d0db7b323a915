"""Answering: what she reads is shown first, leaves once, and waits where it must."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.release import Releaser
from bot.errors import Refusal
from bot.staff.knocks import save
from bot.staff.replies import Reply, compose, reply
from db.queries.staff import Me
from db.queries.staff import people as people_of
from db.tables import (
    Address,
    Case,
    Conversation,
    Outbox,
)
from db.types import (
    Author,
    CaseState,
    ChannelName,
    OutboxState,
    WaitReason,
)
from tests.web.forms import answer, token_of
from tests.web.world import Pages, spoken

pytestmark = pytest.mark.asyncio


async def test_answer_in_dutch_says_so_in_her_language(pages: Pages) -> None:
    """Untranslated words of a person reach her under a line in her own language, signed; the Dutch is kept beside it."""
    case = await pages.case(pages.one, language="tr")
    async with pages.browser(pages.one.staff["mentor"]) as client:
        done = await answer(client, case, text="Ik bel u morgen.")
    row = (await pages.rows(Outbox))[0]
    assert done.headers["location"] == f"/inbox/{case}?said=sent"
    assert row.text.endswith("Ik bel u morgen.")
    assert "De Wit" in row.text
    assert (row.author, row.staff_text, row.repeatable, row.case_id) == (Author.STAFF, "Ik bel u morgen.", False, case)
    assert row.response == "utter_staff_reply_dutch"
    kept = (await pages.rows(Case))[0]
    talk = (await pages.rows(Conversation))[0]
    assert (kept.state, kept.waiting_since) == (CaseState.WAITING, None)
    assert (talk.human_case_id, talk.version, talk.human_at) == (case, 1, pages.clock.now())


async def test_answer_to_a_dutch_parent(pages: Pages) -> None:
    """A parent who reads Dutch gets the words themselves, signed."""
    case = await pages.case(pages.one, language="nl")
    async with pages.browser(pages.one.staff["mentor"]) as client:
        await answer(client, case, text="Ik bel u morgen.")
    assert [row.text for row in await pages.rows(Outbox)] == ["Bericht van mevrouw De Wit:\nIk bel u morgen."]


async def test_ready_phrase_with_blanks(pages: Pages) -> None:
    """A ready phrase fills its blanks as its language writes them; an empty blank is asked for and nothing leaves."""
    case = await pages.case(pages.one, language="nl")
    blanks = {"phrase": "find_out", "find_out_date": "2026-11-26"}
    async with pages.browser(pages.one.staff["mentor"]) as client:
        empty = await answer(client, case, phrase="find_out", find_out_date="")
        wrong = await answer(client, case, phrase="find_out", find_out_date="morgen")
        unknown = await answer(client, case, phrase="nonsense")
        shown = await client.post(f"/inbox/{case}/reply", data={"token": "12345678", "action": "preview", **blanks})
        nothing = await pages.count(Outbox)
        await answer(client, case, **blanks)
    assert [one.status_code for one in (empty, wrong, unknown, shown)] == [422, 422, 422, 200]
    assert nothing == 0
    told = "Dank voor uw bericht. Ik zoek het uit. U hoort uiterlijk donderdag 26 november van mij."
    expected = f"Bericht van mevrouw De Wit:\n{told}"
    assert expected.splitlines()[1] in shown.text
    assert [row.text for row in await pages.rows(Outbox)] == [expected]


async def test_preview_keeps_what_was_typed(pages: Pages) -> None:
    """The preview shows what she will read, keeps the words in the box, and sends nothing."""
    case = await pages.case(pages.one, language="tr")
    async with pages.browser(pages.one.staff["mentor"]) as client:
        shown = await client.post(
            f"/inbox/{case}/reply", data={"text": "Ik bel u.", "token": "abcdefgh", "action": "preview"}
        )
    assert shown.status_code == 200
    assert ">Ik bel u.</textarea>" in shown.text
    assert "Dit gaat de ouder lezen" in shown.text
    assert token_of(shown.text) == "abcdefgh"
    assert await pages.count(Outbox) == 0


async def test_double_click_sends_once(pages: Pages) -> None:
    """The same form sent five times at once, and once more later, is one message."""
    case = await pages.case(pages.one)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        token = token_of((await client.get(f"/inbox/{case}")).text)
        answers = await asyncio.gather(*(answer(client, case, token=token, text="Hallo") for _ in range(5)))
        later = await answer(client, case, token=token, text="Hallo")
        await answer(client, case, text="Hallo")
    assert {one.status_code for one in (*answers, later)} == {303}
    assert len(await pages.rows(Outbox)) == 2


@pytest.mark.parametrize("token", ["", "short", "x" * 41, "a:b:c:d:e:f", "æøåæøåæøå"])
async def test_token_must_be_a_token(pages: Pages, token: str) -> None:
    """A form without its token is refused with a reason."""
    case = await pages.case(pages.one)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        refused = await client.post(f"/inbox/{case}/reply", data={"text": "x", "token": token, "action": "send"})
    assert refused.status_code == 422
    assert "Dit formulier is te oud" in refused.text
    assert await pages.count(Outbox) == 0


@pytest.mark.parametrize("text", ["", "   ", "x" * 1501])
async def test_nothing_and_too_much(pages: Pages, text: str) -> None:
    """An empty answer and one that is too long are refused, with the words still in the box."""
    case = await pages.case(pages.one)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        refused = await answer(client, case, text=text)
    assert refused.status_code == 422
    assert "Niet verstuurd." in refused.text
    assert text.strip() in refused.text


async def test_closed_window_waits_for_her(pages: Pages) -> None:
    """After WhatsApp's 24 hours an answer waits; without a template the page says so; her next message releases it."""
    case = await pages.case(pages.one)
    pages.clock.move(hours=25)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        warned = (await client.get(f"/inbox/{case}")).text
        done = await answer(client, case, text="Hallo")
        told = (await client.get(done.headers["location"])).text
    row = (await pages.rows(Outbox))[0]
    assert "meer dan 24 uur" in warned or "ouder is dan 24 uur" in warned
    assert done.headers["location"].endswith("said=waits")
    assert "wacht tot de ouder schrijft" in told
    assert (row.state, row.wait_reason, await pages.count(Outbox)) == (OutboxState.WAITING, WaitReason.WINDOW, 1)
    await pages.change(Conversation, row.conversation_id, window_until=pages.clock.now() + dt.timedelta(hours=24))
    assert await Releaser(pages.database, pages.clock).once() == 1
    assert (await pages.rows(Outbox))[0].state is OutboxState.QUEUED


@pytest.mark.parametrize(
    ("language", "has", "knocks_in"),
    [("tr", ("nl", "en", "tr"), "tr"), ("pl", ("nl", "en"), "en"), ("ary_Latn", ("nl",), "nl"), ("nl", ("nl",), "nl")],
)
async def test_closed_window_knocks_once(pages: Pages, language: str, has: tuple[str, ...], knocks_in: str) -> None:
    """With an approved template she is asked once to write back, however many answers wait: in her language, or the nearest."""
    await set_knocks(pages, has)
    case = await pages.case(pages.one, language=language)
    pages.clock.move(hours=25)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        places = [(await answer(client, case, text=text)).headers["location"] for text in ("een", "twee")]
    rows = await pages.rows(Outbox)
    (knock,) = [row for row in rows if row.key.startswith("knock:")]
    assert all(place.endswith("said=knocked") for place in places)
    assert [row.state for row in rows if row is not knock] == [OutboxState.WAITING] * 2
    assert (knock.state, knock.language) == (OutboxState.QUEUED, knocks_in)
    assert knock.payload == {"template": f"HX{knocks_in}", "values": {"1": "Voorbeeldcollege"}}
    assert "Voorbeeldcollege" in knock.text


async def test_closed_window_without_a_template_for_her(pages: Pages) -> None:
    """A knock in a language that neither she nor school speaks opens nothing."""
    await set_knocks(pages, ("pl",))
    case = await pages.case(pages.one, language="tr")
    pages.clock.move(hours=25)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        done = await answer(client, case, text="Hallo")
    assert done.headers["location"].endswith("said=waits")
    assert await pages.count(Outbox) == 1


async def set_knocks(pages: Pages, languages: tuple[str, ...]) -> None:
    await pages.database.write(
        lambda s: save(s, pages.one.school_id, {language: f"HX{language}" for language in languages})
    )


async def test_window_is_whatsapps_alone(pages: Pages) -> None:
    """Telegram and SMS have no window."""
    cases = [await pages.case(pages.one, channel=channel) for channel in (ChannelName.TELEGRAM, ChannelName.SMS)]
    pages.clock.move(hours=25)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        for case in cases:
            await answer(client, case, text="Hallo")
    assert [row.state for row in await pages.rows(Outbox)] == [OutboxState.QUEUED] * 2


@pytest.mark.parametrize("how", ["blocked", "dead"])
async def test_unreachable_is_said(pages: Pages, how: str) -> None:
    """Where no message arrives any more nothing is sent: the case stays open and says to call."""
    case = await pages.case(pages.one)
    if how == "blocked":
        await pages.change(Conversation, (await pages.rows(Conversation))[0].id, blocked_at=pages.clock.now())
    else:
        await pages.change(Address, (await pages.rows(Address))[0].id, dead_reason="63024")
    async with pages.browser(pages.one.staff["mentor"]) as client:
        refused = await answer(client, case, text="Hallo")
    assert refused.status_code == 422
    assert "Bel de ouder" in refused.text
    assert await pages.count(Outbox) == 0
    assert (await pages.rows(Case))[0].state is CaseState.OPEN


async def test_language_changed_meanwhile(pages: Pages) -> None:
    """An answer made for another language than hers is not sent."""
    case = await pages.case(pages.one, language="tr")
    await pages.change(Conversation, (await pages.rows(Conversation))[0].id, language="pl")
    async with pages.database.read() as session:
        view = await pages.line.scenes.view(session, pages.one.school_id)
        seen = await one_staff(session, pages, "mentor")
    letters = compose(spoken(), view, Reply("Hallo"), language="tr", channel=ChannelName.WHATSAPP, name=seen.name)
    with pytest.raises(Refusal):
        await pages.database.write(
            lambda s: reply(
                s, seen, case, letters, token="12345678", language="tr", knocking=None, now=pages.clock.now()
            )
        )
    assert await pages.count(Outbox) == 0


async def one_staff(session: AsyncSession, pages: Pages, name: str) -> Me:
    people = {person.staff_id: person for person in await people_of(session, pages.one.school_id)}
    person = people[pages.one.staff[name]]
    return Me(
        person.staff_id,
        pages.one.school_id,
        person.name,
        administrator=False,
        roles=person.roles,
        school_name="",
        timezone="Europe/Amsterdam",
        accent="",
    )
