"""What Twilio posts to an application: forms as its documentation and published examples show them, and signatures."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "0123456789abcdef0123456789abcdef"
SIGNING_KEY = "signing-key-of-the-local-twilio"
WHATSAPP_FROM = "whatsapp:+31970102000"
SMS_FROM = "+31970102001"
SERVICE = "MG" + "0" * 31 + "2"
_numbers = itertools.count(1)


def new_sid() -> str:
    """A message's id."""
    return f"SM{next(_numbers):032x}"


def sign(url: str, fields: Iterable[tuple[str, str]], secret: str, algorithm: str = "HMAC_SHA1") -> str:
    """Twilio's signature, written from its documentation and not from the library that checks it."""
    names: dict[str, set[str]] = {}
    for name, value in fields:
        names.setdefault(name, set()).add(value)
    text = url + "".join(name + value for name in sorted(names) for value in sorted(names[name]))
    digest = {"HMAC_SHA1": hashlib.sha1, "HMAC_SHA256": hashlib.sha256}[algorithm]
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), digest).digest()).decode()


def post_of(
    url: str, fields: Mapping[str, str] | Sequence[tuple[str, str]], *, key: str | None = None, token: str = TOKEN
) -> tuple[dict[str, str], bytes]:
    """Headers and body as Twilio posts a form to `url`; with `key`, signed the newer way."""
    pairs = list(fields.items() if isinstance(fields, Mapping) else fields)
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8", "User-Agent": "TwilioProxy/1.1"}
    if key is None:
        headers["X-Twilio-Signature"] = sign(url, pairs, token)
    else:
        headers["X-Twilio-Signature"] = sign(url, pairs, key, "HMAC_SHA256")
        headers["X-Twilio-Webhooks-Signature-Settings"] = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
    return headers, urlencode(pairs).encode()


def inbound_form(sender: str, text: str = "", to: str = "", sid: str = "", **fields: str) -> dict[str, str]:
    """What Twilio posts for a message from `sender` (`whatsapp:+31..` or `+31..`)."""
    whatsapp = sender.startswith("whatsapp:")
    sid = sid or new_sid()
    shared = {
        "ToCountry": "NL",
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "SmsSid": sid,
        "SmsStatus": "received",
        "Body": text,
        "To": to or (WHATSAPP_FROM if whatsapp else SMS_FROM),
        "NumSegments": "1",
        "MessageSid": sid,
        "AccountSid": ACCOUNT,
        "From": sender,
        "ApiVersion": "2010-04-01",
    }
    own = {"ProfileName": "Fatma", "WaId": sender[10:], "MessageType": "text", "ChannelMetadata": "{}"}
    return shared | (own if whatsapp else {"FromCountry": "NL", "ToCity": ""}) | fields


def tap_form(sender: str, message: Mapping[str, Any], position: int) -> dict[str, str]:
    """What Twilio posts for a tap on a button or a row of `message`, an entry of `sent`."""
    button = message["buttons"][position - 1]
    names = ("ListId", "ListTitle") if message.get("opener") else ("ButtonPayload", "ButtonText")
    tapped = dict(zip(names, (button["id"], button["title"]), strict=True))
    about = {"MessageType": "interactive", "OriginalRepliedMessageSid": message["sid"]}
    return inbound_form(sender, button["title"], **tapped, **about)


def status_form(sid: str, status: str, **fields: str) -> dict[str, str]:
    """What Twilio posts to a status callback."""
    own = {"AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "SmsSid": sid, "SmsStatus": status, "From": SMS_FROM}
    return own | {"MessageSid": sid, "MessageStatus": status, "To": "+31612345678"} | fields
