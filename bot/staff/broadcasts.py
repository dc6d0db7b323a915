"""Broadcasts: what the school says of itself to many guardians. Made, released (an urgent one by two people), cancelled."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sqlalchemy import Select, String, and_, cast, exists, false, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.core.mind import Mind
from bot.errors import Refusal
from bot.staff.frequency import OF_AGE, stopped
from bot.staff.knocking import PREFIX
from bot.staff.replies import school_of
from bot.turn.types import Say
from db.queries.door import rights_on
from db.queries.school import SchoolView
from db.queries.staff import Me
from db.tables import Binding, Broadcast, BroadcastRecipient, Case, Guardianship, Outbox, Pupil, School, SchoolClass
from db.tables.messages import OUTBOX_PROACTIVE
from db.types import BroadcastState, ChannelName, OutboxState, Rights, WaitReason
from locales.languages import LANGUAGES, SOURCE

log = logging.getLogger(__name__)
LONGEST = 1000
"""Characters: with its signature it is one message on every channel."""
FARTHEST = dt.timedelta(days=14)
"""News that is older is none."""
NOT_LEFT = (OutboxState.WAITING, OutboxState.QUEUED)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Notice:
    """What is to be said: `texts` by language, Dutch among them, or a response of the content with its values."""

    texts: Mapping[str, str] = field(default_factory=dict)
    response: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


async def draft(
    session: AsyncSession,
    me: Me,
    notice: Notice,
    *,
    mind: Mind,
    view: SchoolView,
    until: dt.datetime,
    now: dt.datetime,
    classes: Sequence[int] | None = None,
    urgent: bool = False,
) -> int:
    """Keep it until it is released; its number. To some classes or (None) the whole school; `until` it may leave."""
    _check(notice, mind, view)
    if not now < until <= now + FARTHEST:
        raise Refusal("Choose a last moment within the next two weeks.")
    if classes is not None:
        there = await session.scalar(
            select(func.count())
            .select_from(SchoolClass)
            .where(SchoolClass.school_id == me.school_id, SchoolClass.id.in_(classes))
        )
        if not classes or there != len(set(classes)):
            raise Refusal("Choose classes of this school.")
    row = Broadcast(
        school_id=me.school_id,
        texts=dict(notice.texts),
        response=notice.response,
        values=dict(notice.values),
        classes=None if classes is None else sorted(set(classes)),
        urgent=urgent,
        until=until,
        made_by=me.staff_id,
        made_at=now,
    )
    session.add(row)
    await session.flush()
    return row.id


def _check(notice: Notice, mind: Mind, view: SchoolView) -> None:
    if bool(notice.texts) == bool(notice.response):
        raise Refusal("Write a message, or choose a ready one.")
    if notice.texts and (SOURCE not in notice.texts or not notice.texts.keys() <= LANGUAGES.keys()):
        raise Refusal("Write the message in Dutch, and in other languages beside it.")
    if not all(0 < len(text.strip()) <= LONGEST for text in notice.texts.values()):
        raise Refusal("This message is empty or too long: 1000 characters at most.")
    if notice.response:
        say = Say(notice.response, notice.values)
        try:
            mind.words(say, language=SOURCE, channel=ChannelName.SMS, school=school_of(view), menu=0)
        except LookupError:
            raise Refusal("There is no such message any more. Choose another.") from None


async def release(session: AsyncSession, me: Me, broadcast_id: int, *, now: dt.datetime) -> bool:
    """Let it go. An urgent one goes when a second person has released it too; whether it goes now."""
    row = await _mine(session, me, broadcast_id)
    if row.state is not BroadcastState.DRAFT:
        raise Refusal("This message was released or cancelled before.")
    if row.until <= now:
        raise Refusal("The last moment for this message is over.")
    if row.released_by is None:
        row.released_by = me.staff_id
    elif row.released_by == me.staff_id:
        raise Refusal("A second person has to release an urgent message.")
    else:
        row.released_too_by = me.staff_id
    if row.urgent and row.released_too_by is None:
        return False
    row.state, row.released_at = BroadcastState.RELEASED, now
    log.info("broadcast %d released by staff %d of school %d", row.id, me.staff_id, me.school_id)
    return True


async def cancel(session: AsyncSession, me: Me, broadcast_id: int, *, now: dt.datetime) -> None:
    """Take back what has not left. What is on its way just now is taken back by the worker, should it come back."""
    row = await _mine(session, me, broadcast_id)
    if row.state is BroadcastState.CANCELLED:
        return
    row.state, row.cancelled_by = BroadcastState.CANCELLED, me.staff_id
    row.until = min(row.until, now)
    await session.flush()
    while await withdraw(session, now):
        pass
    log.info("broadcast %d cancelled by staff %d of school %d", row.id, me.staff_id, me.school_id)


async def _mine(session: AsyncSession, me: Me, broadcast_id: int) -> Broadcast:
    row = await session.scalar(
        select(Broadcast).where(Broadcast.id == broadcast_id, Broadcast.school_id == me.school_id).with_for_update()
    )
    if row is None:
        raise Refusal("This message does not exist.")
    return row


async def days_of(session: AsyncSession, now: dt.datetime) -> Mapping[str, dt.date]:
    """The day that it is now, by each time zone in which there is a school."""
    zones = await session.scalars(select(School.timezone).distinct())
    return {zone: now.astimezone(ZoneInfo(zone)).date() for zone in zones}


def overdue(now: dt.datetime, days: Mapping[str, dt.date], most: int = _AT_ONCE) -> Select[int]:
    """Messages that have not left and never should.

    Their time is over, she said STOP on one of her addresses, or her full rights to the child that a colleague's word is
    about have ended since (`days`: today, by the schools' time zones).
    """
    today = [and_(School.timezone == zone, rights_on(day) == Rights.FULL) for zone, day in days.items()]
    full = exists(
        select(Guardianship.id)
        .join(Pupil, Pupil.id == Guardianship.pupil_id)
        .join(School, School.id == Guardianship.school_id)
        .where(
            Guardianship.school_id == Case.school_id,
            Guardianship.guardian_id == Case.guardian_id,
            Guardianship.pupil_id == Case.pupil_id,
            or_(false(), *today),
        )
        .correlate(Case)
    )
    hers = literal(":") + cast(Binding.guardian_id, String)
    return (
        select(Outbox.id)
        .outerjoin(BroadcastRecipient, BroadcastRecipient.outbox_id == Outbox.id)
        .outerjoin(Broadcast, Broadcast.id == BroadcastRecipient.broadcast_id)
        .outerjoin(Case, Case.id == Outbox.case_id)  # a colleague's good word (good_words.py)
        .where(
            OUTBOX_PROACTIVE,
            or_(
                Broadcast.until <= now,
                BroadcastRecipient.guardian_id.in_(stopped()),
                Case.guardian_id.in_(stopped()),
                # The word before a pupil turns 18 belongs to the case of one parent; the others stand in its key.
                and_(
                    Outbox.key.startswith(OF_AGE, autoescape=True), exists(stopped().where(Outbox.key.endswith(hers)))
                ),
                and_(Case.guardian_id.is_not(None), Case.pupil_id.is_not(None), ~full),
            ),
        )
        .limit(most)
    )


async def withdraw(session: AsyncSession, now: dt.datetime) -> int:
    """Take back some of what never should leave, and the knocks for it; how many messages."""
    # Whoever has one in hand just now is not waited for: it is looked for again.
    ids = (
        await session.scalars(overdue(now, await days_of(session, now)).with_for_update(of=Outbox, skip_locked=True))
    ).all()
    if not ids:
        return 0
    other = aliased(Outbox)
    alone = ~exists().where(
        other.conversation_id == Outbox.conversation_id,
        other.state == OutboxState.WAITING,
        other.wait_reason == WaitReason.WINDOW,
        other.id.not_in(ids),
    )
    knocks = await session.scalars(
        select(Outbox.id)
        .where(
            Outbox.conversation_id.in_(select(other.conversation_id).where(other.id.in_(ids))),
            Outbox.key.in_([f"{PREFIX}{each}" for each in ids]),
            Outbox.state.in_(NOT_LEFT),
            alone,
        )
        .with_for_update(skip_locked=True)
    )
    await session.execute(
        update(Outbox)
        .where(Outbox.id.in_([*ids, *knocks]))
        .values(state=OutboxState.CANCELLED, wait_reason=None)
        .execution_options(synchronize_session=False)
    )
    return len(ids)
