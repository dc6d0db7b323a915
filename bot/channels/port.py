"""What every channel adapter offers, and what a channel can do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from bot.messages import Found, Inbound, Outbound, Status
from db.types import ChannelName


@dataclass(frozen=True, slots=True)
class Webhook:
    """An HTTP request as the provider posted it. `url` is our public URL with its query, never the request's own."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Taps:
    """One way to show choices that are tapped: up to `most`, each title up to `title`, under a text up to `text` (0: any).

    A title that is too long gets a line and its button the digit (`numbered`); else the whole message goes with digits.
    """

    most: int
    title: int
    text: int = 0
    numbered: bool = True
    listed: bool = False
    """Behind a button that opens them, which needs a word of its own."""


@dataclass(frozen=True, slots=True)
class Ability:
    """What a channel can show and carry."""

    length: int
    taps: tuple[Taps, ...] = ()
    window: dt.timedelta | None = None
    lookup: bool = False

    def taps_for(self, choices: int) -> Taps | None:
        """The way to show so many choices; None: with digits, or there are none."""
        return next((taps for taps in self.taps if 0 < choices <= taps.most), None)

    def holds(self, text: str, choices: int) -> bool:
        """Whether this is one message, however its choices are shown."""
        taps = self.taps_for(choices)
        return units(text) <= (min(self.length, taps.text or self.length) if taps else self.length)


def units(text: str) -> int:
    """A text's length as phones count it: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


_TEN_BUTTONS = (Taps(most=10, title=40),)
ABILITIES: Mapping[ChannelName, Ability] = {
    ChannelName.WHATSAPP: Ability(
        length=1600,
        taps=(
            Taps(most=3, title=20, text=1024, numbered=False),
            Taps(most=10, title=24, text=1024, numbered=False, listed=True),
        ),
        window=dt.timedelta(hours=24),
        lookup=True,
    ),
    ChannelName.SMS: Ability(length=1600, lookup=True),
    ChannelName.TELEGRAM: Ability(length=4096, taps=_TEN_BUTTONS),
    ChannelName.WEB: Ability(length=4096, taps=_TEN_BUTTONS),
    ChannelName.TERMINAL: Ability(length=4096),
    ChannelName.MAIL: Ability(length=50_000),
}
"""Data that rendering and checks read. Nothing to tap means digits."""


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


@dataclass(frozen=True, slots=True)
class Approval:
    """A template as the provider has it. `status` is the provider's word, such as `approved`; empty: never asked for."""

    language: str
    blanks: frozenset[str]
    status: str


@runtime_checkable
class Templated(Protocol):
    """A channel that shows choices through templates, which lie at the provider and are made beforehand."""

    def wanted(self) -> Sequence[str]:
        """The names of all that it can use; each name changes with the template's definition."""

    async def found(self) -> Mapping[str, str]:
        """What lies at the provider, by name. Raises `NotDelivered`."""

    async def make(self, name: str) -> str:
        """Make one and return its id. Raises `NotDelivered`."""

    def offer(self, sids: Mapping[str, str]) -> None:
        """From now on use these, by name, and no others."""

    async def approval(self, sid: str) -> Approval | None:
        """Look at any template by its id; None where the provider has none such. Raises `NotDelivered`."""
