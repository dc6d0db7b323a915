"""From Telegram's update to our message. Pure."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from telegram import Chat, Message, Update

from bot.channels.reading import clean, kind_of
from bot.messages import Inbound, Media
from db.types import ChannelName, InboundKind

if TYPE_CHECKING:
    from telegram import CallbackQuery

_FILES = (
    ("voice", InboundKind.VOICE),
    ("audio", InboundKind.VOICE),
    ("video_note", InboundKind.VIDEO),
    ("animation", InboundKind.VIDEO),
    ("video", InboundKind.VIDEO),
    ("sticker", InboundKind.STICKER),
    ("document", InboundKind.DOCUMENT),
)
"""Fields that carry one file. An animation comes with a document beside it, so it stands before."""

_NOT_WRITTEN = (
    "pinned_message",
    "message_auto_delete_timer_changed",
    "chat_background_set",
    "write_access_allowed",
    "connected_website",
    "boost_added",
)
"""What the app itself notes in a private chat; nobody waits for an answer to it."""


def message_id(chat: int | str, number: int) -> str:
    """Name a message: its number is unique within its chat only."""
    return f"m:{chat}:{number}"


UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, OverflowError, OSError, RecursionError)
"""What the library raises for an update that is not one; the last three for dates and depths beyond all measure."""


_LATEST = 2**37
"""Seconds; a date beyond cannot be a moment."""

_READ = frozenset({"message", "edited_message", "callback_query"})


def read_update(posted: Any, now: dt.datetime) -> Inbound | None:
    """Read an update as Telegram posts it.

    Where the library cannot, a person's message still is one of unknown kind, and an update of no concern to us is
    passed over: refused, it would come again and again. For the rest one of `UNREADABLE` is raised.
    """
    try:
        return inbound_of(Update.de_json(posted, None), now)
    except UNREADABLE:
        if not isinstance(posted, dict) or not isinstance(posted.get("update_id"), int):
            raise
        found = next(filter(None, map(_unheard_of, posted.values())), None)
        if found or not _READ & posted.keys():
            return found
        raise


def inbound_of(update: Update, now: dt.datetime) -> Inbound | None:
    """Read what a person did in a private chat; None for everything that no person wrote to us."""
    if update.callback_query:
        return _tap(update.callback_query, now)
    if edited := update.edited_message:
        at = edited.edit_date or now
        return _message(edited, f"e:{edited.chat_id}:{edited.message_id}:{int(at.timestamp())}", at)
    if update.message:
        return _message(
            update.message, message_id(update.message.chat_id, update.message.message_id), update.message.date
        )
    return next(filter(None, map(_unheard_of, update.api_kwargs.values())), None)


def _message(message: Message, provider_id: str, at: dt.datetime) -> Inbound | None:
    if message.chat.type != Chat.PRIVATE or any(getattr(message, name) for name in _NOT_WRITTEN):
        return None
    kind, media = _content(message)
    quoted = message.reply_to_message
    return Inbound(
        ChannelName.TELEGRAM,
        str(message.chat_id),
        provider_id,
        kind,
        at,
        text=clean(message.text or message.caption or ""),
        quoted=message_id(message.chat_id, quoted.message_id) if quoted else None,
        media=media,
        profile_name=clean(message.from_user.full_name) if message.from_user else "",
    )


def _content(message: Message) -> tuple[InboundKind, tuple[Media, ...]]:
    """Tell the kind and the files. What this library does not know yet has none of these fields, and is UNKNOWN."""
    if message.text is not None:
        return InboundKind.TEXT if message.text.strip("\0 \n\t") else InboundKind.EMPTY, ()
    if message.photo:
        return InboundKind.PICTURE, (_media(message.photo[-1], "image/jpeg"),)
    for name, kind in _FILES:
        if file := getattr(message, name):
            found = _media(file)
            return kind_of(found.content_type) if name == "document" and found.content_type else kind, (found,)
    if message.location or message.venue:
        return InboundKind.LOCATION, ()
    return InboundKind.CONTACT if message.contact else InboundKind.UNKNOWN, ()


def _media(file: Any, content_type: str = "") -> Media:
    kind = content_type or getattr(file, "mime_type", None) or ""
    return Media(file.file_id, kind, file.file_size)


def _tap(query: CallbackQuery, now: dt.datetime) -> Inbound | None:
    under = query.message
    if under and under.chat.type != Chat.PRIVATE:
        return None
    markup = under.reply_markup if isinstance(under, Message) else None
    rows = markup.inline_keyboard if markup else ()
    titles = [button.text for row in rows for button in row if button.callback_data == query.data]
    return Inbound(
        ChannelName.TELEGRAM,
        str(query.from_user.id),
        f"c:{query.id}",
        InboundKind.BUTTON,
        now,
        text=clean(titles[0]) if titles else "",
        button=clean(str(query.data or "")),
        quoted=message_id(under.chat.id, under.message_id) if under else None,
        profile_name=clean(query.from_user.full_name),
    )


def _unheard_of(value: object) -> Inbound | None:
    """Read an update of tomorrow's kind as far as it looks like a message: a person in her own chat with us."""
    match value:
        case {
            "message_id": int(number),
            "date": int(date),
            "chat": {"id": int(chat), "type": "private"},
            "from": {"id": int(person), "is_bot": False},
        } if chat == person and 0 <= date < _LATEST:
            at = dt.datetime.fromtimestamp(date, dt.UTC)
            return Inbound(ChannelName.TELEGRAM, str(chat), message_id(chat, number), InboundKind.UNKNOWN, at)
    return None
