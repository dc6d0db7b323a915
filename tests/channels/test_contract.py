"""What every channel promises, whoever carries it."""

from __future__ import annotations

import datetime as dt
import traceback
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from bot.channels.port import ABILITIES, Channel, Webhook
from bot.channels.telegram import TelegramChannel
from bot.channels.terminal import TerminalChannel
from bot.channels.web import WebChannel
from bot.errors import Ambiguous, BadWebhook, NotDelivered, TryLater
from db.types import ChannelName
from tests.channels.conftest import SHORT, message_to, twilio_channel_to
from tests.servers import telegram, twilio_webhooks
from tests.servers.base import Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.servers import twilio
    from tests.servers.base import LocalServer

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]

REMOTE = (ChannelName.TELEGRAM, ChannelName.WHATSAPP, ChannelName.SMS)
ALL = (*REMOTE, ChannelName.WEB, ChannelName.TERMINAL)
TEXT = "geheim " + "4711"
"""In two pieces: a trace shows lines of source, and the whole must not be found there."""
LONG_AGO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def channel_to(name: ChannelName, url: str) -> Channel:
    match name:
        case ChannelName.TELEGRAM:
            return TelegramChannel(telegram.TOKEN, telegram.SECRET, url, limit=SHORT)
        case ChannelName.WEB:
            return WebChannel()
        case ChannelName.TERMINAL:
            return TerminalChannel()
        case _:
            return twilio_channel_to(url)


@pytest_asyncio.fixture(params=ALL)
async def name(request: pytest.FixtureRequest) -> ChannelName:
    return ChannelName(request.param)


@pytest.fixture
def server(name: ChannelName, telegram_server: telegram.FakeTelegram, twilio_server: twilio.FakeTwilio) -> LocalServer:
    return telegram_server if name is ChannelName.TELEGRAM else twilio_server


@pytest_asyncio.fixture
async def channel(name: ChannelName, server: LocalServer) -> AsyncIterator[Channel]:
    built = channel_to(name, server.url)
    yield built
    await built.close()


async def test_every_channel_but_mail_is_here() -> None:
    """A channel without a contract test would be a promise that nobody checks."""
    assert set(ABILITIES) - {ChannelName.MAIL} == set(ALL)


async def test_every_message_gets_an_id_of_its_own(channel: Channel, name: ChannelName) -> None:
    """Delivery is followed by the provider's id: two messages never share one."""
    ids = [await channel.send(message_to(name)) for _ in range(3)]
    assert all(ids)
    assert len(set(ids)) == 3


async def test_a_check_is_one_line_without_secrets(channel: Channel) -> None:
    """The line stands on a page that every administrator sees."""
    line = await channel.check()
    assert line
    assert "\n" not in line
    assert not any(secret in line for secret in (telegram.TOKEN, telegram.SECRET, twilio_webhooks.TOKEN))


async def test_what_was_sent_is_found_or_cannot_be_asked(channel: Channel, name: ChannelName) -> None:
    """`lookup` in the abilities says whether reconciliation may ask; the channel keeps to it."""
    sent = await channel.send(message_to(name))
    found = await channel.find(message_to(name), dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1))
    assert (found is not None) == ABILITIES[name].lookup
    assert [sent] == [f.provider_sid for f in found or ()] or found is None


async def test_nothing_missed_is_an_empty_list(channel: Channel) -> None:
    """Catching up with nothing to catch up is no error."""
    assert list(await channel.missed(LONG_AGO)) == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b"Body=hoi&MessageSid=SM1&From=%2B31612345678"])
async def test_what_nobody_signed_is_refused(channel: Channel, body: bytes) -> None:
    """An unsigned request is never read, whatever stands in it."""
    with pytest.raises(BadWebhook):
        channel.read(Webhook("https://lijn.example/webhooks/x", {}, body))


async def test_closing_twice_is_closing_once(channel: Channel) -> None:
    """Shutting down after a failed start meets channels that are closed already."""
    await channel.close()
    await channel.close()


async def _failure(channel: Channel, name: ChannelName) -> NotDelivered:
    with pytest.raises(NotDelivered) as caught:
        await channel.send(message_to(name, TEXT))
    return caught.value


@pytest.mark.parametrize("name", REMOTE)
async def test_a_provider_that_is_not_there_has_taken_nothing(name: ChannelName) -> None:
    """A connection that was never made carried nothing: sending again is safe."""
    channel = channel_to(name, "http://127.0.0.1:9")
    assert isinstance(await _failure(channel, name), TryLater)
    await channel.close()


@pytest.mark.parametrize("name", REMOTE, indirect=True)
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault(accept=True, drop=True), id="taken-and-dropped"),
        pytest.param(Fault(drop=True), id="dropped"),
        pytest.param(Fault(hang=5), id="no-answer-in-time"),
        pytest.param(Fault(502, "<html>Bad Gateway</html>"), id="html-502"),
        pytest.param(Fault(500), id="empty-500"),
        pytest.param(Fault(302, "", {"Location": "http://127.0.0.1:9/login"}), id="redirect"),
        pytest.param(Fault(200, "<html>login to the wifi</html>"), id="html-200"),
        pytest.param(Fault(200, "[]"), id="no-object"),
        pytest.param(Fault(200, {}), id="empty-object"),
        pytest.param(Fault(503, {"ok": False, "status": 503, "code": 20503, "message": "busy"}), id="json-503"),
    ],
)
async def test_what_nobody_knows_is_ambiguous(
    channel: Channel, server: LocalServer, name: ChannelName, fault: Fault
) -> None:
    """Once a request is on its way and no clear answer comes, it is reconciled and never sent again blindly."""
    server.fail(server.send, fault)
    assert isinstance(await _failure(channel, name), Ambiguous)


@pytest.mark.parametrize("name", REMOTE, indirect=True)
@pytest.mark.parametrize(
    "fault", [Fault(400, {"ok": False, "code": 21211, "status": 400, "message": TEXT}), Fault(500)]
)
async def test_no_error_quotes_what_was_sent(
    channel: Channel, server: LocalServer, name: ChannelName, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    """Errors are logged with their trace: it holds no text, number or secret, and nor does the log."""
    server.fail(server.send, fault)
    error = await _failure(channel, name)
    written = "".join(traceback.format_exception(error)) + "".join(
        record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))
    )
    secrets = (TEXT, TEXT[-4:], "31612345678", telegram.TOKEN, twilio_webhooks.TOKEN)
    assert not [secret for secret in secrets if secret in written]


@pytest.mark.parametrize("name", REMOTE, indirect=True)
async def test_a_fault_passes(channel: Channel, server: LocalServer, name: ChannelName) -> None:
    """The channel holds nothing back after a failure, and repeats nothing by itself."""
    server.fail(server.send, Fault(drop=True))
    await _failure(channel, name)
    await channel.send(message_to(name))
    assert [server.send, server.send] == server.calls
    assert len(server.sent) == 1
