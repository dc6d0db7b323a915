"""aiosqlite without a change of thread for each step: a statement takes microseconds, waking two threads takes a hundred.

Only what can wait stays in the connection's thread: taking the write lock, and COMMIT with its fsync. In WAL mode nothing
else waits for anybody. Measured in `docs/benchmarks.md`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

import aiosqlite

T = TypeVar("T")
BEGIN_WRITE = "BEGIN IMMEDIATE"
_PART = "part"


class QuickConnection(aiosqlite.Connection):
    """A connection that runs statements where it is called from."""

    async def _execute(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        of_cursor = isinstance(getattr(fn, "__self__", None), sqlite3.Cursor)
        quick = of_cursor or fn.__name__ in {"cursor", "rollback"}
        if quick and self._running and self._connection and args[:1] != (BEGIN_WRITE,):
            return fn(*args, **kwargs)
        result: T = await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]
        return result

    def set_savepoint(self) -> None:
        """Begin a part of the transaction that can be taken back."""
        self._conn.execute(f"SAVEPOINT {_PART}")

    def release_savepoint(self, *, undo: bool) -> None:
        """End that part; `undo` takes back what it did."""
        if undo:
            self._conn.execute(f"ROLLBACK TO {_PART}")
        self._conn.execute(f"RELEASE {_PART}")


def connect(database: str, **options: Any) -> QuickConnection:
    """What SQLAlchemy's dialect calls instead of `aiosqlite.connect`."""
    connection = QuickConnection(lambda: sqlite3.connect(database, **options), iter_chunk_size=64)
    connection._thread.daemon = True  # noqa: SLF001 - as the dialect does
    return connection
