"""Copying what parents send, at once: providers keep it for an hour, or behind credentials that no browser may have.

Apart from the turns: a message is answered whether or not its voice note could be copied.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import messages
from bot.core.accounts import Accounts
from bot.core.clock import Clock
from bot.errors import Misconfigured, NotDelivered, Refused, TryLater
from db.engine import Database, ring
from db.tables import CaseEvent, Inbox, Media
from db.types import MediaState

log = logging.getLogger(__name__)
LARGEST = 16 * 1024 * 1024
"""Bytes; what WhatsApp lets through."""
LIMIT = 10.0
"""Seconds that one copy may take."""
BACKOFF = (10, 60, 300, 900)
"""Seconds after each failed attempt; the one after the last is the end."""
EVENT = "media_gone"
_LEASE = dt.timedelta(seconds=60)
_OPERATOR = dt.timedelta(minutes=5)
_AT_ONCE = 4
_GONE = "nothing to copy"


@runtime_checkable
class Copying(Protocol):
    """A channel that can copy what was attached."""

    async def copy(self, media: messages.Media, most: int) -> bytes:
        """The whole file, read piece by piece; raises `NotDelivered`, `Refused` as soon as it is larger than `most` bytes."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """The right to copy one attachment. `attempt` is the fence: whoever comes with an older one is late."""

    media_id: int
    attempt: int
    account_id: int
    reference: messages.Media


class MediaCopier:
    """Copies what is open. Several may run side by side."""

    def __init__(self, database: Database, accounts: Accounts, clock: Clock) -> None:
        """Nothing is started here."""
        self._db, self._accounts, self._clock = database, accounts, clock

    async def once(self) -> int:
        """Try some that are due; returns how many."""
        due = select(Media.id).where(Media.state == MediaState.OPEN, Media.not_before <= self._clock.now())
        async with self._db.read() as session:  # most messages have nothing attached: no write for those
            if (await session.execute(due.limit(1))).first() is None:
                return 0
        claims = await self._db.write(self._claim)
        await asyncio.gather(*(self._copy(claim) for claim in claims))
        return len(claims)

    async def _claim(self, session: AsyncSession) -> list[_Claim]:
        now = self._clock.now()
        due = (
            select(Media.id)
            .where(Media.state == MediaState.OPEN, Media.not_before <= now)
            .order_by(Media.not_before, Media.id)
            .limit(_AT_ONCE)
            .with_for_update(skip_locked=True)
            .cte("due")
        )
        rows = await session.execute(
            update(Media)
            .where(Media.id.in_(select(due.c.id)))
            .values(attempts=Media.attempts + 1, not_before=now + _LEASE)
            .returning(Media.id, Media.attempts, Media.inbox_id, Media.position, Media.content_type, Media.size)
            .execution_options(synchronize_session=False)
        )
        claimed = rows.all()
        found = await session.execute(
            select(Inbox.id, Inbox.account_id, Inbox.payload).where(Inbox.id.in_({row.inbox_id for row in claimed}))
        )
        owners = {row.id: row for row in found}
        return [
            _Claim(
                media_id=row.id,
                attempt=row.attempts,
                account_id=owners[row.inbox_id].account_id,
                reference=messages.Media(
                    _reference(owners[row.inbox_id].payload, row.position), row.content_type, row.size
                ),
            )
            for row in claimed
        ]

    async def _copy(self, claim: _Claim) -> None:
        try:
            data = await self._fetch(claim)
        except NotDelivered as error:
            failure: NotDelivered = error
        except TimeoutError:
            failure = TryLater("no file in time", code="timeout")
        except Exception as error:
            log.error("a channel raised %s, which is not its error", type(error).__name__)
            failure = TryLater("an error of our own while copying", code=type(error).__name__)
        else:
            await self._db.write(lambda s: self._keep(s, claim, data))
            return
        await self._db.write(lambda s: self._fail(s, claim, failure))

    async def _fetch(self, claim: _Claim) -> bytes:
        if claim.attempt > len(BACKOFF) + 1:
            raise Refused("every attempt ended without a result", code="attempts")
        channel = await self._accounts.channel(claim.account_id)
        if not isinstance(channel, Copying) or not claim.reference.reference:
            raise Refused("this channel has no files", code=_GONE)
        if (claim.reference.size or 0) > LARGEST:
            raise Refused("announced as too large", code="too large")
        async with asyncio.timeout(LIMIT):
            data = await channel.copy(claim.reference, LARGEST)
        if not data:
            raise Refused("an empty file", code="empty")
        return data

    async def _keep(self, session: AsyncSession, claim: _Claim, data: bytes) -> None:
        row = await _still_open(session, claim)
        if row is not None:
            row.state, row.data, row.size, row.fault = MediaState.KEPT, data, len(data), None
            ring(session, "case")

    async def _fail(self, session: AsyncSession, claim: _Claim, error: NotDelivered) -> None:
        """A refusal and the last attempt are the end; a fault of our account waits for the operator and is not counted."""
        row = await _still_open(session, claim)
        if row is None:
            return
        now = self._clock.now()
        row.fault = (error.code or type(error).__name__)[:40]
        if isinstance(error, Misconfigured):
            row.attempts -= 1
            row.not_before = now + _OPERATOR
        elif isinstance(error, Refused) or claim.attempt > len(BACKOFF):
            row.state = MediaState.GONE
            log.warning("something a parent sent could not be copied (%s)", type(error).__name__)
            await _tell(session, row, now)
        else:
            pause = dt.timedelta(seconds=BACKOFF[claim.attempt - 1])
            asked = error.after if isinstance(error, TryLater) and error.after else pause
            row.not_before = now + max(pause, asked)


def _reference(payload: Mapping[str, Any], position: int) -> str:
    """Where it is at the provider; empty where the message has been emptied."""
    attached = payload.get("media", [])
    return str(attached[position]["ref"]) if position < len(attached) else ""


async def _still_open(session: AsyncSession, claim: _Claim) -> Media | None:
    found = await session.execute(
        select(Media)
        .where(Media.id == claim.media_id, Media.state == MediaState.OPEN, Media.attempts == claim.attempt)
        .with_for_update()
    )
    return found.scalar_one_or_none()


async def _tell(session: AsyncSession, row: Media, now: dt.datetime) -> None:
    """Say so in the case's history, where a person has the message already; the thread says it in any case."""
    case_id = await session.scalar(select(Inbox.case_id).where(Inbox.id == row.inbox_id))
    if case_id is not None:
        session.add(CaseEvent(school_id=row.school_id, case_id=case_id, kind=EVENT, at=now))
    ring(session, "case")
