"""A month before a pupil turns 18 parents and mentor hear what changes: from that day the parents are told nothing, unless.

Looked at while the school is open, and done once: the case that the mentor gets is the mark of it. A parent is told where
she is bound, has full rights and said STOP on none of her addresses; with limited rights a school tells on request only (art.
1:377c BW). It counts among the few messages of a week that the school begins (law 12).
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Select, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import Clock
from bot.core.conversations import add_outbox, lock_all, window_closed
from bot.core.known import Scenes
from bot.core.mind import Mind, Minds
from bot.people.doubting import silent
from bot.people.hours import quiet_until
from bot.people.routing import choose
from bot.staff.frequency import OF_AGE, stopped
from bot.staff.knocking import add_knock, knocked
from bot.staff.knocks import knock_for
from bot.staff.replies import school_of
from bot.turn.topics import TOPICS
from bot.turn.types import CaseReason, Say
from db.engine import Database, ring
from db.queries.door import MONTH, ChildFacts, OfAge, children_of, coming_of_age
from db.queries.school import SchoolView
from db.tables import Address, Binding, Case, CaseEvent, Conversation, ProviderAccount, School
from db.types import Lane, Role, WaitReason
from locales.languages import SOURCE

log = logging.getLogger(__name__)
TOPIC = "coming_of_age"
SAID = "utter_coming_of_age"
EVERY = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Phone:
    """A conversation with one of the parents."""

    conversation_id: int
    guardian_id: int
    told: bool
    """Whether the line may say it there."""


class ComingOfAge:
    """A part of the worker. Several may run side by side: the conversations' locks leave each pupil to one of them."""

    name = "coming of age"

    def __init__(self, database: Database, minds: Minds, scenes: Scenes, clock: Clock) -> None:
        """Nothing is started here."""
        self._db, self._minds, self._scenes, self._clock = database, minds, scenes, clock
        self._next: dt.datetime | None = None

    async def once(self) -> int:
        """Tell of those who turn 18 within a month; returns of how many pupils."""
        now = self._clock.now()
        if self._next is not None and self._next - EVERY <= now < self._next:
            return 0
        self._next = now + EVERY
        async with self._db.read() as session:
            schools = (await session.scalars(select(School.id).order_by(School.id))).all()
        return sum([await self._school(school_id, now) for school_id in schools])

    async def _school(self, school_id: int, now: dt.datetime) -> int:
        async with self._db.read() as session:
            view = await self._scenes.view(session, school_id)
            if quiet_until(view, now) is not None:
                return 0
            today = _today(view, now)
            found = await coming_of_age(session, school_id, today, within=MONTH)
            done = set(await session.scalars(_told(school_id, [each.pupil_id for each in found])))
        mind, told = await self._minds.of(school_id), 0
        for each in found:
            if each.pupil_id in done:
                continue
            try:
                told += await self._db.write(lambda s, e=each: tell(s, e, mind, view, now))  # type: ignore[misc]
            except Exception as error:  # noqa: BLE001
                # One that cannot be told must not keep the others back; in an hour it is tried again.
                log.error("pupil %d comes of age, and telling of it met %s", each.pupil_id, type(error).__name__)
        return told


async def tell(session: AsyncSession, pupil: OfAge, mind: Mind, view: SchoolView, now: dt.datetime) -> bool:
    """One case for the mentor, and a message on each phone where it may be said; False where nobody ever wrote."""
    phones = await _phones(session, view.school_id, pupil, now)
    conversations = await lock_all(session, [phone.conversation_id for phone in phones])
    if not phones or await session.scalar(_told(view.school_id, [pupil.pupil_id])) is not None:
        return False  # behind the locks: another worker was quicker
    children = await children_of(session, view.school_id, phones[0].guardian_id, _today(view, now))
    child = next((child for child in children if child.pupil_id == pupil.pupil_id), None)
    if child is None:
        return False
    case = await _open(session, phones[0], child, pupil, view, now)
    for phone in phones:
        if phone.told:
            its_own = case.id if phone is phones[0] else None
            conversation = conversations[phone.conversation_id]
            language = conversation.language or pupil.languages.get(phone.guardian_id) or SOURCE
            say = Say(SAID, {"child_name": child.given_name, "date": pupil.on})
            key = f"{OF_AGE}{child.pupil_id}:{phone.guardian_id}"
            await _say(session, conversation, say, mind, view, now, key=key, language=language, case_id=its_own)
    ring(session, "outbox", "case")
    return True


