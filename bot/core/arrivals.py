"""What we must fetch ourselves: Telegram by polling, and what Twilio kept while we were away (catch-up)."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.accounts import Accounts
from bot.core.clock import Clock, Timing
from bot.core.ingress import store
from bot.errors import NotDelivered, TryLater
from bot.messages import Inbound
from db.engine import Database
from db.tables import Inbox, ProviderAccount

log = logging.getLogger(__name__)
_LATE = dt.timedelta(minutes=5)
"""Found by catch-up and older than this: answered as late. Younger ones only took a detour."""
_LONGEST_PAUSE = 60.0
POLL = dt.timedelta(seconds=25)


@runtime_checkable
class Polled(Protocol):
    """A channel that is asked for news instead of being told."""

    async def poll(self, offset: int | None, wait: dt.timedelta) -> tuple[Sequence[Inbound], int | None]:
        """News from `offset` on, and the next offset, which confirms these only when it is asked for."""


async def poll_forever(
    database: Database, accounts: Accounts, account: ProviderAccount, clock: Clock, *, wait: dt.timedelta = POLL
) -> None:
    """Our own polling loop: commit, then the next offset. Nothing is confirmed before it is stored.

    The offset is not kept: after a start the unconfirmed ones come again, and are known by their own id.
    """
    channel = await accounts.channel(account.id)
    if not isinstance(channel, Polled):
        message = f"provider account {account.id} cannot be polled"
        raise TypeError(message)
    offset, pause = None, 1.0
    while True:
        try:
            messages, following = await channel.poll(offset, wait)
        except NotDelivered as error:
            log.warning("polling met %s, trying again in %.0f s", type(error).__name__, pause)
            after = error.after.total_seconds() if isinstance(error, TryLater) and error.after else 0
            await asyncio.sleep(max(pause, after))
            pause = min(pause * 2, _LONGEST_PAUSE)
            continue
        pause = 1.0
        if messages:
            now = clock.now()
            await database.write(lambda s, messages=messages, now=now: store(s, account, messages, now=now))  # type: ignore[misc]
        offset = following


async def catch_up(
    database: Database, accounts: Accounts, account: ProviderAccount, clock: Clock, timing: Timing
) -> int:
    """Insert what the provider received and we did not, since the last stored message minus an hour; returns how many."""
    channel = await accounts.channel(account.id)
    async with database.read() as session:
        last = await session.scalar(select(func.max(Inbox.sent_at)).where(Inbox.account_id == account.id))
    if last is None:
        last = account.caught_up_at or clock.now()
    found = await channel.missed(last - dt.timedelta(seconds=timing.catch_up_reach))
    now = clock.now()
    late = [replace(message, late=message.sent_at <= now - _LATE) for message in sorted(found, key=lambda m: m.sent_at)]

    async def keep(session: AsyncSession) -> int:
        mine = await session.get_one(ProviderAccount, account.id)
        mine.caught_up_at = now
        return len(await store(session, mine, late, now=now))

    return await database.write(keep)
