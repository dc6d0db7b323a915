"""What adapters share when they read: headers, text that a database can hold, kinds of files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import Refused
from db.types import InboundKind

if TYPE_CHECKING:
    import httpx

    from bot.channels.port import Webhook

TOO_LARGE = "too large"
_CONTACTS = frozenset({"text/vcard", "text/x-vcard", "text/directory"})
_BY_FAMILY = {
    "audio": InboundKind.VOICE,
    "image": InboundKind.PICTURE,
    "video": InboundKind.VIDEO,
}


def header(webhook: Webhook, name: str) -> str:
    """Find a header whatever its capitals; empty where there is none."""
    return next((value for key, value in webhook.headers.items() if key.lower() == name.lower()), "")


def clean(text: str) -> str:
    """Keep the text as written, but for NUL (PostgreSQL refuses it) and half characters (UTF-8 cannot hold them)."""
    return text.replace("\0", "").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


async def read_file(answer: httpx.Response, most: int) -> bytes:
    """Read a file piece by piece; raises `Refused` where the provider does not have it, and as soon as it is too large."""
    if answer.is_client_error:
        raise Refused("the provider does not have this file", code=str(answer.status_code))
    answer.raise_for_status()
    data = bytearray()
    async for piece in answer.aiter_bytes():
        data += piece
        if len(data) > most:
            raise Refused(TOO_LARGE, code=TOO_LARGE)
    return bytes(data)


def kind_of(content_type: str) -> InboundKind:
    """Tell what a file is to the person who sent it."""
    plain = content_type.partition(";")[0].strip().lower()
    if plain in _CONTACTS:
        return InboundKind.CONTACT
    if plain == "image/webp":
        return InboundKind.STICKER
    return _BY_FAMILY.get(plain.partition("/")[0], InboundKind.DOCUMENT)
