"""Demo mode: on loopback only, or it refuses to start."""

from __future__ import annotations

from sqlalchemy import func, select

from bot.errors import WrongSetting
from bot.settings import Settings
from db.engine import Database
from db.tables import School


async def demo_wanted(database: Database, settings: Settings) -> bool:
    """Whether the demo school and the web phone are there: when set, or (unset) while there is no real school.

    Raises `WrongSetting` where demo mode is asked for and the line can be reached from outside.
    """
    if settings.demo is False:
        return False
    async with database.read() as session:
        real = await session.scalar(select(func.count()).select_from(School).where(School.demo.is_(False)))
    if settings.demo is None and (real or not settings.loopback):
        return False
    if not settings.loopback:
        raise WrongSetting(
            "OUDERLIJN_DEMO: demo mode shows every conversation to everybody, so it runs on loopback only. "
            "Set OUDERLIJN_DEMO=0, or HOST=127.0.0.1 and a loopback OUDERLIJN_PUBLIC_URL"
        )
    return True
