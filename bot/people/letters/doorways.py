"""The ways in that a school has: where a first message can be sent, and what a QR code for it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import ProviderAccount
from db.types import ChannelName, Provider


@dataclass(frozen=True, slots=True)
class Doorway:
    """A channel, and what stands under its QR code: our number there, or the bot's name."""

    channel: ChannelName
    place: str

    def link(self, code: str) -> str:
        """Opens the channel with the first message typed already."""
        match self.channel:
            case ChannelName.WHATSAPP:
                return f"https://wa.me/{self.place.removeprefix('+')}?text={quote(code)}"
            case ChannelName.TELEGRAM:
                return f"https://t.me/{self.place.removeprefix('@')}?start={quote(code)}"
            case ChannelName.SMS:
                # Cameras of old telephones read this form, and not `sms:..?body=`.
                return f"SMSTO:{self.place}:{code}"
            case _:
                return self.place


async def doorways(session: AsyncSession, school_id: int, *, telegram: str = "", web: str = "") -> Sequence[Doorway]:
    """Those that are set up for this school. `telegram`: what its bot is called; `web`: where the demo's phone stands."""
    found = await session.scalars(
        select(ProviderAccount)
        .where(ProviderAccount.school_id == school_id, ProviderAccount.provider == Provider.TWILIO)
        .order_by(ProviderAccount.id)
    )
    accounts = found.all()
    places = (
        (ChannelName.WHATSAPP, next((row.whatsapp_from for row in accounts if row.whatsapp_from), "")),
        (ChannelName.TELEGRAM, f"@{telegram}" if telegram else ""),
        (ChannelName.SMS, next((row.sms_from for row in accounts if row.sms_from), "")),
        (ChannelName.WEB, web),
    )
    return tuple(Doorway(channel, place) for channel, place in places if place)
