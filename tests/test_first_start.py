"""A real school begins with an empty database: the first start as docs/operating.md has it, up to the settings page."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from bot.cli.serve import opened
from bot.settings import load_settings
from tests.commands import run_bot
from tests.web.world import OURS
from web.app import create_app
from web.views.settings import SECTIONS

EMAIL, PASSWORD = "beheer@rijks.example", "correct horse battery"
ADD = ["staff", "add", EMAIL, "--given-name", "Ada", "--new-school", "Het Rijks", "--password-stdin"]
PAGES = [f"/settings/{name}" for name, _ in SECTIONS] + ["/inbox", "/classes", "/content", "/people", "/reports"]


@pytest.mark.asyncio
async def test_the_first_start_ends_in_the_settings(tmp_path: Path) -> None:
    """One command makes database, school and administrator; she logs in, and each page has something to say."""
    made = run_bot(tmp_path, *ADD, typed=PASSWORD, DEMO="0")
    examined = run_bot(tmp_path, "doctor", DEMO="0")
    url = f"sqlite:///{tmp_path / 'line.db'}"
    settings = load_settings(_env_file=None, database_url=url, var=tmp_path, demo=False, nlu="ngram")
    async with opened(settings, worker_part=False) as line:
        transport = httpx.ASGITransport(create_app(line))
        async with httpx.AsyncClient(transport=transport, base_url="https://test", headers=OURS) as browser:
            entered = await browser.post("/login", data={"email": EMAIL, "password": PASSWORD, "next": "/settings"})
            overview = await browser.get(entered.headers["location"])
            seen = {page: (await browser.get(page)).status_code for page in PAGES}
    assert (made.returncode, made.stdout.splitlines()[0]) == (0, f"{EMAIL} may log in to Het Rijks."), made.stderr
    assert "danger warns nobody" in examined.stdout
    assert "no school yet" not in examined.stdout
    assert (entered.headers["location"], overview.status_code) == ("/settings", 200)
    assert "niet ingevuld" in overview.text
    assert seen == dict.fromkeys(PAGES, 200)
