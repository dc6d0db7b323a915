"""The providers, started once, and a line between them on each database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from bot.core.clock import TestClock
from db.engine import Database
from tests.line.house import House, open_house
from tests.servers.telegram import FakeTelegram
from tests.servers.twilio import FakeTwilio


@pytest.fixture(scope="session")
def _providers() -> Iterator[tuple[FakeTelegram, FakeTwilio]]:
    with FakeTelegram() as telegram, FakeTwilio() as twilio:
        yield telegram, twilio


@pytest.fixture
def providers(_providers: tuple[FakeTelegram, FakeTwilio]) -> tuple[FakeTelegram, FakeTwilio]:
    """Telegram and Twilio on this machine, with nothing sent yet."""
    for provider in _providers:
        provider.reset()
    return _providers


@pytest_asyncio.fixture
async def house(
    database: Database, database_url: str, clock: TestClock, providers: tuple[FakeTelegram, FakeTwilio]
) -> AsyncIterator[House]:
    """The line at work on Monday morning. `database` empties what it leaves behind."""
    del database
    async with open_house(database_url, clock, providers) as opened:
        yield opened
