"""Ingress: what came in is stored and committed, nothing else. Only then may anybody say 200."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.conversations import find_or_open, lock_all
from bot.messages import Inbound
from bot.people.doubting import Doubt, doubt, silent
from bot.people.reaching import NUMBERS
from db.engine import ring
from db.queries.school import renew
from db.tables import Address, Conversation, Inbox, Media, ProviderAccount
from db.types import ChannelName, InboxState
from db.upsert import insert_new

LIFTS = frozenset({"START", "YES", "UNSTOP"})
"""The words with which Twilio lifts its own block (twilio.com, default opt-out handling)."""
LONGEST = 20_000
"""Characters kept of one message; every channel allows far fewer."""
STAFF_CODE = "/start staff_"
"""How a message begins that makes a Telegram chat a colleague's."""
_MOST_BYTES = 2**31 - 1  # what the column holds; Telegram announces files of up to four gigabytes
LATE = dt.timedelta(minutes=5)
"""Sent so long before it reached us: we were away, and it is answered as late, whichever way it came."""

# Put together once: that costs more than asking (docs/benchmarks.md).
_BREATHE = (
    update(Inbox)
    .where(
        Inbox.conversation_id == bindparam("conversation"),
        Inbox.state == InboxState.OPEN,
        Inbox.breath_until.is_not(None),
    )
    .values(breath_until=None)
    .execution_options(synchronize_session=False)
)


async def store(
    session: AsyncSession, account: ProviderAccount, messages: Sequence[Inbound], *, now: dt.datetime
) -> list[int]:
    """Store what is new of `messages`, in order per address; returns the new rows' ids. A repeat is left alone."""
    new: list[int] = []
    for message in await _in_lock_order(session, account, messages):
        row = await _store_one(session, account, message, now=now)
        if row is not None:
            new.append(row)
    if new:
        ring(session, "inbox")
    return new


async def _in_lock_order(
    session: AsyncSession, account: ProviderAccount, messages: Sequence[Inbound]
) -> Sequence[Inbound]:
    """Take the known conversations of several messages in sorted order; the new ones follow, sorted by address."""
    if len(messages) < 2:  # noqa: PLR2004 - one message takes one lock
        return messages
    known = await session.execute(
        select(Conversation.id)
        .join(Address, Address.id == Conversation.address_id)
        .where(
            Address.school_id == account.school_id,
            tuple_(Address.channel, Address.external_id).in_({(m.channel, m.external_id) for m in messages}),
        )
    )
    await lock_all(session, known.scalars())
    return sorted(messages, key=lambda message: (message.channel, message.external_id))


async def _store_one(
    session: AsyncSession, account: ProviderAccount, message: Inbound, *, now: dt.datetime
) -> int | None:
    conversation, address = await find_or_open(
        session,
        school_id=account.school_id,
        account_id=account.id,
        channel=message.channel,
        external_id=message.external_id,
        alias=message.aliases[0] if message.aliases else "",
    )
    seq = conversation.last_seq + 1
    row = {
        "school_id": account.school_id,
        "conversation_id": conversation.id,
        "account_id": account.id,
        "seq": seq,
        "provider_id": message.provider_id,
        "kind": message.kind,
        "text": message.text.replace("\x00", "")[:LONGEST],
        "button": message.button[:200] if message.button else None,
        "payload": _payload(message),
        "sent_at": message.sent_at,
        "received_at": now,
        "late": message.late or message.sent_at <= now - LATE,
        "not_before": now,
        "state": InboxState.STAFF if for_staff(address, message) else InboxState.OPEN,
    }
    # Under the conversation's lock: of 50 posts at once, 49 find the row there.
    inbox_id = await insert_new(session, Inbox, row, unique=("account_id", "provider_id"))
    if inbox_id is None:
        return None
    conversation.last_seq = seq
    if why := _doubtful(conversation, address, message, now):
        await doubt(session, conversation, why, now=now)
    conversation.last_inbound_at = now
    if message.channel is ChannelName.WHATSAPP:
        until = message.sent_at + dt.timedelta(hours=24)
        if conversation.window_until is None or conversation.window_until < until:
            conversation.window_until = until
    # All that changes in the conversation stands before this: the next question writes it, once.
    if _reachable(conversation, address, message) and address.staff_id is not None:
        await renew(session, address.school_id)
    # What waited for the rest of a breath has now got it (or part of it).
    await session.execute(_BREATHE, {"conversation": conversation.id})
    session.add_all(_to_copy(inbox_id, account.school_id, message, now))
    return inbox_id


def for_staff(address: Address, message: Inbound) -> bool:
    """Whether the staff side reads it: mail, a colleague's own Telegram chat, and the code that makes a chat theirs.

    No turn may: what a mentor says to the line is no parent's word.
    """
    if message.channel is ChannelName.MAIL:
        return True
    if message.channel is not ChannelName.TELEGRAM:
        return False
    return address.staff_id is not None or message.text.strip().startswith(STAFF_CODE)


def _doubtful(conversation: Conversation, address: Address, message: Inbound, now: dt.datetime) -> Doubt | None:
    """Whether somebody else may have this phone now. An account of Telegram never changes hands as a number does."""
    if address.channel is ChannelName.WHATSAPP and _moved(address, message):
        return Doubt.MOVED
    if address.channel in NUMBERS and address.dead_reason:
        return Doubt.REVIVED
    return Doubt.SILENT if silent(conversation.last_inbound_at, now) else None


def _moved(address: Address, message: Inbound) -> bool:
    """Whether behind the number there is another account, or the account has another number: answers go there from now on."""
    account = next((name for name in (message.external_id, *message.aliases) if not name.startswith("+")), "")
    before = next((name for name in (address.alias, address.external_id) if name and not name.startswith("+")), "")
    if account and address.external_id != account:
        address.alias = account
    number = message.external_id
    if number.startswith("+") and address.external_id.startswith("+") and number != address.external_id:
        address.external_id, address.known_guardian_id = number, None
        return True
    return bool(before and account and before != account)


def _reachable(conversation: Conversation, address: Address, message: Inbound) -> bool:
    """She wrote, so her address lives. A block is lifted by any message, but on SMS by START only: Twilio lifts its own no sooner.

    Whether that was news.
    """
    before = address.dead_reason, conversation.blocked_at
    address.dead_reason = ""
    lifts = message.opt_out_handled == "START" or message.text.strip().upper() in LIFTS
    if message.channel is not ChannelName.SMS or lifts:
        conversation.blocked_at = None
    return before != (address.dead_reason, conversation.blocked_at)


def _to_copy(inbox_id: int, school_id: int, message: Inbound, now: dt.datetime) -> list[Media]:
    return [
        Media(
            school_id=school_id,
            inbox_id=inbox_id,
            position=position,
            content_type=media.content_type.partition(";")[0].strip().lower()[:100],
            size=None if media.size is None else min(media.size, _MOST_BYTES),
            not_before=now,
        )
        for position, media in enumerate(message.media)
    ]


def _payload(message: Inbound) -> dict[str, Any]:
    payload: dict[str, Any] = {}
    if message.media:
        payload["media"] = [{"ref": m.reference, "type": m.content_type, "size": m.size} for m in message.media]
    if message.quoted:
        payload["quoted"] = message.quoted
    if message.opt_out_handled:
        payload["opt_out"] = message.opt_out_handled
    if message.aliases:
        payload["aliases"] = list(message.aliases)
    return payload
