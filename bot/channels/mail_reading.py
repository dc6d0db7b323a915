"""From a mail's bytes to what matters of it, whatever stands in them. Pure.

Nothing here believes a mail: who may answer what is decided where the sender is known (`bot/staff/mail_in.py`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from enum import StrEnum

from bot.channels.quotes import own_words, text_of_html

MOST = 512_000
"""Bytes that are read of a mail: words stand before what is attached."""
_PARTS = 200
_LOGO = 60_000
"""An inline picture below this many bytes belongs to a signature."""
_TRACES = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "In-Reply-To", "References")
_HARMLESS = frozenset({"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"})
_STATUS = re.compile(r"^\s*([245]\.\d{1,3}\.\d{1,3})")
_NOBODY = re.compile(r"5\.(?:1\.(?:1|2|3|6|10)|2\.1)$")
"""The address itself is at fault: no mailbox, no such domain, moved, disabled. Not a full mailbox, and not a rule of theirs."""


class Trust(StrEnum):
    """What the receiving server says of the sender."""

    PASSED = "passed"
    FAILED = "failed"
    UNSAID = "unsaid"


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail, read."""

    sender: str
    key: str
    """The same for the same mail, however often it comes."""
    text: str
    traces: tuple[str, ...]
    """Headers in which a token of ours may stand."""
    automatic: bool
    bounce: str
    """The status of a delivery that failed, such as `5.1.1`."""
    attached: bool
    trust: Trust

    @property
    def nobody_there(self) -> bool:
        """Whether a bounce says that the address is dead."""
        return nobody_there(self.bounce)


def nobody_there(status: str) -> bool:
    """Whether a status such as `5.1.1` says that the address is dead: the same of a bounce and of a server's own answer."""
    return bool(_NOBODY.match(status))


def read_mail(raw: bytes, *, trusted: str = "") -> Mail:
    """Read a mail. `trusted`: the name under which our own server writes `Authentication-Results`."""
    mail = message_from_bytes(raw[:MOST])
    senders = _addresses(mail, "From")
    sender = senders[0] if len(senders) == 1 else ""  # several: nobody's
    parts = list(_leaves(mail))
    bounce, returned = _bounce(mail, parts)
    name = _header(mail, "Message-ID").strip()
    said = name or hashlib.sha256(raw[:MOST]).hexdigest()
    traces = (*(_header(mail, trace) for trace in _TRACES), *returned)
    return Mail(
        sender=sender,
        key="mail:" + hashlib.sha256(f"{sender}\n{said}".encode("utf-8", "replace")).hexdigest()[:40],
        text=own_words(_words(parts)),
        traces=traces,
        automatic=_automatic(mail),
        bounce=bounce,
        attached=any(_is_attached(part) for part in parts),
        trust=_trust(mail, trusted),
    )


def _header(mail: Message, name: str) -> str:
    """All headers of this name, decoded as far as they can be, on one line."""
    found = []
    for value in mail.get_all(name) or ():
        try:
            found.append(str(make_header(decode_header(str(value)))))
        except (ValueError, LookupError, TypeError, IndexError):
            found.append(str(value))
    return re.sub(r"\s+", " ", " ".join(found))[:4000]


def _addresses(mail: Message, name: str) -> list[str]:
    """The addresses of a header as they stand there: an encoded word is never an address, only a name beside one."""
    values = [re.sub(r"\s+", " ", str(value))[:4000] for value in mail.get_all(name) or ()]
    found = [address.strip().lower() for _, address in getaddresses(values)]
    return (
        [address for address in found if re.fullmatch(r"[^@\s<>\"]{1,200}@[^@\s<>\"]{1,200}", address)]
        if all(found)
        else []
    )


def _leaves(mail: Message) -> Iterator[Message]:
    """The parts with a content. What was sent on as a mail of its own is one part, and not looked into."""
    left, seen = [mail], 0
    while left and seen < _PARTS:
        part, seen = left.pop(0), seen + 1
        inner = part.get_payload()
        if part.get_content_type() == "message/rfc822" or not isinstance(inner, list):
            yield part
        else:
            left[:0] = [each for each in inner if isinstance(each, Message)]


