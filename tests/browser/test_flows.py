"""An administrator changes a conversation in a real browser: jumps to a fault, tries the draft, on a page that fits a phone."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.browser.test_administrator import administrator

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.timeout(180),
]


async def test_a_fault_is_jumped_to_and_mended(browser: Browser, line_url: str) -> None:
    """The list leads into the text, at the line; its numbers stay beside it; the picture and the page are no wider than a phone."""
    page = await administrator(browser, line_url)
    await page.goto(f"{line_url}/content/flows/stop_messages")
    field = page.locator("#text")
    text = await field.input_value()
    await field.fill(text.replace("then: stop", "then: stip"))
    await page.locator(".flow-text + .button").click()
    await expect(page.locator(".flow-margin .bad").first).to_be_visible()
    link = page.locator(".flow-faults a").first
    line = int(await link.get_attribute("data-line") or 0)
    await link.click()
    chosen = await field.evaluate("field => field.value.slice(field.selectionStart, field.selectionEnd)")
    moved = await page.locator(".flow-margin").evaluate("margin => margin.scrollTop")
    beside = await page.evaluate(
        """() => document.querySelector(".flow-margin li").getBoundingClientRect().top
            - document.querySelector("#text").getBoundingClientRect().top"""
    )
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    drawn = await page.locator(".flow-drawing").bounding_box()
    await page.locator("details summary").last.click()
    await page.locator("form[action$='/back'] button").click()
    await expect(page.locator(".flow-margin .bad")).to_have_count(0)
    assert chosen == text.split("\n")[line - 1]
    assert moved == 0
    assert 0 <= beside <= 12
    assert wide <= 0
    assert drawn
    assert drawn["width"] <= 360
    await page.context.close()


async def test_a_conversation_is_tried(browser: Browser, line_url: str) -> None:
    """Taps and words go on in place, to the end of it."""
    page = await administrator(browser, line_url)
    await page.goto(f"{line_url}/content/flows/stop_messages/try")
    await page.locator(".flow-phone .phone-buttons button").last.click()
    await expect(page.locator(".flow-phone .hers")).to_have_count(1)
    await expect(page.locator(".flow-phone .phone-bubble").last).not_to_be_empty()
    await expect(page.locator(".flow-phone .phone-buttons button")).to_have_count(0)
    await page.context.close()
