"""SMS as the way round: what WhatsApp does not bring her goes to her number."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.conversations import add_outbox
from bot.people.reaching import open_ways, unopened, ways_of
from db.engine import Database
from db.tables import CaseEvent, Conversation, Outbox
from db.types import ChannelName, Lane, WaitReason

_WHATSAPP = f":{ChannelName.WHATSAPP}"


async def her_number(database: Database, school_id: int, guardian_id: int) -> int | None:
    """The conversation of her number for SMS, opened if nothing was ever said there."""
    for attempt in ("as it is", "opened"):
        async with database.read() as session:
            ways = (await ways_of(session, school_id, [guardian_id])).get(guardian_id, ())
        numbers = [way for way in ways if way.alive and way.channel is ChannelName.SMS and not way.doubted]
        new = unopened({guardian_id: numbers})
        if attempt == "opened" or not new:
            break
        await database.write(lambda s, new=new: open_ways(s, school_id, new))  # type: ignore[misc]
    return next((way.conversation_id for way in numbers if way.conversation_id is not None), None)


def key_by_sms(key: str) -> str:
    """The cause of the copy: one message goes by SMS once."""
    return f"{key.removesuffix(_WHATSAPP)}:{ChannelName.SMS}"


def copied(
    session: AsyncSession, row: Outbox, sms: Conversation, now: dt.datetime, *, opens: dt.datetime | None
) -> Outbox:
    """The same message for her number; what the school begins itself waits until it opens."""
    quiet = opens if row.lane is Lane.PROACTIVE else None  # an urgent one chose her number before
    return add_outbox(
        session,
        sms,
        key=key_by_sms(row.key),
        text=row.text,
        now=now,
        lane=row.lane,
        author=row.author,
        wait=WaitReason.QUIET_HOURS if quiet else None,
        not_before=quiet,
        response=row.response,
        language=row.language,
        staff_id=row.staff_id,
        staff_text=row.staff_text,
        case_id=row.case_id,
        repeatable=False,
    )


def told(session: AsyncSession, sms: Conversation, case_id: int, now: dt.datetime) -> None:
    """It stands in the case's history, and what she answers there belongs to the same case."""
    session.add(CaseEvent(school_id=sms.school_id, case_id=case_id, kind="by_sms", at=now))
    sms.human_at, sms.human_case_id = now, case_id
    sms.version += 1
