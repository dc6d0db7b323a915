"""What we must fetch ourselves: Telegram by polling, and what Twilio kept while we were away (catch-up)."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.accounts import Accounts
from bot.core.clock import Clock, Timing, token
from bot.core.ingress import store
from bot.errors import NotDelivered, TryLater
from bot.messages import Inbound
from db.engine import Database
from db.tables import Inbox, ProviderAccount
from db.types import InboundKind, database_time

log = logging.getLogger(__name__)
_LONGEST_PAUSE = 60.0
POLL = dt.timedelta(seconds=25)
POLL_LEASE = 45
NOT_OURS = 5


@runtime_checkable
class Polled(Protocol):
    """A channel that is asked for news instead of being told."""

    async def poll(self, offset: int | None, wait: dt.timedelta) -> tuple[Sequence[Inbound], int | None]:
        """News from `offset` on, and the next offset, which confirms these only when it is asked for."""


@runtime_checkable
class Courteous(Protocol):
    """A channel where a tap waits for a sign that it was noticed."""

    async def acknowledge(self, inbound: Inbound) -> None:
        """Give it, after the tap is stored; never raises `NotDelivered`."""


async def acknowledge(channel: object, messages: Sequence[Inbound]) -> None:
    """Say that what is stored now was noticed, where the channel wants that."""
    if isinstance(channel, Courteous):
        await asyncio.gather(*(channel.acknowledge(message) for message in messages))


@runtime_checkable
class Listening(Protocol):
    """A polled channel that can also be told to post its news to an address of ours."""

    async def listen(self, url: str) -> None:
        """Have the provider post to `url` from now on."""


async def poll_forever(
    database: Database,
    accounts: Accounts,
    account: ProviderAccount,
    clock: Clock,
    *,
    wait: dt.timedelta = POLL,
    name: str = "",
) -> None:
    """Our own polling loop: commit, then the next offset. Nothing is confirmed before it is stored.

    The offset is not kept: after a start the unconfirmed ones come again, and are known by their own id.
    `name` is who asks: whoever begins again after an error keeps it, or it would wait for its own lease to run out.
    """
    channel = await accounts.channel(account.id)
    if not isinstance(channel, Polled):
        message = f"provider account {account.id} cannot be polled"
        raise TypeError(message)
    offset, pause, name = None, 1.0, name or token()
    while True:
        if not await database.write(lambda session: _take_polling(session, account.id, name)):
            offset = None  # another worker asks; should it go, we begin anew
            await asyncio.sleep(NOT_OURS)
            continue
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
            try:
                await database.write(lambda s, messages=messages, now=now: store(s, account, messages, now=now))  # type: ignore[misc]
            except Exception as error:
                if not refused(error):
                    raise
                messages = await store_singly(database, account, messages, now=now)
            await acknowledge(channel, messages)
        offset = following


async def store_singly(
    database: Database, account: ProviderAccount, messages: Sequence[Inbound], *, now: dt.datetime
) -> list[Inbound]:
    """Store each by itself; returns those that the database took. What it refuses would come again for ever, before all later.

    A refused one is stored as what it is, a message that could not be read: she is answered, and can write it again.
    """
    kept: list[Inbound] = []
    for message in messages:
        unread = Inbound(message.channel, message.external_id, message.provider_id, InboundKind.UNKNOWN, now)
        for attempt in (message, unread):
            try:
                await database.write(lambda s, attempt=attempt: store(s, account, [attempt], now=now))  # type: ignore[misc]
            except Exception as error:
                if not refused(error):
                    raise
                log.error("the database refuses a message (%s)", type(error).__name__)  # its text may quote the message
            else:
                kept.append(message)
                break
    if len(kept) < len(messages):
        log.error("moved past %d of %d polled messages", len(messages) - len(kept), len(messages))
    return kept


def refused(error: Exception) -> bool:
    """Whether it is the value that cannot be stored, now or later; a database that is away is another matter."""
    if isinstance(error, DBAPIError):
        return isinstance(error, DataError | IntegrityError)
    return isinstance(error, StatementError | ValueError | OverflowError)


async def _take_polling(session: AsyncSession, account_id: int, name: str) -> bool:
    """Be, or stay, the one worker that polls this account: two would be refused by the provider."""
    taken = await session.execute(
        update(ProviderAccount)
        .where(
            ProviderAccount.id == account_id,
            or_(
                ProviderAccount.polled_until.is_(None),
                ProviderAccount.polled_until < database_time(),
                ProviderAccount.polled_by == name,
            ),
        )
        .values(polled_by=name, polled_until=database_time(POLL_LEASE))
        .returning(ProviderAccount.id)
        .execution_options(synchronize_session=False)
    )
    return taken.first() is not None


async def catch_up(
    database: Database, accounts: Accounts, account: ProviderAccount, clock: Clock, timing: Timing
) -> int:
    """Insert what the provider received and we did not, since the last stored message minus an hour; returns how many.

    Never from after the last catch-up: the first webhook after an outage may be stored before what came in during it.
    """
    channel = await accounts.channel(account.id)
    async with database.read() as session:
        stored_at = await session.scalar(select(func.max(Inbox.sent_at)).where(Inbox.account_id == account.id))
        before = await session.scalar(select(ProviderAccount.caught_up_at).where(ProviderAccount.id == account.id))
    last = min((at for at in (stored_at, before) if at is not None), default=clock.now())
    found = await channel.missed(last - dt.timedelta(seconds=timing.catch_up_reach))
    now = clock.now()
    # What is young only took a detour: whether it is late is for the store to say.
    fetched = [replace(message, late=False) for message in sorted(found, key=lambda m: m.sent_at)]

    async def keep(session: AsyncSession) -> int:
        mine = await session.get_one(ProviderAccount, account.id)
        stored = await store(session, mine, fetched, now=now)
        mine.caught_up_at = now  # last: whoever holds a conversation may want the account, never the other way round
        return len(stored)

    return await database.write(keep)
