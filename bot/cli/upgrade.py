"""The database at its newest migration before anything works on it, and nobody else at work while it changes."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

from bot.core.presence import WorkerLock
from bot.errors import AlreadyRunning
from db.engine import Database, driver_url
from db.migrate import behind, make_private, migrate

PATIENCE = 10.0
"""Seconds that a start waits for another one that is migrating."""


@contextlib.asynccontextmanager
async def up_to_date(url: str, *, worker: bool = False) -> AsyncIterator[None]:
    """Within it the database is up to date, and (`worker`) on SQLite this process is the one that works on it.

    On SQLite the worker's lock is held while migrating: an older line that still runs is never given other tables under
    its feet, and of two starts at once one waits. On PostgreSQL migrations wait for each other by an advisory lock.
    """
    make_private(url)
    path = driver_url(url)
    old = await _is_behind(url)
    lock = WorkerLock(Path(path.database or "memory")) if path.get_backend_name() == "sqlite" else None
    try:
        if lock is not None and (old or worker):
            await _take(lock, old=old)
        if old:
            await migrate(url)
        if lock is not None and not worker:
            lock.release()
        yield
    finally:
        if lock is not None:
            lock.release()


async def _is_behind(url: str) -> bool:
    database = Database(url)
    try:
        async with database.read() as session:
            return await (await session.connection()).run_sync(behind)
    finally:
        await database.close()


async def _take(lock: WorkerLock, *, old: bool) -> None:
    """Where the database is `old`, whoever has the lock may be a start that migrates; a line that runs keeps it."""
    ends = time.monotonic() + (PATIENCE if old else 0)
    while True:
        try:
            lock.take()
        except AlreadyRunning as error:
            if time.monotonic() < ends:
                await asyncio.sleep(0.1)
                continue
            if old:
                raise AlreadyRunning("an older version of the line runs on this database: stop it first") from error
            raise
        else:
            return
