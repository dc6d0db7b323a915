"""Sending: claim with a lease, hand over once, write down what happened. The lanes and the head rule stand in the claim."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Float, and_, bindparam, case, exists, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from bot.core.accounts import Accounts
from bot.core.buckets import RATES, Kind, empty_buckets, take_tokens
from bot.core.clock import Clock, Timing, token
from bot.core.results import Taken, give_back, record_all_sent, record_failure, record_sent
from bot.core.together import Together
from bot.errors import Ambiguous, BlockedThere, NotDelivered
from bot.messages import Choice, Envelope, Outbound
from db.engine import Database
from db.tables import Address, Conversation, Outbox, ProviderAccount
from db.tables.messages import OUTBOX_OPEN
from db.types import ChannelName, Instant, Lane, OutboxState, database_time

log = logging.getLogger(__name__)
IN_FLIGHT = 8


@dataclass(frozen=True, slots=True)
class SendClaim:
    """The right to hand one message over before the lease ends. `claimed` is monotonic, for the margin."""

    outbox_id: int
    school_id: int
    conversation_id: int
    account_id: int
    token: str
    attempt: int
    claimed: float
    message: Outbound
    blocked: bool = False
    failed: bool = False
    dead: bool = False


def _earlier_open() -> ColumnElement[bool]:
    """The head rule: an earlier row of the same conversation and lane is still open. Unknown ones block for a while only."""
    earlier = aliased(Outbox)
    return exists().where(
        earlier.conversation_id == Outbox.conversation_id,
        earlier.lane == Outbox.lane,
        earlier.seq < Outbox.seq,
        or_(
            earlier.state.in_((OutboxState.QUEUED, OutboxState.SENDING)),
            and_(earlier.state == OutboxState.UNKNOWN, earlier.unknown_at > bindparam("blocking", type_=Instant())),
        ),
    )


_NOW = bindparam("now", type_=Instant())


def _over(moment: InstrumentedAttribute[dt.datetime | None]) -> ColumnElement[bool]:
    return or_(moment.is_(None), moment <= _NOW)


# Put together once: that costs more than asking (docs/benchmarks.md).
_MAY_LEAVE = (
    select(Outbox, Conversation, Address, ProviderAccount)
    .join(Conversation, Conversation.id == Outbox.conversation_id)
    .join(Address, Address.id == Conversation.address_id)
    .join(ProviderAccount, ProviderAccount.id == Conversation.account_id)
    .where(
        OUTBOX_OPEN,
        Outbox.state == OutboxState.QUEUED,
        Outbox.not_before <= _NOW,
        Outbox.lane.in_(bindparam("lanes", expanding=True)),
        ~_earlier_open(),
        or_(
            Outbox.lane == Lane.URGENT,
            and_(
                _over(Conversation.paused_until),
                _over(Conversation.next_send_at),
                _over(ProviderAccount.paused_until),
                tuple_(ProviderAccount.id, Address.channel).not_in(bindparam("empty", expanding=True)),
            ),
        ),
    )
    .order_by(
        case((Outbox.lane == Lane.URGENT, 0), (Outbox.lane == Lane.REPLY, 1), else_=2), Outbox.not_before, Outbox.id
    )
    .limit(bindparam("most"))
    # The conversation too: nobody who holds it may wait for a row that is claimed here.
    .with_for_update(of=[Outbox, Conversation], skip_locked=True)
)
_LEASE = (
    update(Outbox)
    .where(Outbox.id.in_(bindparam("claimed", expanding=True)))
    .values(
        state=OutboxState.SENDING,
        attempts=Outbox.attempts + 1,
        tried_at=_NOW,
        lease_token=bindparam("token"),
        lease_until=database_time(bindparam("lease", type_=Float())),
    )
    .execution_options(synchronize_session=False)
)


def _over_now(moment: dt.datetime | None, now: dt.datetime) -> bool:
    return moment is None or moment <= now


class Sender:
    """Hands over what may leave, some at a time. Several may run side by side."""

    def __init__(self, database: Database, accounts: Accounts, clock: Clock, timing: Timing) -> None:
        """Nothing is started here."""
        self._db, self._accounts, self._clock, self._timing = database, accounts, clock, timing
        self._results = Together(database, record_all_sent, record_sent)
        self.limited = False
        """Whether the last claim left something behind that only waits for its turn under a rate."""

    async def claim(self, limit: int, *, urgent: bool = False) -> list[SendClaim]:
        """Claim up to `limit` messages that may leave now; only `urgent` ones, if so."""
        return await self._db.write(lambda session: self._claim(session, limit, urgent=urgent))

    async def _claim(self, session: AsyncSession, limit: int, *, urgent: bool) -> list[SendClaim]:
        now = self._clock.now()
        empty = await empty_buckets(session, now=now)
        asked = {
            "now": now,
            "blocking": now - dt.timedelta(seconds=self._timing.unknown_blocks),
            "lanes": [Lane.URGENT] if urgent else list(Lane),
            "empty": empty,
            "most": limit,
        }
        rows = (await session.execute(_MAY_LEAVE, asked)).all()
        wanted: dict[Kind, int] = defaultdict(int)
        for row, _, address, account in rows:
            if row.lane is not Lane.URGENT:
                wanted[account.school_id, account.id, address.channel] += 1
        left = await take_tokens(session, wanted, now=now)
        name = token()
        claims: list[SendClaim] = []
        for row, conversation, address, account in rows:
            if row.lane is not Lane.URGENT:
                key = (account.school_id, account.id, address.channel)
                if not left[key] or not _over_now(conversation.next_send_at, now):
                    continue  # the latter: two lanes of one conversation in one claim
                left[key] -= 1
                rate = RATES.get(address.channel)
                if rate and rate.conversation:
                    conversation.next_send_at = now + dt.timedelta(seconds=1 / rate.conversation)
            claims.append(
                SendClaim(
                    outbox_id=row.id,
                    school_id=row.school_id,
                    conversation_id=row.conversation_id,
                    account_id=account.id,
                    token=name,
                    attempt=row.attempts + 1,
                    claimed=time.monotonic(),
                    message=outbound(row, address, account),
                    blocked=conversation.blocked_at is not None,
                    # A mail account has one way only: whatever leaves by it shows that it works again.
                    failed=row.code is not None or (address.channel is ChannelName.MAIL and account.fault != ""),
                    dead=address.channel is ChannelName.MAIL and address.dead_reason != "",
                )
            )
        self.limited = bool(empty) or len(claims) < len(rows)
        if claims:
            await session.flush()
            values = {"claimed": [claim.outbox_id for claim in claims], "now": now, "token": name}
            await session.execute(_LEASE, values | {"lease": self._timing.send_lease})
        return claims

    async def deliver(self, claim: SendClaim) -> None:
        """Hand one claimed message over and write down what happened, if the lease is still ours."""
        timing = self._timing
        if time.monotonic() - claim.claimed > timing.send_lease - timing.send_margin:
            await self._db.write(lambda s: give_back(s, claim.outbox_id, claim.token))
            return
        try:
            if claim.blocked:
                raise BlockedThere("the provider refuses for her until she lifts it", code="blocked")  # noqa: TRY301
            channel = await self._accounts.channel(claim.account_id)
            async with asyncio.timeout(timing.send_limit):
                sid = await channel.send(claim.message)
        except NotDelivered as error:
            failure: NotDelivered = error
        except TimeoutError as error:
            failure = Ambiguous("no answer in time")
            failure.__cause__ = error
        except Exception as error:
            log.error("a channel raised %s, which is not its error", type(error).__name__)
            failure = Ambiguous("an error of our own while sending")
            failure.__cause__ = error
        else:
            await self._results.write(
                Taken(claim.outbox_id, claim.token, sid, self._clock.now(), failed=claim.failed, dead=claim.dead)
            )
            return
        await self._db.write(
            lambda s: record_failure(
                s, claim.outbox_id, claim.token, claim.attempt, failure, now=self._clock.now(), timing=timing
            )
        )

    async def once(self) -> int:
        """Claim and deliver one round; returns how many were claimed."""
        claims = await self.claim(IN_FLIGHT)
        await asyncio.gather(*(self.deliver(claim) for claim in claims))
        return len(claims)


def outbound(row: Outbox, address: Address, account: ProviderAccount) -> Outbound:
    """A row as its channel gets it."""
    sender = {
        ChannelName.WHATSAPP: account.whatsapp_from,
        ChannelName.SMS: account.sms_from,
        ChannelName.MAIL: account.external_id,
    }
    mail = row.payload.get("mail")
    return Outbound(
        key=row.key,
        channel=address.channel,
        external_id=address.external_id,
        text=row.text,
        choices=tuple(Choice(payload, title) for payload, title in row.payload.get("choices", ())),
        opener=row.payload.get("opener", ""),
        digits=row.payload.get("digits", False),
        sender=sender.get(address.channel, ""),
        template=row.payload.get("template"),
        template_values=row.payload.get("values", {}),
        repeatable=row.repeatable,
        envelope=Envelope(**mail) if mail else None,
    )
