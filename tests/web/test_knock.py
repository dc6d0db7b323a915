"""The templates that knock on WhatsApp, as an administrator sets them, with Twilio asked about each."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from bot.channels.twilio import TwilioChannel
from bot.content.phrases import Phrasebook
from bot.core.accounts import Accounts
from bot.staff.knocks import NAME_BLANK, wording
from db.tables import SchoolFact
from locales.languages import LANGUAGES
from tests.servers.twilio import UNAVAILABLE, FakeTwilio
from tests.servers.twilio_webhooks import ACCOUNT, TOKEN, WHATSAPP_FROM
from tests.web.desk import shipped, with_content
from tests.web.world import Pages

HERE = "/settings/channels/knock"
TEXT = "Dag! Hier is {{1}}. Schrijf ja."
NOBODY = "HX" + "0" * 32


@pytest.fixture(scope="module")
def _twilio() -> Iterator[FakeTwilio]:
    with FakeTwilio() as server:
        yield server


@pytest_asyncio.fixture
async def twilio(pages: Pages, _twilio: FakeTwilio) -> AsyncIterator[FakeTwilio]:
    """The school's account, carried by a real adapter that talks to a local Twilio."""
    _twilio.reset()
    with_content(pages)
    pages.line.accounts = Accounts(
        pages.database,
        lambda _: TwilioChannel(ACCOUNT, TOKEN, api_url=_twilio.url, whatsapp_from=WHATSAPP_FROM),
    )
    yield _twilio
    await pages.line.accounts.close()


async def kept(pages: Pages) -> dict[str, str]:
    return {row.name.removeprefix("knock_template_"): row.value for row in await pages.rows(SchoolFact)}


def fields(**sids: str) -> dict[str, str]:
    return {f"knock_template_{language}": sid for language, sid in sids.items()}


@pytest.mark.parametrize("language", shipped().catalogues.languages)
def test_the_words_are_such_as_whatsapp_approves(language: str) -> None:
    """One blank, not at an end, among enough words (Meta: twice the blanks and one more), short, on one line."""
    said = wording(Phrasebook(shipped()), language)
    before, blank, after = said.partition(f"{{{{{NAME_BLANK}}}}}")
    words = re.findall(r"\w+", before + after)
    assert blank
    assert all(re.search(r"\w", part) for part in (before, after))
    assert (len(words) >= 3, len(said) <= 1024, "{" in before + after, "\n" in said) == (True, True, False, False)


@pytest.mark.enable_socket
@pytest.mark.asyncio
async def test_the_words_to_hand_in_stand_at_each_language(pages: Pages, twilio: FakeTwilio) -> None:
    """Ready to be copied, the name of the school as the blank that the line fills."""
    async with pages.browser(pages.one.staff["chief"]) as client:
        shown = (await client.get("/settings/channels")).text
        overview = (await client.get("/settings")).text
    assert "Dag! Hier is {{1}}. Iemand van school heeft een bericht voor u." in shown
    offered = shipped().catalogues.languages
    spoken = [code for code in offered if LANGUAGES[code].script_of is None]
    assert shown.count('name="knock_template_') == len(offered)
    assert f"{len(spoken)} talen zonder sjabloon" in overview
    assert twilio.calls == []


@pytest.mark.enable_socket
@pytest.mark.asyncio
async def test_twilio_is_asked_before_they_are_kept(
    pages: Pages, twilio: FakeTwilio, caplog: pytest.LogCaptureFixture
) -> None:
    """Approved or on its way: kept, and the page says which; the version rises, so that every process knocks with it."""
    dutch, turkish = twilio.has_template(TEXT), twilio.has_template(TEXT, language="tr", status="pending")
    async with pages.browser(pages.one.staff["chief"]) as client:
        with caplog.at_level(logging.INFO):
            answer = await client.post(HERE, data=fields(nl=f" {dutch.replace('HX', 'hx')}\n", tr=turkish, en=""))
        first = await kept(pages)
        await client.post(HERE, data=fields(tr=""))
    assert answer.status_code == 200
    assert "Goedgekeurd door WhatsApp." in answer.text
    assert "Nog niet goedgekeurd door WhatsApp (pending)." in answer.text
    assert (first, await kept(pages)) == ({"nl": dutch, "tr": turkish}, {"nl": dutch})
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("bot.")]
    expected = f"settings: the knock changed by staff {pages.one.staff['chief']} of school {pages.one.school_id}"
    assert ours == [expected]


