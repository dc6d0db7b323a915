"""`python -m bot run` as it is shipped, beside a local Twilio that takes 10 ms: posted to as Twilio posts, signed, over HTTP."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.common import ADDRESSES, PROVIDER_TAKES, questions, quiet_environment
from tests.servers.twilio import FakeTwilio
from tests.servers.twilio_webhooks import ACCOUNT, TOKEN, WHATSAPP_FROM, inbound_form, post_of

ROOT = Path(__file__).resolve().parent.parent
_START_LIMIT = 120
_QUIET = 3
_WARM_UP = 12


class Provider(FakeTwilio):
    """Notes when it took each message."""

    def record(self, entry: dict[str, Any]) -> None:
        """See `LocalServer`."""
        super().record(entry | {"at": time.perf_counter()})


@dataclass(slots=True)
class Posted:
    """One message on its way: when it was posted, acknowledged and answered (the answer taken by the provider)."""

    person: str
    posted: float
    acknowledged: float = 0.0
    answered: float = 0.0


@dataclass(slots=True)
class Served:
    """A running line."""

    url: str
    provider: Provider
    pid: int
    _people: int = 0

    def warm_up(self) -> None:
        """A few messages that are not counted: what a process does once is not what is measured."""
        asyncio.run(self.post(_WARM_UP, rate=5))

    async def post(self, count: int, *, rate: float) -> list[Posted]:
        """Post `count` messages of people who never wrote before, `rate` a second, and wait for the answers."""
        first, self._people = self._people, self._people + ADDRESSES
        done: list[Posted] = []
        limits = httpx.Limits(max_connections=20, max_keepalive_connections=20)
        async with httpx.AsyncClient(timeout=30, limits=limits) as client, asyncio.TaskGroup() as group:
            begun = time.perf_counter()
            for number, (who, text) in enumerate(questions(count, seed=first)):
                await asyncio.sleep(begun + number / rate - time.perf_counter())
                group.create_task(self._one(client, done, f"whatsapp:+3161{first + who:07d}", text))
        await self._quiet()
        self._match(done)
        return done

    async def _one(self, client: httpx.AsyncClient, done: list[Posted], person: str, text: str) -> None:
        url = f"{self.url}/webhooks/twilio"
        headers, body = post_of(url, inbound_form(person, text))
        entry = Posted(person, time.perf_counter())
        answer = await client.post(url, headers=headers, content=body)
        entry.acknowledged = time.perf_counter()
        answer.raise_for_status()
        done.append(entry)

    async def _quiet(self) -> None:
        seen = -1
        while len(self.provider.sent) != seen:
            seen = len(self.provider.sent)
            await asyncio.sleep(_QUIET)

    def _match(self, done: list[Posted]) -> None:
        """Each message's answer is the first to her that the provider took after it was posted."""
        for entry in done:
            taken = (sent["at"] for sent in self.provider.sent if sent["to"] == entry.person)
            entry.answered = min((at for at in taken if at >= entry.posted), default=0.0)


@contextmanager
def served() -> Iterator[Served]:
    """Start a line on an empty SQLite database, and end it."""
    quiet_environment()
    with tempfile.TemporaryDirectory(prefix="olbench") as folder, Provider(latency=PROVIDER_TAKES) as provider:
        port = _free_port()
        url = f"http://127.0.0.1:{port}"
        environment = os.environ | {
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "OUDERLIJN_DATABASE_URL": f"sqlite:///{folder}/line.db",
            "OUDERLIJN_VAR": folder,
            "OUDERLIJN_TWILIO_ACCOUNT_SID": ACCOUNT,
            "OUDERLIJN_TWILIO_AUTH_TOKEN": TOKEN,
            "OUDERLIJN_TWILIO_API_URL": provider.url,
            "OUDERLIJN_TWILIO_WHATSAPP_FROM": WHATSAPP_FROM.removeprefix("whatsapp:"),
        }
        with (
            (Path(folder) / "log").open("wb") as log,
            subprocess.Popen(
                [sys.executable, "-m", "bot", "run"], cwd=ROOT, env=environment, stdout=log, stderr=log
            ) as process,
        ):
            try:
                _ready(url, process)
                line = Served(url, provider, process.pid)
                line.warm_up()
                yield line
            finally:
                process.terminate()


def _ready(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_LIMIT
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{url}/health/ready", timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise TimeoutError(f"the line did not become ready (exit code {process.poll()})")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
