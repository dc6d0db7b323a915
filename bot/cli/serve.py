"""`run`, `web`, `worker`, `migrate`."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import os
import signal
import socket
import sys
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cli.upgrade import up_to_date
from bot.core.clock import Timing
from bot.core.presence import clear_dead_leases
from bot.core.timers import recompute
from bot.demo.guard import demo_wanted
from bot.demo.school import load
from bot.errors import BotError, WrongSetting
from bot.people.provision import provision_accounts, the_school
from bot.settings import Settings, load_settings
from bot.wiring import Line, build
from db.migrate import one_start

log = logging.getLogger("ouderlijn")
_GRACE = 3


def run() -> None:
    """Start web and worker in one process: on a fresh machine, with a demo school."""
    _start(web_part=True, worker_part=True)


def web() -> None:
    """Start the web part only: pages and webhooks."""
    _start(web_part=True, worker_part=False)


def worker() -> None:
    """Start the worker only: turns, sending, timers, polling, catch-up."""
    _start(web_part=False, worker_part=True)


def migrate() -> None:
    """Bring the database up to date."""
    asyncio.run(_migrate(load_settings().database_url))
    print("the database is up to date")


async def _migrate(url: str) -> None:
    async with up_to_date(url):
        pass


class Discreet(logging.Formatter):
    """Tracebacks without the error's text: a database's "DETAIL: Key (external_id)=(..)" would be a parent's number."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the library's name
        """Where it happened and what kind it was."""
        kind, _, where = ei
        return "".join([*traceback.format_tb(where), kind.__name__ if kind else "error"])


def quiet() -> None:
    """What is logged: our own lines; of the vendors only warnings, since their lines hold URLs with tokens and numbers."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Discreet("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for name in ("httpx", "httpcore", "telegram", "twilio", "alembic", "uvicorn", "sqlalchemy", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _start(*, web_part: bool, worker_part: bool) -> None:
    settings = load_settings()
    quiet()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(settings, web_part=web_part, worker_part=worker_part))


@asynccontextmanager
async def opened(settings: Settings, *, worker_part: bool, timing: Timing | None = None) -> AsyncIterator[Line]:
    """The line on a migrated, provisioned database; with the worker's lock, if it is to work."""
    async with up_to_date(settings.database_url, worker=worker_part):
        line = await build(settings, timing=timing)
        try:
            if worker_part and line.database.is_sqlite:
                await line.database.write(clear_dead_leases)
            line.demo = await demo_wanted(line.database, settings)

            async def provide(session: AsyncSession) -> None:
                await one_start(session)
                if line.demo and await the_school(session) is None:
                    await load(session, line.clock.now().date())
                await provision_accounts(session, settings)
                await recompute(session)  # an upgrade may bring other rules of summer time

            await line.database.write(provide)
            yield line
        finally:
            await line.close()


async def serve(settings: Settings, *, web_part: bool, worker_part: bool, timing: Timing | None = None) -> None:
    """Serve until told to stop."""
    async with opened(settings, worker_part=worker_part, timing=timing) as line:
        stop = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        tasks: list[asyncio.Task[Any]] = [asyncio.create_task(stop.wait(), name="stop")]
        if worker_part:
            await line.minds.warm()
            tasks.append(asyncio.create_task(line.worker().run(), name="worker"))
        server = None
        if web_part:
            listening = listen(settings)
            server = _server(line)
            tasks.append(asyncio.create_task(server.serve(sockets=[listening]), name="web"))
        welcome(line, web_part=web_part, worker_part=worker_part)
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if server is not None:
            server.should_exit = True
            await asyncio.wait([t for t in tasks if t.get_name() == "web"], timeout=_GRACE)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            if not task.cancelled() and task.exception() is not None:
                raise task.exception() or BotError("stopped")


def listen(settings: Settings) -> socket.socket:
    """Take the address before anything is promised; `WrongSetting` where another program has it."""
    try:
        return socket.create_server(
            (settings.host, settings.port), family=socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        )
    except OSError as error:
        raise WrongSetting(
            f"PORT: {settings.host}:{settings.port} cannot be used ({os.strerror(error.errno or 0)}). "
            "Stop what runs there, or choose another: PORT=8001 make run"
        ) from error


def _server(line: Line) -> Any:
    """The face is named here, not imported: `web` stands above `bot` (docs/architecture.md)."""
    import uvicorn

    app = importlib.import_module("web.app").create_app(line)
    config = uvicorn.Config(
        app,
        host=line.settings.host,
        port=line.settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(trusted := trusted_proxies(line.settings)),
        forwarded_allow_ips=trusted,
        timeout_graceful_shutdown=_GRACE - 1,
    )

    class Server(uvicorn.Server):
        """Signals are ours: the worker must hear of them too."""

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    return Server(config)


def trusted_proxies(settings: Settings) -> list[str]:
    """Whose X-Forwarded-For is believed: as set, or a proxy on this machine where a public https address says there is one.

    Nobody's otherwise, or whoever knocks could choose the address that the limit on guessed passwords counts by. What
    uvicorn would read from the environment is not asked.
    """
    if settings.proxy:
        return [each.strip() for each in settings.proxy.split(",")]
    behind = settings.public_url.startswith("https://") and settings.host in {"127.0.0.1", "::1", "localhost"}
    return ["127.0.0.1", "::1"] if behind else []


def welcome(line: Line, *, web_part: bool, worker_part: bool) -> None:
    """Say where to look and what to type."""
    at = f"http://{line.settings.host}:{line.settings.port}"
    parts = " and ".join(name for name, on in (("web", web_part), ("worker", worker_part)) if on)
    print(f"\nOuderlijn is running ({parts}).")
    if web_part and line.demo:
        print(f"  As a parent:  {at}/phone   (pick Fatma Demir and type: Elif'in mentoru kim?)")
        print(f"  As a mentor:  {at}/inbox   (or 'open as the mentor' on the phone page)")
    elif web_part:
        print(f"  Staff log in at {at}/inbox   (first login: python -m bot staff add)")
    if line.settings.telegram_token:
        print("  Telegram: write to your bot.")
    print("  Ctrl-C ends it.\n", flush=True)
