"""Bells: "something changed", after the commit, to this process and to others. Correctness never relies on them; polling does."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Protocol, cast

from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncEngine

    from db.sqlite_driver import QuickConnection

log = logging.getLogger(__name__)
NAMES = ("inbox", "outbox", "timer", "case", "content")
_CHANNEL = "ouderlijn"
_LOOK = 0.2
_COALESCE = 0.01


class Listener:
    """Hears some of the bells. A ring between two waits is not lost."""

    def __init__(self, names: frozenset[str]) -> None:
        """`names` empty: all of them."""
        self.names = names
        self._event = asyncio.Event()

    def hear(self, names: Iterable[str]) -> None:
        """Wake up if one of `names` is ours."""
        if not self.names or self.names.intersection(names):
            self._event.set()

    async def wait(self, seconds: float) -> bool:
        """Wait for a ring, `seconds` at most; True if there was one."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True


class Bell(Protocol):
    """Rings after a commit, in every process that works on the same database."""

    async def open(self) -> None:
        """Begin to hear other processes."""

    async def close(self) -> None:
        """Stop."""

    def ring(self, names: Iterable[str]) -> None:
        """Tell everybody; never waits, never fails."""

    def listen(self, *names: str) -> Listener:
        """A listener for these bells (none named: all). Drop it with `forget`."""

    def forget(self, listener: Listener) -> None:
        """The listener is no longer needed."""


class LocalBell:
    """Within this process only: the honest null adapter, and what the other two build on."""

    def __init__(self) -> None:
        """No listeners yet."""
        self._listeners: set[Listener] = set()

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    def ring(self, names: Iterable[str]) -> None:
        """Wake the listeners of this process."""
        heard = frozenset(names)
        if heard:
            for listener in tuple(self._listeners):
                listener.hear(heard)

    def listen(self, *names: str) -> Listener:
        """See `Bell.listen`."""
        listener = Listener(frozenset(names))
        self._listeners.add(listener)
        return listener

    def forget(self, listener: Listener) -> None:
        """See `Bell.forget`."""
        self._listeners.discard(listener)


class SqliteBell(LocalBell):
    """Hears other processes by SQLite's own counter of foreign commits, looked at five times a second."""

    def __init__(self, engine: AsyncEngine) -> None:
        """`engine` is the writing one: to any other connection our own commits are foreign too."""
        super().__init__()
        self._engine = engine
        self._task: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()

    async def open(self) -> None:
        """Start looking."""
        self._task = asyncio.create_task(self._look(), name="sqlite bell")

    async def close(self) -> None:
        """Stop looking. Not by cancelling: a connection cut off in mid-question would answer to a loop that is gone."""
        self._stop.set()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _look(self) -> None:
        while not self._stop.is_set():
            try:
                await self._watch()
            except (SQLAlchemyError, OSError) as error:
                log.error("the database bell was lost (%s), trying again", type(error).__name__)
                await asyncio.sleep(1)

    async def _watch(self) -> None:
        last = None
        while not self._stop.is_set():
            async with self._engine.connect() as connection:
                raw = cast("QuickConnection", (await connection.get_raw_connection()).driver_connection)
                version = raw.foreign_commits()
            if last is not None and version != last:
                self.ring(NAMES)
            last = version
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await self._stop.wait()


class PostgresBell(LocalBell):
    """NOTIFY on a connection of its own, coalesced; LISTEN on another, taken up again when it is lost."""

    def __init__(self, url: URL) -> None:
        """`url` as SQLAlchemy has it."""
        super().__init__()
        self._dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._pending: set[str] = set()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Start listening and telling."""
        self._tasks = [
            asyncio.create_task(self._forever(self._hear), name="postgres bell, hearing"),
            asyncio.create_task(self._forever(self._tell), name="postgres bell, telling"),
        ]

    async def close(self) -> None:
        """Stop both."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def ring(self, names: Iterable[str]) -> None:
        """This process at once, the others within some milliseconds."""
        heard = frozenset(names)
        super().ring(heard)
        if heard and self._tasks:
            self._pending |= heard
            self._wake.set()

    async def _forever(self, work: Callable[[], Awaitable[None]]) -> None:
        import psycopg

        while True:
            try:
                await work()
            except (psycopg.Error, OSError) as error:
                log.warning("the database bell was lost (%s), trying again", type(error).__name__)
                super().ring(NAMES)
                await asyncio.sleep(1)

    async def _hear(self) -> None:
        import psycopg

        async with await psycopg.AsyncConnection.connect(self._dsn, autocommit=True) as connection:
            await connection.execute(f"LISTEN {_CHANNEL}")
            super().ring(NAMES)
            while True:
                async for note in connection.notifies(timeout=5.0):
                    super().ring(note.payload.split(","))

    async def _tell(self) -> None:
        import psycopg

        async with await psycopg.AsyncConnection.connect(self._dsn, autocommit=True) as connection:
            while True:
                await self._wake.wait()
                await asyncio.sleep(_COALESCE)
                self._wake.clear()
                names, self._pending = self._pending, set()
                await connection.execute("SELECT pg_notify(%s, %s)", (_CHANNEL, ",".join(sorted(names))))
