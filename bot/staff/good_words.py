"""A good word: what a mentor says to parents unasked, in a ready phrase, in her language. Her answer comes back to the mentor.

It is the school that begins (law 12): three a week at most, in school hours, never after STOP, and only to guardians with full
rights whom the line knows.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.conversations import add_outbox, lock_all
from bot.core.mind import Mind
from bot.errors import Refusal
from bot.people.doubting import silent
from bot.people.hours import quiet_until
from bot.staff.frequency import MOST, WEEK, this_week
from bot.staff.knocking import add_knock, knocked
from bot.staff.knocks import knock_for
from bot.staff.marks import N_
from bot.staff.phrases import PHRASES, Kind, Phrase
from bot.staff.replies import Letter, school_of, signed, translated
from bot.turn.types import CaseReason, Ours, Say
from db.engine import ring
from db.queries.reach import Bound, bound_of
from db.queries.school import SchoolView
from db.queries.staff import Me
from db.tables import Case, CaseEvent, Conversation, Outbox
from db.types import Author, CaseState, ChannelName, Lane, LeftOut, Provider, Rights, Role, Sensitivity, WaitReason
from locales.languages import SOURCE

"""The kind of a ready phrase that is a good word."""
HELLO = "utter_class_hello"
"""A mentor's first word to a parent who has just come."""
_CHILD = "child_name"
_TOPIC = "mentor_message"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,40}")
_HERS = dt.timedelta(hours=72)
"""So long her next message belongs to whoever had the last word to her."""


@dataclass(frozen=True, slots=True)
class Hearer:
    """A guardian of a pupil."""

    guardian_id: int
    pupil_id: int
    child: str
    class_name: str
    rights: Rights
    language: str | None


@dataclass(frozen=True, slots=True)
class Prospect:
    """Whether a good word would reach her, and how: by an address, or why by none."""

    hearer: Hearer
    way: Bound | None
    left_out: LeftOut | None = None
    language: str = SOURCE
    waits: bool = False
    """WhatsApp lets it through only after she has written."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of it: how many messages, and until when they wait for the school to open."""

    messages: int
    opens: dt.datetime | None


def good_words() -> tuple[Phrase, ...]:
    """The ready phrases that are good words and have no blank but the child's name."""
    return tuple(phrase for phrase in PHRASES.values() if phrase.kind is Kind.GOOD and set(phrase.blanks) <= {_CHILD})


def good_responses() -> frozenset[str]:
    """What the content calls all good words."""
    return frozenset(phrase.response for phrase in PHRASES.values() if phrase.kind is Kind.GOOD)


async def prospects(
    session: AsyncSession, school_id: int, hearers: Sequence[Hearer], *, now: dt.datetime
) -> tuple[Prospect, ...]:
    """Whom it would reach at this moment, in the order given; one message where two read the same phone."""
    ids = sorted({hearer.guardian_id for hearer in hearers})
    bound = await bound_of(session, school_id, ids)
    many = await this_week(session, ids, now - WEEK)
    found: list[Prospect] = []
    phones: set[int] = set()
    for hearer in hearers:
        each = _decide(hearer, bound.get(hearer.guardian_id, ()), many.get(hearer.guardian_id, 0), now)
        if each.way is not None and each.way.conversation_id in phones:
            each = Prospect(hearer, None, LeftOut.SAME_PHONE)
        if each.way is not None:
            phones.add(each.way.conversation_id)
        found.append(each)
    return tuple(found)


def _decide(hearer: Hearer, bound: Sequence[Bound], many: int, now: dt.datetime) -> Prospect:
    if hearer.rights is not Rights.FULL:
        return Prospect(hearer, None, LeftOut.RIGHTS)
    if any(each.stopped for each in bound):
        return Prospect(hearer, None, LeftOut.STOPPED)
    alive = [each for each in bound if each.alive]
    usable = [each for each in alive if not each.blocked]
    if not usable:
        return Prospect(hearer, None, LeftOut.BLOCKED if alive else LeftOut.NOWHERE)
    usable = [each for each in usable if not each.doubted and not silent(each.last_inbound_at, now)]
    if not usable:
        return Prospect(hearer, None, LeftOut.UNPROVEN)
    if many >= MOST:
        return Prospect(hearer, None, LeftOut.ENOUGH)
    way = max(
        usable,
        key=lambda each: (not _closed(each, now), each.last_inbound_at or dt.datetime.min.replace(tzinfo=dt.UTC)),
    )
    return Prospect(hearer, way, language=way.language or hearer.language or SOURCE, waits=_closed(way, now))


def _closed(way: Bound, now: dt.datetime) -> bool:
    closed = way.window_until is None or way.window_until <= now
    return closed and way.channel is ChannelName.WHATSAPP and way.provider is Provider.TWILIO


def letter(
    mind: Mind, view: SchoolView, response: str, child: str, *, language: str, channel: ChannelName, name: str
) -> Letter:
    """What she will read, signed, and the Dutch of it."""

    def words(what: str, values: Mapping[str, object], code: str) -> tuple[tuple[str, ...], str]:
        said = mind.words(Say(what, values), language=code, channel=channel, school=school_of(view), menu=0)
        return said.texts, said.language

    dutch = "\n".join(words(response, {_CHILD: child}, SOURCE)[0])
    hers, said_in = words(response, {_CHILD: child}, language)
    ready = translated(said_in, language)
    texts, _ = words(
        signed(in_her_language=ready), {"staff_name": name, "text": Ours("\n".join(hers)) if ready else dutch}, language
    )
    return Letter(texts, said_in, response, dutch, ready)


