"""A turn in three parts: claim (committed), think (nothing open), commit (everything, or drop the work)."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

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
    those_still_ours,
    wait_for_breath,
)
from bot.core.clock import Clock, Timing
from bot.core.conversations import lock, lock_all, lock_free
from bot.core.known import Asked, Scene, Scenes, alarm_conversations
from bot.core.mind import Mind, Minds
from bot.core.together import Together
from bot.turn.types import Alarm, CaseReason, Heard, Memory, Outcome, PassOn, Say, Silence
from bot.turn.words import command
from db.engine import Database, ring
from db.tables import Conversation, Inbox, School
from db.types import InboundKind, InboxState, Lane, Role

log = logging.getLogger(__name__)

OTHERS_TOO = 8
"""Every so many rounds those that failed before are looked at too, however much is new."""
BREATH_MESSAGES = 12
"""At most so many fragments are read as one breath."""


_PUBLISHED = select(School.content_revision).where(School.id == bindparam("school"))
_PUBLISHED_AT = select(School.id, School.content_revision).where(School.id.in_(bindparam("schools", expanding=True)))
_HEADS = select(Inbox).where(Inbox.id.in_(bindparam("ids", expanding=True)), Inbox.state == InboxState.OPEN)
_NEXT = (
    select(Inbox)
    .where(
        Inbox.conversation_id == bindparam("conversation"),
        Inbox.state == InboxState.OPEN,
        Inbox.seq > bindparam("after"),
    )
    .order_by(Inbox.seq)
    .limit(1)
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
            received=head.received_at,
            button=head.button,
            late=head.late,
            fragments=len(self.rows),
            stop_handled="opt_out" in head.payload,
            quoted=head.payload.get("quoted"),
        )


Read = tuple[Inbox, Scene]
"""A claimed message and all that its turn may know."""


@dataclass(frozen=True, slots=True)
class Thought:
    """A turn that was thought and is to be committed."""

    claim: TurnClaim
    breath: Breath
    scene: Scene
    mind: Mind
    outcome: Outcome

    @property
    def plain(self) -> bool:
        """It only answers: no danger, nothing for a person, nothing proven."""
        return (
            self.scene.code is None
            and self.scene.number is None
            and all(
                isinstance(event, Silence) or (isinstance(event, Say) and event.lane is not Lane.URGENT)
                for event in self.outcome.events
            )
        )


class Turns:
    """Answers what came in. Several may run side by side, in one process or in many."""

    def __init__(self, database: Database, minds: Minds, scenes: Scenes, clock: Clock, timing: Timing) -> None:
        """Nothing is started here."""
        self._db, self._minds, self._scenes = database, minds, scenes
        self._clock, self._timing = clock, timing
        self._rounds = 0
        self._commits = Together(database, self._commit_plain, self._commit)
        # Two: one holds all others up while it computes a point, and more keep the event loop from acknowledging what comes in.
        self._thinking = ThreadPoolExecutor(2, "thinking")

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
        ahead = asyncio.create_task(self._read_ahead(new))
        try:
            await asyncio.gather(*(self._turn(claim, ahead) for claim in new))
        finally:
            ahead.cancel()
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

    async def _turn(self, claim: TurnClaim, ahead: asyncio.Task[dict[int, Read]] | None = None) -> None:
        try:
            read = (await asyncio.shield(ahead)).get(claim.inbox_id) if ahead else None
            await self._think_and_commit(claim, read)
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

    async def _think_and_commit(self, claim: TurnClaim, read: Read | None) -> None:
        head, scene = read or (await self._read([claim]))[claim.inbox_id]
        mind = await self._minds.of(claim.school_id, scene.revision)
        breath = Breath((head,))
        outcome = await self._think(mind, breath, scene, allow_wait=True)
        while outcome.wait:
            # A message that is clear by itself is answered by itself; an unclear one is read with what followed it.
            more, until = await self._goes_on(claim, breath, mind), self._breath_until(breath)
            if more is None and until > self._clock.now():
                await self._db.write(partial(wait_for_breath, claim=claim, until=until))
                return
            breath = Breath((*breath.rows, more)) if more else breath
            outcome = await self._think(mind, breath, scene, allow_wait=more is not None)
        if not await self._commits.write(Thought(claim, breath, scene, mind, outcome)):
            log.info("a turn was dropped: the conversation changed under it")

    async def _read(self, claims: Sequence[TurnClaim]) -> dict[int, Read]:
        """The claimed messages with their scenes, by the message's id."""
        async with self._db.read() as session:
            ids = [claim.inbox_id for claim in claims]
            heads = {row.id: row for row in await session.scalars(_HEADS, {"ids": ids})}
            asked = [
                Asked(each.conversation_id, each.inbox_id, Breath((heads[each.inbox_id],)).heard()) for each in claims
            ]
            scenes = await self._scenes.load_all(session, asked, now=self._clock.now())
        return {each.inbox_id: (heads[each.inbox_id], scene) for each, scene in zip(asked, scenes, strict=True)}

    async def _read_ahead(self, claims: Sequence[TurnClaim]) -> dict[int, Read]:
        """All of them at once; where one cannot be read, each reads its own."""
        try:
            return await self._read(claims) if claims else {}
        except Exception as error:
            log.info("what was claimed together is read one by one (%s)", type(error).__name__)
            return {}

    async def _think(self, mind: Mind, breath: Breath, scene: Scene, *, allow_wait: bool) -> Outcome:
        """In a thread: understanding may take tens of milliseconds, and acknowledgements do not wait for it."""
        think = partial(mind.turn, breath.heard(), scene.known, allow_wait=allow_wait)
        return await asyncio.get_running_loop().run_in_executor(self._thinking, think)

    def _breath_until(self, breath: Breath) -> dt.datetime:
        """When no more is expected: two seconds after the last fragment, a few after the first at most."""
        last, first = breath.rows[-1].received_at, breath.rows[0].received_at
        return min(
            last + dt.timedelta(seconds=self._timing.breath), first + dt.timedelta(seconds=self._timing.breath_longest)
        )

    async def _goes_on(self, claim: TurnClaim, breath: Breath, mind: Mind) -> Inbox | None:
        """The plain message that came right after these, if one did: no button, number or quote, and nothing alarming."""
        last = breath.rows[-1]
        # Another attempt reads the message alone: what follows may be what broke the first.
        if claim.attempt > 1 or len(breath.rows) == BREATH_MESSAGES or not _joins(last, mind):
            return None
        async with self._db.read() as session:
            following = await session.scalar(_NEXT, {"conversation": claim.conversation_id, "after": last.seq})
        if following is None or "quoted" in following.payload or not _joins(following, mind):
            return None
        pause = following.received_at - last.received_at
        return following if pause <= dt.timedelta(seconds=self._timing.breath) else None

    async def _commit_plain(self, session: AsyncSession, thoughts: Sequence[Thought]) -> list[bool | None]:
        """Those that only answer, on conversations that nobody else holds, where nothing has changed meanwhile."""
        plain = {thought.claim.conversation_id: thought for thought in thoughts if thought.plain}
        free = await lock_free(session, plain)
        heads = await those_still_ours(session, [plain[number].claim for number in free])
        schools = {thought.scene.school_id for thought in thoughts}
        published = dict((await session.execute(_PUBLISHED_AT, {"schools": list(schools)})).tuples().all())
        done: list[bool | None] = []
        for thought in thoughts:
            number, scene = thought.claim.conversation_id, thought.scene
            conversation, head = free.get(number), heads.get(thought.claim.inbox_id)
            as_read = conversation is not None and conversation.version == scene.version
            current = scene.keeps_revision or published[scene.school_id] == thought.mind.revision
            if conversation and head and as_read and current and plain[number] is thought:
                await self._apply(session, thought, conversation, head)
                done.append(True)
            else:
                done.append(None)
        return done

    async def _commit(self, session: AsyncSession, thought: Thought) -> bool:
        claim, scene, mind = thought.claim, thought.scene, thought.mind
        alarmed = any(isinstance(event, Alarm) for event in thought.outcome.events)
        warned = await alarm_conversations(session, scene.view, self._clock.now()) if alarmed else ()
        locked = await lock_all(session, [claim.conversation_id, *warned])
        conversation = locked[claim.conversation_id]
        head = await still_ours(session, claim)
        if head is None:
            return False
        if conversation.version != scene.version or await _republished(session, scene, mind):
            await let_go(session, claim, not_before=None, counted=False)
            return False
        await self._apply(session, thought, conversation, head, [locked[number] for number in warned])
        return True

    async def _apply(
        self,
        session: AsyncSession,
        thought: Thought,
        conversation: Conversation,
        head: Inbox,
        warned: Sequence[Conversation] = (),
    ) -> None:
        rows = thought.breath.rows
        following = [await session.get_one(Inbox, row.id, populate_existing=True) for row in rows[1:]]
        applied = Applied(
            conversation=conversation, warned=tuple(warned), inbox=(head, *following), now=self._clock.now()
        )
        await apply(session, applied, thought.scene, thought.mind, thought.outcome)

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
        and command(row.text, in_flow=True, sms=False) is None
        and mind.scan(row.text) is None
    )
