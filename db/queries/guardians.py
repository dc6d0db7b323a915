"""One guardian as people at school see her: children and rights, what is bound, what a code would do. Numbers stay hidden."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.queries.door import eighteenth_birthday, rights_on
from db.queries.staff import Me
from db.tables import Address, BindCode, Binding, ClassMentor, Guardian, Guardianship, Pupil, SchoolClass
from db.types import ChannelName, Rights

SHOWN = 2
"""So many digits of a number: enough to recognise it by, too few to write to it."""


@dataclass(frozen=True, slots=True)
class ChildRow:
    """A child of hers. `rights` are today's; `of_age_on` is the 18th birthday where that is within a year, or past."""

    pupil_id: int
    name: str
    class_name: str
    relation: str
    rights: Rights
    of_age_on: dt.date | None
    consent_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class BindingRow:
    """An address that is or was proven to be hers; `ending` are the last digits of a number, `shared` with somebody else."""

    binding_id: int
    channel: ChannelName
    ending: str
    proof: str
    bound_at: dt.datetime
    ended_at: dt.datetime | None
    alive: bool
    shared: bool
    doubt: str
    """Why she has to prove it again; empty: she need not."""


@dataclass(frozen=True, slots=True)
class GuardianPage:
    """All of it."""

    guardian_id: int
    given_name: str
    family_name: str
    language: str | None
    children: tuple[ChildRow, ...]
    bindings: tuple[BindingRow, ...]
    code_until: dt.datetime | None
    """Until when the newest code that nobody has used yet can be used."""

    @property
    def name(self) -> str:
        """In full."""
        return f"{self.given_name} {self.family_name}".strip()


def _may_see(me: Me) -> ColumnElement[bool]:
    """An administrator, and the mentors of a child of hers."""
    if me.administrator:
        return true()
    return exists().where(
        ClassMentor.school_id == me.school_id,
        ClassMentor.staff_id == me.staff_id,
        Guardianship.guardian_id == Guardian.id,
        Pupil.id == Guardianship.pupil_id,
        Pupil.left_at.is_(None),
        or_(ClassMentor.pupil_id == Pupil.id, ClassMentor.class_id == Pupil.class_id),
    )


async def guardian_page(session: AsyncSession, me: Me, guardian_id: int, now: dt.datetime) -> GuardianPage | None:
    """One guardian; None if she is not there for this person."""
    guardian = await session.scalar(
        select(Guardian).where(
            Guardian.school_id == me.school_id,
            Guardian.id == guardian_id,
            Guardian.merged_into_id.is_(None),
            _may_see(me),
        )
    )
    if guardian is None:
        return None
    code_until = await session.scalar(
        select(func.max(BindCode.expires_at)).where(
            BindCode.school_id == me.school_id,
            BindCode.guardian_id == guardian_id,
            BindCode.used_at.is_(None),
            BindCode.expires_at > now,
        )
    )
    return GuardianPage(
        guardian_id,
        guardian.given_name,
        guardian.family_name,
        guardian.language,
        await _children(session, me, guardian_id, me.today(now)),
        await _bindings(session, me, guardian_id),
        code_until,
    )


async def _children(session: AsyncSession, me: Me, guardian_id: int, today: dt.date) -> tuple[ChildRow, ...]:
    rows = await session.execute(
        select(Pupil, SchoolClass.name, Guardianship, rights_on(today).label("rights"))
        .join(Guardianship, Guardianship.pupil_id == Pupil.id)
        .outerjoin(SchoolClass, SchoolClass.id == Pupil.class_id)
        .where(Guardianship.school_id == me.school_id, Guardianship.guardian_id == guardian_id, Pupil.left_at.is_(None))
        .order_by(SchoolClass.name, Pupil.given_name, Pupil.id)
    )
    found = []
    for row in rows:
        first = eighteenth_birthday(row.Pupil.birthday) if row.Pupil.birthday else None
        near = first is not None and first - today <= dt.timedelta(days=365)
        found.append(
            ChildRow(
                row.Pupil.id,
                f"{row.Pupil.given_name} {row.Pupil.family_name}".strip(),
                row.name or "",
                row.Guardianship.relation,
                row.rights,
                first if near else None,
                row.Guardianship.consent_at,
            )
        )
    return tuple(found)


async def _bindings(session: AsyncSession, me: Me, guardian_id: int) -> tuple[BindingRow, ...]:
    another = aliased(Binding)
    other = exists().where(
        another.school_id == me.school_id,
        another.address_id == Address.id,
        another.guardian_id != guardian_id,
        another.ended_at.is_(None),
    )
    rows = await session.execute(
        select(Binding, Address.channel, Address.external_id, Address.dead_reason, other.label("shared"))
        .join(Address, Address.id == Binding.address_id)
        .where(Binding.school_id == me.school_id, Binding.guardian_id == guardian_id)
        .order_by(Binding.ended_at.is_not(None), Binding.bound_at.desc(), Binding.id.desc())
    )
    return tuple(
        BindingRow(
            row.Binding.id,
            row.channel,
            row.external_id[-SHOWN:] if row.external_id.startswith("+") else "",
            row.Binding.proof,
            row.Binding.bound_at,
            row.Binding.ended_at,
            not row.dead_reason,
            bool(row.shared),
            row.Binding.doubt,
        )
        for row in rows
    )
