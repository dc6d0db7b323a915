"""A person's answer that WhatsApp took and did not bring: after three hours, or once it is lost, it goes by SMS as well.

Where she has no number for SMS, a lost one has come back to its case already, and a late one still may arrive.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.core.clock import Clock
from bot.core.conversations import lock_all
from bot.staff.by_sms import copied, her_number, key_by_sms, told
from bot.staff.knocking import PREFIX
from db.engine import Database, ring
from db.tables import Address, Case, Conversation, Delivery, Outbox
from db.types import Author, ChannelName, DeliveryStatus, OutboxState

PATIENCE = dt.timedelta(hours=3)
RECENT = dt.timedelta(days=1)
"""An answer of longer ago would only confuse."""
_AT_ONCE = 50
_OF_IT = and_(Delivery.school_id == Outbox.school_id, Delivery.outbox_id == Outbox.id)
_ON_ITS_WAY = exists().where(_OF_IT, Delivery.status == DeliveryStatus.SENT)
"""Only where the provider tells us so is it known that nothing came after it."""
_ARRIVED = exists().where(_OF_IT, Delivery.status.in_((DeliveryStatus.DELIVERED, DeliveryStatus.READ)))
_Copy = aliased(Outbox)
_SENT_AGAIN = exists().where(
    _Copy.school_id == Outbox.school_id,
    _Copy.key == Outbox.key + f":{ChannelName.SMS}",
)


class Undelivered:
    """A part of the worker."""

    name = "undelivered"

    def __init__(self, database: Database, clock: Clock) -> None:
        """Nothing is started here."""
        self._db, self._clock = database, clock
        self._after = 0
        """The last one that was looked at: many without a number for SMS do not stand before one that has it."""

    async def once(self) -> int:
        """Send what did not arrive by SMS; returns how many messages that was."""
        now, row = self._clock.now(), Outbox
        late = and_(
            row.state == OutboxState.SENT, or_(row.code.is_not(None), and_(row.sent_at <= now - PATIENCE, _ON_ITS_WAY))
        )
        found = (
            select(row.id, row.school_id, row.conversation_id, Case.guardian_id)
            .join(Case, Case.id == row.case_id)  # whoever it answers: on one phone there may be several people
            .join(Conversation, Conversation.id == row.conversation_id)
            .join(Address, Address.id == Conversation.address_id)
            .where(row.author == Author.STAFF, row.tried_at > now - RECENT, or_(late, row.state == OutboxState.DEAD))
            .where(row.id > self._after, Address.channel == ChannelName.WHATSAPP, Conversation.blocked_at.is_(None))
            .where(~_ARRIVED, ~_SENT_AGAIN, ~row.key.startswith(PREFIX))
            .order_by(row.id)
            .limit(_AT_ONCE)
        )
        async with self._db.read() as session:
            lost = (await session.execute(found)).all()
        self._after = lost[-1].id if len(lost) == _AT_ONCE else 0
        moved = 0
        for outbox_id, school_id, conversation_id, guardian_id in lost:
            sms = await her_number(self._db, school_id, guardian_id) if guardian_id else None
            if sms is not None:
                moved += await self._db.write(
                    lambda s, o=outbox_id, c=conversation_id, n=sms: _send(s, o, c, n, now)  # type: ignore[misc]
                )
        return moved


async def _send(session: AsyncSession, outbox_id: int, conversation_id: int, sms_id: int, now: dt.datetime) -> int:
    sms = (await lock_all(session, {conversation_id, sms_id}))[sms_id]
    row = await session.get_one(Outbox, outbox_id, populate_existing=True)
    again = select(Outbox.id).where(Outbox.school_id == row.school_id, Outbox.key == key_by_sms(row.key))
    if sms.blocked_at is not None or (await session.execute(again)).first() is not None:
        return 0
    copied(session, row, sms, now, opens=None)
    if row.case_id is not None:
        told(session, sms, row.case_id, now)
    ring(session, "outbox", "case")
    return 1
