"""Knocking: the template that opens a closed WhatsApp window goes out once, however much waits behind it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.conversations import add_outbox
from db.tables import Conversation, Outbox
from db.types import Lane, OutboxState, WaitReason

KNOCK = "utter_staff_knock"
"""What opens a closed WhatsApp window; without a template for it, a late reply waits until she writes."""
PREFIX = "knock:"
"""Of its key; behind it the number of the first message that waits."""


@dataclass(frozen=True, slots=True)
class Knock:
    """The template that asks her to write, what goes into its blanks, and its words, for the thread."""

    template: str
    values: Mapping[str, str]
    text: str
    language: str


async def knocked(session: AsyncSession, conversations: Collection[int]) -> set[int]:
    """Those of them that were knocked at since her last word. A knock that was refused does not count."""
    found = await session.scalars(
        select(Outbox.conversation_id)
        .join(Conversation, Conversation.id == Outbox.conversation_id)
        .where(
            Outbox.conversation_id.in_(conversations),
            Outbox.key.startswith(PREFIX),
            or_(Conversation.last_inbound_at.is_(None), Outbox.created_at >= Conversation.last_inbound_at),
            Outbox.state.not_in((OutboxState.DEAD, OutboxState.CANCELLED)),
        )
    )
    return set(found)


def add_knock(
    session: AsyncSession,
    conversation: Conversation,
    row: Outbox,
    knocking: Knock,
    now: dt.datetime,
    *,
    lane: Lane = Lane.REPLY,
    opens: dt.datetime | None = None,
) -> None:
    """Knock for a (flushed) message that waits; `opens`: not before the school does."""
    add_outbox(
        session,
        conversation,
        key=f"{PREFIX}{row.id}",
        text=knocking.text,
        now=now,
        lane=lane,
        payload={"template": knocking.template, "values": dict(knocking.values)},
        wait=WaitReason.QUIET_HOURS if opens else None,
        not_before=opens,
        response=KNOCK,
        language=knocking.language,
        case_id=row.case_id,
        repeatable=False,
    )
