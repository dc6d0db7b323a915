"""What is emptied is gone from the file too: SQLite alone would leave the words in free pages and in the log beside it.

PostgreSQL takes old rows away by itself (autovacuum). Neither reaches into backups, or into what lay in free pages before.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncSession

_PATIENCE = 2.0


async def overwrite(session: AsyncSession) -> None:
    """From now on this connection overwrites with zeros what it empties or deletes."""
    if session.get_bind().dialect.name == "sqlite":
        await session.execute(text("PRAGMA secure_delete = ON"))


async def cut_log(url: URL) -> None:
    """Carry what is written over to SQLite's file and cut the log, which still has the pages as they were; if nobody reads."""
    if url.get_backend_name() == "sqlite" and url.database:
        with contextlib.suppress(sqlite3.OperationalError):
            await asyncio.to_thread(_cut, url.database)


def _cut(path: str) -> None:
    with contextlib.closing(sqlite3.connect(path, timeout=_PATIENCE)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
