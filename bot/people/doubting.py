"""A binding in doubt: a phone that was silent for a year, came back from the dead, or whose number changed, may be another's now.

Until she proves it again (a letter's code, her child's name or birthday as in bot/people/proving.py, or a person at school) she is
a stranger there: no child is named, and what is meant for her alone waits. What she writes meanwhile goes its way as a stranger's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.conversations import forget_memory, live_bindings, requeue, start_afresh
from bot.turn.memory import Remembered, with_language
from bot.turn.types import Memory
from db.engine import ring
from db.tables import Binding, Case, Conversation, Outbox
from db.types import Author, CaseState, Lane, OutboxState, WaitReason

SILENT = dt.timedelta(days=365)
"""Prepaid numbers are given out again after months of silence; a school year passes without a word of many a parent."""


class Doubt(StrEnum):
    """Why a binding proves nothing for now."""

    SILENT = "silent"
    REVIVED = "revived"
    """Messages no longer arrived there, and then somebody wrote."""
    MOVED = "moved"
    """WhatsApp says that the account behind the number, or the number of the account, is another."""


def silent(last_inbound_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether nobody wrote for so long; who never wrote at all is not meant."""
    return last_inbound_at is not None and last_inbound_at <= now - SILENT


async def doubt(session: AsyncSession, conversation: Conversation, why: Doubt, *, now: dt.datetime) -> bool:
    """From now on who is bound on this (locked) conversation has to prove it again; whether anybody was. The language stays.

    A binding in doubt is the only one of its phone: which of several is still there no answer tells, so theirs end.
    """
    live = await live_bindings(session, conversation)
    if not live or any(row.doubted_at is not None for row in live) or (why is Doubt.SILENT and _newer(live, now)):
        return False
    language = Remembered.unpack(Memory(conversation.memory)).language
    if len(live) > 1:
        for row in live:
            row.ended_at = now
        await start_afresh(session, conversation)
    else:
        live[0].doubted_at, live[0].doubt = now, why.value
        await _keep_back(session, conversation)
    if language:
        conversation.memory = dict(with_language(Memory({}), language).data)
    conversation.version += 1
    await session.flush()
    ring(session, "case")
    return True


async def _keep_back(session: AsyncSession, conversation: Conversation) -> None:
    """Nothing is remembered of her, and what was to leave waits for the proof."""
    forget_memory(conversation)
    await session.execute(
        update(Outbox)
        .where(
            Outbox.conversation_id == conversation.id,
            Outbox.state.in_((OutboxState.WAITING, OutboxState.QUEUED)),
            Outbox.lane != Lane.URGENT,
        )
        .values(state=OutboxState.WAITING, wait_reason=WaitReason.PROOF)
        .execution_options(synchronize_session=False)
    )


async def doubted(session: AsyncSession, conversation: Conversation, now: dt.datetime) -> bool:
    """Whether what is meant for a guardian alone must wait there; a silence of so long is noticed here, before she writes.

    Of a silent phone that several share it waits too: when somebody writes there it is held for a person.
    """
    live = await live_bindings(session, conversation)
    if live and silent(conversation.last_inbound_at, now) and not _newer(live, now):
        if len(live) == 1:
            await doubt(session, conversation, Doubt.SILENT, now=now)
        return True
    return any(row.doubted_at is not None for row in live)


def _newer(live: Sequence[Binding], now: dt.datetime) -> bool:
    return any(row.bound_at > now - SILENT for row in live)


async def proven_again(
    session: AsyncSession, conversation: Conversation, guardian_id: int, *, now: dt.datetime
) -> bool:
    """Whether she was doubted on this (locked) conversation; she is not any more, and what waited for her leaves, in order.

    What waited for somebody who is not bound there any more is held for a person.
    """
    found = await session.execute(
        update(Binding)
        .where(
            Binding.school_id == conversation.school_id,
            Binding.address_id == conversation.address_id,
            Binding.guardian_id == guardian_id,
            Binding.ended_at.is_(None),
            Binding.doubted_at.is_not(None),
        )
        .values(doubted_at=None, doubt="")
        .returning(Binding.id)
        .execution_options(synchronize_session=False)
    )
    if found.first() is None:
        return False
    rows = await session.scalars(
        select(Outbox)
        .outerjoin(Case, Case.id == Outbox.case_id)
        .where(
            Outbox.conversation_id == conversation.id,
            Outbox.state == OutboxState.WAITING,
            Outbox.wait_reason == WaitReason.PROOF,
            or_(Case.guardian_id.is_(None), Case.guardian_id == guardian_id),
        )
        .order_by(Outbox.seq)
        .execution_options(populate_existing=True)
    )
    for row in rows.all():
        requeue(conversation, row, now)
        if row.author is Author.STAFF and row.case_id is not None:  # now it is answered
            case = await session.get_one(Case, row.case_id)
            if case.state is CaseState.OPEN:
                case.state, case.waiting_since, case.snoozed_until = CaseState.WAITING, None, None
    await session.flush()
    await session.execute(
        update(Outbox)
        .where(
            Outbox.conversation_id == conversation.id,
            Outbox.state == OutboxState.WAITING,
            Outbox.wait_reason == WaitReason.PROOF,
        )
        .values(state=OutboxState.HELD, wait_reason=None)
        .execution_options(synchronize_session=False)
    )
    ring(session, "outbox", "case")
    return True
