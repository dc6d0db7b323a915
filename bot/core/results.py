"""What became of an attempt to send, written down where the lease is still ours. One place decides what each error means."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import Timing
from bot.core.conversations import lock
from bot.core.delivery import note, note_accepted
from bot.core.failed import tell_staff
from bot.core.templates import without_template
from bot.errors import (
    AddressDead,
    Ambiguous,
    BlockedThere,
    Misconfigured,
    NotDelivered,
    TemplateRefused,
    TooMany,
    TryLater,
    WindowClosed,
)
from db.engine import ring
from db.queries.school import renew
from db.tables import Address, Base, Conversation, Outbox, ProviderAccount
from db.types import DeliveryStatus, OutboxState, WaitReason

log = logging.getLogger(__name__)
TWO_LIMITED = dt.timedelta(seconds=10)
"""A second conversation's 429 within this time pauses the whole account."""
DEFAULT_PAUSE = dt.timedelta(seconds=5)
FAULT_PAUSE = dt.timedelta(minutes=5)


_OURS = (
    select(Outbox)
    .where(Outbox.id == bindparam("id"), Outbox.lease_token == bindparam("token"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


# One statement for each message that leaves. A second one on the same row would make PostgreSQL look at its foreign keys, and
# so take the conversation's row after this one: a turn takes them the other way round.
_SENT = (
    update(Base.metadata.tables[Outbox.__tablename__])
    .where(Outbox.id == bindparam("row"), Outbox.lease_token == bindparam("token"))
    .values(
        state=OutboxState.SENT,
        sent_at=func.coalesce(Outbox.sent_at, bindparam("at", type_=Outbox.sent_at.type)),
        provider_sid=bindparam("sid"),
        lease_token=None,
        lease_until=None,
        unknown_at=None,
        code=None,
    )
)
_TOLD = select(Outbox.id, Outbox.school_id, Outbox.conversation_id, Outbox.tried_at, Outbox.lease_token)
_ONE_SENT = _SENT.returning(Outbox.id, Outbox.school_id, Outbox.conversation_id, Outbox.tried_at)
_FREE = _TOLD.where(Outbox.id.in_(bindparam("rows", expanding=True))).with_for_update(skip_locked=True)


@dataclass(frozen=True, slots=True)
class Taken:
    """The provider took a message. `failed`: an earlier attempt was not. `dead`: to a mail address that was thought dead."""

    outbox_id: int
    token: str
    sid: str
    at: dt.datetime
    failed: bool = False
    dead: bool = False

    @property
    def values(self) -> dict[str, Any]:
        """As the statement wants them."""
        return {"row": self.outbox_id, "token": self.token, "sid": self.sid, "at": self.at}


async def _ours(session: AsyncSession, outbox_id: int, token: str) -> Outbox | None:
    return (await session.execute(_OURS, {"id": outbox_id, "token": token})).scalar_one_or_none()


async def record_sent(session: AsyncSession, taken: Taken) -> bool:
    """Write it down where the lease is still ours. A status callback may have said so already."""
    sent = (await session.execute(_ONE_SENT, taken.values)).one_or_none()
    if sent is None:
        return False
    if taken.failed:
        # If the account was at fault, it no longer is.
        account = select(Conversation.account_id).where(Conversation.id == sent.conversation_id).scalar_subquery()
        await session.execute(update(ProviderAccount).where(ProviderAccount.id == account).values(fault=""))
        await renew(session, sent.school_id)
    if taken.dead:
        address = select(Conversation.address_id).where(Conversation.id == sent.conversation_id).scalar_subquery()
        await session.execute(
            update(Address).where(Address.id == address, Address.staff_id.is_not(None)).values(dead_reason="")
        )
    await note(session, sent, taken.sid, DeliveryStatus.ACCEPTED, None, now=taken.at)
    ring(session, "outbox", "case")
    return True


async def record_all_sent(session: AsyncSession, taken: Sequence[Taken]) -> list[bool | None]:
    """Those that left at the first attempt, and that nobody else has in hand; None for the others."""
    rows = {row.id: row for row in await session.execute(_FREE, {"rows": [each.outbox_id for each in taken]})}
    mine = [
        each
        for each in taken
        if not (each.failed or each.dead) and each.outbox_id in rows and rows[each.outbox_id].lease_token == each.token
    ]
    if mine:
        await session.execute(_SENT, [each.values for each in mine])
        await note_accepted(session, [(rows[each.outbox_id], each.sid, each.at) for each in mine])
        ring(session, "outbox", "case")
    return [True if each in mine else None for each in taken]


async def give_back(session: AsyncSession, outbox_id: int, token: str) -> None:
    """It was claimed too late to begin: it surely did not leave, so it waits for its turn again."""
    row = await _ours(session, outbox_id, token)
    if row is not None and row.state is OutboxState.SENDING:
        row.state = OutboxState.QUEUED
        row.attempts -= 1
        row.lease_token = row.lease_until = None
        ring(session, "outbox")


async def record_failure(
    session: AsyncSession,
    outbox_id: int,
    token: str,
    attempt: int,
    error: NotDelivered,
    *,
    now: dt.datetime,
    timing: Timing,
) -> None:
    """The provider did not take it, or nobody knows."""
    conversation_id = (await session.execute(select(Outbox.conversation_id).where(Outbox.id == outbox_id))).scalar_one()
    conversation = await lock(session, conversation_id)
    row = await _ours(session, outbox_id, token)
    if row is None:
        return
    row.code = error.code or type(error).__name__
    row.lease_token = row.lease_until = None
    match error:
        case Ambiguous():
            row.state, row.unknown_at = OutboxState.UNKNOWN, now
        case TooMany():
            row.state = OutboxState.QUEUED
            row.attempts -= 1  # being asked to wait is no failure of this message
            row.not_before = await _pause(session, conversation, error.after or DEFAULT_PAUSE, now)
        case TryLater():
            _again(row, attempt, error.after, now=now, timing=timing)
        case Misconfigured():
            # Nothing leaves until the operator acts; nothing is lost either.
            row.state, row.not_before = OutboxState.QUEUED, now + FAULT_PAUSE
            row.attempts -= 1
            await mark(session, conversation, row, error, now=now)
        case TemplateRefused() if await without_template(session, conversation.account_id, row, error, now=now):
            row.state, row.not_before = OutboxState.QUEUED, now
        case _:
            row.state = OutboxState.DEAD
            await mark(session, conversation, row, error, now=now)
    if row.state is OutboxState.DEAD:
        await note(session, row, row.provider_sid or "", DeliveryStatus.FAILED, row.code, now=now)
        await tell_staff(session, conversation, row, now=now)
    ring(session, "outbox", "case")


async def mark(
    session: AsyncSession, conversation: Conversation, row: Outbox, error: NotDelivered, *, now: dt.datetime
) -> None:
    """Remember what an error says of the address, the window or the account, at once or in a callback hours later."""
    match error:
        case WindowClosed() if not row.payload.get("template"):  # a template that opens no window will never leave
            row.state, row.wait_reason = OutboxState.WAITING, WaitReason.WINDOW
            conversation.window_until = None
        case BlockedThere() | AddressDead():
            address = await session.get_one(Address, conversation.address_id)
            if isinstance(error, AddressDead):
                address.dead_reason = (error.code or "refused")[:60]
            else:
                conversation.blocked_at = now
            if address.staff_id is not None:
                await renew(session, address.school_id)  # a parent is not told that this colleague is warned
        case Misconfigured():
            # Without the key, as above; locked, so that of many refusals at once one is the first.
            account = await session.get_one(
                ProviderAccount, conversation.account_id, with_for_update={"key_share": True}
            )
            if not account.fault:
                log.error("nothing leaves through account %d (%s): python -m bot doctor", account.id, account.provider)
                await renew(session, account.school_id)
            account.fault = f"{error} ({error.code})" if error.code else str(error)
        case _:
            pass


def _again(row: Outbox, attempt: int, after: dt.timedelta | None, *, now: dt.datetime, timing: Timing) -> None:
    if attempt >= len(timing.send_backoff):
        row.state = OutboxState.DEAD
        return
    pause = dt.timedelta(seconds=timing.send_backoff[attempt - 1])
    row.state = OutboxState.QUEUED
    row.not_before = now + max(pause, after or pause)


async def _pause(
    session: AsyncSession, conversation: Conversation, after: dt.timedelta, now: dt.datetime
) -> dt.datetime:
    """A 429 pauses its conversation; a second conversation's soon after pauses the account."""
    until = now + after
    conversation.paused_until = max(until, conversation.paused_until or until)
    # Without the key: an inserted message refers to its account, and must not wait for this.
    account = await session.get_one(ProviderAccount, conversation.account_id, with_for_update={"key_share": True})
    recent = account.limited_at is not None and account.limited_at > now - TWO_LIMITED
    if recent and account.limited_conversation != conversation.id:
        account.paused_until = max(until, account.paused_until or until)
    account.limited_at, account.limited_conversation = now, conversation.id
    return until
