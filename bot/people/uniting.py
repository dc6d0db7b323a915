"""Two guardians of the files who are one person: all that names the one names the other from now on. It cannot be undone.

The row of the one who goes stays, with number and name: by them an import finds the one who is kept (bot/people/importing).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from bot.core.conversations import lock_all
from bot.errors import Refusal
from bot.people.consent import look_again
from bot.staff.marks import N_
from bot.turn.memory import renamed
from bot.turn.types import Memory
from db.engine import ring
from db.queries.staff import Me
from db.tables import (
    Address,
    BindCode,
    Binding,
    Broadcast,
    BroadcastRecipient,
    Call,
    Case,
    Conversation,
    Guardian,
    Guardianship,
    School,
)
from db.types import BroadcastState, Rights

_STRICT = list(Rights)
GONE = N_("This guardian was found to be another one. Open the page of the class and choose again.")
# A column each, but for what needs more thought: guardianships, bindings, what broadcasts were.
_NAMED: tuple[InstrumentedAttribute[Any], ...] = (
    Case.guardian_id,
    BindCode.guardian_id,
    Call.guardian_id,
    Address.known_guardian_id,
    Guardian.merged_into_id,
)
MOVED = frozenset(
    {(column.class_.__tablename__, column.key) for column in _NAMED}
    | {("guardianship", "guardian_id"), ("binding", "guardian_id"), ("broadcast_recipient", "guardian_id")}
)
"""Every column that names a guardian, by table: a test compares it with the tables."""


async def standing(session: AsyncSession, school_id: int, guardian_id: int) -> None:
    """Refuse what is meant for a guardian who has become another one meanwhile; until the end of this transaction none does."""
    into = await session.execute(
        select(Guardian.merged_into_id)
        .where(Guardian.school_id == school_id, Guardian.id == guardian_id)
        .with_for_update(read=True)
    )
    found = into.one_or_none()
    if found is None or found[0] is not None:
        raise Refusal(GONE)


async def unite(session: AsyncSession, me: Me, kept_id: int, gone_id: int, *, now: dt.datetime) -> None:
    """Guardian `gone_id` is `kept_id`. Where both have the same child, the narrower right remains."""
    if not me.administrator:
        raise Refusal(N_("Only an administrator can do this."))
    if kept_id == gone_id:
        raise Refusal(N_("These are not two guardians."))
    # As everywhere: conversations first, in order; then people.
    conversations = await lock_all(session, await _conversations(session, me.school_id, kept_id, gone_id))
    people = {row.id: row for row in await session.scalars(_both(me.school_id, kept_id, gone_id))}
    if len(people) < 2:  # noqa: PLR2004 - two of them
        raise Refusal(N_("These are not two guardians of this school. Look again."))
    kept, gone = people[kept_id], people[gone_id]
    if kept.merged_into_id is not None or gone.merged_into_id is not None:
        raise Refusal(GONE)
    await _nobody_writes_to_all(session, me.school_id, now)
    await _children(session, kept, gone)
    await _bindings(session, me, kept_id, gone_id, now)
    await _broadcasts(session, kept_id, gone_id)
    for column in _NAMED:
        await session.execute(
            update(column.class_)
            .where(column.class_.school_id == me.school_id, column == gone_id)
            .values({column: kept_id})
            .execution_options(synchronize_session=False)
        )
    kept.language = kept.language or gone.language
    gone.merged_into_id, gone.merged_at, gone.merged_by_id = kept_id, now, me.staff_id
    for conversation in conversations.values():
        conversation.memory = dict(renamed(Memory(conversation.memory), gone_id, kept_id).data)
        conversation.version += 1  # a turn that is being thought is thought again
    await session.flush()
    await look_again(session, me.school_id, [kept_id])
    (await session.get_one(School, me.school_id)).version += 1
    ring(session, "case")


def _both(school_id: int, kept_id: int, gone_id: int) -> Any:
    return (
        select(Guardian)
        .where(Guardian.school_id == school_id, Guardian.id.in_((kept_id, gone_id)))
        .order_by(Guardian.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def _conversations(session: AsyncSession, school_id: int, kept_id: int, gone_id: int) -> list[int]:
    """Wherever one of them writes, or a case of theirs is."""
    both = (kept_id, gone_id)
    bound = exists().where(Binding.address_id == Conversation.address_id, Binding.guardian_id.in_(both))
    known = exists().where(Address.id == Conversation.address_id, Address.known_guardian_id.in_(both))
    case = exists().where(Case.conversation_id == Conversation.id, Case.guardian_id.in_(both))
    found = await session.scalars(
        select(Conversation.id).where(Conversation.school_id == school_id, or_(bound, known, case))
    )
    return list(found.all())


async def _nobody_writes_to_all(session: AsyncSession, school_id: int, now: dt.datetime) -> None:
    """A message to the school goes from guardian to guardian: while it does, two that become one would get it twice."""
    at_it = await session.scalar(
        select(Broadcast.id)
        .where(Broadcast.school_id == school_id, Broadcast.state == BroadcastState.RELEASED, Broadcast.until > now)
        .limit(1)
    )
    if at_it is not None:
        raise Refusal(N_("A message to all parents is just going out. Try again in a few minutes."))


async def _children(session: AsyncSession, kept: Guardian, gone: Guardian) -> None:
    """Hers are joined. Of a child that both have: the narrower right, and the pupil's consent only where both have it."""
    rows = await session.scalars(
        select(Guardianship)
        .where(Guardianship.school_id == kept.school_id, Guardianship.guardian_id.in_((kept.id, gone.id)))
        .order_by(Guardianship.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    pairs = list(rows)
    hers = {pair.pupil_id: pair for pair in pairs if pair.guardian_id == kept.id}
    for pair in pairs:
        if pair.guardian_id != gone.id:
            continue
        own = hers.get(pair.pupil_id)
        if own is None:
            pair.guardian_id = kept.id
            continue
        own.rights = max(own.rights, pair.rights, key=_STRICT.index)
        own.relation = own.relation or pair.relation
        own.introduced_at = own.introduced_at or pair.introduced_at
        if own.consent_at is None or pair.consent_at is None:
            own.consent_at = own.consent_by_id = None
        await session.delete(pair)
    await session.flush()


async def _bindings(session: AsyncSession, me: Me, kept_id: int, gone_id: int, now: dt.datetime) -> None:
    """What was proven is proven; a phone that both had is hers once."""
    other = aliased(Binding)
    twice = exists().where(
        other.address_id == Binding.address_id, other.guardian_id == kept_id, other.ended_at.is_(None)
    )
    both: tuple[ColumnElement[bool], ...] = (Binding.school_id == me.school_id, Binding.guardian_id == gone_id)
    await session.execute(
        update(Binding)
        .where(*both, Binding.ended_at.is_(None), twice)
        .values(ended_at=now, ended_by_id=me.staff_id)
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        update(Binding).where(*both).values(guardian_id=kept_id).execution_options(synchronize_session=False)
    )


async def _broadcasts(session: AsyncSession, kept_id: int, gone_id: int) -> None:
    """What she was told. Where both got the same: hers stays, and the other counts as hers too (bot/staff/frequency.py).

    A message stays before a reason why there was none.
    """
    told = aliased(BroadcastRecipient)
    got = exists().where(
        told.broadcast_id == BroadcastRecipient.broadcast_id, told.guardian_id == gone_id, told.outbox_id.is_not(None)
    )
    await session.execute(
        delete(BroadcastRecipient)
        .where(BroadcastRecipient.guardian_id == kept_id, BroadcastRecipient.outbox_id.is_(None), got)
        .execution_options(synchronize_session=False)
    )
    same = exists().where(told.broadcast_id == BroadcastRecipient.broadcast_id, told.guardian_id == kept_id)
    await session.execute(
        update(BroadcastRecipient)
        .where(BroadcastRecipient.guardian_id == gone_id, ~same)
        .values(guardian_id=kept_id)
        .execution_options(synchronize_session=False)
    )
