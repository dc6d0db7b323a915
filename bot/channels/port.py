"""What every channel adapter offers, and what a channel can do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.messages import Found, Inbound, Outbound, Status
from db.types import ChannelName


@dataclass(frozen=True, slots=True)
class Webhook:
    """An HTTP request as the provider posted it. `url` is our public URL with its query, never the request's own."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Ability:
    """What a channel can show and carry."""

    length: int
    buttons: int
    button_length: int
    window: dt.timedelta | None = None
    lookup: bool = False


ABILITIES: Mapping[ChannelName, Ability] = {
    ChannelName.WHATSAPP: Ability(length=1600, buttons=0, button_length=20, window=dt.timedelta(hours=24), lookup=True),
    ChannelName.SMS: Ability(length=1600, buttons=0, button_length=0, lookup=True),
    ChannelName.TELEGRAM: Ability(length=4096, buttons=10, button_length=40),
    ChannelName.WEB: Ability(length=4096, buttons=10, button_length=40),
    ChannelName.TERMINAL: Ability(length=4096, buttons=0, button_length=0),
    ChannelName.MAIL: Ability(length=50_000, buttons=0, button_length=0),
}
"""Data that rendering and checks read. Zero buttons means digits."""


class Channel(Protocol):
    """A way to reach people. Reading is pure; only the other three touch the network."""

    def read(self, webhook: Webhook) -> Sequence[Inbound | Status]:
        """Check the signature, then read.

        Raises `ForgedWebhook` for a wrong signature and `MalformedWebhook` for what nobody could read. A kind of
        message that is unknown is not malformed: it comes back as `InboundKind.UNKNOWN`, so that it is answered.
        """

    async def send(self, message: Outbound) -> str:
        """Hand over, once, without retrying: retries belong to the outbox. Returns the provider's id, raises `NotDelivered`."""

    async def find(self, message: Outbound, since: dt.datetime) -> Sequence[Found] | None:
        """What the provider accepted for this recipient since then with this text; None where it cannot be asked."""

    async def missed(self, since: dt.datetime) -> Sequence[Inbound]:
        """What arrived at the provider since then, for catching up after we were away; empty where it cannot be asked."""

    async def check(self) -> str:
        """Ask the provider who we are, for `doctor` and the settings page. Returns one line, raises `NotDelivered`."""

    async def close(self) -> None:
        """Let go of connections."""
