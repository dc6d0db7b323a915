"""Mail out, through aiosmtplib, which is imported here only. To colleagues: parents are not reached by mail.

One connection a message: a school sends some hundreds a day, and nothing has to be kept alive or mended.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import re
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from bot.channels.mail_reading import nobody_there
from bot.errors import AddressDead, Ambiguous, ForgedWebhook, Misconfigured, NotDelivered, Refused, TryLater
from bot.messages import Envelope
from bot.tls import trusted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from bot.channels.port import Webhook
    from bot.messages import Found, Inbound, Outbound

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_PERMANENT = 500
_STATUS = re.compile(r"\b5\.\d{1,3}\.\d{1,3}\b")


class MailChannel:
    """One mail server, as `smtp://user:password@host:587` (STARTTLS) or `smtps://..` (TLS from the start) names it."""

    def __init__(
        self,
        url: str,
        *,
        limit: dt.timedelta = dt.timedelta(seconds=10),
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        """`?tls=no` for a server in your own network that has none; nothing is connected here."""
        parts = urlsplit(url)
        asked = parse_qs(parts.query)
        self._host, self._limit, self._now = parts.hostname or "", limit.total_seconds(), now
        self._implicit = parts.scheme == "smtps"
        self._port = parts.port or (465 if self._implicit else 587)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._plain = self._host in _LOOPBACK or asked.get("tls", [""])[0] == "no"

    def read(self, webhook: Webhook) -> Sequence[Inbound]:
        """Take nothing: mail is fetched from its mailbox (`bot/channels/mailbox.py`), never posted to us."""
        del webhook
        message = "mail is not posted here"
        raise ForgedWebhook(message)

    async def send(self, message: Outbound) -> str:
        """Hand over one mail; returns its Message-ID, which a reply and a bounce come back with."""
        mail = self._mail(message)
        handed_over = False
        try:
            async with asyncio.timeout(self._limit), self._connected() as server:
                await server.mail(message.sender)
                await server.rcpt(message.external_id)
                handed_over = True
                await server.data(mail.as_bytes(policy=WIRE))
        except Exception as error:  # noqa: BLE001 - one place says what each means
            # Without the cause: a server's answer may name the colleague.
            raise explain(error, handed_over=handed_over) from None
        return str(mail["Message-ID"])

    async def find(self, message: Outbound, since: dt.datetime) -> Sequence[Found] | None:
        """Say that a mail server keeps no list that we could ask."""
        del message, since
        return None

    async def missed(self, since: dt.datetime) -> Sequence[Inbound]:
        """Miss nothing: what came in lies in the mailbox until it was stored."""
        del since
        return ()

    async def check(self) -> str:
        """Connect, with TLS and login as for a mail, and send none."""
        try:
            async with asyncio.timeout(self._limit), self._connected():
                pass
        except Exception as error:  # noqa: BLE001 - as above
            raise explain(error, handed_over=False) from None
        return f"SMTP: {self._host}:{self._port}"

    async def close(self) -> None:
        """Nothing is kept open."""

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """A connection, encrypted, but on this machine or where `tls=no` allows a server that cannot."""
        server = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            use_tls=self._implicit,
            start_tls=None if self._plain and not self._implicit else not self._implicit,
            tls_context=trusted(),
            timeout=self._limit,
        )
        try:
            await server.connect()
            if self._user:
                await server.login(self._user, self._password)
            yield server
            with contextlib.suppress(aiosmtplib.SMTPException):
                await server.quit()  # it has taken the mail: a rude goodbye changes nothing
        finally:
            server.close()

    def _mail(self, message: Outbound) -> EmailMessage:
        """The mail as it goes over the wire. What is not an address, or would begin a header of its own, is refused."""
        envelope = message.envelope or Envelope("", "")
        mail = EmailMessage()
        try:
            mail["From"] = Address(one_line(envelope.name), addr_spec=message.sender)
            mail["To"] = Address(addr_spec=message.external_id.encode("ascii").decode())
            if envelope.reply_to:
                mail["Reply-To"] = Address(one_line(envelope.name), addr_spec=envelope.reply_to)
            mail["Subject"] = one_line(envelope.subject)
            mail["Date"] = format_datetime(self._now())
            mail["Message-ID"] = one_line(envelope.message_id)
            if envelope.references:
                mail["In-Reply-To"] = mail["References"] = one_line(envelope.references)
            # Nobody's holiday notice answers this, and no list keeps it.
            mail["Auto-Submitted"] = "auto-generated"
            mail["X-Auto-Response-Suppress"] = "All"
            mail.set_content(message.text, cte="quoted-printable")
        except (ValueError, MessageError):
            reason = "this is not an address that mail can be sent to"
            raise AddressDead(reason, code="malformed") from None
        return mail


def one_line(text: str) -> str:
    """Without anything that ends a line: what stands behind it would be another header."""
    return _CONTROL.sub(" ", text).strip()


def explain(error: Exception, *, handed_over: bool) -> NotDelivered:  # noqa: PLR0911 - one for each meaning
    """Say what an error means for the mail. `handed_over`: its text was on its way, so only an answer tells."""
    match error:
        case NotDelivered():
            return error
        case aiosmtplib.SMTPConnectResponseError() | aiosmtplib.SMTPHeloError():
            return TryLater("the mail server does not want to talk now", code=str(error.code))
        case aiosmtplib.SMTPAuthenticationError() | aiosmtplib.SMTPNotSupported():
            return Misconfigured("the mail server does not let us in", code="auth")
        case aiosmtplib.SMTPSenderRefused(code=code) if code >= _PERMANENT:
            return Misconfigured("the mail server does not take our sender's address", code=str(code))
        case aiosmtplib.SMTPRecipientRefused(code=code, message=said) if code >= _PERMANENT:
            # A rule of theirs, a full mailbox, or no reason at all: the address itself may be good.
            status = _STATUS.search(str(said))
            meaning = AddressDead if status and nobody_there(status[0]) else Refused
            return meaning("the mail server does not take this address", code=str(code))
        case aiosmtplib.SMTPResponseException(code=code) if code >= _PERMANENT:
            return Refused("the mail server refuses this mail", code=str(code))
        case aiosmtplib.SMTPResponseException(code=code) if code > 0:
            return TryLater("the mail server asks to try later", code=str(code))
    if handed_over:
        return Ambiguous(f"the mail server's answer was lost ({type(error).__name__})")
    return TryLater(f"no connection to the mail server ({type(error).__name__})")
