"""My own page and the school's: how a colleague hears that a parent waits, and how much it says."""

from __future__ import annotations

import re

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Address, Outbox, ProviderAccount, SchoolFact, StaffMedium
from db.types import ChannelName, Medium, Provider
from tests.web.world import Pages

pytestmark = pytest.mark.asyncio


async def with_mail(pages: Pages) -> None:
    """The school has an account for mail."""
    account = ProviderAccount(
        school_id=pages.one.school_id, provider=Provider.SMTP, external_id="lijn@voorbeeld.example"
    )

    async def work(session: AsyncSession) -> None:
        session.add(account)

    await pages.database.write(work)


async def allow_telegram(pages: Pages) -> None:
    """As the administrator's page does."""
    async with pages.browser(pages.one.staff["chief"]) as chief:
        answer = await chief.post("/settings/notices", data={"detail": "about", "telegram": "yes"})
    assert answer.status_code == 303


async def test_a_colleague_chooses_how_and_when(pages: Pages) -> None:
    """Only in the inbox, or mail between hours of her own; half an hour's end is refused with a word."""
    mentor = pages.one.staff["mentor"]
    async with pages.browser(mentor) as browser:
        saved = await browser.post("/me", data={"medium": "mail", "opens": "8:30", "closes": "16:00"})
        half = await browser.post("/me", data={"medium": "mail", "opens": "08:30"})
        backwards = await browser.post("/me", data={"medium": "none", "opens": "17:00", "closes": "08:00"})
        page = await browser.get("/me")
    (row,) = await pages.rows(StaffMedium)
    assert (saved.status_code, half.status_code, backwards.status_code, page.status_code) == (303, 422, 422, 200)
    assert (row.staff_id, row.medium, row.opens, row.closes) == (mentor, Medium.MAIL, "08:30", "16:00")


async def test_telegram_is_offered_where_the_school_allows_it(pages: Pages) -> None:
    """Without it there is no code, and no chat to choose that nobody has bound."""
    async with pages.browser(pages.one.staff["mentor"]) as browser:
        before = await browser.post("/me/telegram")
        await allow_telegram(pages)
        after = await browser.post("/me/telegram")
        unbound = await browser.post("/me", data={"medium": "telegram"})
    code = re.search(r"/start (staff_[0-9a-f]{20})", after.text)
    (row,) = await pages.rows(StaffMedium)
    assert (before.status_code, after.status_code, unbound.status_code, code is not None) == (422, 200, 422, True)
    assert code is not None
    assert code[1] not in row.code_hash


async def test_the_school_says_how_much(pages: Pages) -> None:
    """Kept among its facts, and only an administrator decides."""
    async with pages.browser(pages.one.staff["mentor"]) as mentor:
        refused = await mentor.post("/settings/notices", data={"detail": "words"})
    await allow_telegram(pages)
    facts = {row.name: row.value for row in await pages.rows(SchoolFact) if row.name.startswith("notices_")}
    assert (refused.status_code, facts) == (403, {"notices_detail": "about", "notices_telegram": "yes"})


async def test_a_test_message_goes_to_oneself_only(pages: Pages) -> None:
    """At any hour, with nothing in it; without mail it says whom to ask."""
    mentor = pages.one.staff["mentor"]
    async with pages.browser(mentor) as browser:
        nothing = await browser.post("/me/test")
        await with_mail(pages)
        sent = await browser.post("/me/test")
    (row,) = await pages.rows(Outbox)
    (address,) = [a for a in await pages.rows(Address) if a.channel is ChannelName.MAIL]
    assert (nothing.status_code, sent.status_code) == (422, 303)
    assert (address.external_id, address.staff_id) == ("mentor@voorbeeld.example", mentor)
    assert row.payload["mail"]["reply_to"] == ""


async def test_a_dead_address_stands_on_both_pages(pages: Pages) -> None:
    """Whoever can mend it sees it."""
    await with_mail(pages)
    async with pages.browser(pages.one.staff["mentor"]) as browser:
        await browser.post("/me/test")
        (address,) = [a for a in await pages.rows(Address) if a.channel is ChannelName.MAIL]
        await pages.change(Address, address.id, dead_reason="5.1.1")
        mine = await browser.get("/me")
    async with pages.browser(pages.one.staff["chief"]) as chief:
        theirs = await chief.get("/settings/notices")
    async with pages.browser(pages.two.staff["chief"]) as other:
        elsewhere = await other.get("/settings/notices")
    assert ("5.1.1" in mine.text, "5.1.1" in theirs.text, "5.1.1" in elsewhere.text) == (True, True, False)
