"""What to do where WhatsApp lets nothing through: knock; where a knock was refused, SMS; else it comes back to school.

An answer that meets a closed window at once is knocked for where it is saved. This is for what is heard later: 63016 for an
answer that was thought to be in time, a template that WhatsApp no longer allows (63040 to 63042) or that was never approved.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import Clock
from bot.core.conversations import lock_all
from bot.core.failed import tell_staff
from bot.core.known import Scenes
from bot.core.mind import Minds
from bot.people.hours import quiet_until
from bot.staff.by_sms import copied, her_number, told
from bot.staff.knocking import PREFIX, Knock, add_knock, knocked
from bot.staff.knocks import knock_for
from bot.staff.withdrawing import LATER
from db.engine import Database, ring
from db.queries.door import guardian_of_address
from db.tables import BroadcastRecipient, Case, Conversation, Outbox
from db.types import Author, Lane, OutboxState, WaitReason
from locales.languages import SOURCE

RECENT = dt.timedelta(days=3)
"""What was refused longer ago is no news to anybody."""
_AT_ONCE = 50
_WAITS = and_(
    Outbox.state == OutboxState.WAITING,
    Outbox.wait_reason == WaitReason.WINDOW,
    or_(Outbox.author == Author.STAFF, Outbox.lane == Lane.PROACTIVE, Outbox.key.startswith(LATER)),
)
_KNOCK = and_(Outbox.key.startswith(PREFIX), Outbox.state.in_((OutboxState.SENT, OutboxState.DEAD)))


@dataclass(frozen=True, slots=True)
class _Means:
    """What there is for her: a template that knocks, a number for SMS (its conversation), and when the school opens."""

    knock: Knock | None
    sms: int | None
    opens: dt.datetime | None


class Windows:
    """A part of the worker. A code on a row says that nobody has seen to it yet."""

    name = "windows"

    def __init__(self, database: Database, minds: Minds, scenes: Scenes, clock: Clock) -> None:
        """Nothing is started here."""
        self._db, self._minds, self._scenes, self._clock = database, minds, scenes, clock

    async def once(self) -> int:
        """See to what was refused; returns how many messages that was."""
        now = self._clock.now()
        refused = (
            select(Outbox.id, Outbox.conversation_id)
            .where(Outbox.code.is_not(None), or_(_WAITS, _KNOCK), Outbox.tried_at > now - RECENT)
            .order_by(Outbox.id)
            .limit(_AT_ONCE)
        )
        async with self._db.read() as session:
            rows = (await session.execute(refused)).all()
        for outbox_id, conversation_id in rows:
            means = await self._means(conversation_id, now)
            await self._db.write(
                lambda s, o=outbox_id, c=conversation_id, m=means: see_to(s, o, c, m, now)  # type: ignore[misc]
            )
        return len(rows)

    async def _means(self, conversation_id: int, now: dt.datetime) -> _Means:
        async with self._db.read() as session:
            conversation = await session.get_one(Conversation, conversation_id)
            view = await self._scenes.view(session, conversation.school_id)
            guardian = await guardian_of_address(session, conversation.school_id, conversation.address_id)
            alone = guardian is not None and not await _for_another(session, conversation_id, guardian.guardian_id)
        language = conversation.language or (guardian.language if guardian else None) or SOURCE
        sms = await her_number(self._db, view.school_id, guardian.guardian_id) if guardian and alone else None
        knock = knock_for(await self._minds.of(view.school_id), view, language)
        return _Means(knock, sms, quiet_until(view, now))


async def _for_another(session: AsyncSession, conversation_id: int, guardian_id: int) -> bool:
    """Whether something that waits on this phone answers another person than the one whose number is known."""
    hers = select(Outbox.id).join(Case, Case.id == Outbox.case_id)
    other = hers.where(Outbox.conversation_id == conversation_id, _WAITS, Case.guardian_id != guardian_id).limit(1)
    return (await session.execute(other)).first() is not None


async def see_to(session: AsyncSession, outbox_id: int, conversation_id: int, means: _Means, now: dt.datetime) -> None:
    """Do for one refused message what there is to do, once."""
    locked = await lock_all(session, {conversation_id, means.sms or conversation_id})
    conversation, sms = locked[conversation_id], locked.get(means.sms or 0)
    row = await session.get_one(Outbox, outbox_id, with_for_update=True, populate_existing=True)
    if row.code is None:
        return
    waiting = await _waiting(session, conversation_id)
    if row.key.startswith(PREFIX):
        row.state = OutboxState.DEAD  # so that the next answer knocks anew
    elif row.state is not OutboxState.WAITING or await knocked(session, [conversation_id]):
        waiting = ()
    elif means.knock is not None:
        lane, opens = (row.lane, means.opens) if row.lane is Lane.PROACTIVE else (Lane.REPLY, None)
        add_knock(session, conversation, row, means.knock, now, lane=lane, opens=opens)
        waiting = ()
    if sms is None or conversation.blocked_at is not None or sms.blocked_at is not None:
        await _come_back(session, conversation, waiting, row.code, now)
    else:
        await _by_sms(session, waiting, sms, means.opens, now)
    row.code = None
    ring(session, "outbox", "case")


async def _waiting(session: AsyncSession, conversation_id: int) -> Sequence[Outbox]:
    rows = await session.scalars(
        select(Outbox)
        .where(Outbox.conversation_id == conversation_id, _WAITS)
        .order_by(Outbox.seq)
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def _come_back(
    session: AsyncSession, conversation: Conversation, waiting: Sequence[Outbox], code: str, now: dt.datetime
) -> None:
    """It still waits until she writes; whoever has the case hears of it, with the code of the refusal."""
    for row in {row.case_id: row for row in waiting}.values():
        row.code = code
        await tell_staff(session, conversation, row, now=now)
        row.code = None


async def _by_sms(
    session: AsyncSession, waiting: Sequence[Outbox], sms: Conversation, opens: dt.datetime | None, now: dt.datetime
) -> None:
    """What waits goes to her number instead; what she answers there belongs to the same case."""
    moved = [(row, copied(session, row, sms, now, opens=opens)) for row in waiting if _may(row, sms)]
    await session.flush()
    for row, copy in moved:
        row.state, row.wait_reason, row.code = OutboxState.CANCELLED, None, None
        await session.execute(
            update(BroadcastRecipient).where(BroadcastRecipient.outbox_id == row.id).values(outbox_id=copy.id)
        )
    for case_id in {row.case_id for row, _ in moved if row.case_id is not None}:
        told(session, sms, case_id, now)
    sms.version += 1


def _may(row: Outbox, sms: Conversation) -> bool:
    """STOP on her number holds for what the school begins itself."""
    return row.lane is not Lane.PROACTIVE or sms.opted_out_at is None
