"""Translation on a phone, in a real browser: her words in Dutch, and a look at what she will read before it leaves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.browser.conftest import started
from tests.browser.test_newcomer import hears, open_inbox, open_phone, write_to_the_mentor
from tests.servers.translators import FakeTranslator

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.timeout(240),
]
PHONE: ViewportSize = {"width": 360, "height": 740}
BOOK = {
    "QX1'in mentoru kim?": "Wie is de mentor van QX1?",
    "QX1 matematikte zorlanıyor, sizinle konuşmak istiyorum": "QX1 vindt wiskunde moeilijk, ik wil met u praten",
    "QX1 hoeft dinsdag niet te komen.": "QX1 salı günü gelsin.",
    "QX1 salı günü gelsin.": "QX1 moet dinsdag komen.",
    "QX1 komt dinsdag niet.": "QX1 salı günü gelmiyor.",
    "QX1 salı günü gelmiyor.": "QX1 komt dinsdag niet.",
}


@pytest.fixture(scope="module")
def server() -> Iterator[FakeTranslator]:
    with FakeTranslator() as made:
        made.book = dict(BOOK)
        yield made


@pytest.fixture(scope="module")
def translating_url(tmp_path_factory: pytest.TempPathFactory, server: FakeTranslator) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("translating")
    with started(folder, OUDERLIJN_TRANSLATOR="libretranslate", OUDERLIJN_TRANSLATOR_URL=server.url) as url:
        yield url


async def shot(page: Page, name: str) -> None:
    """For whoever wants to see it: `SHOTS=folder`."""
    if folder := os.environ.get("SHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


async def test_the_mentor_sees_what_she_reads(browser: Browser, translating_url: str) -> None:
    """In under her words; out with a preview translated back, doubts marked and held up; no sideways scrolling."""
    phone = await open_phone(browser, translating_url, "Fatma Demir")
    await write_to_the_mentor(phone)
    desk = await open_inbox(phone)
    await desk.set_viewport_size(PHONE)
    dutch = desk.locator(".dutch", has_text="wiskunde")
    await expect(dutch).to_contain_text(
        "vindt wiskunde moeilijk", timeout=200_000
    )  # the first attempt may come too late on a busy machine
    await expect(dutch).to_contain_text("door een computer")
    box = desk.locator("textarea#text")
    await box.fill("Elif hoeft dinsdag niet te komen.")
    await desk.get_by_role("button", name="Versturen").click()
    preview = desk.locator(".preview")
    await expect(preview).to_contain_text("‘Niet’ is misschien weggevallen")
    await expect(preview).to_contain_text("Elif moet dinsdag komen.")
    await shot(desk, "doubt-360")
    assert await desk.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    await desk.locator("textarea#text").fill("Elif komt dinsdag niet.")
    await desk.get_by_role("button", name="Laat zien wat de ouder leest").click()
    await expect(desk.locator(".preview")).to_contain_text("Elif salı günü gelmiyor.")
    await expect(desk.locator(".preview")).not_to_contain_text("Twijfel")
    await shot(desk, "preview-360")
    await desk.set_viewport_size({"width": 1280, "height": 900})
    await shot(desk, "preview-desktop")
    await desk.get_by_role("button", name="Versturen").click()
    await hears(phone, "Elif salı günü gelmiyor")
    await hears(phone, "bilgisayar çevirisi")
    await phone.context.close()
