"""At 18 the pupil decides: with consent that was recorded a guardian is still told, without it nothing.

Consent is given for one guardian: a pupil of age may want the mother told and not the father.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.conversations import lock_all
from bot.errors import Refusal
from bot.staff.marks import N_
from db.engine import ring
from db.queries.door import eighteenth_birthday
from db.tables import Binding, Conversation, Guardianship, Pupil

EARLY = dt.timedelta(days=365)
"""So long before the birthday a form may be signed; a younger child cannot decide for an adult."""


async def record_consent(
    session: AsyncSession,
    school_id: int,
    *,
    pupil_id: int,
    guardian_id: int,
    given: bool,
    staff_id: int | None,
    now: dt.datetime,
    today: dt.date,
) -> None:
    """Write down that the pupil wants this guardian told from 18 on, or (`given` False) no longer does. Both hold at once."""
    await look_again(session, school_id, [guardian_id])  # conversations are locked before anything else
    pair = await session.scalar(
        select(Guardianship)
        .where(
            Guardianship.school_id == school_id,
            Guardianship.pupil_id == pupil_id,
            Guardianship.guardian_id == guardian_id,
        )
        .with_for_update()
    )
    if pair is None:
        raise Refusal(N_("This is not a guardian of this pupil. Look again."))
    birthday = await session.scalar(select(Pupil.birthday).where(Pupil.id == pupil_id))
    if given and (birthday is None or eighteenth_birthday(birthday) - today > EARLY):
        raise Refusal(N_("The pupil is younger than 17: consent can be recorded from a year before the 18th birthday."))
    pair.consent_at, pair.consent_by_id = (now, staff_id) if given else (None, None)


async def look_again(
    session: AsyncSession, school_id: int, guardians: list[int], *, more: Iterable[int] = ()
) -> Mapping[int, Conversation]:
    """What these guardians may know has changed: a turn that is being thought just now is thought again.

    Their conversations (and `more`) are locked, in order: before any other is.
    """
    hers = select(Binding.address_id).where(
        Binding.school_id == school_id, Binding.guardian_id.in_(guardians), Binding.ended_at.is_(None)
    )
    found = await session.scalars(
        select(Conversation.id).where(Conversation.school_id == school_id, Conversation.address_id.in_(hers))
    )
    locked = await lock_all(session, {*found, *more})
    for conversation in locked.values():
        conversation.version += 1
    await session.flush()
    ring(session, "case")
    return locked
