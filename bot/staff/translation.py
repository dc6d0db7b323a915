"""What a school lets a machine translate."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Refusal
from bot.translation.again import look_again
from bot.translation.policy import Allowed
from db.tables import School


async def save_translation(session: AsyncSession, school_id: int, allowed: str) -> None:
    """Keep it. What the old rule refused, in cases that are open, is looked at again."""
    if allowed not in {each.value for each in Allowed}:
        raise Refusal("Choose one of these.")
    (await session.get_one(School, school_id)).translation = allowed
    await look_again(session, school_id)
