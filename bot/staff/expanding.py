"""From a released broadcast to one message for each guardian: 500 at a time, each slice in one transaction with its cursor.

What a crash interrupts is taken up at the cursor. A slice holds the conversations of its guardians while it counts what they
had this week: of two broadcasts at once, the second sees what the first has written.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import Clock
from bot.core.conversations import add_outbox, lock_all, window_closed
from bot.core.known import Scenes
from bot.core.mind import Mind, Minds
from bot.people.hours import quiet_until
from bot.people.reaching import NUMBERS, Way, open_ways, unopened, ways_of
from bot.staff.broadcasts import days_of, overdue, withdraw
from bot.staff.frequency import MOST, WEEK, stopped, this_week
from bot.staff.knocking import Knock, add_knock, knocked
from bot.staff.knocks import knock_for
from bot.staff.replies import school_of, signed
from bot.turn.types import Say
from db.engine import Database, ring
from db.queries.door import Reader, guardians_of
from db.queries.school import SchoolView
from db.tables import Binding, Broadcast, BroadcastRecipient, Conversation, Outbox
from db.types import Author, BroadcastState, ChannelName, Lane, LeftOut, WaitReason
from locales.languages import LANGUAGES, SOURCE

log = logging.getLogger(__name__)
SLICE = 500
_HEADS = 20


class Expansion:
    """A part of the worker. Several may run side by side: each slice is done by one."""

    name = "broadcasts"

    def __init__(self, database: Database, minds: Minds, scenes: Scenes, clock: Clock) -> None:
        """Nothing is started here."""
        self._db, self._minds, self._scenes, self._clock = database, minds, scenes, clock

    async def once(self) -> int:
        """Take back what is over, and put the next slice of one broadcast into the outbox."""
        now = self._clock.now()
        async with self._db.read() as session:
            over = (await session.execute(overdue(now, await days_of(session, now), 1))).first()
            heads = (await session.execute(_heads(now))).all()
        done = await self._db.write(lambda s: withdraw(s, now)) if over else 0
        for broadcast_id, school_id in heads:
            try:
                expanded = await self._expand(broadcast_id, school_id, now)
            except Exception as error:  # noqa: BLE001
                # One that cannot be put into words must not keep the others back.
                log.error("broadcast %d met %s", broadcast_id, type(error).__name__)
                continue
            if expanded:
                return done + 1
        return done

    async def _expand(self, broadcast_id: int, school_id: int, now: dt.datetime) -> bool:
        mind = await self._minds.of(school_id)
        async with self._db.read() as session:
            view = await self._scenes.view(session, school_id)
            row = await session.get_one(Broadcast, broadcast_id)
            page, cursor = await _page(session, row, view, now), row.cursor
            new = unopened(await ways_of(session, school_id, [reader.guardian_id for reader in page]))
        if new:
            await self._db.write(lambda s: open_ways(s, school_id, new))
        return await self._db.write(lambda s: expand(s, broadcast_id, cursor, mind, view, now))


@dataclass(slots=True)
class _Voice:
    """What a broadcast says, put into words once for each language and channel."""

    broadcast: Broadcast
    mind: Mind
    view: SchoolView
    _said: dict[tuple[str, ChannelName], tuple[str, str]] = field(default_factory=dict)
    _knocks: dict[str, Knock | None] = field(default_factory=dict)

    def words(self, language: str, channel: ChannelName) -> tuple[str, str]:
        """The text, and the language it is in. What there is in Dutch only says so in hers."""
        if (language, channel) not in self._said:
            say, said_in = self._say(language)
            words = self.mind.words(say, language=language, channel=channel, school=school_of(self.view), menu=0)
            self._said[language, channel] = "\n\n".join(words.texts), said_in or words.language
        return self._said[language, channel]

    def knock(self, language: str) -> Knock | None:
        """What opens a closed window for her."""
        if language not in self._knocks:
            self._knocks[language] = knock_for(self.mind, self.view, language)
        return self._knocks[language]

    def _say(self, language: str) -> tuple[Say, str]:
        texts = self.broadcast.texts
        if not texts:
            return Say(self.broadcast.response, self.broadcast.values), ""
        base = LANGUAGES[language].script_of if language in LANGUAGES else None
        chosen = next(code for code in (language, base, SOURCE) if code in texts)
        response = signed(in_her_language=chosen != SOURCE or language == SOURCE)
        return Say(response, {"staff_name": self.view.name, "text": texts[chosen]}), str(chosen)


async def expand(
    session: AsyncSession, broadcast_id: int, cursor: int, mind: Mind, view: SchoolView, now: dt.datetime
) -> bool:
    """The slice behind `cursor`; False where another worker is at it or was quicker, or it was cancelled meanwhile."""
    row = await session.scalar(
        select(Broadcast)
        .where(
            Broadcast.id == broadcast_id,
            Broadcast.state == BroadcastState.RELEASED,
            Broadcast.cursor == cursor,  # the numbers behind it were opened
        )
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if row is None:
        return False
    page = await _page(session, row, view, now)
    if len(page) < SLICE:
        row.state = BroadcastState.EXPANDED
    if not page:
        return True
    row.cursor = page[-1].guardian_id
    voice, opens = _Voice(row, mind, view), None if row.urgent else quiet_until(view, now)
    ids = [reader.guardian_id for reader in page]
    ways = await ways_of(session, row.school_id, ids)
    numbers = [way.conversation_id for hers in ways.values() for way in hers if way.conversation_id is not None]
    conversations = await lock_all(session, numbers)
    # Behind the locks: whoever writes to one of them at the same time has it counted here.
    many = {} if row.urgent else await this_week(session, ids, (opens or now) - WEEK)
    stop = set(await session.scalars(stopped().where(Binding.guardian_id.in_(ids))))  # on any phone, one in doubt too
    before = await _before(session, row.id, numbers)
    placed: dict[int, _Placed] = {}
    found: list[tuple[int, LeftOut | None, int | None]] = []
    for reader in page:
        number, hers = reader.guardian_id, ways.get(reader.guardian_id, ())
        way = _decide(reader, hers, conversations, voice, many.get(number, 0), now, stop=number in stop)
        if isinstance(way, LeftOut):
            found.append((reader.guardian_id, way, None))
            continue
        conversation = conversations[way.conversation_id or 0]
        if conversation.id in before or conversation.id in placed:
            found.append((reader.guardian_id, LeftOut.SAME_PHONE, conversation.id))
            continue
        placed[conversation.id] = _put(session, conversation, way, reader, voice, opens, now)
        found.append((reader.guardian_id, None, conversation.id))
    await session.flush()
    sent = before | {number: placed_there.row.id for number, placed_there in placed.items()}
    await session.execute(
        insert(BroadcastRecipient),
        [
            {
                "school_id": row.school_id,
                "broadcast_id": row.id,
                "guardian_id": guardian_id,
                "left_out": left_out,
                "outbox_id": sent[number] if number else None,
            }
            for guardian_id, left_out, number in found
        ],
    )
    await _knock(session, list(placed.values()), voice, opens, now)
    ring(session, "outbox")
    return True


async def _page(session: AsyncSession, row: Broadcast, view: SchoolView, now: dt.datetime) -> list[Reader]:
    today = now.astimezone(ZoneInfo(view.timezone)).date()
    return await guardians_of(session, row.school_id, row.classes, after=row.cursor, most=SLICE, today=today)


def _decide(
    reader: Reader,
    ways: Sequence[Way],
    conversations: Mapping[int, Conversation],
    voice: _Voice,
    many: int,
    now: dt.datetime,
    *,
    stop: bool,
) -> Way | LeftOut:
    """By which address she gets it, or why not at all. STOP on one of her addresses is her word (law 7)."""
    if not reader.full:
        return LeftOut.RIGHTS
    spoken = [(way, conversations[way.conversation_id or 0]) for way in ways if way.conversation_id in conversations]
    if stop or any(conversation.opted_out_at for _, conversation in spoken):
        return LeftOut.STOPPED
    if many >= MOST:
        return LeftOut.ENOUGH
    open_to_us = [
        (way, conversation)
        for way, conversation in spoken
        if way.alive and (way.channel in NUMBERS or conversation.last_inbound_at)
    ]
    usable = [(way, conversation) for way, conversation in open_to_us if conversation.blocked_at is None]
    if not usable:
        return LeftOut.BLOCKED if open_to_us else LeftOut.NOWHERE

    def rank(found: tuple[Way, Conversation]) -> tuple[bool, float, int]:
        """Where it arrives at all (an urgent one: at once), then where she wrote last, then the number that rings."""
        way, conversation = found
        closed = window_closed(conversation, way.channel, way.provider, now)
        stuck = closed and (voice.broadcast.urgent or voice.knock(_language(reader, conversation)) is None)
        last = conversation.last_inbound_at.timestamp() if conversation.last_inbound_at else 0
        return stuck, -last, NUMBERS.index(way.channel) if way.channel in NUMBERS else 0

    return min(usable, key=rank)[0]


@dataclass(frozen=True, slots=True)
class _Placed:
    """A message that was put into the outbox, and the language to knock in."""

    conversation: Conversation
    row: Outbox
    language: str


def _put(
    session: AsyncSession,
    conversation: Conversation,
    way: Way,
    reader: Reader,
    voice: _Voice,
    opens: dt.datetime | None,
    now: dt.datetime,
) -> _Placed:
    broadcast, hers = voice.broadcast, _language(reader, conversation)
    text, language = voice.words(hers, way.channel)
    closed = window_closed(conversation, way.channel, way.provider, now)
    row = add_outbox(
        session,
        conversation,
        key=f"broadcast:{broadcast.id}:{reader.guardian_id}:{way.channel}",
        text=text,
        now=now,
        lane=Lane.PROACTIVE,
        author=Author.STAFF if broadcast.texts else Author.BOT,
        staff_id=broadcast.released_by if broadcast.texts else None,
        wait=WaitReason.WINDOW if closed else WaitReason.QUIET_HOURS if opens else None,
        not_before=opens,
        response=broadcast.response,
        language=language,
        repeatable=False,
    )
    return _Placed(conversation, row, hers)


async def _knock(
    session: AsyncSession, placed: Sequence[_Placed], voice: _Voice, opens: dt.datetime | None, now: dt.datetime
) -> None:
    """As for an answer of staff: once at each closed window. In the lane of its message, unless that is urgent."""
    closed = [each for each in placed if each.row.wait_reason is WaitReason.WINDOW]
    heard = await knocked(session, [each.conversation.id for each in closed]) if closed else set()
    lane = Lane.REPLY if voice.broadcast.urgent else Lane.PROACTIVE
    for each in closed:
        knocking = voice.knock(each.language)
        if each.conversation.id not in heard and knocking is not None:
            add_knock(session, each.conversation, each.row, knocking, now, lane=lane, opens=opens)


def _language(reader: Reader, conversation: Conversation) -> str:
    return conversation.language or reader.language or SOURCE


async def _before(session: AsyncSession, broadcast_id: int, conversations: Collection[int]) -> dict[int, int]:
    """The phones among these that an earlier slice of it has written to, and with which message."""
    rows = await session.execute(
        select(Outbox.conversation_id, Outbox.id)
        .join(BroadcastRecipient, BroadcastRecipient.outbox_id == Outbox.id)
        .where(BroadcastRecipient.broadcast_id == broadcast_id, Outbox.conversation_id.in_(conversations))
    )
    return {row[0]: row[1] for row in rows}


def _heads(now: dt.datetime) -> Any:
    """Broadcasts of which there are slices left, urgent ones first."""
    return (
        select(Broadcast.id, Broadcast.school_id)
        .where(Broadcast.state == BroadcastState.RELEASED, Broadcast.until > now)
        .order_by(Broadcast.urgent.desc(), Broadcast.id)
        .limit(_HEADS)
    )
