"""Guardians who may be one person twice in the school's files, and what would go along if they were joined. Administrators only."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, func, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.door import rights_on
from db.queries.staff import Me
from db.tables import (
    Address,
    BindCode,
    Binding,
    BroadcastRecipient,
    Call,
    Case,
    Conversation,
    Guardian,
    Guardianship,
    Pupil,
    SchoolClass,
)
from db.types import CaseState, ChannelName, Rights

_NUMBERS = (ChannelName.SMS, ChannelName.WHATSAPP)
_STRICT = list(Rights)


@dataclass(frozen=True, slots=True)
class Twin:
    """Another guardian with a child or a phone number in common. `number` is the one in the school's own files."""

    guardian_id: int
    given_name: str
    family_name: str
    number: str
    shares_child: bool
    shares_phone: bool

    @property
    def name(self) -> str:
        """In full."""
        return f"{self.given_name} {self.family_name}".strip()


@dataclass(frozen=True, slots=True)
class JoinedChild:
    """A child of the two: what each may know today, and what the joined one will: the narrower where both have it."""

    name: str
    class_name: str
    kept: Rights | None
    gone: Rights | None

    @property
    def rights(self) -> Rights:
        """What remains."""
        return max((each for each in (self.kept, self.gone) if each is not None), key=_STRICT.index)

    @property
    def narrowed(self) -> bool:
        """Whether one of the two had more."""
        return self.kept is not None and self.gone is not None and self.kept is not self.gone


@dataclass(frozen=True, slots=True)
class Joining:
    """What joining two guardians means. The figures count what goes along from the one that goes."""

    kept: Twin
    gone: Twin
    children: tuple[JoinedChild, ...]
    phones: int
    ended: int
    """Phones that were taken back from the one that goes: they stay so."""
    numbers: int
    open_cases: int
    cases: int
    codes: int
    calls: int
    broadcasts: int
    stopped: bool
    """STOP was said on a phone of either: then the school writes to neither of itself."""


async def twins(session: AsyncSession, me: Me, guardian_id: int) -> tuple[Twin, ...]:
    """Who shares a child or a phone number with this guardian, whatever she is called."""
    if not me.administrator:
        return ()
    beside = await _ids(
        session,
        select(Guardianship.guardian_id)
        .join(Pupil, Pupil.id == Guardianship.pupil_id)
        .where(
            Guardianship.school_id == me.school_id,
            Pupil.left_at.is_(None),
            Guardianship.pupil_id.in_(
                select(Guardianship.pupil_id).where(
                    Guardianship.school_id == me.school_id, Guardianship.guardian_id == guardian_id
                )
            ),
        ),
    )
    hers = await _phones(session, me.school_id, guardian_id)
    called = Address.external_id.in_(hers), Address.channel.in_(_NUMBERS), Address.school_id == me.school_id
    phone = await _ids(
        session,
        union(
            select(Address.known_guardian_id).where(*called, Address.known_guardian_id.is_not(None)),
            select(Binding.guardian_id)
            .join(Address, Address.id == Binding.address_id)
            .where(*called, Binding.ended_at.is_(None)),
        )
        if hers
        else None,
    )
    rows = await session.scalars(
        select(Guardian)
        .where(
            Guardian.school_id == me.school_id,
            Guardian.id.in_((beside | phone) - {guardian_id}),
            Guardian.merged_into_id.is_(None),
        )
        .order_by(Guardian.given_name, Guardian.id)
    )
    return tuple(_twin(row, shares_child=row.id in beside, shares_phone=row.id in phone) for row in rows)


async def joined_before(
    session: AsyncSession, school_id: int, guardian_id: int
) -> tuple[tuple[str, str, dt.datetime], ...]:
    """Name, number and moment of each guardian who was found to be this one."""
    rows = await session.execute(
        select(Guardian.given_name, Guardian.family_name, Guardian.number, Guardian.merged_at)
        .where(Guardian.school_id == school_id, Guardian.merged_into_id == guardian_id)
        .order_by(Guardian.merged_at, Guardian.id)
    )
    return tuple((f"{row[0]} {row[1]}".strip(), row[2], row[3]) for row in rows if row[3] is not None)


async def joined_into(session: AsyncSession, school_id: int, guardian_id: int) -> int | None:
    """Who this guardian was found to be."""
    found: int | None = await session.scalar(
        select(Guardian.merged_into_id).where(Guardian.school_id == school_id, Guardian.id == guardian_id)
    )
    return found


