"""Translation in the inbox: her words in Dutch, a colleague's words in her language, and a look before it leaves."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from bot.staff.preparing import LookFirst, looked_at, prepare
from bot.staff.replies import Reply
from bot.translation.counted import Counter
from bot.translation.inward import Inward
from bot.translation.libretranslate import LibreTranslate
from bot.translation.service import Outcome, Translation
from db.tables import Case, Inbox, Outbox, School, TranslationUse
from db.types import CaseState, ChannelName, Sensitivity
from tests.servers.base import Fault
from tests.servers.translators import FakeTranslator
from tests.web.forms import token_of
from tests.web.world import Pages, spoken

pytestmark = [pytest.mark.asyncio, pytest.mark.enable_socket]
DUTCH, TURKISH = "Elif hoeft morgen niet te komen.", "Elif'in yarın gelmesine gerek yok."
WRONG = "Elif yarın gelsin."
BOOK = {
    "QX1 hoeft morgen niet te komen.": "QX1'in yarın gelmesine gerek yok.",
    "QX1'in yarın gelmesine gerek yok.": "QX1 hoeft morgen niet te komen.",
    "QX1 morgen komt niet": "QX1 yarın gelsin.",
    "QX1 yarın gelsin.": "QX1 moet morgen komen.",
    "QX1 bugün hasta, gelmiyor.": "QX1 is vandaag ziek en komt niet.",
}


@pytest.fixture(scope="module")
def _server() -> Iterator[FakeTranslator]:
    with FakeTranslator() as server:
        yield server


@pytest.fixture
def server(_server: FakeTranslator) -> FakeTranslator:
    _server.reset()
    _server.book = dict(BOOK)
    return _server


@pytest_asyncio.fixture
async def translating(pages: Pages, server: FakeTranslator) -> AsyncIterator[Pages]:
    """The pages with a translator behind them."""
    engine = LibreTranslate(server.url, limit=1)
    pages.line.translation = Translation(engine, Counter(pages.database, pages.clock))
    yield pages
    await pages.line.translation.close()


def inward(pages: Pages) -> Inward:
    return Inward(pages.database, pages.clock, pages.line.translation)


BROWSERS: list[object] = []
"""Kept, for a login is named after its browser's place in memory."""


async def post(pages: Pages, case: int, text: str, action: str, seen: str = "", token: str = "") -> tuple[int, str]:
    async with pages.browser(pages.one.staff["mentor"]) as client:
        BROWSERS.append(client)
        token = token or token_of((await client.get(f"/inbox/{case}")).text)
        form = {"token": token, "text": text, "action": action, "seen": seen}
        done = await client.post(f"/inbox/{case}/reply", data=form)
    return done.status_code, html.unescape(done.text)


