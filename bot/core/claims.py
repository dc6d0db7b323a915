"""Claiming: short committed transactions that give one worker the right to work on a row until its lease ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Float, and_, bindparam, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate

from bot.core.clock import Timing, token
from db.tables import Inbox
from db.tables.messages import INBOX_OPEN
from db.types import InboxState, database_time

FRESH_BATCH = 16
_NEXT: Any = Inbox.received_at
"""Among conversations the longest waiting comes first; within one, `seq` alone decides."""
_EARLIER = aliased(Inbox)  # made once: an alias costs more to make than the question that uses it


@dataclass(frozen=True, slots=True)
class TurnClaim:
    """The right to answer the lowest open message of one conversation."""

    school_id: int
    conversation_id: int
    inbox_id: int
    token: str
    attempt: int


def _is_head() -> ColumnElement[bool]:
    """No earlier message of the same conversation is open: order is `seq`, never an id or a time."""
    return ~exists().where(
        _EARLIER.conversation_id == Inbox.conversation_id, _EARLIER.state == InboxState.OPEN, _EARLIER.seq < Inbox.seq
    )


@cache  # putting it together costs more than asking; the rule is part of the key so that a test can take it out
def _claim(attempts: str, head: Callable[[], ColumnElement[bool]]) -> ReturningUpdate[int, int, int, int]:
    """Lease the longest waiting heads of those never tried (`fresh`), tried before, or tried as often as allowed."""
    most = bindparam("most_attempts", type_=Inbox.attempts.type)
    which = {
        "fresh": Inbox.attempts == 0,
        "tried": and_(Inbox.attempts > 0, Inbox.attempts < most),
        "exhausted": Inbox.attempts >= most,
    }
    now = bindparam("now", type_=Inbox.not_before.type)
    heads = (
        select(Inbox.id)
        .where(
            INBOX_OPEN,
            which[attempts],
            Inbox.not_before <= now,
            or_(Inbox.breath_until.is_(None), Inbox.breath_until <= now),
            or_(Inbox.lease_until.is_(None), Inbox.lease_until < database_time()),
            head(),
        )
        .order_by(_NEXT)
        .limit(1 if attempts == "tried" else FRESH_BATCH)
        .with_for_update(skip_locked=True)
        .cte("heads")  # run once: as a subquery PostgreSQL may run it again and lock more than its limit
    )
    return (
        update(Inbox)
        .where(Inbox.id.in_(select(heads.c.id)))
        .values(
            attempts=Inbox.attempts + (0 if attempts == "exhausted" else 1),
            lease_until=database_time(bindparam("lease", type_=Float())),
            lease_token=bindparam("token"),
            breath_until=None,
        )
        .returning(Inbox.school_id, Inbox.conversation_id, Inbox.id, Inbox.attempts)
        .execution_options(synchronize_session=False)
    )


async def _claimed(session: AsyncSession, attempts: str, now: dt.datetime, timing: Timing) -> list[TurnClaim]:
    name = token()
    values = {"now": now, "token": name, "lease": timing.turn_lease}
    if attempts != "fresh":
        values["most_attempts"] = len(timing.turn_backoff)
    rows = await session.execute(_claim(attempts, _is_head), values)
    return [TurnClaim(school, conversation, inbox, name, count) for school, conversation, inbox, count in rows]


async def claim_turns(session: AsyncSession, *, now: dt.datetime, timing: Timing, fresh: bool) -> list[TurnClaim]:
    """Claim heads: many that were never tried, or one that was (a message that kills its process must die alone)."""
    return await _claimed(session, "fresh" if fresh else "tried", now, timing)


async def claim_exhausted(session: AsyncSession, *, now: dt.datetime, timing: Timing) -> list[TurnClaim]:
    """Heads that had all their attempts, whether they raised or killed their process: to be handed to a person."""
    return await _claimed(session, "exhausted", now, timing)


_LEASED_HEAD = (
    select(Inbox)
    .where(Inbox.state == InboxState.OPEN, Inbox.lease_until > database_time(), _is_head())
    .execution_options(populate_existing=True)
)
_STILL_OURS = _LEASED_HEAD.where(Inbox.id == bindparam("id"), Inbox.lease_token == bindparam("token")).with_for_update()
_THOSE_STILL_OURS = _LEASED_HEAD.where(
    Inbox.id.in_(bindparam("ids", expanding=True)), Inbox.lease_token.in_(bindparam("tokens", expanding=True))
).with_for_update(skip_locked=True)


async def still_ours(session: AsyncSession, claim: TurnClaim) -> Inbox | None:
    """The claimed row, if the lease is still ours, has not run out, and it is still the lowest open one."""
    found = await session.execute(_STILL_OURS, {"id": claim.inbox_id, "token": claim.token})
    return found.scalar_one_or_none()


async def those_still_ours(session: AsyncSession, claims: Sequence[TurnClaim]) -> dict[int, Inbox]:
    """The same for several, by id; without those that somebody else has in hand."""
    ours = {claim.inbox_id: claim.token for claim in claims}
    found = await session.scalars(_THOSE_STILL_OURS, {"ids": list(ours), "tokens": list(set(ours.values()))})
    return {row.id: row for row in found if row.lease_token == ours[row.id]}


async def let_go(session: AsyncSession, claim: TurnClaim, *, not_before: dt.datetime | None, counted: bool) -> None:
    """Give a claim back: after an error (`counted`), or because the conversation changed under it (not counted)."""
    values: dict[str, object] = {"lease_token": None, "lease_until": None}
    if not_before is not None:
        values["not_before"] = not_before
    if not counted:
        values["attempts"] = Inbox.attempts - 1
    await session.execute(
        update(Inbox)
        .where(Inbox.id == claim.inbox_id, Inbox.lease_token == claim.token, Inbox.state == InboxState.OPEN)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


async def wait_for_breath(session: AsyncSession, claim: TurnClaim, until: dt.datetime) -> None:
    """She may go on: look again then, or as soon as something follows (ingress clears it)."""
    await session.execute(
        update(Inbox)
        .where(Inbox.id == claim.inbox_id, Inbox.lease_token == claim.token, Inbox.state == InboxState.OPEN)
        .values(lease_token=None, lease_until=None, attempts=Inbox.attempts - 1, breath_until=until)
        .execution_options(synchronize_session=False)
    )
