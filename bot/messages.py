"""What comes in and what goes out, the same for every channel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.errors import NotDelivered
from db.types import ChannelName, DeliveryStatus, InboundKind


@dataclass(frozen=True, slots=True)
class Media:
    """Something attached: `reference` is the provider's URL or file id, never shown to anybody."""

    reference: str
    content_type: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message as a person sent it.

    `provider_id` is unique within the provider account: a repeat of it is the same message.
    """

    channel: ChannelName
    external_id: str
    provider_id: str
    kind: InboundKind
    sent_at: dt.datetime
    text: str = ""
    button: str | None = None
    quoted: str | None = None
    media: tuple[Media, ...] = ()
    aliases: tuple[str, ...] = ()
    profile_name: str = ""
    opt_out_handled: str | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the choices under a message: what comes back (`payload`, 64 bytes at most) and what stands on it."""

    payload: str
    title: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a mail has beside its text. `message_id` and `references` stand in their angle brackets."""

    subject: str
    message_id: str
    references: str = ""
    reply_to: str = ""
    name: str = ""
    """Whose mail it is, beside the sender's address."""


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message on its way to one address. `key` names its cause and is unique within the school.

    `digits`: its choices go as numbered lines, whatever the channel can show. `opener` stands on the button of a list.
    """

    key: str
    channel: ChannelName
    external_id: str
    text: str
    choices: tuple[Choice, ...] = ()
    opener: str = ""
    digits: bool = False
    sender: str = ""
    template: str | None = None
    template_values: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = True
    envelope: Envelope | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """What a provider says became of a message: found by our `key` where it has it, else by its own id."""

    provider_sid: str
    status: DeliveryStatus
    key: str | None = None
    code: str | None = None
    failure: NotDelivered | None = None
    """What the code asks for, as the error that the send would have raised."""


@dataclass(frozen=True, slots=True)
class Found:
    """A message that the provider remembers having accepted; what reconciliation compares."""

    provider_sid: str
    text: str
    status: DeliveryStatus
    at: dt.datetime
