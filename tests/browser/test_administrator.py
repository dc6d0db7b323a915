"""What an administrator does in a real browser: a search that survives Back and stands in no address, a file out and in."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.timeout(180),
]


async def administrator(browser: Browser, url: str) -> Page:
    """The administrator of the demo school, on a phone."""
    context = await browser.new_context(viewport={"width": 360, "height": 740})
    page = await context.new_page()
    await page.goto(f"{url}/phone")
    await page.locator("form[action='/phone/open'] summary").first.click()
    await page.get_by_role("button", name="mevrouw Bos", exact=True).first.click()
    await page.wait_for_url(f"{url}/inbox**")
    return page


async def test_a_search_comes_back_with_the_back_button(browser: Browser, line_url: str) -> None:
    """What was typed is in no address that the browser asked for or keeps; "show everything" forgets it."""
    page = await administrator(browser, line_url)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(f"{line_url}/content")
    everything = await page.locator("#answers tbody tr").count()
    await page.locator("#q").fill("rooster")
    await page.locator("#q").press("Enter")
    result = page.locator("#answers [data-focus]")
    await expect(result).to_be_focused()
    found = await page.locator("#answers tbody tr").count()
    await page.locator("#answers th a").first.click()
    await expect(page.locator("textarea").first).to_be_visible()
    await page.go_back()
    await expect(result).to_be_visible()
    again = (await page.locator("#q").input_value(), await page.locator("#answers tbody tr").count())
    await result.get_by_role("link").click()
    await expect(page.locator("#answers tbody tr")).to_have_count(everything)
    assert 0 < found < everything
    assert again == ("rooster", found)
    assert await page.locator("#q").input_value() == ""
    assert len(asked) > 5
    assert [url for url in asked if "rooster" in url.lower()] == []
    await page.context.close()


async def test_texts_go_out_and_in_again(browser: Browser, line_url: str, tmp_path: Path) -> None:
    """A name that is changed, exported, thrown away and imported again; the page fits a phone."""
    page = await administrator(browser, line_url)
    await page.goto(f"{line_url}/content/flow/request_callback?language=tr")
    await page.locator("input[name='tr:flow/request_callback/name']").fill("lütfen arayın")
    await page.locator("main form button.button").first.click()
    await page.goto(f"{line_url}/content")
    async with page.expect_download() as downloading:
        await page.locator("a[href='/content/export']").click()
    path = tmp_path / "texts.yaml"
    await (await downloading.value).save_as(path)
    await page.goto(f"{line_url}/content/draft")
    await page.locator("details summary").click()
    await page.locator("form[action='/content/discard'] button").click()
    await page.goto(f"{line_url}/content/import")
    await page.locator("#file").set_input_files(path)
    await page.locator("main form button").click()
    await expect(page.locator("ins").first).to_be_visible()
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    await page.locator("form[action='/content/import/take'] button").click()
    await page.wait_for_url(f"{line_url}/content/draft**")
    await expect(page.locator(".theirs.new", has_text="lütfen arayın")).to_be_visible()
    await page.locator("details summary").click()
    await page.locator("form[action='/content/discard'] button").click()
    assert wide <= 0
    await page.context.close()
