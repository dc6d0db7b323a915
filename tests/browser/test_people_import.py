"""People in, in a real browser, on a phone: choose a file, see what would change, say yes, read what came of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.test_administrator import administrator

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.timeout(180),
]
FILE = """leerlingnummer;roepnaam;achternaam;klas;ouder1_voornaam;ouder1_achternaam;ouder1_taal
Z1;Noor;Kuiper;9Z;Ellen;Kuiper;nl
Z2;Can;Kaya;9Z;Zeynep;Kaya;Turks
;Zonder;Nummer;9Z;;;
"""


async def test_a_class_comes_in(browser: Browser, line_url: str, tmp_path: Path) -> None:
    """The file has one class: said to be a part, nobody leaves. No page is wider than the phone."""
    page = await administrator(browser, line_url)
    path = tmp_path / "9Z.csv"
    path.write_text(FILE)
    await page.goto(f"{line_url}/people")
    await page.get_by_role("link", name="Mensen inlezen").click()
    await page.locator("#file").set_input_files(path)
    await page.get_by_role("button", name="Bekijk wat er zou veranderen").click()
    await expect(page.locator("h1")).to_have_text("Wat er zou veranderen")
    wide = [await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")]
    await page.get_by_role("button", name="Maar een deel: niemand is van school").click()
    await expect(page.locator(".lead")).to_have_text("4 nieuw, 0 veranderd, 0 hetzelfde, 1 geweigerd")
    await page.get_by_role("button", name="Inlezen", exact=True).click()
    await expect(page.locator("h1")).to_have_text("Het is gedaan")
    wide.append(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
    await page.goto(f"{line_url}/classes/9Z")
    await expect(page.get_by_role("link", name="Zeynep Kaya")).to_be_visible()
    assert max(wide) <= 0
    await page.context.close()


async def test_columns_are_said(browser: Browser, line_url: str, tmp_path: Path) -> None:
    """Headings that we do not know are asked for, and known from then on; then put aside."""
    page = await administrator(browser, line_url)
    path = tmp_path / "odd.csv"
    path.write_text("Kenmerk;Kind\n1;Sem Dekker\n")
    for said in (False, True):
        await page.goto(f"{line_url}/people/import")
        await page.locator("#file").set_input_files(path)
        await page.get_by_role("button", name="Bekijk wat er zou veranderen").click()
        if not said:
            await page.get_by_label("Kenmerk").select_option("number")
            await page.get_by_label("Kind").select_option("name")
            await page.get_by_role("button", name="Bekijk wat er zou veranderen").click()
        await expect(page.locator("h1")).to_have_text("Wat er zou veranderen")
        await page.get_by_role("button", name="Dit bestand niet").click()
        await expect(page.locator("h1")).to_have_text("Mensen inlezen")
    await page.context.close()