def seen_in(page: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found
    return found[1]


# --- in


async def test_her_words_stand_in_dutch_under_the_original(translating: Pages, server: FakeTranslator) -> None:
    """Made by the worker, shown beside what she wrote, by whom, and counted; the name did not leave."""
    case = await translating.case(translating.one, text="Elif bugün hasta, gelmiyor.")
    await inward(translating).once()
    async with translating.browser(translating.one.staff["mentor"]) as client:
        page = html.unescape((await client.get(f"/inbox/{case}")).text)
    assert "Elif bugün hasta, gelmiyor." in page
    assert "Elif is vandaag ziek en komt niet." in page
    assert "door een computer" in page
    assert server.sent[0]["q"] == "QX1 bugün hasta, gelmiyor."
    (use,) = await translating.rows(TranslationUse)
    assert (use.school_id, use.month, use.calls, use.characters) == (translating.one.school_id, "2026-11", 1, 26)
    assert await inward(translating).once() == 0


async def test_a_doubt_is_marked(translating: Pages, server: FakeTranslator) -> None:
    """The Dutch lost its "not": the page says so."""
    server.book["QX1 bugün hasta, gelmiyor."] = "QX1 is vandaag ziek en komt."
    case = await translating.case(translating.one, text="Elif bugün hasta, gelmiyor.")
    await inward(translating).once()
    async with translating.browser(translating.one.staff["mentor"]) as client:
        page = html.unescape((await client.get(f"/inbox/{case}/messages")).text)
    assert "‘Niet’ is misschien weggevallen" in page


async def test_what_failed_is_tried_again_later(translating: Pages, server: FakeTranslator) -> None:
    """A minute later, then ten; the page says so meanwhile; each time once, whoever looks."""
    case = await translating.case(translating.one, text="Elif bugün hasta, gelmiyor.")
    server.fail("translate", Fault(502, ""))
    await inward(translating).once()
    (row,) = await translating.rows(Inbox)
    async with translating.browser(translating.one.staff["mentor"]) as client:
        page = html.unescape((await client.get(f"/inbox/{case}")).text)
    assert (row.dutch_state, row.dutch_why, row.dutch_tries) == ("later", "away", 1)
    assert "later weer geprobeerd" in page
    assert await inward(translating).once() == 0
    translating.clock.move(minutes=2)
    await inward(translating).once()
    (row,) = await translating.rows(Inbox)
    assert (row.dutch_state, row.dutch) == ("done", "Elif is vandaag ziek en komt niet.")


async def test_a_message_that_breaks_the_translator_holds_up_no_other(
    translating: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of our own with one row: the next is translated in the same round, this one is tried again later."""
    await translating.case(translating.one, text="Bozuk.")
    await translating.case(translating.one, text="Elif bugün hasta, gelmiyor.")
    real = translating.line.translation.translate

    async def translate(text: str, *args: Any, **more: Any) -> Outcome:
        if text == "Bozuk.":
            raise IndexError
        return await real(text, *args, **more)

    monkeypatch.setattr(translating.line.translation, "translate", translate)
    await inward(translating).once()
    states = {row.text: (row.dutch_state, row.dutch_tries) for row in await translating.rows(Inbox)}
    assert states == {"Bozuk.": ("later", 1), "Elif bugün hasta, gelmiyor.": ("done", 1)}


async def test_a_language_nobody_translates(translating: Pages, server: FakeTranslator) -> None:
    """Said plainly, with what to do; what the line understood stands there all the same."""
    case = await translating.case(translating.one, text="ኤሊፍ ሓሚማ", language="ti")
    await inward(translating).once()
    async with translating.browser(translating.one.staff["mentor"]) as client:
        page = html.unescape((await client.get(f"/inbox/{case}")).text)
    assert "Geen computer vertaalt deze taal goed genoeg." in page
    assert "of een tolk" in page
    assert "Bericht voor de mentor; over Elif D. (2B); begrepen als:" in page
    assert not any("ሓሚማ" in seen for seen in server.seen)


async def test_special_content_stays_in_the_house(translating: Pages, server: FakeTranslator) -> None:
    """A service outside gets none of it, unless the school says so; one in the house does."""
    translating.line.translation.engine.home = False
    case = await translating.case(translating.one, text="Elif bugün hasta, gelmiyor.", sensitivity=Sensitivity.SPECIAL)
    await inward(translating).once()
    (row,) = await translating.rows(Inbox)
    assert (row.dutch_state, row.dutch_why, server.sent) == ("cannot", "private", [])
    status, page = await post(translating, case, DUTCH, "preview")
    assert (status, server.sent) == (200, [])
    assert "Dit is vertrouwelijk" in page
    async with translating.browser(translating.one.staff["chief"]) as client:
        await client.post("/settings/translation", data={"allowed": "all"})
    await inward(translating).once()
    (row,) = await translating.rows(Inbox)
    assert row.dutch_state == "done"


async def test_a_school_may_refuse(translating: Pages, server: FakeTranslator) -> None:
    """Nothing of that school goes anywhere."""
    await translating.change(School, translating.one.school_id, translation="none")
    await translating.case(translating.one, text="Elif bugün hasta, gelmiyor.")
    await inward(translating).once()
    assert (server.sent, (await translating.rows(Inbox))[0].dutch_why) == ([], "off")


async def test_dutch_and_closed_cases_cost_nothing(translating: Pages, server: FakeTranslator) -> None:
    """Nor does a digit; none is asked about, and none looked at twice."""
    await translating.case(translating.one, text="Elif is ziek", language="nl")
    await translating.case(translating.one, text="Elif hasta", state=CaseState.CLOSED, child="Amin")
    await translating.case(translating.one, text="1")
    assert [await inward(translating).once() for _ in range(2)] == [3, 0]
    assert server.sent == []


async def test_what_was_emptied_meanwhile_stays_empty(translating: Pages, server: FakeTranslator) -> None:
    """A message that the purge took while the translator was thinking does not come back in Dutch."""
    await translating.case(translating.one, text="Elif bugün hasta, gelmiyor.")
    (row,) = await translating.rows(Inbox)
    assert server.sent == []
    whole = translating.line.translation.translate

    async def slowly(*args: object, **named: object) -> object:
        await translating.change(Inbox, row.id, text="")
        return await whole(*args, **named)  # type: ignore[arg-type]

    translating.line.translation.translate = slowly  # type: ignore[assignment,method-assign]
    await inward(translating).once()
    assert (await translating.rows(Inbox))[0].dutch == ""


async def test_she_does_not_understand(translating: Pages) -> None:
    """A question mark alone is what the line asks for: the case says what it means."""
    case = await translating.case(translating.one, text=" ؟ ", language="ar")
    async with translating.browser(translating.one.staff["mentor"]) as client:
        page = html.unescape((await client.get(f"/inbox/{case}")).text)
    assert "De ouder begrijpt het vertaalde antwoord niet." in page


# --- out


async def test_what_she_will_read_and_what_it_means(translating: Pages) -> None:
    """The preview shows both; sent, it is signed as translated, tells how to say "I do not understand", and keeps the Dutch."""
    case = await translating.case(translating.one)
    status, page = await post(translating, case, DUTCH, "preview")
    assert (status, TURKISH in page, f">{DUTCH}<" in page, "Twijfel" in page) == (200, True, True, False)
    status, _ = await post(translating, case, DUTCH, "send")
    (row,) = await translating.rows(Outbox)
    assert (status, row.response, row.language) == (303, "utter_staff_reply_translated", "tr")
    assert TURKISH in row.text
    assert "bilgisayar çevirisi" in row.text
    assert row.text.endswith("?")
    assert row.staff_text == DUTCH


async def test_doubtful_is_looked_at_first(translating: Pages, server: FakeTranslator) -> None:
    """A lost "not" is marked and not sent, until somebody has seen just that and sends it."""
    server.book["QX1 hoeft morgen niet te komen."] = "QX1 yarın gelsin."
    case = await translating.case(translating.one)
    status, page = await post(translating, case, DUTCH, "send")
    assert (status, await translating.count(Outbox)) == (422, 0)
    assert "In de vertaling klopt misschien iets niet." in page
    assert "‘Niet’ is misschien weggevallen" in page
    assert WRONG in page
    status, _ = await post(translating, case, DUTCH, "send", seen=seen_in(page))
    assert (status, await translating.count(Outbox)) == (303, 1)


async def test_a_preview_of_other_words_does_not_count(translating: Pages, server: FakeTranslator) -> None:
    """The mark is of what was seen."""
    server.book["QX1 hoeft morgen niet te komen."] = "QX1 yarın gelsin."
    case = await translating.case(translating.one)
    _, page = await post(translating, case, "Elif morgen komt niet", "preview")
    status, _ = await post(translating, case, "Kom om 15:30 uur niet", "send", seen=seen_in(page))
    assert (status, await translating.count(Outbox)) == (422, 0)


async def test_a_translator_that_is_away_is_said_first(translating: Pages, server: FakeTranslator) -> None:
    """She would read Dutch although the page promised Turkish: somebody should know before it leaves."""
    case = await translating.case(translating.one)
    server.fail("translate", Fault(500, ""), Fault(500, ""))
    status, page = await post(translating, case, DUTCH, "send")
    assert (status, await translating.count(Outbox)) == (422, 0)
    assert "De vertaler antwoordt niet." in page
    status, _ = await post(translating, case, DUTCH, "send", seen=seen_in(page))
    (row,) = await translating.rows(Outbox)
    assert (status, row.response) == (303, "utter_staff_reply_dutch")


async def test_a_language_nobody_translates_goes_as_before(translating: Pages) -> None:
    """Dutch, saying so: the page said it beforehand, so nothing holds it up."""
    case = await translating.case(translating.one, language="so")
    status, _ = await post(translating, case, DUTCH, "send")
    (row,) = await translating.rows(Outbox)
    assert (status, row.response) == (303, "utter_staff_reply_dutch")


async def test_an_answer_by_mail_is_held_up_too(translating: Pages, server: FakeTranslator) -> None:
    """Whoever cannot look is told to: nothing doubtful leaves unseen from elsewhere."""
    server.book["QX1 hoeft morgen niet te komen."] = "QX1 yarın gelsin."
    case = await translating.case(translating.one)
    async with translating.database.read() as session:
        view = await translating.line.scenes.view(session, translating.one.school_id)
    letters = await prepare(
        translating.database,
        translating.line.translation,
        spoken(),
        view,
        Reply(DUTCH),
        school_id=translating.one.school_id,
        case_id=case,
        language="tr",
        channel=ChannelName.WHATSAPP,
        name="mevrouw De Wit",
    )
    with pytest.raises(LookFirst) as refused:
        looked_at(letters)
    assert WRONG in refused.value.letters[0].texts[0]


async def test_the_names_of_the_family_and_of_school_do_not_leave(translating: Pages, server: FakeTranslator) -> None:
    """The guardian's, the child's and colleagues', in both directions."""
    case = await translating.case(
        translating.one, text="Ben Fatma Demir, Elif'in annesi. Bas Bakker'e söyleyin: 2B, 15:30"
    )
    await inward(translating).once()
    await post(translating, case, "Dag mevrouw Demir, Bakker belt Elif (2B) op 06-12345678.", "preview")
    asked = " ".join(entry["q"] for entry in server.sent)
    assert len(server.sent) == 3
    assert [
        secret for secret in ("Demir", "Fatma", "Elif", "Bakker", "2B", "15", "0612", "06-") if secret in asked
    ] == []


# --- beside it


async def test_simpler_dutch(pages: Pages) -> None:
    """One tap: hard words with simpler ones; nothing is sent, and what was typed stays."""
    case = await pages.case(pages.one)
    status, page = await post(pages, case, "Derhalve verzoeken wij u tijdig te komen.", "hints")
    assert status == 200
    assert 'Moeilijk woord: <q lang="nl">derhalve</q> → <em lang="nl">dus</em>' in page
    assert ">Derhalve verzoeken wij u tijdig te komen.</textarea>" in page
    assert await pages.count(Outbox) == 0


async def test_the_settings_say_what_it_does_and_costs(translating: Pages) -> None:
    """Languages, rule, and this month's calls; a choice that is none is refused."""
    await translating.case(translating.one, text="Elif bugün hasta, gelmiyor.")
    await inward(translating).once()
    async with translating.browser(translating.one.staff["chief"]) as client:
        page = html.unescape((await client.get("/settings/translation")).text)
        refused = await client.post("/settings/translation", data={"allowed": "maybe"})
        saved = await client.post("/settings/translation", data={"allowed": "ordinary"})
    assert "LibreTranslate" in page
    assert re.search(r"Niet vertaald, .*Tigrinya", page)
    assert re.search(r"2026-11</th>\s*<td class=\"number\">1</td>\s*<td class=\"number\">26</td>", page)
    assert (refused.status_code, saved.status_code) == (422, 303)
    assert (await translating.rows(School))[0].translation == "ordinary"


async def test_without_a_translator_nothing_is_promised(pages: Pages) -> None:
    """The box says Dutch, the settings say why, the worker asks nobody."""
    case = await pages.case(pages.one)
    assert await inward(pages).once() == 0
    async with pages.browser(pages.one.staff["mentor"]) as client:
        page = html.unescape((await client.get(f"/inbox/{case}")).text)
    async with pages.browser(pages.one.staff["chief"]) as client:
        settings = html.unescape((await client.get("/settings/translation")).text)
    assert "Wat de lijn begreep:" in page
    assert "Een computer vertaalt" not in page
    assert "Hier vertaalt geen computer." in settings
    assert (await pages.rows(Case))[0].state is CaseState.OPEN
