"""The database: one door for writes (`write`), one for reads (`read`), and the bell that tells others.

On SQLite all writes go through one lane with group commit; on PostgreSQL each is a transaction of its own. `.commit(` stands
in this file only, so that nothing is half written anywhere.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from db import sqlite_driver
from db.bell import Bell, LocalBell, PostgresBell, SqliteBell

log = logging.getLogger(__name__)
T = TypeVar("T")
Work = Callable[[AsyncSession], Awaitable[T]]

_inside: ContextVar[bool] = ContextVar("inside_a_write", default=False)
_BATCH = 64
_DEADLOCK = "40P01"
"""What PostgreSQL says to the one of two that gives way (its SQLSTATE)."""


def ring(session: AsyncSession, *names: str) -> None:
    """Ring these bells once the session's work is committed (`inbox`, `outbox`, `timer`, `case`)."""
    session.info.setdefault("bells", set()).update(names)


def driver_url(url: str) -> URL:
    """Our driver for a plain `sqlite:///path` or `postgresql://..` URL."""
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    drivers = {"sqlite": "sqlite+quick", "postgresql": "postgresql+psycopg"}
    if backend not in drivers:
        message = f"a database of kind '{backend}' is not supported: use sqlite:///path or postgresql://.."
        raise ValueError(message)
    return parsed.set(drivername=drivers[backend])


def _make_private(url: URL) -> None:
    """A new database file is read by this user only; SQLite gives the files beside it the same mode."""
    if url.database and url.database != ":memory:" and not url.database.startswith("file:"):
        path = Path(url.database)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)


def _open_sqlite(engine: AsyncEngine, *, begin: str, pragmas: tuple[str, ...]) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begun(connection: Any) -> None:
        connection.exec_driver_sql(begin)


@dataclass(slots=True)
class _Item:
    """One caller's work waiting in the lane."""

    work: Work[Any]
    done: asyncio.Future[Any]
    bells: set[str] = field(default_factory=set)