@pytest.mark.enable_socket
@pytest.mark.asyncio
async def test_what_will_not_do_is_refused_at_its_field(pages: Pages, twilio: FakeTwilio) -> None:
    """All or none: what was typed is still there, and each field says what is wrong."""
    given = fields(
        nl=twilio.has_template(TEXT),
        en=NOBODY,
        tr=twilio.has_template("Merhaba {{1}}, {{2}} yazın.", language="tr"),
        ar=twilio.has_template("Dag! {{1}} schrijft.", language="nl"),
        pl=twilio.has_template(TEXT, language="pl", status="rejected"),
        uk=twilio.has_template("Dag zonder plek.", language="uk"),
    )
    async with pages.browser(pages.one.staff["chief"]) as client:
        answer = await client.post(HERE, data=given)
        malformed = await client.post(HERE, data=fields(nl="HX123", tr="<script>"))
    assert answer.status_code == malformed.status_code == 422
    faults = dict(re.findall(r'id="knock_template_(\w+)-fault">([^<]+)<', answer.text))
    assert faults == {
        "en": "Twilio kent dit sjabloon niet.",
        "tr": "Dit sjabloon moet één open plek hebben, {{1}}, voor de naam van de school.",
        "ar": "Bij Twilio is dit sjabloon in een andere taal.",
        "pl": "WhatsApp staat dit sjabloon niet toe. Maak een ander.",
        "uk": "Dit sjabloon moet één open plek hebben, {{1}}, voor de naam van de school.",
    }
    assert f'value="{NOBODY}"' in answer.text
    assert malformed.text.count('-fault">Dit is geen ContentSid') == 2
    assert "<script>" not in malformed.text.partition('id="knock"')[2]
    assert await kept(pages) == {}


@pytest.mark.enable_socket
@pytest.mark.asyncio
async def test_a_twilio_that_does_not_answer_keeps_nobody_from_saving(pages: Pages, twilio: FakeTwilio) -> None:
    """It is kept, and said not to have been looked at; the check of the channel looks again."""
    sid = twilio.has_template(TEXT)
    twilio.fail("content", UNAVAILABLE)
    async with pages.browser(pages.one.staff["chief"]) as client:
        unseen = await client.post(HERE, data=fields(nl=sid))
        seen = await client.post(f"/settings/channels/{pages.one.account_id}/check")
    assert "Dit kon niet aan Twilio worden gevraagd." in unseen.text
    assert "Goedgekeurd door WhatsApp." in seen.text
    assert await kept(pages) == {"nl": sid}


@pytest.mark.asyncio
async def test_without_credentials_the_form_is_enough(pages: Pages) -> None:
    """The school's own line may be set up before its account is."""
    with_content(pages)
    async with pages.browser(pages.one.staff["chief"]) as client:
        answer = await client.post(HERE, data=fields(nl=NOBODY))
    assert answer.status_code == 200
    assert await kept(pages) == {"nl": NOBODY}


@pytest.mark.asyncio
async def test_only_administrators_and_only_their_own_school(pages: Pages) -> None:
    """Another school's administrator changes another school's knock."""
    with_content(pages)
    async with pages.browser(pages.one.staff["mentor"]) as client:
        refused = await client.post(HERE, data=fields(nl=NOBODY))
    async with pages.browser(pages.two.staff["chief"]) as client:
        await client.post(HERE, data=fields(nl=NOBODY))
    assert refused.status_code == 403
    assert [row.school_id for row in await pages.rows(SchoolFact)] == [pages.two.school_id]
