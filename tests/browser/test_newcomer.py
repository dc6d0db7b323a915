"""What the README promises a newcomer, in a real browser: the whole loop from a mother's question to the mentor's answer."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from babel.dates import format_date
from playwright.async_api import Browser, Page, expect

from bot.demo.school import demo_facts

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.timeout(180),
]
PATIENCE = 20_000


async def open_phone(browser: Browser, url: str, name: str) -> Page:
    """The web phone of one demo parent."""
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    await page.goto(f"{url}/phone")
    link = page.locator("a", has_text=name).first
    href = await link.get_attribute("href")
    await page.goto(f"{url}{href}")
    return page


async def say(page: Page, text: str) -> None:
    """Type and send."""
    box = page.locator("input[name=text], textarea[name=text]").first
    await box.fill(text)
    await box.press("Enter")


async def hears(page: Page, pattern: str) -> None:
    """A bubble with this appears, without reloading."""
    await expect(page.locator(".chat-line.got", has_text=re.compile(pattern)).last).to_be_visible(timeout=PATIENCE)


def _in_turkish(day: str) -> str:
    return format_date(dt.date.fromisoformat(day), "d MMMM", "tr")


async def open_inbox(phone: Page) -> Page:
    """What the web phone's link to her mentor opens."""
    staff = await phone.context.new_page()
    await staff.goto(phone.url)
    await staff.get_by_role("button", name=re.compile("meneer Haddou")).first.click()
    await staff.wait_for_url(re.compile("/inbox"))
    return staff


async def write_to_the_mentor(phone: Page) -> None:
    """In Turkish: who is it, and a message."""
    await say(phone, "Elif'in mentoru kim?")
    await hears(phone, "meneer Haddou")
    await say(phone, "1")
    await hears(phone, "Kendi sözlerinizle")
    await say(phone, "Elif matematikte zorlanıyor, sizinle konuşmak istiyorum")
    await hears(phone, "Bunu böyle ileteyim mi")
    await say(phone, "1")
    await hears(phone, "Mesajınız şimdi şu kişide")


async def test_a_question_a_mentor_a_message_and_the_answer(browser: Browser, line_url: str) -> None:
    """Turkish in, Turkish out; the mentor is named; her message is in his inbox; his answer is on her phone."""
    phone = await open_phone(browser, line_url, "Fatma Demir")
    await say(phone, "Veli toplantısı ne zaman?")
    await hears(phone, _in_turkish(demo_facts(dt.datetime.now(dt.UTC).date())["parents_evening_date"]))
    await write_to_the_mentor(phone)

    staff = await open_inbox(phone)
    await expect(staff.get_by_text("Elif matematikte zorlanıyor").first).to_be_visible(timeout=PATIENCE)
    await staff.locator("textarea").first.fill("Dag mevrouw Demir, dinsdag om 15 uur kan ik u bellen.")
    await staff.get_by_role("button", name=re.compile("Versturen")).first.click()

    await hears(phone, "dinsdag om 15 uur")
    await hears(phone, "meneer Haddou")
    await phone.context.close()


async def test_a_new_message_slides_into_an_open_inbox(browser: Browser, line_url: str) -> None:
    """New messages appear in the inbox without reloading, at the size of a mentor's phone."""
    phone = await open_phone(browser, line_url, "Linda de Boer")
    await say(phone, "Wie is de mentor van Daan?")
    await hears(phone, "meneer Haddou")
    await open_inbox(phone)
    pocket = await browser.new_context(
        viewport={"width": 360, "height": 740}, storage_state=await phone.context.storage_state()
    )
    inbox = await pocket.new_page()
    await inbox.goto(f"{line_url}/inbox")
    await say(phone, "1")
    await hears(phone, "eigen woorden")
    await say(phone, "Daan slaapt slecht, kunt u met hem praten?")
    await hears(phone, "zo doorgeven")
    await say(phone, "1")
    await expect(inbox.get_by_text("Daan slaapt slecht").first).to_be_visible(timeout=PATIENCE)
    await pocket.close()
    await phone.context.close()


async def test_arabic_reads_from_right_to_left(browser: Browser, line_url: str) -> None:
    """Right to left inside her texts; numbers and Latin names stay where they belong."""
    phone = await open_phone(browser, line_url, "Hanan Al Hamwi")
    await say(phone, "مين منتور بنتي")
    await hears(phone, "De Wit")
    bubble = phone.locator(".chat-line.got .chat-text", has_text="De Wit").last
    direction = await bubble.evaluate("e => getComputedStyle(e).direction")
    assert direction == "rtl"
    await phone.context.close()


async def test_nothing_comes_from_elsewhere(browser: Browser, line_url: str) -> None:
    """No third-party request, no console error, no policy violation on any page a newcomer opens."""
    context = await browser.new_context()
    page = await context.new_page()
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    page.on("console", lambda message: seen.append(f"console: {message.text}") if message.type == "error" else None)
    for path in ("/phone", "/login", "/inbox"):
        await page.goto(f"{line_url}{path}")
    await context.close()
    assert [url for url in seen if not url.startswith(line_url)] == []
