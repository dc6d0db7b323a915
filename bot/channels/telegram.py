"""Telegram, through python-telegram-bot, which is imported here only.

Sending is one HTTP request and no retry. Receiving is a webhook or our own polling; the library's Updater confirms
updates before anybody has stored them, so it is not used.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import hmac
import json
import os
from typing import TYPE_CHECKING, Any

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, Update
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from bot.channels.reading import TOO_LARGE, header, read_file
from bot.channels.telegram_reading import UNREADABLE, inbound_of, message_id, read_update
from bot.errors import (
    AddressDead,
    Ambiguous,
    BlockedThere,
    ForgedWebhook,
    MalformedWebhook,
    Misconfigured,
    NotDelivered,
    Refused,
    TooMany,
    TryLater,
)
from bot.tls import trusted
from db.types import InboundKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from bot.channels.port import Webhook
    from bot.messages import Found, Inbound, Media, Outbound

# Read by the library at every 429: without it the wait comes as a number and each one warns.
os.environ["PTB_TIMEDELTA"] = "true"

API_URL = "https://api.telegram.org"
_CONNECT = 4.0
"""Seconds. Nothing has been sent before this has passed, so it must be well within the whole limit."""


class TelegramChannel:
    """One bot. `limit` is the time one request may take in all."""

    def __init__(
        self,
        token: str,
        secret: str,
        api_url: str = API_URL,
        *,
        limit: dt.timedelta = dt.timedelta(seconds=10),
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._secret = secret
        self._limit = limit.total_seconds()
        self._now = now
        self._polling = False
        limits = self._limit, self._limit, min(_CONNECT, self._limit / 2)
        tls = {"verify": trusted()}
        self._requests = _Request(16, *limits, httpx_kwargs=tls), _Updates(2, *limits, httpx_kwargs=tls)
        self._bot = Bot(
            token,
            base_url=f"{api_url.rstrip('/')}/bot",
            base_file_url=f"{api_url.rstrip('/')}/file/bot",
            request=self._requests[0],
            get_updates_request=self._requests[1],
        )

    def read(self, webhook: Webhook) -> Sequence[Inbound]:
        """Compare the secret, then read the update: a message, an edited message or a tap from a private chat."""
        given = header(webhook, "X-Telegram-Bot-Api-Secret-Token")
        if not self._secret or not hmac.compare_digest(given.encode(errors="replace"), self._secret.encode()):
            message = "the secret token is not ours"
            raise ForgedWebhook(message)
        try:
            found = read_update(json.loads(webhook.body), self._now())
        except UNREADABLE:
            # The cause is left out: it would carry the message into the log.
            message = "not an update"
            raise MalformedWebhook(message) from None
        return (found,) if found else ()

    async def send(self, message: Outbound) -> str:
        """Send text and buttons; returns an id that a quotation of this message comes back with."""
        buttons = [[InlineKeyboardButton(c.title, callback_data=c.payload)] for c in message.choices]
        async with self._explained(sending=True):
            sent = await self._bot.send_message(
                message.external_id,
                message.text,
                reply_markup=InlineKeyboardMarkup(buttons) if buttons else None,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        return message_id(message.external_id, sent.message_id)

    async def acknowledge(self, inbound: Inbound) -> None:
        """Stop the waiting sign on a tapped button. A courtesy: whatever goes wrong is forgotten."""
        if inbound.kind is InboundKind.BUTTON and inbound.provider_id.startswith("c:"):
            with contextlib.suppress(NotDelivered):
                async with self._explained(sending=False):
                    await self._bot.answer_callback_query(inbound.provider_id.removeprefix("c:"))

    async def poll(self, offset: int | None, wait: dt.timedelta) -> tuple[Sequence[Inbound], int | None]:
        """Wait for updates from `offset` on; returns them and the next offset, which confirms them once it is used.

        Start with None: what was not confirmed comes again, and an offset kept from long ago could skip new updates.
        An empty answer gives no offset: everything before is confirmed by then, and after a quiet week Telegram numbers
        its updates anew, perhaps below the old offset.
        """
        async with self._explained(sending=False, extra=wait.total_seconds()):
            if not self._polling:
                await self._bot.delete_webhook()
                self._polling = True
            updates = await self._bot.get_updates(
                offset, timeout=wait, read_timeout=self._limit, allowed_updates=Update.ALL_TYPES
            )
        now = self._now()
        found = [inbound for update in updates if (inbound := inbound_of(update, now))]
        return found, updates[-1].update_id + 1 if updates else None

    async def listen(self, url: str) -> None:
        """Have Telegram post updates to `url` with our secret."""
        async with self._explained(sending=False):
            await self._bot.set_webhook(url, secret_token=self._secret, allowed_updates=Update.ALL_TYPES)
        self._polling = False

    async def copy(self, media: Media, most: int) -> bytes:
        """Copy a file of at most `most` bytes; its link lasts an hour. Telegram gives bots 20 MB at most."""
        async with self._explained(sending=False):
            file = await self._bot.get_file(media.reference)
            if (file.file_size or 0) > most:
                raise Refused(TOO_LARGE, code=TOO_LARGE)
            return await self._requests[0].copy(file.file_path or "", most)

    async def find(self, message: Outbound, since: dt.datetime) -> Sequence[Found] | None:
        """Say that Telegram keeps no list that a bot can ask."""
        del message, since
        return None

    async def missed(self, since: dt.datetime) -> Sequence[Inbound]:
        """Miss nothing: Telegram repeats by itself what we did not confirm."""
        del since
        return ()

    async def check(self) -> str:
        """Name the bot."""
        async with self._explained(sending=False):
            me = await self._bot.get_me()
        return f"Telegram: @{me.username}"

    async def close(self) -> None:
        """Close both connection pools."""
        for request in self._requests:
            await request.shutdown()

    @contextlib.asynccontextmanager
    async def _explained(self, *, sending: bool, extra: float = 0.0) -> AsyncIterator[None]:
        """Hold the limit and turn whatever comes out into our errors."""
        try:
            async with asyncio.timeout(self._limit + extra):
                yield
        except Exception as error:  # noqa: BLE001 - an answer that is no object comes out as AttributeError
            # Without the cause: it may quote what was sent.
            raise explain(error, sending=sending) from None


class _Request(HTTPXRequest):
    """The library's own writes an answer that it cannot read, text and all, into the log, and a file whole into memory."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Read an answer, or say only that it is none."""
        try:
            answer = json.loads(payload)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            message = "unreadable answer"
            raise TelegramError(message)
        return answer

    async def copy(self, url: str, most: int) -> bytes:
        """Read a file, whatever the library would do with a large one."""
        async with self._client.stream("GET", url) as answer:
            return await read_file(answer, most)


