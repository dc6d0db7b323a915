"""Which workers are there: rows for the readiness page, and the file lock that makes one process the worker on SQLite."""

from __future__ import annotations

import datetime as dt
import fcntl
from pathlib import Path
from typing import IO

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import AlreadyRunning
from db.tables import Inbox, Outbox, ProviderAccount, Worker
from db.types import InboxState, OutboxState, database_time

FORGOTTEN = dt.timedelta(days=1)


async def seen(session: AsyncSession, name: str, started: dt.datetime, now: dt.datetime) -> None:
    """This worker is alive; those that were not seen for a day are forgotten."""
    row = await session.get(Worker, name)
    if row is None:
        session.add(Worker(id=name, started_at=started, seen_at=now))
    else:
        row.seen_at = now
    await session.execute(delete(Worker).where(Worker.seen_at < now - FORGOTTEN))


async def gone(session: AsyncSession, name: str) -> None:
    """This worker has stopped by itself: it is not waited for, and another may poll at once."""
    await session.execute(delete(Worker).where(Worker.id == name))
    await session.execute(
        update(ProviderAccount)
        .where(ProviderAccount.polled_by == name)
        .values(polled_by=None, polled_until=None)
        .execution_options(synchronize_session=False)
    )


async def broken_off(session: AsyncSession, outbox_id: int, token: str) -> None:
    """A message was on its way when its worker stopped: its lease is over, and its end may be asked for at once.

    One row in a transaction: whoever waits for several may stand in a circle with others.
    """
    await session.execute(
        update(Outbox)
        .where(Outbox.id == outbox_id, Outbox.lease_token == token, Outbox.state == OutboxState.SENDING)
        .values(lease_until=database_time(-1))
        .execution_options(synchronize_session=False)
    )


class WorkerLock:
    """On SQLite one process claims, sends and fires; a second start refuses."""

    def __init__(self, database_file: Path) -> None:
        """The lock lies beside the database."""
        self._path = database_file.with_name(database_file.name + ".lock")
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Hold it until `release` or the end of the process."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.close()
            raise AlreadyRunning(
                "another process already works on this database: stop it first, or start only `web` here"
            ) from error
        self._file = file

    def release(self) -> None:
        """Let another process be the worker."""
        if self._file is not None:
            self._file.close()
            self._file = None


async def clear_dead_leases(session: AsyncSession) -> None:
    """We are the only worker on this file: whoever held these leases is gone, so nobody need wait for them to run out."""
    await session.execute(
        update(Inbox)
        .where(Inbox.state == InboxState.OPEN, Inbox.lease_until.is_not(None))
        .values(lease_until=None, lease_token=None)
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        update(Outbox)
        .where(Outbox.state == OutboxState.SENDING)
        .values(lease_until=database_time(-1))
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        update(ProviderAccount)
        .where(ProviderAccount.polled_until.is_not(None))
        .values(polled_by=None, polled_until=None)
        .execution_options(synchronize_session=False)
    )
