"""The Telegram channel against a local server: real HTTP, scripted faults."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.channels.telegram import TelegramChannel
from bot.errors import AddressDead, BlockedThere, Misconfigured, NotDelivered, Refused, TooMany, TryLater
from bot.messages import Choice, Media
from db.types import ChannelName, InboundKind
from tests.channels.conftest import SHORT, message_to
from tests.servers import telegram
from tests.servers.base import Fault
from tests.servers.telegram import FakeTelegram

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]
WAIT = dt.timedelta(seconds=0.2)


async def test_a_message_arrives_with_its_buttons(
    telegram_server: FakeTelegram, telegram_channel: TelegramChannel
) -> None:
    """One button a row: titles in some languages are long."""
    choices = (Choice("yes:9", "Ja"), Choice("no:9", "Nee"))
    sent = await telegram_channel.send(message_to(ChannelName.TELEGRAM, "Klopt *dat* <b>?", choices))
    (taken,) = telegram_server.sent
    assert f"m:4242:{taken['message_id']}" == sent
    assert (taken["chat"], taken["text"]) == (4242, "Klopt *dat* <b>?")
    assert [(b["callback_data"], b["text"]) for b in taken["buttons"]] == [("yes:9", "Ja"), ("no:9", "Nee")]


DEACTIVATED = telegram.error(403, "Forbidden: user is deactivated")
MIGRATED = telegram.error(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-100)
BARE_429 = telegram.error(429, "Too Many Requests: retry later")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        pytest.param(telegram.too_many(7), TooMany, id="429"),
        pytest.param(BARE_429, TooMany, id="429-without-a-wait"),
        pytest.param(telegram.BLOCKED, BlockedThere, id="403"),
        pytest.param(DEACTIVATED, AddressDead, id="403-deactivated"),
        pytest.param(telegram.CHAT_NOT_FOUND, AddressDead, id="400-no-chat"),
        pytest.param(MIGRATED, AddressDead, id="400-migrated"),
        pytest.param(telegram.TOO_LONG, Refused, id="400"),
        pytest.param(telegram.UNAUTHORISED, Misconfigured, id="401"),
        pytest.param(telegram.error(404, "Not Found"), Misconfigured, id="404"),
        pytest.param(telegram.CONFLICT, TryLater, id="409"),
    ],
)
async def test_every_refusal_has_its_meaning(
    telegram_server: FakeTelegram, telegram_channel: TelegramChannel, fault: Fault, expected: type[NotDelivered]
) -> None:
    """The class decides what the outbox does; it is exactly this one and no parent of it."""
    telegram_server.fail("sendMessage", fault)
    with pytest.raises(NotDelivered) as caught:
        await telegram_channel.send(message_to(ChannelName.TELEGRAM))
    assert expected is type(caught.value)
    assert caught.value.code


async def test_a_429_says_how_long_to_wait(telegram_server: FakeTelegram, telegram_channel: TelegramChannel) -> None:
    """A timedelta, and without a warning: warnings are errors in these tests."""
    telegram_server.fail("sendMessage", telegram.too_many(7))
    with pytest.raises(TooMany) as caught:
        await telegram_channel.send(message_to(ChannelName.TELEGRAM))
    assert dt.timedelta(seconds=7) == caught.value.after


@pytest.mark.parametrize(("text", "payload"), [("", "ok"), ("x" * 4097, "ok"), ("x", "y" * 65)])
async def test_what_telegram_cannot_carry_is_refused(
    telegram_channel: TelegramChannel, telegram_server: FakeTelegram, text: str, payload: str
) -> None:
    """Refused for good: the same message will not become shorter."""
    with pytest.raises(Refused):
        await telegram_channel.send(message_to(ChannelName.TELEGRAM, text, (Choice(payload, "Ja"),)))
    assert telegram_server.sent == []


# Polling


async def test_an_update_comes_again_until_its_offset_is_used(
    telegram_server: FakeTelegram, telegram_channel: TelegramChannel
) -> None:
    """Who dies before storing gets it again: only the next offset confirms."""
    telegram_server.user_says(4242, "een")
    first, offset = await telegram_channel.poll(None, WAIT)
    again, _ = await telegram_channel.poll(None, WAIT)
    telegram_server.user_says(4242, "twee")
    second, _ = await telegram_channel.poll(offset, WAIT)
    assert tuple([i.text for i in found] for found in (first, again, second)) == (["een"], ["een"], ["twee"])


async def test_numbers_that_start_anew_lose_nothing(
    telegram_server: FakeTelegram, telegram_channel: TelegramChannel
) -> None:
    """After a quiet week `update_id` may be lower than our offset: an empty answer lets go of the offset."""
    telegram_server.user_says(4242, "een")
    _, offset = await telegram_channel.poll(None, WAIT)
    nothing, offset = await telegram_channel.poll(offset, WAIT)
    telegram_server.numbers_from(1000)
    telegram_server.user_says(4242, "na een week")
    found, _ = await telegram_channel.poll(offset, WAIT)
    assert (list(nothing), [i.text for i in found]) == ([], ["na een week"])


async def test_a_webhook_is_taken_away_once_before_polling(
    telegram_server: FakeTelegram, telegram_channel: TelegramChannel
) -> None:
    """Telegram refuses to be polled while a webhook is set."""
    await telegram_channel.listen("https://lijn.example/webhooks/telegram")
    assert telegram_server.webhook["secret_token"] == telegram.SECRET
    await telegram_channel.poll(None, WAIT)
    await telegram_channel.poll(None, WAIT)
    assert telegram_server.calls == ["setWebhook", "deleteWebhook", "getUpdates", "getUpdates"]


@pytest.mark.parametrize(
    "poison",
    [
        {"message": {"message_id": "no number"}},
        {"message": []},
        {"callback_query": {"id": "1"}},
        {"message": {"message_id": 1, "date": 10**20, "chat": {"id": 7, "type": "private"}, "from": {"id": 7}}},
        {"poll": {"id": "1"}},
        {"channel_post": None, "tomorrow": {"x": 1}},
    ],
)
async def test_one_unreadable_update_does_not_hold_up_the_others(
    telegram_server: FakeTelegram, telegram_channel: TelegramChannel, poison: dict[str, Any], caplog: Any
) -> None:
    """The library would raise for the whole batch, for ever, and log every message in it."""
    telegram_server.user_says(4242, "voor")
    telegram_server.arrives(poison)
    last = telegram_server.user_says(4242, "na")
    found, offset = await telegram_channel.poll(None, WAIT)
    assert (["voor", "na"], last["update_id"] + 1) == ([i.text for i in found], offset)
    assert not [record for record in caplog.records if record.name.startswith("telegram")]


async def test_an_unreadable_message_of_a_person_is_of_unknown_kind(
    telegram_server: FakeTelegram, telegram_channel: TelegramChannel
) -> None:
    """She gets an answer, whatever the library makes of it."""
    telegram_server.user_says(4242, "hoi", voice={"pitch": 3})
    found, _ = await telegram_channel.poll(None, WAIT)
    assert [i.kind for i in found] == [InboundKind.UNKNOWN]


@pytest.mark.parametrize("fault", [telegram.CONFLICT, Fault(502, "<html>"), Fault(drop=True), Fault(200, "[]")])
async def test_polling_fails_softly(
    telegram_server: FakeTelegram, telegram_channel: TelegramChannel, fault: Fault
) -> None:
    """A question that got no answer is asked again: nothing is ambiguous about it."""
    telegram_server.user_says(4242, "een")
    telegram_server.fail("getUpdates", fault)
    with pytest.raises(TryLater):
        await telegram_channel.poll(None, WAIT)
    found, _ = await telegram_channel.poll(None, WAIT)
    assert [i.text for i in found] == ["een"]


# Courtesies and files


async def test_a_tap_is_acknowledged(telegram_server: FakeTelegram, telegram_channel: TelegramChannel) -> None:
    """Until then the button shows a waiting sign for a minute."""
    update = telegram_server.user_taps(4242, "yes:9", titles={"yes:9": "Ja"})
    (tapped,), _ = await telegram_channel.poll(None, WAIT)
    await telegram_channel.acknowledge(tapped)
    assert [update["callback_query"]["id"]] == telegram_server.acknowledged


@pytest.mark.parametrize("fault", [telegram.TOO_LONG, Fault(drop=True), Fault(hang=2), Fault(200, {})])
async def test_an_acknowledgement_never_fails(
    telegram_server: FakeTelegram, telegram_channel: TelegramChannel, fault: Fault
) -> None:
    """A tap older than some minutes cannot be acknowledged any more: no reason to stop."""
    telegram_server.user_taps(4242, "yes:9")
    (tapped,), _ = await telegram_channel.poll(None, WAIT)
    telegram_server.fail("answerCallbackQuery", fault)
    await telegram_channel.acknowledge(tapped)


async def test_only_taps_are_acknowledged(telegram_server: FakeTelegram, telegram_channel: TelegramChannel) -> None:
    telegram_server.user_says(4242, "hoi")
    (written,), _ = await telegram_channel.poll(None, WAIT)
    await telegram_channel.acknowledge(written)
    assert telegram_server.acknowledged == []


async def test_a_file_is_copied(telegram_server: FakeTelegram, telegram_channel: TelegramChannel) -> None:
    """Through the file address of the same server."""
    telegram_server.user_says(4242, kind="voice")
    (voice,), _ = await telegram_channel.poll(None, WAIT)
    assert await telegram_channel.copy(voice.media[0], 10) == b"OggS-voice"


async def test_a_file_that_is_gone_is_refused(telegram_channel: TelegramChannel) -> None:
    with pytest.raises(Refused):
        await telegram_channel.copy(Media("gone"), 10)


async def test_a_file_that_is_too_large_is_not_asked_for(
    telegram_server: FakeTelegram, telegram_channel: TelegramChannel
) -> None:
    """Telegram says how large it is, with the link."""
    telegram_server.user_says(4242, kind="voice")
    (voice,), _ = await telegram_channel.poll(None, WAIT)
    with pytest.raises(Refused) as caught:
        await telegram_channel.copy(voice.media[0], 9)
    assert (caught.value.code, "file" in telegram_server.calls) == ("too large", False)


class Endless(FakeTelegram):
    """Its file has no size, and no end."""

    @staticmethod
    async def _get_file(values: dict[str, str]) -> Any:
        return {"file_id": values["file_id"], "file_unique_id": "x", "file_path": "voice/file 1%.oga"}

    @staticmethod
    async def _file(_request: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 65536
                await asyncio.sleep(0.001)

        return StreamingResponse(pieces())


async def test_a_file_is_read_no_further_than_the_limit() -> None:
    """Whole in memory first, an hour of video would end the process; without an end, the request."""
    with Endless() as server:
        channel = TelegramChannel(telegram.TOKEN, telegram.SECRET, server.url)
        began = time.monotonic()
        with pytest.raises(Refused) as caught:
            await channel.copy(Media("AwACAgQAAxkBAAI"), 1_000_000)
        await channel.close()
    assert (caught.value.code, time.monotonic() - began < 5) == ("too large", True)


async def test_a_file_that_vanished_is_refused(
    telegram_server: FakeTelegram, telegram_channel: TelegramChannel
) -> None:
    """The link is an hour old: it is no matter for the operator, and asking again brings nothing."""
    telegram_server.fail("file", Fault(404, ""))
    telegram_server.user_says(4242, kind="voice")
    (voice,), _ = await telegram_channel.poll(None, WAIT)
    with pytest.raises(Refused):
        await telegram_channel.copy(voice.media[0], 10)


async def test_a_wrong_token_is_a_matter_for_the_operator(telegram_server: FakeTelegram) -> None:
    """`doctor` says so before the first parent writes."""
    channel = TelegramChannel("1:wrong", "", telegram_server.url, limit=SHORT)
    with pytest.raises(Misconfigured):
        await channel.check()
    await channel.close()
