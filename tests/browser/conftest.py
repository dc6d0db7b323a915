"""A real Chromium and a real `python -m bot run` on a fresh SQLite file."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

START_LIMIT = 90
expect.set_options(timeout=20_000)  # milliseconds: the machine may be busy with other tests
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def chromium() -> str | None:
    """The browser: `CHROMIUM=`, or what stands on PATH."""
    wanted = os.environ.get("CHROMIUM")
    names = [wanted] if wanted else ["chromium", "chromium-browser", "google-chrome"]
    return next((found for name in names if (found := shutil.which(name))), None)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for the session."""
    path = chromium()
    if path is None:
        pytest.skip("browser tests skipped: no Chromium on PATH (apt install chromium, or set CHROMIUM=)")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        await started.close()


@pytest.fixture(scope="session")
def line_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a line that was just started, with its demo school."""
    with started(tmp_path_factory.mktemp("line")) as url:
        yield url


@contextmanager
def started(folder: Path, **settings: str) -> Iterator[str]:
    """A line with its demo school and these settings besides; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OUDERLIJN_")} | {
        "OUDERLIJN_DATABASE_URL": f"sqlite:///{folder / 'line.db'}",
        "OUDERLIJN_VAR": str(folder),
        "OUDERLIJN_NLU": os.environ["OUDERLIJN_NLU"],
        "HOST": "127.0.0.1",
        "PORT": str(port),
        **settings,
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "bot", "run"], env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    until = time.monotonic() + START_LIMIT
    while True:
        try:
            if httpx.get(f"{url}/health/ready", timeout=2).status_code == httpx.codes.OK:
                break
        except httpx.HTTPError:
            pass
        if process.poll() is not None or time.monotonic() > until:
            message = f"the line did not start: {(folder / 'log').read_text()[-2000:]}"
            raise RuntimeError(message)
        time.sleep(0.2)
    yield url
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0, "Ctrl-C ends it cleanly"
