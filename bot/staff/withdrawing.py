"""What she was to hear of a later day is taken back where it has not left yet: it is no longer so."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Case, Outbox
from db.types import OutboxState

LATER = "later:"
"""Of the key; behind it the case it was of then, and the moment that was promised."""


async def forget_later(session: AsyncSession, case: Case) -> bool:
    """Somebody answered her, it is done, or the day is another one (the conversation is locked); whether there was any."""
    taken = await session.execute(
        update(Outbox)
        .where(
            Outbox.case_id == case.id,  # not as the key has it: what came from another case stands here now
            Outbox.key.startswith(LATER),
            Outbox.state.in_((OutboxState.WAITING, OutboxState.QUEUED)),
        )
        .values(state=OutboxState.CANCELLED, wait_reason=None)
        .returning(Outbox.id)
        .execution_options(synchronize_session=False)
    )
    return bool(taken.all())
