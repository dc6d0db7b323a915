"""Reconciliation: what happened to a message whose sending ended in the dark. Ask the provider; never send blindly again."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.accounts import Accounts
from bot.core.clock import Clock, Timing
from bot.core.conversations import lock, requeue
from bot.core.delivery import note
from bot.core.failed import tell_staff
from bot.core.sending import outbound
from bot.errors import NotDelivered
from bot.messages import Found, Outbound
from db.engine import Database, ring
from db.tables import Address, Conversation, Outbox, ProviderAccount
from db.types import OutboxState, database_time

log = logging.getLogger(__name__)
_SLACK = dt.timedelta(seconds=5)
_AT_ONCE = 50
AGAIN = 4
"""So often an answer is repeated where nobody can be asked; then it is held, or a fault of ours would repeat it for ever."""


@dataclass(frozen=True, slots=True)
class _Dark:
    """A message nobody knows the end of."""

    outbox_id: int
    conversation_id: int
    account_id: int
    tried_at: dt.datetime
    unknown_at: dt.datetime
    message: Outbound


class Reconciler:
    """Settles unknown messages."""

    def __init__(self, database: Database, accounts: Accounts, clock: Clock, timing: Timing) -> None:
        """Nothing is started here."""
        self._db, self._accounts, self._clock, self._timing = database, accounts, clock, timing

    async def once(self) -> int:
        """Find broken-off sends, then settle those that are old enough; returns how many were settled."""
        await self._db.write(self._find_broken_off)
        dark = await self._load()
        settled = 0
        for row in dark:
            try:
                channel = await self._accounts.channel(row.account_id)
                found = await channel.find(row.message, row.tried_at - _SLACK)
            except NotDelivered as error:
                log.warning("the provider could not be asked about an unknown message (%s)", type(error).__name__)
                continue
            except Exception as error:
                # One that cannot be looked up must not keep all those behind it in the dark.
                log.error("looking for an unknown message met %s", type(error).__name__)
                continue
            settled += await self._db.write(lambda s, row=row, found=found: self._settle(s, row, found))  # type: ignore[misc]
        return settled

    async def _find_broken_off(self, session: AsyncSession) -> None:
        """A lease that ran out while sending: the sender died, or was stopped, between accepted and written down."""
        now = self._clock.now()
        rows = await session.execute(
            update(Outbox)
            .where(Outbox.state == OutboxState.SENDING, Outbox.lease_until < database_time())
            .values(state=OutboxState.UNKNOWN, unknown_at=now, lease_token=None, lease_until=None)
            .returning(Outbox.id)
            .execution_options(synchronize_session=False)
        )
        if rows.first() is not None:
            ring(session, "outbox")

    async def _load(self) -> list[_Dark]:
        old = self._clock.now() - dt.timedelta(seconds=self._timing.unknown_first_look)
        async with self._db.read() as session:
            rows = (
                await session.execute(
                    select(Outbox, Address, ProviderAccount)
                    .join(Conversation, Conversation.id == Outbox.conversation_id)
                    .join(Address, Address.id == Conversation.address_id)
                    .join(ProviderAccount, ProviderAccount.id == Conversation.account_id)
                    .where(Outbox.state == OutboxState.UNKNOWN, Outbox.unknown_at <= old)
                    .order_by(Outbox.conversation_id, Outbox.seq)
                    .limit(_AT_ONCE)
                )
            ).all()
        return [
            _Dark(
                outbox_id=row.id,
                conversation_id=row.conversation_id,
                account_id=account.id,
                tried_at=row.tried_at or row.created_at,
                unknown_at=row.unknown_at or row.created_at,
                message=outbound(row, address, account),
            )
            for row, address, account in rows
        ]

    async def _settle(self, session: AsyncSession, dark: _Dark, found: Sequence[Found] | None) -> bool:
        now = self._clock.now()
        conversation = await lock(session, dark.conversation_id)
        row = await session.get_one(Outbox, dark.outbox_id, with_for_update=True, populate_existing=True)
        if row.state is not OutboxState.UNKNOWN:
            return False
        if found is None:
            await self._cannot_ask(session, conversation, row, now)
        else:
            taken = (
                (await session.execute(select(Outbox.provider_sid).where(Outbox.conversation_id == conversation.id)))
                .scalars()
                .all()
            )
            new = [f for f in found if f.provider_sid not in taken]
            if len(new) == 1:
                row.state, row.provider_sid, row.sent_at = OutboxState.SENT, new[0].provider_sid, new[0].at
                row.unknown_at = None
                await note(session, row, new[0].provider_sid, new[0].status, None, now=now)
            elif new:
                row.state = OutboxState.HELD
                await tell_staff(session, conversation, row, now=now)
            elif dark.unknown_at <= now - dt.timedelta(seconds=self._timing.unknown_given_up):
                requeue(conversation, row, now)
            else:
                return False
        ring(session, "outbox", "case")
        return True

    @staticmethod
    async def _cannot_ask(session: AsyncSession, conversation: Conversation, row: Outbox, now: dt.datetime) -> None:
        """No look-up there (Telegram): an answer may come twice, anything else waits for a person."""
        if row.repeatable and row.doubled < AGAIN:
            requeue(conversation, row, now)
            row.doubled += 1
        else:
            row.state = OutboxState.HELD
            await tell_staff(session, conversation, row, now=now)