class _Updates(_Request):
    """One update that the library cannot read would otherwise hold up all later ones, and be logged whole."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Put what cannot be read under a name that the library does not know: it passes that on as it is."""
        answer = _Request.parse_json_payload(payload)
        if isinstance(answer.get("result"), list):
            answer["result"] = [_readable(update) for update in answer["result"]]
        return answer


def _readable(update: dict[str, Any]) -> dict[str, Any]:
    try:
        inbound_of(Update.de_json(update, None), dt.datetime.now(dt.UTC))
    except UNREADABLE:
        return {f"unreadable_{name}" if name != "update_id" else name: value for name, value in update.items()}
    return update


_MEANINGS: tuple[tuple[type[TelegramError], type[NotDelivered], str, str], ...] = (
    (Forbidden, BlockedThere, "the bot may not write there", "403"),
    (ChatMigrated, AddressDead, "the chat has another number now", "400"),
    (BadRequest, Refused, "Telegram refuses this message", "400"),
    (InvalidToken, Misconfigured, "Telegram does not know this bot's token", "401"),
    (Conflict, TryLater, "another program polls for this bot", "409"),
)
"""Specific before general: BadRequest is a NetworkError in this library, which is why that stands nowhere."""

_NOBODY = ("chat not found", "user is deactivated", "peer_id_invalid")
_NEVER_SENT = {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"}
"""What httpx calls a connection that was never made; the library passes it on as the cause."""


def explain(error: Exception, *, sending: bool) -> NotDelivered:
    """Say what an error means for the message. A question without an answer is harmless, a message is not."""
    words = str(error).lower()
    if isinstance(error, NotDelivered):
        return error
    if isinstance(error, RetryAfter) or "too many requests" in words:
        after = getattr(error, "retry_after", None)
        return TooMany("Telegram asks to wait", code="429", after=after if isinstance(after, dt.timedelta) else None)
    if isinstance(error, BadRequest | Forbidden) and any(sign in words for sign in _NOBODY):
        return AddressDead("nobody there", code="403" if isinstance(error, Forbidden) else "400")
    for kind, meaning, why, code in _MEANINGS:
        if isinstance(error, kind):
            return meaning(why, code=code)
    if (cause := type(error.__cause__).__name__) in _NEVER_SENT:
        return TryLater(f"no connection to Telegram ({cause})")
    return (Ambiguous if sending else TryLater)(f"Telegram's answer was lost ({type(error).__name__})")
