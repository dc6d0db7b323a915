"""Alarms: the people on the safety rota are warned at once, by SMS where they gave a number. No name, no word of hers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.conversations import add_outbox
from db.tables import Address, Conversation, Outbox
from db.types import Lane

TEXT = "Ouderlijn: er is een dringend bericht van een ouder. Open nu de inbox."
"""Titles and notifications say only "please open": phones lie on tables. Staff read Dutch."""
RESPONSE = "staff_alarm"


async def raise_alarm(
    session: AsyncSession, warned: Iterable[Conversation], inbox_id: int, *, now: dt.datetime
) -> None:
    """One urgent message to each (locked) conversation of the rota, once per cause."""
    for conversation in warned:
        staff_id = (
            await session.execute(select(Address.staff_id).where(Address.id == conversation.address_id))
        ).scalar_one()
        key = f"staff:alarm-{inbox_id}:{staff_id}:sms"
        before = await session.execute(
            select(Outbox.id).where(Outbox.school_id == conversation.school_id, Outbox.key == key)
        )
        if before.first() is None:
            add_outbox(
                session,
                conversation,
                key=key,
                text=TEXT,
                now=now,
                lane=Lane.URGENT,
                response=RESPONSE,
                inbox_id=inbox_id,
            )
