"""The errors of this house.

    BotError
    |-- WrongSetting           a value in the environment or .env; stops the start
    |-- AlreadyRunning         another process holds the SQLite file's worker role
    |-- BadWebhook
    |   |-- ForgedWebhook      403, nothing stored
    |   |-- MalformedWebhook   400
    |   `-- UnknownAccount     404, no account of ours
    |-- Refusal                a person asked for something that cannot be done; says why
    `-- NotDelivered
        |-- Ambiguous          nobody knows whether the provider took it: reconcile, never blindly again
        |-- TryLater           certainly not taken; try again
        |   `-- TooMany        429; wait as long as the provider says
        |-- Refused            this message will never go
        |   |-- AddressDead    nobody there, or no longer
        |   |-- BlockedThere   the recipient blocked us at the provider or carrier
        |   |-- WindowClosed   outside WhatsApp's 24 hours
        |   `-- TemplateRefused  the template, or what was put into it; the same words may go without one
        |       `-- TemplateGone   the template itself: the next message fares no better
        `-- Misconfigured      our account, sender or credentials are wrong: stop and call the operator

No error text holds a message, a name or a number.
"""

from __future__ import annotations

import datetime as dt


class BotError(Exception):
    """Something this house can explain."""


class WrongSetting(BotError):
    """A setting cannot be used. The text names the setting, what is wrong and the likely fix."""


class AlreadyRunning(BotError):
    """Another process already works on this database file."""


class BadWebhook(BotError):
    """A request that we do not accept."""


class ForgedWebhook(BadWebhook):
    """The signature or secret is not the provider's."""


class MalformedWebhook(BadWebhook):
    """Nobody could read it."""


class UnknownAccount(BadWebhook):
    """No provider account of ours is addressed by it."""


class Refusal(BotError):
    """A person asked for something that cannot be done; the text says why and what to do, in English (a gettext id)."""


class NotDelivered(BotError):
    """A message did not leave, or nobody knows. `code` is the provider's own, for the delivery table."""

    def __init__(self, reason: str, *, code: str | None = None) -> None:
        """`reason` never holds the message, a name or a number."""
        super().__init__(reason)
        self.code = code


class Ambiguous(NotDelivered):
    """The connection ended after the request was on its way: taken or not, nobody knows."""


class TryLater(NotDelivered):
    """Certainly not taken; another attempt may work."""

    def __init__(self, reason: str, *, code: str | None = None, after: dt.timedelta | None = None) -> None:
        """`after` is the least to wait, where the provider says so."""
        super().__init__(reason, code=code)
        self.after = after


class TooMany(TryLater):
    """The provider asks us to slow down."""


class Refused(NotDelivered):
    """This message will never go."""


class AddressDead(Refused):
    """The address is wrong, a landline, or not on this channel."""


class BlockedThere(Refused):
    """The recipient told the provider or carrier to stop (Twilio 21610, Telegram 403)."""


class WindowClosed(Refused):
    """Free text outside WhatsApp's 24 hours (63016)."""


class TemplateRefused(Refused):
    """The provider takes this template with these values from nobody; a text may still go."""


class TemplateGone(TemplateRefused):
    """The template is not there, or may not be used."""


class Misconfigured(NotDelivered):
    """Credentials, sender or account are wrong: nothing will leave until the operator acts."""
