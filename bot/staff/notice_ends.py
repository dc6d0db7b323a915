"""What became of a notice in the outbox: it left, is to be told again, or lay too long to leave as it was composed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import Select, Update, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Outbox, StaffNotice
from db.types import OutboxState

AGAIN = dt.timedelta(hours=1)
"""After the second refusal this long, then twice as long each time; the first sends it the other way at once."""
TRIES = 6
"""So often a notice is refused for good before nobody tries any more: over a night in which no mail server answers."""
LAIN = dt.timedelta(minutes=30)
"""Longer than all attempts at one message take: what lies so long waits for an account or a worker, and is looked at anew."""
_AT_ONCE = 50
_OVER = (
    select(Outbox.id, Outbox.state)
    .join(StaffNotice, StaffNotice.outbox_id == Outbox.id)
    .where(
        StaffNotice.state == "told",
        Outbox.state.in_((OutboxState.SENT, OutboxState.DEAD, OutboxState.CANCELLED)),
    )
    .distinct()
    .limit(_AT_ONCE)
)


async def anything_over(session: AsyncSession, now: dt.datetime) -> bool:
    """Whether there is anything to see to: most of the time there is not, and nothing is written."""
    return any([(await session.execute(query.limit(1))).first() for query in (_OVER, _lain(now))])


async def see_to_ends(session: AsyncSession, now: dt.datetime) -> int:
    """Write down what became of each, and empty what it said: that stands in the case, where it is kept and erased.

    Only what left was told. What was refused is open again, a bounded number of times: where an address is dead or a chat blocked,
    it goes the other way. What somebody else withdrew is no news any more.
    """
    ended: dict[OutboxState, list[int]] = {}
    for outbox_id, state in (await session.execute(_OVER)).all():
        ended.setdefault(state, []).append(outbox_id)
    lain = await _withdraw(session, now)
    for state, ids in ended.items():
        await _run(session, update(Outbox).where(Outbox.id.in_(ids)).values(text="", payload={}))
        if state is OutboxState.DEAD:
            await _refused(session, ids, now)
        else:
            await _set(session, ids, state="sent" if state is OutboxState.SENT else "moot")
    await _set(session, lain, state="open", done_at=None, due_at=now)
    return sum(map(len, ended.values())) + len(lain)


async def _withdraw(session: AsyncSession, now: dt.datetime) -> Sequence[int]:
    """Those that lay too long and that no sender has in hand; each is composed anew, of what is so then."""
    ids = (await session.scalars(_lain(now))).all()
    if not ids:
        return ()
    withdrawn = await session.scalars(
        update(Outbox)
        .where(Outbox.id.in_(ids), Outbox.state == OutboxState.QUEUED)
        .values(state=OutboxState.CANCELLED, text="", payload={})
        .returning(Outbox.id)
        .execution_options(synchronize_session=False)
    )
    return withdrawn.all()


async def _refused(session: AsyncSession, ids: Sequence[int], now: dt.datetime) -> None:
    rows = await session.scalars(
        select(StaffNotice).where(StaffNotice.outbox_id.in_(ids), StaffNotice.state == "told").with_for_update()
    )
    for notice in rows.all():
        notice.tries += 1
        if notice.tries >= TRIES:
            notice.state = "failed"
            continue
        notice.state, notice.done_at = "open", None
        notice.due_at = now if notice.tries == 1 else now + AGAIN * 2 ** (notice.tries - 2)


def _lain(now: dt.datetime) -> Select[int]:
    return (
        select(Outbox.id)
        .join(StaffNotice, StaffNotice.outbox_id == Outbox.id)
        .where(StaffNotice.state == "told", Outbox.state == OutboxState.QUEUED, Outbox.created_at <= now - LAIN)
        .distinct()
        .limit(_AT_ONCE)
    )


async def _set(session: AsyncSession, ids: Sequence[int], **values: object) -> None:
    if ids:
        told = StaffNotice.outbox_id.in_(ids), StaffNotice.state == "told"
        await _run(session, update(StaffNotice).where(*told).values(**values))


async def _run(session: AsyncSession, work: Update) -> None:
    await session.execute(work.execution_options(synchronize_session=False))
