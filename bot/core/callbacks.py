"""Status callbacks: in any order, twice, before our own call has returned. They settle what was unknown, and block nothing."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.conversations import lock, requeue
from bot.core.delivery import note
from bot.core.failed import tell_staff
from bot.core.results import mark
from bot.core.templates import without_template
from bot.errors import NotDelivered, TemplateRefused, TryLater
from bot.messages import Status
from db.engine import ring
from db.queries.school import renew
from db.tables import Conversation, Delivery, Outbox, ProviderAccount
from db.types import OutboxState

LATER = dt.timedelta(hours=3)
"""A handset that cannot be reached is tried again after this, unless the provider says otherwise .."""
TRIES = 3
""".. and so often in all."""
_UNSETTLED = (OutboxState.SENDING, OutboxState.UNKNOWN, OutboxState.QUEUED, OutboxState.HELD)
"""Tried, and not known to be taken; a queued one was perhaps taken after all, and need not leave again."""


async def receive(session: AsyncSession, account: ProviderAccount, status: Status, *, now: dt.datetime) -> bool:
    """Take a status callback in. False: not about a message of ours."""
    by_key = Outbox.key == status.key if status.key else Outbox.provider_sid == status.provider_sid
    found = (
        await session.execute(
            select(Outbox.id, Outbox.conversation_id).where(Outbox.school_id == account.school_id, by_key).limit(1)
        )
    ).one_or_none()
    if found is None:
        return False
    conversation = await lock(session, found.conversation_id)
    row = await session.get_one(Outbox, found.id, populate_existing=True)
    if row.state in _UNSETTLED and row.attempts and await _is_new(session, row, status.provider_sid):
        # The provider has it, so it was accepted: this settles what a crash or a lost answer left open.
        row.state = OutboxState.SENT
        row.sent_at = row.sent_at or now
        row.provider_sid = status.provider_sid
        row.unknown_at = row.lease_token = row.lease_until = None
        if row.code is not None:
            # It failed before and was taken now, as in `record_sent`, which finds nothing left to write.
            row.code = None
            account_id = conversation.account_id
            await session.execute(update(ProviderAccount).where(ProviderAccount.id == account_id).values(fault=""))
            await renew(session, conversation.school_id)
    elif row.state is OutboxState.SENT:
        row.provider_sid = row.provider_sid or status.provider_sid
    new = await note(session, row, status.provider_sid, status.status, status.code, now=now)
    if new and status.failure is not None and row.state is OutboxState.SENT and row.provider_sid == status.provider_sid:
        await _lost(session, conversation, row, status.failure, now=now)
    if new:
        ring(session, "outbox", "case")
    return True


async def _is_new(session: AsyncSession, row: Outbox, sid: str) -> bool:
    """Not about an earlier attempt, of which we have heard before: that one's end says nothing about this one."""
    known = select(Delivery.id).where(Delivery.outbox_id == row.id, Delivery.provider_sid == sid).limit(1)
    return (await session.execute(known)).first() is None


async def _lost(
    session: AsyncSession, conversation: Conversation, row: Outbox, failure: NotDelivered, *, now: dt.datetime
) -> None:
    """Accepted, and then not delivered: do what the reason asks for, and tell whoever waits for it to arrive."""
    row.code = failure.code
    if isinstance(failure, TryLater) and row.attempts < TRIES:
        requeue(conversation, row, now + (failure.after or LATER))
        row.provider_sid = None
        return
    if isinstance(failure, TemplateRefused) and await without_template(
        session, conversation.account_id, row, failure, now=now
    ):
        requeue(conversation, row, now)
        row.provider_sid = None
        return
    await mark(session, conversation, row, failure, now=now)
    if row.state is not OutboxState.WAITING:  # outside the window it is not lost: it leaves when she writes
        await tell_staff(session, conversation, row, now=now)
