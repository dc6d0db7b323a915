"""Few and kind (law 12): how many messages the school itself began for a guardian this week, by whichever of its ways."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Binding, Broadcast, BroadcastRecipient, Conversation, Guardian, Outbox
from db.types import Author, Lane, OutboxState

MOST, WEEK = 3, dt.timedelta(days=7)
"""So many messages that the school begins in so long, for one guardian over all children and addresses."""
OF_AGE = "of_age:"
"""Of the key of what is said before a pupil turns 18 (bot/staff/coming_of_age.py)."""
INTRODUCTION = "utter_mentor_role"
"""What introduces a mentor ends with it; unasked it is the school's word too (bot/staff/introducing.py)."""
_NEVER = (OutboxState.CANCELLED, OutboxState.DEAD)


def stopped() -> Select[int]:
    """Guardians who said STOP on any of their addresses: nothing that the school begins goes to another of them either."""
    return (
        select(Binding.guardian_id)
        .join(
            Conversation,
            and_(Conversation.school_id == Binding.school_id, Conversation.address_id == Binding.address_id),
        )
        .where(Binding.ended_at.is_(None), Conversation.opted_out_at.is_not(None))
    )


async def this_week(session: AsyncSession, guardians: Iterable[int], since: dt.datetime) -> Mapping[int, int]:
    """How many were for each; what never left does not count, nor what is urgent. Ask behind the conversations' locks."""
    wanted = sorted(guardians)
    counted: Counter[int] = Counter()
    # Who was found to be one of them: what both were told stands with each (bot/people/uniting.py).
    also = await session.execute(
        select(Guardian.id, Guardian.merged_into_id).where(Guardian.merged_into_id.in_(wanted))
    )
    same = {row.id: row.merged_into_id for row in also}
    broadcasts = await session.execute(
        select(BroadcastRecipient.guardian_id, func.count())
        .join(Outbox, Outbox.id == BroadcastRecipient.outbox_id)
        .join(Broadcast, Broadcast.id == BroadcastRecipient.broadcast_id)
        .where(
            BroadcastRecipient.guardian_id.in_([*wanted, *same]),
            Broadcast.urgent.is_(False),
            Outbox.state.not_in(_NEVER),
            Outbox.not_before > since,
        )
        .group_by(BroadcastRecipient.guardian_id)
    )
    # What a colleague began belongs to a case; not each word about coming of age does. It counts for everybody who reads there.
    words = await session.execute(
        select(Binding.guardian_id, func.count(Outbox.id.distinct()))
        .join(
            Conversation,
            and_(Conversation.school_id == Binding.school_id, Conversation.address_id == Binding.address_id),
        )
        .join(Outbox, Outbox.conversation_id == Conversation.id)
        .where(
            Binding.guardian_id.in_(wanted),
            Binding.ended_at.is_(None),
            Outbox.lane == Lane.PROACTIVE,
            or_(
                and_(Outbox.author == Author.STAFF, Outbox.case_id.is_not(None)),
                Outbox.key.startswith(OF_AGE, autoescape=True),
                Outbox.response == INTRODUCTION,
            ),
            Outbox.state.not_in(_NEVER),
            Outbox.not_before > since,
        )
        .group_by(Binding.guardian_id)
    )
    for guardian, number in (*broadcasts, *words):
        counted[same.get(guardian, guardian)] += number
    return counted
