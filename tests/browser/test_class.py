"""The page of a class in a mentor's pocket: 360 px wide, by keyboard, and without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.test_newcomer import PATIENCE, open_inbox, open_phone, say

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.timeout(180),
]


async def pocket(browser: Browser, phone: Page, *, scripts: bool) -> Page:
    """The mentor's own phone, logged in."""
    await open_inbox(phone)
    context = await browser.new_context(
        viewport={"width": 360, "height": 740},
        storage_state=await phone.context.storage_state(),
        java_script_enabled=scripts,
        accept_downloads=True,
    )
    return await context.new_page()


async def test_a_good_word_in_two_taps_without_javascript(browser: Browser, line_url: str) -> None:
    """From the page of the class: the pupil, the phrase. A mother who was never written to is greeted the same way."""
    phone = await open_phone(browser, line_url, "Hodan Warsame")
    await say(phone, "salaan")
    await expect(phone.locator(".chat-line.got").last).to_be_visible(timeout=PATIENCE)
    page = await pocket(browser, phone, scripts=False)
    await page.goto(f"{line_url}/classes/1A")
    await expect(page.get_by_text("1 ouder is er, en niemand sprak haar of hem nog.")).to_be_visible()
    await page.get_by_role("link", name=re.compile("Goed woord.*Ayaan")).click()
    await expect(page.get_by_text(re.compile("leest het in het Somalisch"))).to_be_visible()
    await page.get_by_role("button", name=re.compile("Het gaat goed met Ayaan")).click()
    await expect(page.get_by_role("status").first).to_contain_text("Uw goede woord")
    await page.context.close()
    await phone.context.close()


async def test_letters_and_a_call_fit_a_pocket(browser: Browser, line_url: str) -> None:
    """Nothing is wider than the screen; the PDF comes by one tap; a call is written down by keyboard."""
    phone = await open_phone(browser, line_url, "Linda de Boer")
    page = await pocket(browser, phone, scripts=True)
    for path in ("/classes/1A", "/classes/1A/word/1"):
        await page.goto(f"{line_url}{path}")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await page.goto(f"{line_url}/classes/1A")
    async with page.expect_download() as coming:
        await page.get_by_role("button", name="Brieven afdrukken").click()
    download = await coming.value
    assert download.suggested_filename == "brieven-1A.pdf"
    assert (await download.path()).read_bytes()[:5] == b"%PDF-"
    await page.locator("details.call summary").first.focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status").first).to_contain_text("Genoteerd: u hebt deze ouder gesproken")
    await page.context.close()
    await phone.context.close()
