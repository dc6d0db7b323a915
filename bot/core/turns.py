"""A turn in three parts: claim (committed), think (nothing open), commit (everything, or drop the work)."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.apply import Applied, apply
from bot.core.cases import case_for_role
from bot.core.claims import (
    TurnClaim,
    claim_exhausted,
    claim_turns,
    let_go,
    still_ours,
    wait_for_breath,
)
from bot.core.clock import Clock, Timing
from bot.core.conversations import lock, lock_all
from bot.core.known import Scene, Scenes, alarm_conversations
from bot.core.mind import Mind, Minds
from bot.turn.types import Alarm, CaseReason, Heard, Memory, Outcome, PassOn, Say
from db.engine import Database, ring
from db.tables import Inbox, School
from db.types import InboundKind, InboxState, Role

log = logging.getLogger(__name__)

OTHERS_TOO = 8
"""Every so many rounds those that failed before are looked at too, however much is new."""
BREATH_MESSAGES = 12
"""At most so many fragments are read as one breath."""


_PUBLISHED = select(School.content_revision).where(School.id == bindparam("school"))
_OPEN = (
    select(Inbox)
    .where(Inbox.conversation_id == bindparam("conversation"), Inbox.state == InboxState.OPEN)
    .order_by(Inbox.seq)
    .limit(BREATH_MESSAGES)
)


@dataclass(frozen=True, slots=True)
class Breath:
    """The claimed message and what she wrote right after it, read together."""

    rows: tuple[Inbox, ...]

    def heard(self) -> Heard:
        """As the turn sees it."""
        head = self.rows[0]
        return Heard(
            text="\n".join(row.text for row in self.rows),
            kind=head.kind,
            at=head.sent_at,
            button=head.button,
            late=head.late,
            fragments=len(self.rows),
            stop_handled="opt_out" in head.payload,
            quoted=head.payload.get("quoted"),
        )


class Turns:
    """Answers what came in. Several may run side by side, in one process or in many."""

    def __init__(self, database: Database, minds: Minds, scenes: Scenes, clock: Clock, timing: Timing) -> None:
        """Nothing is started here."""
        self._db, self._minds, self._scenes = database, minds, scenes
        self._clock, self._timing = clock, timing
        self._rounds = 0

    async def once(self) -> int:
        """Answer what can be answered now; returns how many claims were worked on."""
        now, timing = self._clock.now(), self._timing

        async def fresh(session: AsyncSession) -> list[TurnClaim]:
            return await claim_turns(session, now=now, timing=timing, fresh=True)

        async def tried(session: AsyncSession) -> list[TurnClaim]:
            return await claim_turns(session, now=now, timing=timing, fresh=False)

        async def exhausted(session: AsyncSession) -> list[TurnClaim]:
            return await claim_exhausted(session, now=now, timing=timing)

        new = await self._db.write(fresh)
        await asyncio.gather(*(self._turn(claim) for claim in new))
        self._rounds += 1
        if new and self._rounds % OTHERS_TOO:
            return len(new)
        claims = await self._db.write(tried)
        if claims:
            await self._turn(claims[0])
        else:
            claims = await self._db.write(exhausted)
            for claim in claims:
                await self._bury(claim)
        return len(new) + len(claims)

    async def _turn(self, claim: TurnClaim) -> None:
        try:
            await self._think_and_commit(claim)
        except asyncio.CancelledError:
            # Stopped in the middle: nobody need wait for the lease.
            await self._db.write(lambda session: let_go(session, claim, not_before=None, counted=False))
            raise
        except Exception as error:
            # The type only: an error's text may quote what she wrote.
            log.error("a turn failed (%s, attempt %d)", type(error).__name__, claim.attempt, exc_info=False)
            pause = self._timing.turn_backoff[min(claim.attempt, len(self._timing.turn_backoff) - 1)]
            again = self._clock.now() + dt.timedelta(seconds=pause)
            await self._db.write(lambda session: let_go(session, claim, not_before=again, counted=True))

    async def _think_and_commit(self, claim: TurnClaim) -> None:
        async with self._db.read() as session:
            rows = await self._open_rows(session, claim)
            breath = Breath(rows[:1])
            scene = await self._scenes.load(
                session, claim.conversation_id, claim.inbox_id, breath.heard(), now=self._clock.now()
            )
        mind = await self._minds.of(claim.school_id, scene.revision)
        rows = self._together(rows, claim, mind)
        # A message that is clear by itself is answered by itself; an unclear one is read with what followed it.
        for count in range(1, len(rows) + 1):
            breath = Breath(rows[:count])
            until = self._breath_until(breath)
            more = count < len(rows)
            # In a thread: understanding may take tens of milliseconds, and acknowledgements do not wait for it.
            outcome = await asyncio.to_thread(
                mind.turn, breath.heard(), scene.known, allow_wait=more or until > self._clock.now()
            )
            if not outcome.wait:
                break
        if outcome.wait:
            await self._db.write(lambda session: wait_for_breath(session, claim, until))
            return
        applied = await self._db.write(lambda session: self._commit(session, claim, breath, scene, mind, outcome))
        if not applied:
            log.info("a turn was dropped: the conversation changed under it")

    def _breath_until(self, breath: Breath) -> dt.datetime:
        """When no more is expected: two seconds after the last fragment, a few after the first at most."""
        last, first = breath.rows[-1].received_at, breath.rows[0].received_at
        return min(
            last + dt.timedelta(seconds=self._timing.breath), first + dt.timedelta(seconds=self._timing.breath_longest)
        )

    @staticmethod
    async def _open_rows(session: AsyncSession, claim: TurnClaim) -> tuple[Inbox, ...]:
        """The claimed message and what is open behind it."""
        rows = (await session.execute(_OPEN, {"conversation": claim.conversation_id})).scalars().all()
        if not rows or rows[0].id != claim.inbox_id:
            raise LookupError("the claimed message is no longer the lowest open one")
        return tuple(rows)

    def _together(self, rows: tuple[Inbox, ...], claim: TurnClaim, mind: Mind) -> tuple[Inbox, ...]:
        """The claimed message and the plain ones right after it, up to the first button, number, quote or alarming one."""
        # Another attempt reads the message alone: what follows may be what broke the first.
        if claim.attempt > 1 or len(rows) == 1 or not _joins(rows[0], mind):
            return rows[:1]
        together = [rows[0]]
        for row in rows[1:]:
            pause = row.received_at - together[-1].received_at
            if not _joins(row, mind) or "quoted" in row.payload or pause > dt.timedelta(seconds=self._timing.breath):
                break
            together.append(row)
        return tuple(together)

    async def _commit(
        self, session: AsyncSession, claim: TurnClaim, breath: Breath, scene: Scene, mind: Mind, outcome: Outcome
    ) -> bool:
        alarmed = any(isinstance(event, Alarm) for event in outcome.events)
        warned = await alarm_conversations(session, scene.view, self._clock.now()) if alarmed else ()
        locked = await lock_all(session, [claim.conversation_id, *warned])
        conversation = locked[claim.conversation_id]
        head = await still_ours(session, claim)
        if head is None:
            return False
        if conversation.version != scene.version or await _republished(session, scene, mind):
            await let_go(session, claim, not_before=None, counted=False)
            return False
        following = [await session.get_one(Inbox, row.id, populate_existing=True) for row in breath.rows[1:]]
        applied = Applied(
            conversation=conversation,
            warned=tuple(locked[i] for i in warned),
            inbox=(head, *following),
            now=self._clock.now(),
        )
        await apply(session, applied, scene, mind, outcome)
        return True

    async def _bury(self, claim: TurnClaim) -> None:
        try:
            await self._give_up(claim)
        except Exception as error:
            # What broke the turn breaks the words for it too: a person gets it all the same.
            log.error("a message was given up without an answer (%s)", type(error).__name__)
            await self._db.write(lambda session: self._hand_over(session, claim))

    async def _hand_over(self, session: AsyncSession, claim: TurnClaim) -> None:
        """The last resort, which reads nothing of the school, the memory or the message: a case for a person."""
        conversation = await lock(session, claim.conversation_id)
        row = await still_ours(session, claim)
        if row is None:
            return
        case = await case_for_role(
            session,
            conversation,
            "failed",
            (Role.ADMINISTRATION, Role.TEAM_LEADER),
            why="role",
            reason=CaseReason.FAILED,
            now=self._clock.now(),
        )
        row.case_id = row.case_id or case.id
        row.state, row.done_at, row.lease_token, row.lease_until = InboxState.DEAD, self._clock.now(), None, None
        conversation.version += 1
        ring(session, "case")

    async def _give_up(self, claim: TurnClaim) -> None:
        """After the last attempt: a person gets it, and she hears so."""
        mind = await self._minds.of(claim.school_id)

        async def bury(session: AsyncSession) -> None:
            locked = await lock_all(session, [claim.conversation_id])
            row = await still_ours(session, claim)
            if row is None:
                return
            # Nothing of the message itself is looked at again here.
            blank = Heard(text="", kind=InboundKind.UNKNOWN, at=row.sent_at)
            scene = await self._scenes.load(
                session, claim.conversation_id, claim.inbox_id, blank, now=self._clock.now()
            )
            conversation = locked[claim.conversation_id]
            outcome = Outcome(
                memory=Memory(conversation.memory),
                events=(Say("utter_failed"), PassOn("failed", "administration", reason=CaseReason.FAILED)),
            )
            applied = Applied(conversation=conversation, warned=(), inbox=(row,), now=self._clock.now())
            await apply(session, applied, scene, mind, outcome)
            row.state = InboxState.DEAD

        await self._db.write(bury)


async def _republished(session: AsyncSession, scene: Scene, mind: Mind) -> bool:
    """Whether newer content was published while this turn was thought about: then it is thought again."""
    if scene.keeps_revision:
        return False
    return await session.scalar(_PUBLISHED, {"school": scene.school_id}) != mind.revision


def _joins(row: Inbox, mind: Mind) -> bool:
    """Whether this message may be read together with its neighbours."""
    return (
        row.kind is InboundKind.TEXT
        and row.button is None
        and not row.late
        and not row.text.strip().isdigit()
        and mind.scan(row.text) is None
    )
