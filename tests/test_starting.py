"""Starts: nobody migrates under the feet of a line that runs, two starts at once are one migration, files are private."""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cli import upgrade
from bot.cli.serve import opened
from bot.cli.upgrade import up_to_date
from bot.core.presence import WorkerLock
from bot.errors import AlreadyRunning
from bot.settings import Settings, load_settings
from db.engine import scratch_engine
from db.migrate import behind, config, migrate
from db.tables import Address, Conversation, ProviderAccount, School, Timer
from db.types import ChannelName, Provider
from tests.servers.postgres import Postgres

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(120)]
OLD = "0004"


def settings_for(url: str, folder: Path) -> Settings:
    return load_settings(_env_file=None, database_url=url, var=folder, demo=False)


def _to_old(connection: Connection) -> None:
    command.upgrade(config(connection), OLD)


async def left_by_an_older_version(path: Path) -> str:
    """A database as an earlier release made it."""
    url = f"sqlite:///{path}"
    engine = scratch_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(_to_old)
    await engine.dispose()
    return url


async def is_old(url: str) -> bool:
    engine = scratch_engine(url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(behind)
    finally:
        await engine.dispose()


@pytest.mark.parametrize("worker", [True, False])
async def test_a_running_line_is_not_migrated_under_its_feet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, worker: bool
) -> None:
    """A newer version is started, or one of its commands, while the older one works: it refuses, and changes nothing."""
    monkeypatch.setattr(upgrade, "PATIENCE", 0.2, raising=False)
    url = await left_by_an_older_version(tmp_path / "line.db")
    running = WorkerLock(tmp_path / "line.db")
    running.take()
    with pytest.raises(AlreadyRunning):
        async with opened(settings_for(url, tmp_path), worker_part=worker):
            pass
    refused = await is_old(url)
    running.release()
    async with opened(settings_for(url, tmp_path), worker_part=worker):
        taken = not worker or _refuses(tmp_path / "line.db")
    assert (refused, taken, await is_old(url)) == (True, True, False)


def _refuses(path: Path) -> bool:
    try:
        WorkerLock(path).take()
    except AlreadyRunning:
        return True
    return False


async def test_a_start_waits_for_one_that_migrates(tmp_path: Path) -> None:
    """Web and worker of a new version, started together: neither fails."""
    url = await left_by_an_older_version(tmp_path / "line.db")
    migrating = WorkerLock(tmp_path / "line.db")
    migrating.take()

    async def start() -> None:
        async with up_to_date(url, worker=True):
            pass

    waiting = asyncio.create_task(start())
    await asyncio.sleep(0.3)
    still = not waiting.done()
    migrating.release()
    await asyncio.wait_for(waiting, 30)
    assert (still, await is_old(url)) == (True, False)


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def test_two_starts_at_once_are_one_migration(
    request: pytest.FixtureRequest, tmp_path: Path, engine: str
) -> None:
    """One migrates and the other waits: each revision is applied once."""
    url = f"sqlite:///{tmp_path / 'bare.db'}"
    if engine == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.create("starts")
    await asyncio.gather(*(migrate(url) for _ in range(3)))
    made = scratch_engine(url)
    async with made.connect() as connection:
        count = await connection.scalar(text("SELECT count(*) FROM alembic_version"))
    await made.dispose()
    assert (count, await is_old(url)) == (1, False)


async def test_a_start_computes_wall_clock_timers_anew(tmp_path: Path) -> None:
    """The rules of summer time come with an upgrade: what was computed by older ones is computed again."""
    settings, old = (
        settings_for(f"sqlite:///{tmp_path / 'line.db'}", tmp_path),
        dt.datetime(2027, 3, 29, 7, tzinfo=dt.UTC),
    )

    async def fill(session: AsyncSession) -> None:
        school = School(name="Voorbeeldcollege")
        session.add(school)
        await session.flush()
        account = ProviderAccount(school_id=school.id, provider=Provider.WEB, external_id="web")
        address = Address(school_id=school.id, channel=ChannelName.WEB, external_id="1")
        session.add_all([account, address])
        await session.flush()
        conversation = Conversation(school_id=school.id, address_id=address.id, account_id=account.id)
        session.add(conversation)
        await session.flush()
        timer = {"kind": "plan", "due_at": old, "local_time": "2027-03-29 08:00"}
        session.add(Timer(school_id=school.id, conversation_id=conversation.id, **timer))

    async with opened(settings, worker_part=False) as line:
        await line.database.write(fill)
    async with opened(settings, worker_part=False) as line, line.database.read() as session:
        assert await session.scalar(select(Timer.due_at)) == old - dt.timedelta(hours=1)


async def test_files_that_others_can_read_are_made_private(tmp_path: Path) -> None:
    """As they came from a backup, or from a version that did not look: tightened at the next start."""
    path = tmp_path / "line.db"
    await migrate(f"sqlite:///{path}")
    with sqlite3.connect(path) as holding:  # or closing would take the files beside it away
        holding.execute("CREATE TABLE later (x)")
        holding.commit()
        files = [path, *(path.with_name(path.name + ending) for ending in ("-wal", "-shm"))]
        for file in files:
            file.chmod(0o644)
        async with opened(settings_for(f"sqlite:///{path}", tmp_path), worker_part=False):
            modes = [file.stat().st_mode & 0o777 for file in files]
    holding.close()
    assert modes == [0o600] * 3
