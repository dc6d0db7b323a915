"""The terminal: like the web phone, read from the outbox by whoever talks."""

from __future__ import annotations

from typing import ClassVar

from bot.channels.web import WebChannel
from db.types import ChannelName


class TerminalChannel(WebChannel):
    """Deliver by doing nothing."""

    name: ClassVar[ChannelName] = ChannelName.TERMINAL
