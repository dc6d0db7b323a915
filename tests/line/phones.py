"""What a parent holds in her hand: she writes, taps or types a digit, and reads what the provider brings her."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import select

from bot.core.arrivals import Polled, poll_forever
from db.tables import Outbox, ProviderAccount
from db.types import ChannelName, OutboxState, Provider
from tests.line.house import House, until
from tests.line.school import FATMA
from tests.servers import telegram, twilio_webhooks

ROUTES = ("telegram polling", "telegram webhook", "whatsapp", "sms")
BUTTONS = "whatsapp with buttons"
"""WhatsApp after the worker has made its templates; until then there are digits."""


@dataclass
class Phone:
    """One address on one route. `heard` reads what came since the last time."""

    house: House
    route: str
    number: str
    read: int = 0

    @property
    def channel(self) -> ChannelName:
        """The channel she uses."""
        return ChannelName(self.route.split(" ", maxsplit=1)[0])

    async def says(self, text: str, **fields: Any) -> list[Outbox]:
        """She writes, everything happens that is due, and this is what she got."""
        await self.posts(text, **fields)
        await self.house.settle()
        return await self.heard()

    async def posts(self, text: str, **fields: Any) -> None:
        """Her message reaches us; nothing more."""
        if self.channel is ChannelName.TELEGRAM:
            date = int(self.house.clock.now().timestamp())
            await self._update(self.house.telegram.user_says(int(self.number), text, **{"date": date, **fields}))
        else:
            answer = await self.form(self.form_of(text, **fields))
            assert answer.is_success

    async def chooses(self, position: int) -> list[Outbox]:
        """The choice with this number: a tap where she sees buttons, else the digit."""
        last = self.brought()[-1]
        buttons = last.get("buttons")
        if not buttons:
            assert f"{position} " in last["body" if "body" in last else "text"]
            return await self.says(str(position))
        await self.taps(last, position)
        await self.house.settle()
        return await self.heard()

    async def taps(self, message: Mapping[str, Any], position: int) -> None:
        """She taps a button under a message that came; nothing more."""
        if self.channel is ChannelName.TELEGRAM:
            data = message["buttons"][position - 1]["callback_data"]
            await self._update(self.house.telegram.user_taps(int(self.number), data, message["message_id"]))
        else:
            answer = await self.form(twilio_webhooks.tap_form(f"whatsapp:{self.number}", message, position))
            assert answer.is_success

    async def sends(self, kind: str) -> list[Outbox]:
        """Something without words (a name of `KINDS`), and what she got."""
        if self.channel is ChannelName.TELEGRAM:
            date = int(self.house.clock.now().timestamp())
            await self._update(self.house.telegram.user_says(int(self.number), "", KINDS[kind][0], date=date))
        else:
            answer = await self.form(self.form_of("", **KINDS[kind][1]))
            assert answer.is_success
        await self.house.settle()
        return await self.heard()

    def form_of(self, text: str, **fields: str) -> dict[str, str]:
        """What Twilio would post."""
        sender = f"whatsapp:{self.number}" if self.channel is ChannelName.WHATSAPP else self.number
        return twilio_webhooks.inbound_form(sender, text, **fields)

    async def form(self, form: Mapping[str, str], *, key: str | None = None) -> httpx.Response:
        """Twilio posts this, signed."""
        house = self.house
        return await house.twilio.deliver(f"{house.url}/webhooks/twilio", form, app=house.web, key=key)

    async def heard(self) -> list[Outbox]:
        """What is new for her. What we say left us did reach the provider, word for word, and nothing else did."""
        rows = await self.house.said_to(self.channel, self.number)
        sent = [row for row in rows if row.state is OutboxState.SENT]
        for row, entry in zip(sent, self.brought(), strict=True):
            assert row.text
            assert entry.get("body", entry.get("text")) == row.text + ("" if entry.get("buttons") else _digits(row))
        new, self.read = rows[self.read :], len(rows)
        return new

    def brought(self) -> list[dict[str, Any]]:
        """What the provider took for her, in order."""
        if self.channel is ChannelName.TELEGRAM:
            return [entry for entry in self.house.telegram.sent if str(entry["chat"]) == self.number]
        to = f"whatsapp:{self.number}" if self.channel is ChannelName.WHATSAPP else self.number
        return [entry for entry in self.house.twilio.sent if entry["to"] == to]

    async def _update(self, update: dict[str, Any]) -> None:
        if self.route == "telegram webhook":
            answer = await post_update(self.house, update)
            assert answer.is_success
            return

        async def confirmed() -> bool:
            """The polling asked again, which it does only when what it got is stored."""
            return update not in self.house.telegram._updates

        await until(confirmed)


async def post_update(house: House, update: Mapping[str, Any], secret: str = telegram.SECRET) -> httpx.Response:
    """Telegram posts an update to our webhook."""
    headers, body = telegram.post_of(update, secret)
    return await house.web.post("/webhooks/telegram", headers=headers, content=body)


@asynccontextmanager
async def phone(house: House, route: str, people: Mapping[ChannelName, str] = FATMA) -> AsyncIterator[Phone]:
    """A phone on a route; while it is polled, the polling runs."""
    made = Phone(house, route, "")
    made.number = people[made.channel]
    if route == BUTTONS:
        assert await house.worker.templates.once()
    if route != "telegram polling":
        yield made
        return
    account = await telegram_account(house)
    polling = asyncio.create_task(poll_forever(house.line.database, house.line.accounts, account, house.clock))
    try:
        yield made
    finally:
        polling.cancel()
        with suppress(asyncio.CancelledError):
            await polling


def _digits(row: Outbox) -> str:
    """What a row's choices add to its text where they are not buttons."""
    return "".join(f"\n{n} {title}" for n, (_, title) in enumerate(row.payload.get("choices", ()), 1))


async def telegram_account(house: House) -> ProviderAccount:
    """The row of our bot."""
    async with house.line.database.read() as session:
        account = (
            await session.execute(select(ProviderAccount).where(ProviderAccount.provider == Provider.TELEGRAM))
        ).scalar_one()
    assert isinstance(await house.line.accounts.channel(account.id), Polled)
    return account


def _media(content_type: str) -> dict[str, str]:
    return {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/media/ME1", "MediaContentType0": content_type}


KINDS: Mapping[str, tuple[str, dict[str, str]]] = {
    "voice": ("voice", _media("audio/ogg") | {"MessageType": "audio"}),
    "picture": ("photo", _media("image/jpeg") | {"MessageType": "image"}),
    "video": ("video", _media("video/mp4") | {"MessageType": "video"}),
    "document": ("document", _media("application/pdf") | {"MessageType": "document"}),
    "sticker": ("sticker", _media("image/webp") | {"MessageType": "sticker"}),
    "location": ("location", {"Latitude": "52.370216", "Longitude": "4.895168", "MessageType": "location"}),
    "contact": ("contact", _media("text/vcard") | {"MessageType": "contacts"}),
    "unknown": ("tomorrow", {"MessageType": "hologram"}),
}
"""Messages without words: a name of the local Telegram's CONTENTS, and what Twilio adds to its form."""
