"""A person at school said who writes: the mentor is introduced, as behind the code of a letter.

Here it is the school that begins (law 12): of children to whom everybody on that phone has full rights, never after STOP, in
school hours, behind the knock where the window is closed, counted among the three of a week, and once for guardian and child.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.conversations import add_outbox, window_closed
from bot.core.known import as_child
from bot.core.mind import Mind
from bot.people.binding import bind_by_staff
from bot.people.hours import quiet_until
from bot.people.introduced import mark_introduced, not_introduced
from bot.staff.frequency import INTRODUCTION, MOST, WEEK, this_week
from bot.staff.knocking import add_knock, knocked
from bot.staff.knocks import knock_for
from bot.staff.replies import school_of
from bot.turn.bound import INTRODUCED, introduction
from bot.turn.types import Child, Say
from db.engine import ring
from db.queries.door import children_of_each, guardian, guardians_of_addresses
from db.queries.school import SchoolView
from db.queries.staff import Me
from db.tables import Address, Case, Conversation, ProviderAccount
from db.types import Lane, Rights, WaitReason
from locales.languages import SOURCE


@dataclass(frozen=True, slots=True)
class Whose:
    """Whom somebody recognised. `end_older`: nobody else writes from this address any more."""

    guardian_id: int
    pupil_id: int
    end_older: bool


async def bind_and_introduce(
    session: AsyncSession, me: Me, case_id: int, whose: Whose, *, mind: Mind, view: SchoolView, now: dt.datetime
) -> None:
    """`bind_by_staff`, and what she reads then."""
    guardian_id = whose.guardian_id
    await bind_by_staff(
        session, me, case_id, guardian_id=guardian_id, pupil_id=whose.pupil_id, end_older=whose.end_older, now=now
    )
    case = await session.get_one(Case, case_id)
    conversation = await session.get_one(Conversation, case.conversation_id)  # locked by now
    address = await session.get_one(Address, conversation.address_id)
    await session.flush()
    children = await _children(session, conversation, guardian_id, view, me.today(now))
    stopped = conversation.opted_out_at is not None or conversation.blocked_at is not None
    if not children or stopped or address.dead_reason:
        return
    opens = quiet_until(view, now)
    if (await this_week(session, [guardian_id], (opens or now) - WEEK)).get(guardian_id, 0) >= MOST:
        return
    language = conversation.language or (await guardian(session, view.school_id, guardian_id)).language or SOURCE
    words = [
        mind.words(Say(response, values), language=language, channel=address.channel, school=school_of(view), menu=0)
        for response, values in introduction(children)
    ]
    account = await session.get_one(ProviderAccount, conversation.account_id)
    closed = window_closed(conversation, address.channel, account.provider, now)
    row = add_outbox(
        session,
        conversation,
        key=f"introduction:{case_id}:{guardian_id}",
        text="\n\n".join(text for each in words for text in each.texts),
        now=now,
        lane=Lane.PROACTIVE,
        wait=WaitReason.WINDOW if closed else WaitReason.QUIET_HOURS if opens else None,
        not_before=opens,
        response=INTRODUCTION,
        language=words[0].language,
        case_id=case_id,
        repeatable=False,
    )
    await session.flush()
    knocking = knock_for(mind, view, language) if closed else None
    if knocking is not None and not await knocked(session, [conversation.id]):
        add_knock(session, conversation, row, knocking, now, lane=Lane.PROACTIVE, opens=opens)
    await mark_introduced(session, me.school_id, guardian_id, [child.pupil_id for child in children], now)
    ring(session, "outbox")


async def _children(
    session: AsyncSession, conversation: Conversation, guardian_id: int, view: SchoolView, today: dt.date
) -> list[Child]:
    """Of whose mentor may be told there; nobody is told of more than a few, as behind a code."""
    school_id, address_id = conversation.school_id, conversation.address_id
    bound = (await guardians_of_addresses(session, {address_id: school_id})).get(address_id, ())
    there = [each for each in bound if not each.doubted]
    theirs = await children_of_each(session, {each.guardian_id: (school_id, today) for each in there})
    full = [{c.pupil_id for c in children if c.rights is Rights.FULL} for children in theirs.values()]
    known = [as_child(view, child, today) for child in theirs.get(guardian_id, ())]
    known = [child for child in known if child.mentors]
    if len(known) > INTRODUCED:
        return []
    new = await not_introduced(session, school_id, guardian_id)
    return [child for child in known if child.pupil_id in new and all(child.pupil_id in each for each in full)]
