"""Rates that providers allow, shared by all senders of an account. Urgent messages do not wait for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Row, bindparam, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Base, Bucket
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
"""What the providers allow; a channel that is not here has no limit."""


SKEW = dt.timedelta(seconds=30)
"""Workers' clocks may differ by so much; a bucket from further ahead was filled by a clock that has been put back since."""


Kind = tuple[int, int, ChannelName]
"""School, account, channel: what has a bucket."""
_BUCKETS = (
    select(Bucket.id, Bucket.account_id, Bucket.name, Bucket.tokens, Bucket.at)
    .where(tuple_(Bucket.account_id, Bucket.name).in_(bindparam("names", expanding=True)))
    .order_by(Bucket.account_id, Bucket.name)
    .with_for_update()
)
_TAKE = (
    update(Base.metadata.tables[Bucket.__tablename__])
    .where(Bucket.id == bindparam("bucket"))
    .values(tokens=bindparam("left"), at=bindparam("until", type_=Bucket.at.type))
)


async def take_tokens(session: AsyncSession, wanted: Mapping[Kind, int], *, now: dt.datetime) -> dict[Kind, int]:
    """Take up to so many `wanted` tokens of each account's bucket, under its row's lock; returns how many there were."""
    got, rates = dict(wanted), {kind: rate for kind in wanted if (rate := RATES.get(kind[2])) and rate.account}
    if not rates:
        return got
    buckets = await _buckets(session, rates, now)
    taken = []
    for kind, rate in rates.items():
        bucket = buckets[kind[1:]]
        # From further ahead nothing would leave until the clock is there again.
        begun = now if bucket.at > now + SKEW else bucket.at
        full = min(rate.burst, bucket.tokens + max(0.0, (now - begun).total_seconds()) * rate.account)
        got[kind] = min(wanted[kind], int(full))
        # A worker whose clock is behind must not make time pass twice.
        taken.append({"bucket": bucket.id, "left": full - got[kind], "until": max(now, begun)})
    await session.execute(_TAKE, taken)
    return got


async def _buckets(
    session: AsyncSession, rates: Mapping[Kind, Rate], now: dt.datetime
) -> dict[tuple[int, ChannelName], Row[int, int, str, float, dt.datetime]]:
    """Their rows, locked in order; made full where they are missing."""
    names = {"names": [(account, channel.value) for _, account, channel in rates]}
    found = {(row.account_id, ChannelName(row.name)): row for row in await session.execute(_BUCKETS, names)}
    missing = [kind for kind in sorted(rates) if kind[1:] not in found]
    if not missing:
        return found
    for school, account, channel in missing:
        values = {"school_id": school, "account_id": account, "name": channel.value, "at": now}
        full = {"tokens": rates[school, account, channel].burst}
        await insert_new(session, Bucket, values | full, unique=("account_id", "name"))
    return await _buckets(session, rates, now)


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
