"""A line with a mail server beside Telegram and Twilio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.core.clock import TestClock
from db.engine import Database
from tests.line.conftest import _providers, providers
from tests.line.house import open_house
from tests.mail.post import PostHouse
from tests.servers.mail import FakeSmtp
from tests.servers.telegram import FakeTelegram
from tests.servers.twilio import FakeTwilio

__all__ = ["_providers", "providers"]


@pytest.fixture
def smtp(tmp_path: Path) -> Iterator[FakeSmtp]:
    """A mail server that has taken nothing yet."""
    with FakeSmtp(tmp_path / "post") as server:
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
