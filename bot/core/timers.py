"""Timers: something to look at later. The state is looked at again when one fires; a handler decides what it means now."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import Clock, Timing
from bot.core.conversations import lock
from db.engine import Database, ring
from db.tables import Conversation, Outbox, School, Timer
from db.types import Instant, OutboxState, WaitReason

log = logging.getLogger(__name__)
_AT_ONCE = 50
_DUE = (
    select(Timer.id, Timer.conversation_id)
    .where(
        Timer.state == "open",
        Timer.due_at <= bindparam("now", type_=Instant()),
        Timer.kind.in_(bindparam("kinds", expanding=True)),
    )
    .order_by(Timer.due_at)
    .limit(_AT_ONCE)
)


@dataclass(frozen=True, slots=True)
class Firing:
    """A timer that fires, on its locked conversation. Keys of what follows begin with `key`."""

    timer: Timer
    conversation: Conversation
    now: dt.datetime

    @property
    def key(self) -> str:
        """`timer:{id}:{firing}`."""
        return f"timer:{self.timer.id}:{self.timer.firing}"


Handler = Callable[[AsyncSession, Firing], Awaitable[None]]


class Timers:
    """Fires what is due, each in a transaction of its own, once."""

    def __init__(self, database: Database, clock: Clock, timing: Timing, handlers: Mapping[str, Handler]) -> None:
        """`handlers` by kind; a kind without one is left open and reported."""
        self._db, self._clock, self._timing, self._handlers = database, clock, timing, handlers

    async def once(self) -> int:
        """Fire what is due; returns how many."""
        now = self._clock.now()
        async with self._db.read() as session:
            rows = (await session.execute(_DUE, {"now": now, "kinds": list(self._handlers)})).all()
        fired = 0
        for timer_id, conversation_id in rows:
            try:
                fired += await self._db.write(
                    lambda s, t=timer_id, c=conversation_id: self._fire(s, t, c, now)  # type: ignore[misc]
                )
            except Exception as error:
                log.error("a timer failed (%s)", type(error).__name__)
                await self._db.write(lambda s, t=timer_id: self._later(s, t, now))  # type: ignore[misc]
        return fired

    async def _fire(self, session: AsyncSession, timer_id: int, conversation_id: int, now: dt.datetime) -> bool:
        conversation = await lock(session, conversation_id)
        timer = await session.get_one(Timer, timer_id, with_for_update=True, populate_existing=True)
        if timer.state != "open" or timer.due_at > now:
            return False
        timer.state = "fired"
        timer.firing += 1
        await self._handlers[timer.kind](session, Firing(timer, conversation, now))
        conversation.version += 1
        ring(session, "outbox", "case", "timer")
        return True

    async def _later(self, session: AsyncSession, timer_id: int, now: dt.datetime) -> None:
        timer = await session.get_one(Timer, timer_id, with_for_update=True)
        timer.attempts += 1
        pause = self._timing.turn_backoff[min(timer.attempts, len(self._timing.turn_backoff) - 1)]
        timer.due_at = now + dt.timedelta(seconds=pause)


def at_local(day: dt.date, clock: str, zone: str) -> dt.datetime:
    """The instant of a wall-clock time; a time that summer time skips is moved to the next that exists."""
    wall = dt.datetime.combine(day, dt.time.fromisoformat(clock), ZoneInfo(zone))
    return wall.astimezone(dt.UTC)


async def recompute(session: AsyncSession, school_id: int | None = None) -> int:
    """Compute open wall-clock timers anew from their local time and zone (else the school's); how many moved.

    After a change of a school's zone, hours or calendar, in the same transaction; and of every school at the start, since
    the rules of summer time come with an upgrade. What waits for the school to open is looked at again at once.
    """
    timers = (
        select(Timer, School.timezone)
        .join(School, School.id == Timer.school_id)
        .where(Timer.state == "open", Timer.local_time.is_not(None))
        .with_for_update(of=Timer, skip_locked=True)  # whoever holds one fires or cancels it
    )
    quiet = (
        select(Outbox.id)
        .where(Outbox.state == OutboxState.WAITING, Outbox.wait_reason == WaitReason.QUIET_HOURS)
        .with_for_update(skip_locked=True)
    )
    if school_id is not None:
        timers, quiet = timers.where(Timer.school_id == school_id), quiet.where(Outbox.school_id == school_id)
    moved = 0
    for timer, timezone in (await session.execute(timers)).all():
        day, _, clock = (timer.local_time or "").partition(" ")
        due = at_local(dt.date.fromisoformat(day), clock, timer.zone or timezone)
        moved += due != timer.due_at
        timer.due_at = due
    await session.execute(
        update(Outbox)
        .where(Outbox.id.in_((await session.scalars(quiet)).all()))
        .values(not_before=Outbox.created_at)
        .execution_options(synchronize_session=False)
    )
    ring(session, "timer")
    return moved