def _words(parts: list[Message]) -> str:
    """The first plain text; where there is none, the first HTML."""
    for kind, read in (("text/plain", str), ("text/html", text_of_html)):
        for part in parts:
            if part.get_content_type() == kind and part.get_content_disposition() != "attachment":
                said = read(_decoded(part))
                if said.strip():
                    return said
    return ""


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    charset = str(part.get_content_charset() or "utf-8")
    for attempt in (charset, "utf-8"):
        try:
            return data.decode(attempt).replace("\x00", "")
        except (LookupError, UnicodeError, ValueError):
            continue
    return data.decode("latin-1").replace("\x00", "")


def _is_attached(part: Message) -> bool:
    """A file, but for signatures of every kind: a logo in the text, a key, a card."""
    kind, disposition = part.get_content_type(), part.get_content_disposition()
    if kind in _HARMLESS or kind in {"text/vcard", "text/x-vcard"}:
        return False
    if kind in {"text/plain", "text/html"}:
        return disposition == "attachment"
    if kind.startswith("image/") and disposition != "attachment" and part.get("Content-ID"):
        payload = part.get_payload()
        return isinstance(payload, str) and len(payload) > _LOGO
    return part.get_content_maintype() not in {"multipart", "message"} or kind == "message/rfc822"


def _automatic(mail: Message) -> bool:
    """Whether a program wrote it: out of office, a list, a robot. Nobody waits for an answer to these."""
    said = _header(mail, "Auto-Submitted").strip().lower()
    if said and not said.startswith("no"):
        return True
    if any(mail.get(name) for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply", "List-Id", "List-Unsubscribe")):
        return True
    if _header(mail, "Precedence").strip().lower() in {"bulk", "junk", "list", "auto_reply"}:
        return True
    if _header(mail, "Return-Path").strip() == "<>" or mail.get_content_type() == "multipart/report":
        return True
    subject = _header(mail, "Subject").strip().lower()
    return subject.startswith(("automatisch antwoord", "automatic reply", "out of office", "afwezig:", "autoreply"))


def _bounce(mail: Message, parts: list[Message]) -> tuple[str, tuple[str, ...]]:
    """The status of a failed delivery, and the headers of our mail that came back with it."""
    if mail.get_content_type() != "multipart/report" or "delivery-status" not in str(mail.get("Content-Type")).lower():
        return "", ()
    status, returned = "", []
    for part in _all(mail):
        if part.get("Status") and str(part.get("Action", "failed")).strip().lower() == "failed":
            found = _STATUS.match(str(part.get("Status")))
            status = status or (found[1] if found else "")
        if part is not mail and part.get("Message-ID"):
            returned.append(_header(part, "Message-ID"))
    for part in parts:
        if part.get_content_type() == "text/rfc822-headers":
            returned.append(_decoded(part)[:4000])
        elif part.get_content_type() == "message/rfc822":
            returned.append(str(part.get_payload())[:4000])
    return status, tuple(returned)


def _all(mail: Message) -> Iterator[Message]:
    for count, part in enumerate(mail.walk()):
        if count > _PARTS:
            return
        yield part


def _trust(mail: Message, trusted: str) -> Trust:
    """What our own server found out about the sender; what stands there under other names was written by anybody."""
    results = [str(value) for value in mail.get_all("Authentication-Results") or ()]
    ours = [each for each in results if each.strip().lower().startswith(trusted.lower())]
    results = ours if trusted else results[:1]  # the last server to take it writes on top
    said = " ".join(results).lower()
    if re.search(r"\bdmarc=fail\b", said) or (
        re.search(r"\bdkim=(?:fail|permerror)\b", said) and not re.search(r"\bd(?:kim|marc)=pass\b", said)
    ):
        return Trust.FAILED
    return Trust.PASSED if re.search(r"\b(?:dmarc|dkim)=pass\b", said) else Trust.UNSAID
