"""Reconciliation: what happened to a message whose sending ended in the dark. Ask the provider; never send blindly again."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, tuple_, update
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
from db.tables.messages import OUTBOX_OPEN
from db.types import OutboxState, database_time

log = logging.getLogger(__name__)
_SLACK = dt.timedelta(seconds=5)
_AT_ONCE = 50
_BROKEN_AT_ONCE = 200
AGAIN = 4
"""So often a message leaves again, not found or not to be asked for; then it is held, or a fault would repeat it for ever."""


@dataclass(frozen=True, slots=True)
class _Dark:
    """A message nobody knows the end of."""

    outbox_id: int
    conversation_id: int
    seq: int
    account_id: int
    tried_at: dt.datetime
    unknown_at: dt.datetime
    message: Outbound


_START = (0, 0)


class Reconciler:
    """Settles unknown messages: goes through them some at a time, to the last, and then from the first again."""

    def __init__(self, database: Database, accounts: Accounts, clock: Clock, timing: Timing) -> None:
        """Nothing is started here."""
        self._db, self._accounts, self._clock, self._timing = database, accounts, clock, timing
        self._every = dt.timedelta(seconds=timing.unknown_first_look / 2)
        self._after = _START
        self._begun: dt.datetime | None = None

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
        found = await session.execute(
            select(Outbox.id)
            .join(Conversation, Conversation.id == Outbox.conversation_id)
            .where(OUTBOX_OPEN, Outbox.state == OutboxState.SENDING, Outbox.lease_until < database_time())
            .limit(_BROKEN_AT_ONCE)
            # The conversation too, as the sender does, and what somebody else holds is left for the next round:
            # whoever waits for nothing cannot stand in a circle of those who wait for each other.
            .with_for_update(of=[Outbox, Conversation], skip_locked=True)
        )
        broken = found.scalars().all()
        if broken:
            await session.execute(
                update(Outbox)
                .where(Outbox.id.in_(broken))
                .values(state=OutboxState.UNKNOWN, unknown_at=self._clock.now(), lease_token=None, lease_until=None)
                .execution_options(synchronize_session=False)
            )
            ring(session, "outbox")

    async def _load(self) -> list[_Dark]:
        """The next ones. The provider is asked about each at most twice a minute, and none stands before the others."""
        now = self._clock.now()
        if self._after == _START:
            if self._begun is not None and self._begun <= now < self._begun + self._every:
                return []
            self._begun = now
        found = await self._next(now - dt.timedelta(seconds=self._timing.unknown_first_look))
        if not found and self._after == _START:
            self._begun = None  # nobody was asked
        self._after = (found[-1].conversation_id, found[-1].seq) if len(found) == _AT_ONCE else _START
        return found

    async def _next(self, old: dt.datetime) -> list[_Dark]:
        async with self._db.read() as session:
            rows = (
                await session.execute(
                    select(Outbox, Address, ProviderAccount)
                    .join(Conversation, Conversation.id == Outbox.conversation_id)
                    .join(Address, Address.id == Conversation.address_id)
                    .join(ProviderAccount, ProviderAccount.id == Conversation.account_id)
                    .where(
                        OUTBOX_OPEN,
                        Outbox.state == OutboxState.UNKNOWN,
                        Outbox.unknown_at <= old,
                        tuple_(Outbox.conversation_id, Outbox.seq) > self._after,
                    )
                    .order_by(Outbox.conversation_id, Outbox.seq)
                    .limit(_AT_ONCE)
                )
            ).all()
        return [
            _Dark(
                outbox_id=row.id,
                conversation_id=row.conversation_id,
                seq=row.seq,
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
            elif dark.unknown_at > now - dt.timedelta(seconds=self._timing.unknown_given_up):
                return False
            elif row.attempts <= AGAIN:
                requeue(conversation, row, now)
            else:  # never found, however often it left: a person decides
                row.state = OutboxState.HELD
                await tell_staff(session, conversation, row, now=now)
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
