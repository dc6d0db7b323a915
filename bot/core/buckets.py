"""Rates that providers allow, shared by all senders of an account. Urgent messages do not wait for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Bucket
from db.types import ChannelName
from db.upsert import insert_new


@dataclass(frozen=True, slots=True)
class Rate:
    """Messages a second, for an account on this channel and for one conversation (0: no limit).

    `burst` may leave at once after a pause: where the provider refuses what is too much, few; where it queues, more.
    """

    account: float
    conversation: float
    burst: float


RATES: Mapping[ChannelName, Rate] = {
    ChannelName.TELEGRAM: Rate(account=25, conversation=1, burst=5),
    ChannelName.WHATSAPP: Rate(account=60, conversation=0, burst=60),
    ChannelName.SMS: Rate(account=1, conversation=0, burst=1),
}
"""`design.md` 4.1; a channel that is not here has no limit."""


SKEW = dt.timedelta(seconds=30)
"""Workers' clocks may differ by so much; a bucket from further ahead was filled by a clock that has been put back since."""


async def take_tokens(
    session: AsyncSession, *, school_id: int, account_id: int, channel: ChannelName, wanted: int, now: dt.datetime
) -> int:
    """Take up to `wanted` tokens of an account's bucket, under its row's lock; returns how many there were."""
    rate = RATES.get(channel)
    if rate is None or not rate.account:
        return wanted
    find = (
        select(Bucket)
        .where(Bucket.account_id == account_id, Bucket.name == channel.value)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    bucket = (await session.execute(find)).scalar_one_or_none()
    if bucket is None:
        values = {
            "school_id": school_id,
            "account_id": account_id,
            "name": channel.value,
            "tokens": rate.burst,
            "at": now,
        }
        await insert_new(session, Bucket, values, unique=("account_id", "name"))
        bucket = (await session.execute(find)).scalar_one()
    if bucket.at > now + SKEW:
        bucket.at = now  # or nothing would leave until the clock is there again
    passed = max(0.0, (now - bucket.at).total_seconds())
    full = min(rate.burst, bucket.tokens + passed * rate.account)
    taken = min(wanted, int(full))
    bucket.tokens = full - taken
    bucket.at = max(now, bucket.at)  # a worker whose clock is behind must not make time pass twice
    return taken


async def empty_buckets(session: AsyncSession, *, now: dt.datetime) -> list[tuple[int, ChannelName]]:
    """(Account, channel) pairs that have no token now: what waits for one must not stand before the others."""
    rows = await session.execute(
        select(Bucket.account_id, Bucket.name, Bucket.tokens, Bucket.at).where(
            Bucket.tokens < 1, Bucket.at > now - dt.timedelta(seconds=1), Bucket.at <= now + SKEW
        )
    )
    return [
        (account_id, ChannelName(name))
        for account_id, name, tokens, at in rows
        if tokens + (now - at).total_seconds() * RATES[ChannelName(name)].account < 1
    ]
