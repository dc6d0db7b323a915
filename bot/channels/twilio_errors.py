"""Twilio's error codes, and what each means for a message. Data and pure functions; knows no library.

The same codes come back from a send and, later, in a status callback. Twilio's own wording is never passed on: it
quotes the number.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.errors import (
    AddressDead,
    BlockedThere,
    Misconfigured,
    NotDelivered,
    Refused,
    TemplateGone,
    TemplateRefused,
    TooMany,
    TryLater,
    WindowClosed,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_MINUTE = dt.timedelta(minutes=1)
_HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code stands for: our error, why, and how long to leave it."""

    error: type[NotDelivered]
    why: str
    after: dt.timedelta | None = None


MEANINGS: Mapping[int, Meaning] = {
    # Our account, our sender, our set-up
    20003: Meaning(Misconfigured, "wrong credentials or no permission"),
    20005: Meaning(Misconfigured, "account not active"),
    20404: Meaning(Misconfigured, "no such account"),
    21212: Meaning(Misconfigured, "sender is not valid"),
    21408: Meaning(Refused, "country not enabled for this account"),
    21603: Meaning(Misconfigured, "no sender"),
    21606: Meaning(Misconfigured, "sender is not ours"),
    21609: Meaning(Misconfigured, "public address cannot be called back"),
    21660: Meaning(Misconfigured, "sender belongs to another account"),
    21701: Meaning(Misconfigured, "messaging service does not exist"),
    21702: Meaning(Misconfigured, "messaging service is not available"),
    21703: Meaning(Misconfigured, "messaging service has no sender"),
    21704: Meaning(Misconfigured, "messaging service has no sender"),
    21705: Meaning(Misconfigured, "messaging service is not valid"),
    21910: Meaning(Misconfigured, "sender and recipient are on different channels"),
    30002: Meaning(Misconfigured, "account suspended"),
    63007: Meaning(Misconfigured, "sender is not a WhatsApp number"),
    63051: Meaning(Misconfigured, "WhatsApp business account locked"),
    # The address
    21211: Meaning(AddressDead, "not a valid number"),
    21604: Meaning(AddressDead, "no recipient"),
    21614: Meaning(AddressDead, "landline"),
    30005: Meaning(AddressDead, "unknown number"),
    30006: Meaning(AddressDead, "landline or unreachable carrier"),
    63003: Meaning(AddressDead, "not on WhatsApp"),
    63024: Meaning(AddressDead, "not on WhatsApp"),
    # The person
    21610: Meaning(BlockedThere, "recipient sent STOP"),
    30004: Meaning(BlockedThere, "blocked by recipient or carrier"),
    63014: Meaning(BlockedThere, "recipient blocked us"),
    63033: Meaning(BlockedThere, "recipient blocked us"),
    63016: Meaning(WindowClosed, "outside the 24 hours"),
    # This message
    21602: Meaning(Refused, "nothing to send"),
    21617: Meaning(Refused, "text over 1,600 characters"),
    21619: Meaning(Refused, "nothing to send"),
    21620: Meaning(Refused, "media address not valid"),
    21623: Meaning(Refused, "more than ten files"),
    21655: Meaning(TemplateGone, "template not valid"),
    21656: Meaning(TemplateRefused, "template values not valid"),
    21658: Meaning(TemplateRefused, "template value too long"),
    30007: Meaning(Refused, "filtered by carrier"),
    63005: Meaning(TemplateRefused, "content refused by WhatsApp"),
    63013: Meaning(TemplateRefused, "against WhatsApp's policy"),
    63015: Meaning(Refused, "recipient has not joined the sandbox"),
    63019: Meaning(Refused, "media could not be fetched"),
    63021: Meaning(TemplateRefused, "content not valid"),
    63027: Meaning(TemplateGone, "template missing in this language"),
    63028: Meaning(TemplateRefused, "wrong number of template values"),
    63032: Meaning(Refused, "WhatsApp does not deliver to this user"),
    63034: Meaning(Refused, "media too large"),
    63040: Meaning(TemplateGone, "template rejected"),
    63041: Meaning(TemplateGone, "template paused"),
    63042: Meaning(TemplateGone, "template disabled"),
    63049: Meaning(Refused, "Meta chose not to deliver"),
    # Later
    20429: Meaning(TooMany, "too many requests"),
    21611: Meaning(TooMany, "sender's queue is full", _MINUTE),
    30001: Meaning(TooMany, "queue overflow", _MINUTE),
    63017: Meaning(TooMany, "account's rate limit", 5 * _MINUTE),
    63018: Meaning(TooMany, "channel's rate limit", 5 * _MINUTE),
    63038: Meaning(TooMany, "account's daily limit", 24 * _HOUR),
    30003: Meaning(TryLater, "phone is off or out of reach", 3 * _HOUR),
    30008: Meaning(TryLater, "unknown fault at the carrier", 3 * _HOUR),
    30410: Meaning(TryLater, "carrier did not answer", 3 * _HOUR),
    63009: Meaning(TryLater, "fault at the provider", 5 * _MINUTE),
    63010: Meaning(TryLater, "fault at Twilio", 5 * _MINUTE),
    63012: Meaning(TryLater, "fault at the provider", 5 * _MINUTE),
}
"""What is not here is refused once and not repeated."""


def error_of(code: int, after: dt.timedelta | None = None) -> NotDelivered:
    """Make our error of a code; `after` is what the provider itself asks to wait."""
    meaning = MEANINGS.get(code, Meaning(Refused, "refused by Twilio"))
    if issubclass(meaning.error, TryLater):
        return meaning.error(meaning.why, code=str(code), after=after or meaning.after)
    return meaning.error(meaning.why, code=str(code))


def async_error(code: str | None) -> NotDelivered:
    """Say what the code in a status callback asks for, as the error that the send would have raised.

    `WindowClosed`: send the template; `BlockedThere`: write no more; `AddressDead`: mark the address; `TryLater`: again
    `after`, once or twice; `TemplateRefused`: without the template; `Misconfigured`: call the operator; `Refused`:
    another channel.
    """
    return error_of(int(code)) if code and code.isascii() and code.isdigit() else Refused("refused, no reason given")
