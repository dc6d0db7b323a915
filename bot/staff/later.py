"""Her answer comes later: she hears it once for each day, kindly, in her language, with who has it now.

In school hours; into a closed WhatsApp window with a knock, like any answer. What she hears of it is forgotten once somebody
answers her. Where nothing reaches her it stands in the history that somebody has to call.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.conversations import add_outbox, window_closed
from bot.core.mind import Mind
from bot.people.doubting import doubted
from bot.people.hours import quiet_until
from bot.staff.giving import happened
from bot.staff.knocking import add_knock, knocked
from bot.staff.knocks import knock_for
from bot.staff.replies import school_of
from bot.staff.withdrawing import LATER, forget_later
from bot.turn.types import Say
from db.engine import ring
from db.queries.school import Colleague, SchoolView
from db.tables import Address, Case, Conversation, Guardian, Outbox, ProviderAccount
from db.types import WaitReason
from locales.languages import SOURCE

NAMED, UNNAMED = "utter_answer_later", "utter_answer_later_school"


async def tell_parent(
    session: AsyncSession,
    mind: Mind,
    view: SchoolView,
    case: Case,
    conversation: Conversation,
    person: Colleague | None,
    promised: dt.datetime,
    now: dt.datetime,
) -> None:
    """Tell her before when she hears now (both rows locked). Of a case that is not verified she learns no name."""
    case.told_at = max(promised, case.told_at or promised)
    await forget_later(session, case)
    address = await session.get_one(Address, conversation.address_id)
    if conversation.blocked_at is not None or address.dead_reason:
        happened(session, case, "not_told", now, to=case.assignee_id)
        return
    opens = quiet_until(view, now)
    account = await session.get_one(ProviderAccount, conversation.account_id)
    closed = window_closed(conversation, address.channel, account.provider, opens or now)
    language = await _language(session, case, conversation)
    named = case.verified and person is not None and not await doubted(session, conversation, now)
    values = {"promise": promised} | ({"person_name": person.name} if named and person else {})
    say = Say(NAMED if named else UNNAMED, values)
    said = mind.words(say, language=language, channel=address.channel, school=school_of(view), menu=0)
    wait = WaitReason.WINDOW if closed else WaitReason.QUIET_HOURS if opens else None
    rows = [
        add_outbox(
            session,
            conversation,
            key=f"{LATER}{case.id}:{int(promised.timestamp())}:{int(now.timestamp())}:{number}",
            text=text,
            now=now,
            wait=wait,
            not_before=opens,
            response=say.response,
            language=said.language,
            case_id=case.id,
        )
        for number, text in enumerate(said.texts)
    ]
    await session.flush()
    reached = not closed or await _knock(session, mind, view, conversation, rows[0], language, opens, now)
    happened(session, case, "told_later" if reached else "not_told", now, to=case.assignee_id)
    conversation.version += 1
    ring(session, "outbox", "case")


async def _knock(
    session: AsyncSession,
    mind: Mind,
    view: SchoolView,
    conversation: Conversation,
    row: Outbox,
    language: str,
    opens: dt.datetime | None,
    now: dt.datetime,
) -> bool:
    """One knock until she writes, however much waits."""
    if await knocked(session, [conversation.id]):
        return True
    knocking = knock_for(mind, view, language)
    if knocking is not None:
        add_knock(session, conversation, row, knocking, now, opens=opens)
    return knocking is not None


async def _language(session: AsyncSession, case: Case, conversation: Conversation) -> str:
    known = await session.scalar(select(Guardian.language).where(Guardian.id == case.guardian_id))
    return conversation.language or known or SOURCE
