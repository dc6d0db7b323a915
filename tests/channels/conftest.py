"""A provider's server and our channel to it, side by side."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from bot.channels.telegram import TelegramChannel
from bot.channels.twilio import TwilioChannel
from bot.messages import Choice, Outbound
from db.types import ChannelName
from tests.servers import telegram, twilio, twilio_webhooks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

PUBLIC_URL = "https://lijn.example"
SHORT = dt.timedelta(seconds=1.5)


@pytest.fixture(scope="session")
def _telegram() -> Iterator[telegram.FakeTelegram]:
    with telegram.FakeTelegram() as server:
        yield server


@pytest.fixture(scope="session")
def _twilio() -> Iterator[twilio.FakeTwilio]:
    with twilio.FakeTwilio() as server:
        yield server


@pytest.fixture
def telegram_server(_telegram: telegram.FakeTelegram) -> telegram.FakeTelegram:
    _telegram.reset()
    return _telegram


@pytest_asyncio.fixture
async def telegram_channel(telegram_server: telegram.FakeTelegram) -> AsyncIterator[TelegramChannel]:
    channel = TelegramChannel(telegram.TOKEN, telegram.SECRET, telegram_server.url, limit=SHORT)
    yield channel
    await channel.close()


@pytest.fixture
def twilio_server(_twilio: twilio.FakeTwilio) -> twilio.FakeTwilio:
    _twilio.reset()
    return _twilio


@pytest_asyncio.fixture
async def twilio_channel(twilio_server: twilio.FakeTwilio) -> AsyncIterator[TwilioChannel]:
    channel = twilio_channel_to(twilio_server.url)
    yield channel
    await channel.close()


def twilio_channel_to(url: str, token: str = twilio_webhooks.TOKEN) -> TwilioChannel:
    return TwilioChannel(
        twilio_webhooks.ACCOUNT,
        token,
        signing_key=twilio_webhooks.SIGNING_KEY,
        api_url=url,
        whatsapp_from=twilio_webhooks.WHATSAPP_FROM,
        sms_from=twilio_webhooks.SMS_FROM,
        public_url=PUBLIC_URL,
        limit=SHORT,
    )


def message_to(channel: ChannelName, text: str = "Dag!", choices: tuple[Choice, ...] = ()) -> Outbound:
    address = "4242" if channel is ChannelName.TELEGRAM else "+31612345678"
    return Outbound("reply:7:0", channel, address, text, choices)
