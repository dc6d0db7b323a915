"""A line with a mail server beside Telegram and Twilio."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.core.clock import TestClock
from db.engine import Database
from tests.line.conftest import _providers, providers
from tests.line.house import open_house
from tests.mail.post import PostHouse
from tests.servers.imap import Dovecot, why_not
from tests.servers.mail import LINE, FakeSmtp, deliver
from tests.servers.telegram import FakeTelegram
from tests.servers.twilio import FakeTwilio

__all__ = ["_providers", "providers"]


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLite, since real mail servers take their time; `BOTH` runs a test on PostgreSQL as well."""
    if request.param == "postgres":
        shared: str = request.getfixturevalue("postgres_shared")
        return shared
    path = tmp_path / "test.db"
    shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


@pytest.fixture
def mails() -> Iterator[Path]:
    """Where mailboxes lie: the IMAP server reads as somebody else, who must get there."""
    with tempfile.TemporaryDirectory(prefix="olpost") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def smtp(mails: Path) -> Iterator[FakeSmtp]:
    """A mail server that has taken nothing yet."""
    with FakeSmtp(mails / "box") as server:
        yield server


@pytest.fixture
def dovecot(mails: Path) -> Iterator[Dovecot]:
    """Debian's IMAP server over the same mailboxes."""
    if reason := why_not():
        pytest.skip(reason)
    with Dovecot(mails / "box", mails / "run") as server:
        yield server


@pytest_asyncio.fixture
async def house(
    database: Database,
    database_url: str,
    clock: TestClock,
    providers: tuple[FakeTelegram, FakeTwilio],
    smtp: FakeSmtp,
) -> AsyncIterator[PostHouse]:
    """The line at work on Monday morning, with mail out."""
    del database
    async with open_house(database_url, clock, providers, smtp_url=smtp.url) as opened:
        yield PostHouse(opened, smtp)


@pytest_asyncio.fixture
async def office(
    database: Database,
    database_url: str,
    clock: TestClock,
    providers: tuple[FakeTelegram, FakeTwilio],
    smtp: FakeSmtp,
    dovecot: Dovecot,
) -> AsyncIterator[PostHouse]:
    """The same, with a mailbox for answers."""
    del database
    deliver(smtp.folder, LINE, None)
    async with open_house(database_url, clock, providers, smtp_url=smtp.url, imap_url=dovecot.url(LINE)) as opened:
        yield PostHouse(opened, smtp)
