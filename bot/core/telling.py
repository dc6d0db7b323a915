"""The one seam through which a person at school hears of a case: it was given to them, she wrote again, it is time.

Whoever tells by mail or Telegram begins here. Today it rings the bell of the inbox.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from db.engine import ring
from db.tables import Case


class Told(StrEnum):
    """What they hear."""

    GIVEN = "given"
    WROTE = "wrote"
    REMINDED = "reminded"
    ESCALATED = "escalated"


async def tell(session: AsyncSession, case: Case, what: Told, *, to: int | None, now: dt.datetime) -> None:
    """Let a colleague know of a (flushed) case, in the transaction that made it necessary; nobody, nothing."""
    del case, what, now
    if to is not None:
        ring(session, "case")
