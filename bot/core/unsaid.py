"""Nobody answered "who is writing?" on a shared phone: what waits for it goes to a person, as words that are not verified."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.cases import opened
from bot.core.conversations import add_outbox
from bot.core.known import Scenes
from bot.core.mind import Minds
from bot.core.school_facts import known_school
from bot.core.timers import Firing
from bot.people.availability import promise
from bot.people.routing import choose
from bot.turn.memory import Remembered
from bot.turn.topics import TOPICS
from bot.turn.types import CaseReason, Memory, Say
from db.queries.door import children_of_each, guardians_of_addresses
from db.queries.school import SchoolView
from db.tables import Address, Case, Conversation, Inbox
from db.types import Role
from locales.languages import SOURCE

TOPIC = "human"
SAID = "utter_handed_over_role"


class Unsaid:
    """The handler of the timer that `bot/turn/who.py` sets."""

    def __init__(self, minds: Minds, scenes: Scenes) -> None:
        """Nothing is started here."""
        self._minds, self._scenes = minds, scenes

    async def __call__(self, session: AsyncSession, firing: Firing) -> None:
        """The messages since the question, of which nobody else has made anything, become a case; she is told so."""
        conversation, now = firing.conversation, firing.now
        since = dt.datetime.fromisoformat(str(firing.timer.payload["since"]))
        rows = await session.scalars(
            select(Inbox.id).where(
                Inbox.conversation_id == conversation.id, Inbox.case_id.is_(None), Inbox.received_at >= since
            )
        )
        messages = rows.all()
        memory = Remembered.unpack(Memory(conversation.memory))
        conversation.memory = dict(memory.without_unsaid().pack().data)
        if not messages:
            return
        view = await self._scenes.view(session, conversation.school_id)
        case = await self._case(session, conversation, view, now)
        await session.execute(
            update(Inbox)
            .where(Inbox.id.in_(messages))
            .values(case_id=case.id)
            .execution_options(synchronize_session=False)
        )
        mind = await self._minds.of(conversation.school_id)
        address = await session.get_one(Address, conversation.address_id)
        language = conversation.language or SOURCE
        said = mind.words(
            Say(SAID, {"promise": case.promise_at}),
            language=language,
            channel=address.channel,
            school=known_school(view, (), now),
            menu=0,
        )
        for number, text in enumerate(said.texts):
            add_outbox(
                session,
                conversation,
                key=f"{firing.key}:{number}",
                text=text,
                now=now,
                response=SAID,
                language=said.language,
                case_id=case.id,
            )

    async def _case(
        self, session: AsyncSession, conversation: Conversation, view: SchoolView, now: dt.datetime
    ) -> Case:
        """With the mentor whom all who share the phone have, else with the office."""
        today = now.astimezone(ZoneInfo(view.timezone)).date()
        here = await guardians_of_addresses(session, {conversation.address_id: view.school_id})
        people = {each.guardian_id: (view.school_id, today) for each in here.get(conversation.address_id, ())}
        theirs = await children_of_each(session, people)
        mentors = [[i for child in children for i in child.mentor_ids] for children in theirs.values()]
        common = [i for i in (mentors[0] if mentors else ()) if all(i in each for each in mentors)]
        chosen = choose(view, Role.MENTOR if common else Role.ADMINISTRATION, list(dict.fromkeys(common)), today)
        promised = promise(view, chosen.person, now)
        case = Case(
            school_id=view.school_id,
            conversation_id=conversation.id,
            topic=TOPIC,
            sensitivity=TOPICS[TOPIC].sensitivity,
            role=chosen.role,
            assignee_id=chosen.person.staff_id if chosen.person else None,
            why={"why": CaseReason.SHARED_PHONE.value, "role": chosen.role.value},
            summary={},
            reason=CaseReason.SHARED_PHONE.value,
            verified=False,
            opened_at=now,
            waiting_since=now,
            promise_at=promised,
            told_at=promised,
        )
        await opened(session, case, now)
        return case
