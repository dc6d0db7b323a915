"""A mentor answers on a phone within three taps, and nothing that was typed is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import started
from tests.browser.test_newcomer import hears, open_inbox, open_phone, say

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.timeout(180),
]
PARENT = "Linda de Boer"
BEGUN: set[str] = set()
"""Lines on which she has a case already."""


class Thumb:
    """A phone of 360 pixels, and how often it was tapped."""

    def __init__(self, page: Page) -> None:
        """Nothing tapped yet."""
        self.page, self.taps = page, 0

    async def opens(self, link: str) -> None:
        """The notification."""
        self.taps += 1
        await self.page.goto(link)

    async def tap(self, selector: str) -> None:
        """Something that the thumb reaches: it must be there to be seen."""
        self.taps += 1
        await self.page.locator(selector).first.tap()


@pytest.fixture(scope="module")
def own_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A line of its own: once a person answers, what the parent writes is for that person."""
    with started(tmp_path_factory.mktemp("inbox")) as url:
        yield url


async def a_case(browser: Browser, url: str, words: str) -> tuple[Page, Thumb, str]:
    """Her phone, the mentor's, and the link that his notification holds."""
    phone = await open_phone(browser, url, PARENT)
    if url not in BEGUN:
        await say(phone, "Wie is de mentor van Daan?")
        await hears(phone, "meneer Haddou")
        await say(phone, "1")
        await hears(phone, "eigen woorden")
        await say(phone, words)
        await hears(phone, "zo doorgeven")
        await say(phone, "1")
    else:  # he answered: what she writes next is for him
        await say(phone, words)
        await expect(phone.locator(".chat-line", has_text=words).last).to_be_visible()
    BEGUN.add(url)
    staff = await open_inbox(phone)
    case = staff.locator("a.case", has_text="Daan").first
    await expect(case).to_be_visible()
    link = str(await case.get_attribute("href"))
    await staff.close()
    pocket = await browser.new_context(
        viewport={"width": 360, "height": 740},
        has_touch=True,
        is_mobile=True,
        storage_state=await phone.context.storage_state(),
    )
    return phone, Thumb(await pocket.new_page()), url + link.partition("?")[0]


@pytest.mark.parametrize("way", ["phrase", "words"])
async def test_three_taps(browser: Browser, own_url: str, way: str) -> None:
    """Open, choose or type, send."""
    phone, thumb, link = await a_case(browser, own_url, f"Daan was vandaag verdrietig ({way})")
    await thumb.opens(link)
    if way == "phrase":
        await thumb.tap(".phrase-picker [data-phrase=read]")
    else:
        await thumb.tap("#text")
        await thumb.page.keyboard.type("Ik bel u morgen om negen uur.")
    await thumb.tap(".reply button[value=send]")
    await thumb.page.wait_for_url(re.compile("said=sent"))
    await hears(phone, "meneer Haddou" if way == "phrase" else "morgen om negen uur")
    wide = await thumb.page.evaluate("document.documentElement.scrollWidth")
    assert (thumb.taps, wide <= 360) == (3, True)
    await thumb.page.context.close()
    await phone.context.close()


async def test_what_is_typed_stays(browser: Browser, own_url: str) -> None:
    """A new message and a reload take nothing away; the address never holds it; once sent, the draft is gone."""
    phone, thumb, link = await a_case(browser, own_url, "Daan was vandaag weer verdrietig (jas)")
    page, asked = thumb.page, list[str]()
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(link)
    await page.locator("#text").fill("Ik kijk in de kast QXJAS")
    await say(phone, "Daan was daarna nog verdrietig (rode jas)")
    await expect(page.locator("#messages", has_text="rode jas")).to_be_visible(timeout=20_000)
    kept = await page.locator("#text").input_value()
    focused = await page.evaluate("document.activeElement.id")
    await page.reload()
    again = await page.locator("#text").input_value()
    await page.locator(".reply button[value=send]").tap()
    await page.wait_for_url(re.compile("said=sent"))
    after = await page.locator("#text").input_value()
    await page.reload()
    assert (kept, focused, again, after) == ("Ik kijk in de kast QXJAS", "text", "Ik kijk in de kast QXJAS", "")
    assert await page.locator("#text").input_value() == ""
    assert [url for url in asked if "QXJAS" in url] == []
    await page.context.close()
    await phone.context.close()


async def test_help_for_keys(browser: Browser, own_url: str) -> None:
    """A question mark opens it, Escape closes it; in a field it is a question mark."""
    phone, thumb, link = await a_case(browser, own_url, "Daan heeft een vraag")
    staff = await phone.context.new_page()
    await staff.goto(link)
    await staff.keyboard.press("?")
    help_ = staff.locator("#keys")
    await expect(help_).to_be_visible()
    await staff.keyboard.press("Escape")
    await expect(help_).to_be_hidden()
    await staff.keyboard.press("r")
    await staff.keyboard.type("Echt?")
    assert await staff.locator("#text").input_value() == "Echt?"
    await expect(help_).to_be_hidden()
    await thumb.page.context.close()
    await phone.context.close()
