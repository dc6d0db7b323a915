"""The web phone: the page reads the outbox itself, so a message has arrived once it is stored."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar

from bot.errors import MalformedWebhook
from db.types import ChannelName

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from bot.channels.port import Webhook
    from bot.messages import Found, Inbound, Outbound


class WebChannel:
    """Deliver by doing nothing: the outbox row is the delivery. `new_id` names messages."""

    name: ClassVar[ChannelName] = ChannelName.WEB

    def __init__(self, new_id: Callable[[], str] = lambda: uuid.uuid4().hex) -> None:
        self._new_id = new_id

    def read(self, webhook: Webhook) -> Sequence[Inbound]:
        """Refuse: nobody posts webhooks here, the page writes through the application."""
        del webhook
        message = f"{self.name} has no webhook"
        raise MalformedWebhook(message)

    async def send(self, message: Outbound) -> str:
        """Give it a name."""
        del message
        return self._new_id()

    async def find(self, message: Outbound, since: dt.datetime) -> Sequence[Found] | None:
        """Say that nobody else remembers it; sending again is harmless."""
        del message, since
        return None

    async def missed(self, since: dt.datetime) -> Sequence[Inbound]:
        """Miss nothing: all of it comes through us."""
        del since
        return ()

    async def check(self) -> str:
        """Say that there is nothing to ask."""
        return f"{self.name}: on this machine"

    async def close(self) -> None:
        """Hold no connection."""