async def joining(session: AsyncSession, me: Me, kept_id: int, gone_id: int, now: dt.datetime) -> Joining | None:
    """What it would mean; None where either is not there, or no administrator asks."""
    rows = await session.scalars(
        select(Guardian).where(
            Guardian.school_id == me.school_id, Guardian.id.in_((kept_id, gone_id)), Guardian.merged_into_id.is_(None)
        )
    )
    people = {row.id: row for row in rows}
    if not me.administrator or kept_id == gone_id or len(people) != len({kept_id, gone_id}):
        return None
    found = next((twin for twin in await twins(session, me, kept_id) if twin.guardian_id == gone_id), None)
    if found is None:
        return None

    async def count(table: type[object], *where: ColumnElement[bool]) -> int:
        return await session.scalar(select(func.count()).select_from(table).where(*where)) or 0

    return Joining(
        _twin(people[kept_id], shares_child=found.shares_child, shares_phone=found.shares_phone),
        found,
        await _children(session, me, kept_id, gone_id, now),
        phones=await count(Binding, Binding.guardian_id == gone_id, Binding.ended_at.is_(None)),
        ended=await count(Binding, Binding.guardian_id == gone_id, Binding.ended_at.is_not(None)),
        numbers=await count(Address, Address.known_guardian_id == gone_id),
        open_cases=await count(Case, Case.guardian_id == gone_id, Case.state != CaseState.CLOSED),
        cases=await count(Case, Case.guardian_id == gone_id),
        codes=await count(
            BindCode, BindCode.guardian_id == gone_id, BindCode.used_at.is_(None), BindCode.expires_at > now
        ),
        calls=await count(Call, Call.guardian_id == gone_id),
        broadcasts=await count(BroadcastRecipient, BroadcastRecipient.guardian_id == gone_id),
        stopped=bool(
            await count(
                Conversation,
                Conversation.school_id == me.school_id,
                Conversation.opted_out_at.is_not(None),
                Conversation.address_id.in_(
                    select(Binding.address_id).where(
                        Binding.guardian_id.in_((kept_id, gone_id)), Binding.ended_at.is_(None)
                    )
                ),
            )
        ),
    )


async def _children(
    session: AsyncSession, me: Me, kept_id: int, gone_id: int, now: dt.datetime
) -> tuple[JoinedChild, ...]:
    rows = await session.execute(
        select(
            Pupil.id,
            Pupil.given_name,
            Pupil.family_name,
            SchoolClass.name,
            Guardianship.guardian_id,
            rights_on(me.today(now)).label("rights"),
        )
        .join(Guardianship, Guardianship.pupil_id == Pupil.id)
        .outerjoin(SchoolClass, SchoolClass.id == Pupil.class_id)
        .where(
            Guardianship.school_id == me.school_id,
            Guardianship.guardian_id.in_((kept_id, gone_id)),
            Pupil.left_at.is_(None),
        )
        .order_by(SchoolClass.name, Pupil.given_name, Pupil.id)
    )
    names: dict[int, tuple[str, str]] = {}
    rights: dict[int, dict[int, Rights]] = defaultdict(dict)
    for row in rows:
        names[row.id] = (f"{row.given_name} {row.family_name}".strip(), row.name or "")
        rights[row.id][row.guardian_id] = row.rights
    return tuple(JoinedChild(*names[pupil], each.get(kept_id), each.get(gone_id)) for pupil, each in rights.items())


async def _phones(session: AsyncSession, school_id: int, guardian_id: int) -> list[str]:
    bound = select(Binding.address_id).where(
        Binding.school_id == school_id, Binding.guardian_id == guardian_id, Binding.ended_at.is_(None)
    )
    rows = await session.scalars(
        select(Address.external_id).where(
            Address.school_id == school_id,
            Address.channel.in_(_NUMBERS),
            or_(Address.known_guardian_id == guardian_id, Address.id.in_(bound)),
        )
    )
    return [number for number in rows if number.startswith("+")]


async def _ids(session: AsyncSession, query: Select[Any] | CompoundSelect[Any] | None) -> set[int]:
    return set() if query is None else set(await session.scalars(query))


def _twin(row: Guardian, *, shares_child: bool, shares_phone: bool) -> Twin:
    return Twin(row.id, row.given_name, row.family_name, row.number, shares_child, shares_phone)