class Database:
    """Owns the engines. Made once, in the composition root; `close()` it."""

    def __init__(self, url: str, *, pool: int = 10) -> None:
        """`url` is plain (`sqlite:///path`, `postgresql://..`).

        `pool` connections are kept for reading, and on PostgreSQL as many for writing; in a rush there are twice as many.
        """
        self.url = driver_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.bell: Bell = LocalBell()
        self._lane: asyncio.Queue[_Item] | None = None
        self._lane_task: asyncio.Task[None] | None = None
        if self.is_sqlite:
            _make_private(self.url)
            common = ("busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
            self._writer = create_async_engine(self.url, pool_size=1, max_overflow=0, hide_parameters=True)
            _open_sqlite(self._writer, begin=sqlite_driver.BEGIN_WRITE, pragmas=common)
            self._reader = create_async_engine(self.url, pool_size=2 * pool, max_overflow=0, hide_parameters=True)
            _open_sqlite(self._reader, begin="BEGIN", pragmas=(*common, "query_only=ON"))
        else:
            sizes = {"pool_size": pool, "max_overflow": pool, "hide_parameters": True}
            self._writer = create_async_engine(self.url, **sizes)
            # Each question for itself, as READ COMMITTED sees it anyway: no BEGIN and ROLLBACK to wait for.
            readonly = {"options": "-c default_transaction_read_only=on"}
            self._reader = create_async_engine(self.url, **sizes, isolation_level="AUTOCOMMIT", connect_args=readonly)

    async def open(self) -> None:
        """Start the bell, so that other processes' writes are heard."""
        self.bell = SqliteBell(self._writer) if self.is_sqlite else PostgresBell(self.url)
        await self.bell.open()

    async def close(self) -> None:
        """Finish what is in the lane, then let go of every connection."""
        if self._lane is not None and self._lane_task is not None:
            if not self._lane_task.done():
                await self._lane.join()
            self._lane_task.cancel()
            await asyncio.gather(self._lane_task, return_exceptions=True)
        await self.bell.close()
        await self._writer.dispose()
        await self._reader.dispose()

    @property
    def engine(self) -> AsyncEngine:
        """The writing engine, for migrations and tests that look underneath."""
        return self._writer

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that only reads: never waits for a writer on SQLite, and cannot write."""
        async with AsyncSession(self._reader, expire_on_commit=False) as session:
            yield session

    async def write(self, work: Work[T]) -> T:
        """Run `work` in one transaction and return after it is committed; an error rolls back and comes to the caller.

        `work` must only talk to the database, and may run twice: on SQLite once in company, once alone; on PostgreSQL again
        where it and another waited for each other and this one was chosen to give way.
        """
        if _inside.get():
            message = "db.write inside db.write would wait for itself; pass the session on instead"
            raise RuntimeError(message)
        return await (self._in_lane(work) if self.is_sqlite else self._in_transaction(work))

    async def _in_transaction(self, work: Work[T]) -> T:
        try:
            return await self._committed(work)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", "") != _DEADLOCK:
                raise
        return await self._committed(work)  # the other has what it waited for by now

    async def _committed(self, work: Work[T]) -> T:
        async with self._writer.connect() as connection:
            result, bells = await self._alone(connection, work)
        self.bell.ring(bells)
        return result

    @staticmethod
    async def _alone(connection: AsyncConnection, work: Work[T]) -> tuple[T, set[str]]:
        token = _inside.set(True)
        try:
            async with AsyncSession(connection, expire_on_commit=False) as session:
                result = await work(session)
                await session.commit()
                return result, session.info.get("bells", set())
        finally:
            _inside.reset(token)

    async def _in_lane(self, work: Work[T]) -> T:
        loop = asyncio.get_running_loop()
        if self._lane is None or self._lane_task is None or self._lane_task.done():
            self._lane = asyncio.Queue()
            self._lane_task = loop.create_task(self._run_lane(self._lane), name="sqlite write lane")
        item = _Item(work, loop.create_future())
        self._lane.put_nowait(item)
        result: T = await item.done
        return result

    async def _run_lane(self, lane: asyncio.Queue[_Item]) -> None:
        while True:
            taken = [await lane.get()]
            while len(taken) < _BATCH and not lane.empty():
                taken.append(lane.get_nowait())
            batch = [item for item in taken if not item.done.cancelled()]
            try:
                async with self._writer.connect() as connection:
                    alone = batch if len(batch) == 1 else await self._together(connection, batch)
                    for item in alone:
                        await self._single(connection, item)
            except BaseException as error:
                for item in batch:
                    if not item.done.done():
                        item.done.set_exception(
                            error if isinstance(error, Exception) else ConnectionError("the database was closed")
                        )
                if not isinstance(error, Exception):
                    raise
                log.error("the write lane met %s and goes on", type(error).__name__)  # its text may quote a message
            finally:
                for _ in taken:
                    lane.task_done()
            # Or the bell, which looks by the same connection, would not get it while we are busy.
            await asyncio.sleep(0)

    async def _single(self, connection: AsyncConnection, item: _Item) -> None:
        try:
            result, bells = await self._alone(connection, item.work)
        except Exception as error:  # noqa: BLE001 - it belongs to the caller, not to the lane
            await connection.rollback()
            if not item.done.done():
                item.done.set_exception(error)
        else:
            if not item.done.done():
                item.done.set_result(result)
            self.bell.ring(bells)

    async def _together(self, connection: AsyncConnection, batch: list[_Item]) -> list[_Item]:
        """Group commit: a savepoint and a fresh session for each, one COMMIT. Returns those that failed, to be tried alone."""
        failed: list[_Item] = []
        kept: list[tuple[_Item, Any]] = []
        token = _inside.set(True)
        try:
            await connection.begin()
            raw = cast("sqlite_driver.QuickConnection", (await connection.get_raw_connection()).driver_connection)
            for item in batch:
                raw.set_savepoint()
                try:
                    # The savepoint is ours, not the session's: through SQLAlchemy it costs as much as the work itself.
                    async with AsyncSession(
                        connection, expire_on_commit=False, join_transaction_mode="rollback_only"
                    ) as session:
                        result = await item.work(session)
                        await session.flush()
                        item.bells = session.info.get("bells", set())
                except Exception:  # noqa: BLE001 - tried again alone, where the caller gets the error
                    if not raw.in_transaction:
                        await connection.rollback()
                        return batch  # a full disk: SQLite took back everybody's work, not this item's alone
                    raw.release_savepoint(undo=True)
                    failed.append(item)
                else:
                    raw.release_savepoint(undo=False)
                    kept.append((item, result))
            await connection.commit()
        finally:
            _inside.reset(token)
        bells: set[str] = set()
        for item, result in kept:
            if not item.done.done():
                item.done.set_result(result)
            bells |= item.bells
        self.bell.ring(bells)
        return failed


def scratch_engine(url: str) -> AsyncEngine:
    """An engine for migrations: foreign keys off on SQLite before BEGIN, or a rebuilt table would lose its children."""
    parsed = driver_url(url)
    engine = create_async_engine(parsed, poolclass=NullPool, hide_parameters=True)
    if parsed.get_backend_name() == "sqlite":
        _make_private(parsed)
        _open_sqlite(
            engine, begin="BEGIN IMMEDIATE", pragmas=("busy_timeout=5000", "journal_mode=WAL", "foreign_keys=OFF")
        )
    return engine
