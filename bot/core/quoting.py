"""What she quotes: the message of her own conversation behind the provider's number, its menu and its case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.turn.choices import is_ours
from bot.turn.types import Heard, HumanCase, Quoted
from db.queries.school import SchoolView
from db.tables import Case, Conversation, Inbox, Outbox
from db.types import Author

_OURS = (
    select(Outbox.response, Outbox.author, Outbox.payload, Outbox.case_id, Outbox.created_at.label("at"))
    .where(Outbox.conversation_id == bindparam("conversation"), Outbox.provider_sid == bindparam("number"))
    .order_by(Outbox.seq.desc())
    .limit(1)
)
_HERS = (
    select(Inbox.case_id, Inbox.received_at.label("at"))
    .where(Inbox.conversation_id == bindparam("conversation"), Inbox.provider_id == bindparam("number"))
    .limit(1)
)


async def quoted(session: AsyncSession, conversation: Conversation, view: SchoolView, heard: Heard) -> Quoted | None:
    """The quoted message, if it is of this conversation. A tap of ours quotes what it names anyway."""
    if not heard.quoted or (heard.button and is_ours(heard.button)):
        return None
    where = {"conversation": conversation.id, "number": heard.quoted}
    if (ours := (await session.execute(_OURS, where)).one_or_none()) is not None:
        said = ours.response if ours.author is Author.BOT else ""
        return Quoted(said, _menu(ours.payload), await _case(session, conversation, view, ours))
    if (hers := (await session.execute(_HERS, where)).one_or_none()) is not None:
        return Quoted(case=await _case(session, conversation, view, hers))
    return None


def _menu(payload: Mapping[str, Any]) -> int | None:
    """The number of the menu that its choices carry; none, or 0, where it shows no menu of a turn."""
    first = next(iter(payload.get("choices", ())), ("",))[0]
    return int(first.partition(".")[0]) or None if is_ours(first) else None


async def _case(
    session: AsyncSession, conversation: Conversation, view: SchoolView, row: Row[*tuple[Any, ...]]
) -> HumanCase | None:
    """Its case, closed or not. What was said before the address changed hands is out of reach (decision 6)."""
    since = conversation.introduced_at
    case = await session.get(Case, row.case_id) if row.case_id is not None else None
    if case is None or case.conversation_id != conversation.id or since is None or max(row.at, case.opened_at) < since:
        return None
    person = view.staff.get(case.assignee_id or 0)
    return HumanCase(
        case.id, case.topic, person.name if person else view.name, guardian_id=case.guardian_id, quoted=True
    )