async def send(
    session: AsyncSession,
    me: Me,
    hearers: Sequence[Hearer],
    response: str,
    *,
    token: str,
    mind: Mind,
    view: SchoolView,
    now: dt.datetime,
) -> Sent:
    """Say it to all whom it reaches, once per form (`token`). Refuses where it reaches nobody."""
    if not _TOKEN.fullmatch(token):
        raise Refusal(N_("This form is too old. Open the page again."))
    opens = quiet_until(view, now)
    # All their conversations at once and in order, whichever is chosen: two senders never wait for each other.
    known = await bound_of(session, me.school_id, {hearer.guardian_id for hearer in hearers})
    conversations = await lock_all(session, {way.conversation_id for ways in known.values() for way in ways})
    # Behind the locks: whoever writes to one of them at the same time has it counted here.
    chosen = [
        each
        for each in await prospects(session, me.school_id, hearers, now=opens or now)
        if each.way is not None and each.way.conversation_id in conversations  # an address bound just now is not locked
    ]
    first = f"word:{me.staff_id}:{token}:"
    if (there := await _said_before(session, me.school_id, first)) is not None:
        return Sent(there, opens)
    if not chosen:
        raise Refusal(N_("This reaches nobody at this moment. The page says why."))
    desk = _Desk(me, response, first, mind, view, opens, now)
    for each in chosen:
        if each.way is not None:
            await _say(session, desk, each, each.way, conversations[each.way.conversation_id])
    ring(session, "outbox", "case")
    return Sent(len(chosen), opens)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Who says what, and when the school opens."""

    me: Me
    response: str
    first: str
    mind: Mind
    view: SchoolView
    opens: dt.datetime | None
    now: dt.datetime


async def _say(session: AsyncSession, desk: _Desk, each: Prospect, way: Bound, conversation: Conversation) -> None:
    me, now, opens, hearer = desk.me, desk.now, desk.opens, each.hearer
    said = letter(
        desk.mind,
        desk.view,
        desk.response,
        hearer.child,
        language=each.language,
        channel=way.channel,
        name=me.name,
    )
    case = await _case(session, me, hearer, conversation, now)
    rows = [
        add_outbox(
            session,
            conversation,
            key=f"{desk.first}{hearer.guardian_id}:{number}",
            text=text,
            now=now,
            lane=Lane.PROACTIVE,
            author=Author.STAFF,
            wait=WaitReason.WINDOW if each.waits else WaitReason.QUIET_HOURS if opens else None,
            not_before=opens,
            response=desk.response,
            language=said.language,
            staff_id=me.staff_id,
            staff_text=said.dutch if number == 0 else "",
            case_id=case.id,
            repeatable=False,
        )
        for number, text in enumerate(said.texts)
    ]
    await session.flush()
    if each.waits and not await knocked(session, [conversation.id]):
        knocking = knock_for(desk.mind, desk.view, each.language)
        if knocking is not None:
            add_knock(session, conversation, rows[0], knocking, now, lane=Lane.PROACTIVE, opens=opens)
    if not await _colleagues(session, me, conversation, now):
        conversation.human_at, conversation.human_case_id = now, case.id
    conversation.version += 1
    session.add(CaseEvent(school_id=me.school_id, case_id=case.id, kind="replied", staff_id=me.staff_id, at=now))


async def _case(session: AsyncSession, me: Me, hearer: Hearer, conversation: Conversation, now: dt.datetime) -> Case:
    """The one that is open with this mentor about this pupil, or a new one, which waits for her."""
    case = await session.scalar(
        select(Case)
        .where(
            Case.school_id == me.school_id,
            Case.conversation_id == conversation.id,
            Case.topic == _TOPIC,
            Case.pupil_id == hearer.pupil_id,
            Case.guardian_id == hearer.guardian_id,
            Case.assignee_id == me.staff_id,
            Case.state != CaseState.CLOSED,
        )
        .order_by(Case.id.desc())
        .limit(1)
        .with_for_update()
    )
    if case is not None:
        return case
    case = Case(
        school_id=me.school_id,
        conversation_id=conversation.id,
        topic=_TOPIC,
        sensitivity=Sensitivity.PERSONAL,
        guardian_id=hearer.guardian_id,
        pupil_id=hearer.pupil_id,
        role=Role.MENTOR,
        assignee_id=me.staff_id,
        why={"why": "good_word", "role": Role.MENTOR.value, "class": hearer.class_name},
        reason=CaseReason.ASKED.value,
        state=CaseState.WAITING,
        opened_at=now,
    )
    session.add(case)
    await session.flush()
    session.add(CaseEvent(school_id=me.school_id, case_id=case.id, kind="opened", to_id=me.staff_id, at=now))
    return case


async def _colleagues(session: AsyncSession, me: Me, conversation: Conversation, now: dt.datetime) -> bool:
    """Whether her next message is awaited by a colleague, who asked her something just now."""
    if conversation.human_at is None or conversation.human_at <= now - _HERS or conversation.human_case_id is None:
        return False
    other = await session.get(Case, conversation.human_case_id)
    return other is not None and other.state is not CaseState.CLOSED and other.assignee_id not in (None, me.staff_id)


async def _said_before(session: AsyncSession, school_id: int, first: str) -> int | None:
    """A double click: how many it was for."""
    rows = await session.scalars(
        select(Outbox.conversation_id).where(
            Outbox.school_id == school_id, Outbox.key.startswith(first, autoescape=True)
        )
    )
    return len(set(rows)) or None
