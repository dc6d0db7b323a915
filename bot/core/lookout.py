"""The look-out: danger in a stored message is answered at once, even while something else holds its conversation back.

A turn looks for danger too, first thing. This covers the messages that no turn can take yet: behind a message that fails
again and again, behind one that waits for its breath, behind a worker that never returned. Whoever is first writes
`safety:{inbox}`; the other finds it there.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.alarms import raise_alarm
from bot.core.clock import Clock
from bot.core.conversations import add_outbox, lock_all
from bot.core.known import Scene, Scenes, alarm_conversations
from bot.core.mind import Mind, Minds, Words
from bot.turn.memory import conversation_language
from bot.turn.types import Alarm, Heard, Say
from db.engine import Database, ring
from db.tables import Inbox, Outbox
from db.types import InboundKind, InboxState, Lane
from nlu.port import SafetyLevel

log = logging.getLogger(__name__)
_AT_ONCE = 200
_NEW_AT_ONCE = 2000
_GAPS = 2000
"""At most so many ids that were not there are looked for again .."""
_GIVEN_UP = 600.0
""".. for so many seconds: then it was no late message but one that was taken back."""
_OPEN = (Inbox.state == InboxState.OPEN, Inbox.kind == InboundKind.TEXT, Inbox.late.is_(False))


class Lookout:
    """Scans every open message once in this process; a round costs what is new, however much is open."""

    def __init__(self, database: Database, minds: Minds, scenes: Scenes, clock: Clock) -> None:
        """Nothing is started here."""
        self._db, self._minds, self._scenes, self._clock = database, minds, scenes, clock
        self._mark: int | None = None
        self._missing: dict[int, float] = {}
        """Ids below the mark that were not there, since when: PostgreSQL draws an id first and may show it last."""
        self._waiting: set[int] = set()

    async def once(self) -> int:
        """Look through what no turn has answered yet; returns how many warnings were written."""
        async with self._db.read() as session:
            await (self._begin(session) if self._mark is None else self._go_on(session, self._mark))
        new = sorted(self._waiting)
        return sum([await self._look(new[start : start + _AT_ONCE]) for start in range(0, len(new), _AT_ONCE)])

    async def _begin(self, session: AsyncSession) -> None:
        """All that is open."""
        top = await session.scalar(select(func.max(Inbox.id))) or 0
        self._note_missing(top - _GAPS, top, await _ids(session, Inbox.id > top - _GAPS, Inbox.id <= top))
        # After those: what becomes visible meanwhile is here, or still missed.
        self._waiting.update(await _ids(session, *_OPEN))
        self._mark = top

    async def _go_on(self, session: AsyncSession, mark: int) -> None:
        """What came in since, and what has become visible since."""
        new = await _ids(session, Inbox.id > mark, most=_NEW_AT_ONCE)
        late = await _ids(session, Inbox.id.in_(self._missing)) if self._missing else []
        self._waiting.update(new, late)
        given_up = time.monotonic() - _GIVEN_UP
        self._missing = {i: at for i, at in self._missing.items() if at > given_up and i not in late}
        if new:
            self._note_missing(mark, new[-1], new)
            self._mark = new[-1]

    def _note_missing(self, mark: int, top: int, there: Sequence[int]) -> None:
        missing = set(range(max(mark, top - _GAPS, 0) + 1, top)).difference(there)
        self._missing.update(dict.fromkeys(sorted(missing), time.monotonic()))
        self._missing = dict(list(self._missing.items())[-_GAPS:])

    async def _look(self, inbox_ids: list[int]) -> int:
        async with self._db.read() as session:
            rows = (
                await session.execute(
                    select(Inbox.id, Inbox.school_id, Inbox.conversation_id, Inbox.text)
                    .where(Inbox.id.in_(inbox_ids), *_OPEN)
                    .order_by(Inbox.id)
                )
            ).all()
        self._waiting.difference_update(inbox_ids)
        written = 0
        minds: dict[int, Mind] = {}
        for row in rows:
            await asyncio.sleep(0)  # a crowd takes a while to look through, and acknowledgements do not wait for it
            try:
                mind = minds[row.school_id] = minds.get(row.school_id) or await self._minds.of(row.school_id)
                if mind.scan(row.text) is SafetyLevel.NOW:
                    written += await self._warn(row.id, row.conversation_id, row.text, mind)
            except Exception as error:
                # Looked at again next time; meanwhile the others are not kept waiting.
                self._waiting.add(row.id)
                log.error("the look-out met %s at a message", type(error).__name__)
        return written

    async def _warn(self, inbox_id: int, conversation_id: int, text: str, mind: Mind) -> bool:
        now = self._clock.now()
        heard = Heard(text=text, kind=InboundKind.TEXT, at=now)
        async with self._db.read() as session:
            scene = await self._scenes.load(session, conversation_id, inbox_id, heard, now=now)
        outcome = mind.turn(heard, scene.known, allow_wait=False)
        said = next((e for e in outcome.events if isinstance(e, Say) and e.lane is Lane.URGENT), None)
        if said is None:
            return False
        alarm = any(isinstance(event, Alarm) for event in outcome.events)
        # The turn's language, not the scene's: this may be the first word that she writes.
        words = mind.words(
            said,
            language=said.language or conversation_language(outcome.memory),
            channel=scene.channel,
            school=scene.known.school,
            menu=0,
        )
        return await self._db.write(
            lambda s: self._write(s, inbox_id, conversation_id, scene, said.response, words, alarm=alarm)
        )

    async def _write(
        self,
        session: AsyncSession,
        inbox_id: int,
        conversation_id: int,
        scene: Scene,
        response: str,
        words: Words,
        *,
        alarm: bool,
    ) -> bool:
        now = self._clock.now()
        warned = await alarm_conversations(session, scene.view, now) if alarm else ()
        locked = await lock_all(session, [conversation_id, *warned])
        key = f"safety:{inbox_id}"
        before = await session.execute(select(Outbox.id).where(Outbox.school_id == scene.school_id, Outbox.key == key))
        row = await session.get_one(Inbox, inbox_id)
        if before.first() is not None or row.state is not InboxState.OPEN:
            return False
        add_outbox(
            session,
            locked[conversation_id],
            key=key,
            text=words.texts[0],
            now=now,
            lane=Lane.URGENT,
            response=response,
            language=words.language,
            inbox_id=inbox_id,
        )
        if alarm:
            await raise_alarm(session, [locked[i] for i in warned], inbox_id, now=now)
        ring(session, "outbox")
        return True


async def _ids(session: AsyncSession, *where: ColumnElement[bool], most: int | None = None) -> Sequence[int]:
    return (await session.execute(select(Inbox.id).where(*where).order_by(Inbox.id).limit(most))).scalars().all()
