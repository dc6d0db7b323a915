"""SQLite for SQLAlchemy without a thread for each statement: those take microseconds, waking two threads takes a hundred.

Only what can wait goes to a thread of the connection's own: taking the write lock, and COMMIT with its fsync. In WAL mode
nothing else waits for anybody. Measured in `docs/benchmarks.md`.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool
from sqlalchemy.util import await_only

BEGIN_WRITE = "BEGIN IMMEDIATE"
_PART = "part"


async def _at_once() -> None:
    """SQLAlchemy wants to see each statement awaited."""


class QuickCursor(sqlite3.Cursor):
    """Runs statements where it is called from."""

    connection: QuickConnection

    def execute(self, sql: str, parameters: Any = ()) -> Self:
        """In the connection's thread, if it may have to wait for the lock."""
        if sql == BEGIN_WRITE:
            self.connection.wait_for(lambda: super(QuickCursor, self).execute(sql))
            return self
        await_only(_at_once())
        return super().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any) -> Self:
        """The same, many times."""
        await_only(_at_once())
        return super().executemany(sql, parameters)

    async def _async_soft_close(self) -> None:
        """SQLAlchemy asks for it; the rows are there without waiting."""


class QuickConnection(sqlite3.Connection):
    """A connection that waits for the disk in a thread."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """As `sqlite3.connect` calls it."""
        super().__init__(*arguments, **options)
        self._thread = ThreadPoolExecutor(1, "sqlite")  # has no thread until there is something to wait for

    def wait_for(self, work: Callable[[], object]) -> None:
        """Wait for it, while the event loop goes on."""
        await_only(asyncio.get_running_loop().run_in_executor(self._thread, work))

    def cursor(self, factory: Any = QuickCursor) -> Any:
        """A quick one."""
        return super().cursor(factory)

    def commit(self) -> None:
        """With its fsync."""
        if self.in_transaction:
            self.wait_for(super().commit)

    def close(self) -> None:
        """The thread goes too."""
        super().close()
        self._thread.shutdown(wait=False)

    def foreign_commits(self) -> int:
        """A number that changes when another connection has committed; outside a transaction."""
        found: tuple[int] = super().cursor().execute("PRAGMA data_version").fetchone()
        return found[0]

    def set_savepoint(self) -> None:
        """Begin a part of the transaction that can be taken back."""
        super().cursor().execute(f"SAVEPOINT {_PART}")

    def release_savepoint(self, *, undo: bool) -> None:
        """End that part; `undo` takes back what it did."""
        if undo:
            super().cursor().execute(f"ROLLBACK TO {_PART}")
        super().cursor().execute(f"RELEASE {_PART}")


class QuickDialect(SQLiteDialect_pysqlite):
    """`sqlite+quick://`."""

    driver = "quick"
    is_async = True
    supports_statement_cache = True

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:
        """One that waits for a connection without holding up the event loop."""
        del url
        return AsyncAdaptedQueuePool

    def create_connect_args(self, url: URL) -> Any:
        """As `sqlite3`, with our connection, and the module's own BEGIN switched off: see docs/decisions/0001."""
        arguments, options = super().create_connect_args(url)
        return arguments, {**options, "factory": QuickConnection, "check_same_thread": False, "isolation_level": None}

    def get_driver_connection(self, connection: Any) -> Any:
        """It is the driver's own."""
        return connection


registry.register("sqlite.quick", __name__, QuickDialect.__name__)