def _today(view: SchoolView, now: dt.datetime) -> dt.date:
    return now.astimezone(ZoneInfo(view.timezone)).date()


def _told(school_id: int, pupils: Sequence[int]) -> Select[int | None]:
    return select(Case.pupil_id).where(
        Case.school_id == school_id, Case.pupil_id.in_(pupils), Case.reason == CaseReason.OF_AGE.value
    )


async def _phones(session: AsyncSession, school_id: int, pupil: OfAge, now: dt.datetime) -> list[_Phone]:
    """Where the parents whose rights will end are bound: those first that may be told there."""
    said_stop = set(await session.scalars(stopped().where(Binding.guardian_id.in_(list(pupil.languages)))))
    doubted = exists().where(
        Binding.address_id == Conversation.address_id, Binding.ended_at.is_(None), Binding.doubted_at.is_not(None)
    )
    rows = await session.execute(
        select(
            Conversation.id,
            Conversation.address_id,
            Conversation.blocked_at,
            Conversation.last_inbound_at,
            doubted.label("doubted"),
        )
        .join(Address, Address.id == Conversation.address_id)
        .where(
            Conversation.school_id == school_id,
            Conversation.address_id.in_(pupil.bound),
            Address.dead_reason == "",
            exists().where(ProviderAccount.id == Conversation.account_id),
        )
        .order_by(Conversation.id)
    )
    phones = [
        _Phone(
            row.id,
            guardian_id,
            told=row.blocked_at is None
            and guardian_id not in said_stop
            and not (row.doubted or silent(row.last_inbound_at, now))
            and pupil.bound[row.address_id] <= pupil.full,
        )
        for row in rows
        for guardian_id in pupil.bound[row.address_id] & pupil.languages.keys()
    ]
    # The best of each guardian; and of those who share it the first who may be told.
    one_each = {each.guardian_id: each for each in sorted(phones, key=lambda each: (each.told, each.conversation_id))}
    for_one = sorted(one_each.values(), key=lambda each: (each.told, -each.guardian_id))
    merged = {each.conversation_id: each for each in for_one}
    return sorted(merged.values(), key=lambda each: (not each.told, each.conversation_id))


async def _open(
    session: AsyncSession, phone: _Phone, child: ChildFacts, pupil: OfAge, view: SchoolView, now: dt.datetime
) -> Case:
    role = Role.MENTOR if child.mentor_ids else TOPICS[TOPIC].without_child
    chosen = choose(view, role, child.mentor_ids, _today(view, now))
    case = Case(
        school_id=view.school_id,
        conversation_id=phone.conversation_id,
        topic=TOPIC,
        sensitivity=TOPICS[TOPIC].sensitivity,
        guardian_id=phone.guardian_id,
        pupil_id=child.pupil_id,
        role=role,
        assignee_id=chosen.person.staff_id if chosen.person else None,
        why={"why": CaseReason.OF_AGE.value, "role": role.value},
        summary={"of_age_on": pupil.on.isoformat()},
        reason=CaseReason.OF_AGE.value,
        opened_at=now,
        waiting_since=now,
    )
    session.add(case)
    await session.flush()
    session.add(CaseEvent(school_id=case.school_id, case_id=case.id, kind="opened", to_id=case.assignee_id, at=now))
    return case


async def _say(
    session: AsyncSession,
    conversation: Conversation,
    say: Say,
    mind: Mind,
    view: SchoolView,
    now: dt.datetime,
    *,
    key: str,
    language: str,
    case_id: int | None,
) -> None:
    address = await session.get_one(Address, conversation.address_id)
    account = await session.get_one(ProviderAccount, conversation.account_id)
    words = mind.words(say, language=language, channel=address.channel, school=school_of(view), menu=0)
    closed = window_closed(conversation, address.channel, account.provider, now)
    row = add_outbox(
        session,
        conversation,
        key=key,
        text="\n\n".join(words.texts),
        now=now,
        lane=Lane.PROACTIVE,
        wait=WaitReason.WINDOW if closed else None,
        response=SAID,
        language=words.language,
        case_id=case_id,
        repeatable=False,
    )
    await session.flush()
    knocking = knock_for(mind, view, language) if closed else None
    if knocking is not None and not await knocked(session, [conversation.id]):
        add_knock(session, conversation, row, knocking, now, lane=Lane.PROACTIVE)
