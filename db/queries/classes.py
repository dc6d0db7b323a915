"""Classes as staff see them, and guardians to choose from."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.door import eighteen_years_before, rights_on
from db.queries.staff import Me
from db.tables import Address, Binding, ClassMentor, Guardian, Guardianship, Pupil, SchoolClass
from db.types import ChannelName, Rights

MOST_FOUND = 20


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class, and how many pupils it has."""

    name: str
    pupils: int


@dataclass(frozen=True, slots=True)
class Ward:
    """A pupil, from a guardian's side."""

    pupil_id: int
    name: str
    class_name: str


@dataclass(frozen=True, slots=True)
class Carer:
    """A guardian, from a pupil's side; `channels` are those on which the line knows who she is."""

    guardian_id: int
    name: str
    relation: str
    language: str | None
    rights: Rights
    channels: tuple[ChannelName, ...]


@dataclass(frozen=True, slots=True)
class PupilRow:
    """One row of a class."""

    pupil_id: int
    name: str
    carers: tuple[Carer, ...]
    given_name: str = ""
    of_age: bool = False


@dataclass(frozen=True, slots=True)
class GuardianRow:
    """A guardian to choose, with the pupils that the choice would be about."""

    guardian_id: int
    name: str
    language: str | None
    wards: tuple[Ward, ...]


def _mine(me: Me) -> ColumnElement[bool]:
    """The classes of this person: those they mentor (or a pupil of which); all of them for an administrator."""
    if me.administrator:
        return true()
    in_class = select(Pupil.id).where(Pupil.class_id == SchoolClass.id).correlate(SchoolClass)
    return exists().where(
        ClassMentor.school_id == me.school_id,
        ClassMentor.staff_id == me.staff_id,
        or_(ClassMentor.class_id == SchoolClass.id, ClassMentor.pupil_id.in_(in_class)),
    )


async def classes(session: AsyncSession, me: Me) -> tuple[ClassRow, ...]:
    """The classes this person may see."""
    rows = await session.execute(
        select(SchoolClass.name, Pupil.id)
        .outerjoin(Pupil, and_(Pupil.class_id == SchoolClass.id, Pupil.left_at.is_(None)))
        .where(SchoolClass.school_id == me.school_id, _mine(me))
    )
    count: dict[str, int] = defaultdict(int)
    for name, pupil_id in rows:
        count[name] += pupil_id is not None
    return tuple(ClassRow(name, count[name]) for name in sorted(count))


async def one_class(session: AsyncSession, me: Me, name: str, today: dt.date) -> tuple[PupilRow, ...] | None:
    """The pupils of a class with their guardians as of today; None if it is not there for this person."""
    class_id = (
        await session.execute(
            select(SchoolClass.id).where(SchoolClass.school_id == me.school_id, SchoolClass.name == name, _mine(me))
        )
    ).scalar_one_or_none()
    if class_id is None:
        return None
    pupils = (
        await session.execute(
            select(Pupil.id, Pupil.given_name, Pupil.family_name, Pupil.birthday).where(
                Pupil.school_id == me.school_id, Pupil.class_id == class_id, Pupil.left_at.is_(None)
            )
        )
    ).all()
    carers = await _carers(session, me.school_id, [pupil.id for pupil in pupils], today)
    rows = [
        PupilRow(
            pupil.id,
            f"{pupil.given_name} {pupil.family_name}".strip(),
            carers.get(pupil.id, ()),
            given_name=pupil.given_name,
            of_age=pupil.birthday is not None and pupil.birthday <= eighteen_years_before(today),
        )
        for pupil in pupils
    ]
    return tuple(sorted(rows, key=lambda row: row.name.casefold()))


async def is_mentor(session: AsyncSession, me: Me, name: str) -> bool:
    """Whether this person mentors the class of that name."""
    found = await session.execute(
        select(ClassMentor.id)
        .join(SchoolClass, SchoolClass.id == ClassMentor.class_id)
        .where(ClassMentor.school_id == me.school_id, ClassMentor.staff_id == me.staff_id, SchoolClass.name == name)
    )
    return found.first() is not None


async def own_pupils(session: AsyncSession, me: Me, pupils: Collection[int]) -> frozenset[int]:
    """Those of these pupils whom this person mentors by themselves, whoever mentors their class."""
    found = await session.scalars(
        select(ClassMentor.pupil_id).where(
            ClassMentor.school_id == me.school_id,
            ClassMentor.staff_id == me.staff_id,
            ClassMentor.pupil_id.in_(pupils),
        )
    )
    return frozenset(pupil for pupil in found if pupil is not None)


async def _carers(
    session: AsyncSession, school_id: int, pupils: list[int], today: dt.date
) -> dict[int, tuple[Carer, ...]]:
    rows = (
        await session.execute(
            select(
                Guardianship.pupil_id,
                Guardianship.relation,
                rights_on(today).label("rights"),
                Guardian.id,
                Guardian.given_name,
                Guardian.family_name,
                Guardian.language,
            )
            .join(Guardian, Guardian.id == Guardianship.guardian_id)
            .join(Pupil, Pupil.id == Guardianship.pupil_id)
            .where(Guardianship.school_id == school_id, Guardianship.pupil_id.in_(pupils))
            .order_by(Guardianship.id)
        )
    ).all()
    bound: dict[int, set[ChannelName]] = defaultdict(set)
    for guardian_id, channel in await session.execute(
        select(Binding.guardian_id, Address.channel)
        .join(Address, Address.id == Binding.address_id)
        .where(
            Binding.school_id == school_id,
            Binding.guardian_id.in_([row.id for row in rows]),
            Binding.ended_at.is_(None),
            Address.dead_reason == "",
        )
    ):
        bound[guardian_id].add(channel)
    found: dict[int, list[Carer]] = defaultdict(list)
    for row in rows:
        found[row.pupil_id].append(
            Carer(
                guardian_id=row.id,
                name=f"{row.given_name} {row.family_name}".strip(),
                relation=row.relation,
                language=row.language,
                rights=row.rights,
                channels=tuple(sorted(bound[row.id])),
            )
        )
    return {pupil_id: tuple(carers) for pupil_id, carers in found.items()}


async def find_guardians(session: AsyncSession, school_id: int, search: str, today: dt.date) -> tuple[GuardianRow, ...]:
    """Guardians whose own name, or a child's name or class, holds these words; with the children they have rights to."""
    wanted = search.strip()
    if not wanted:
        return ()
    named = (
        Guardian.given_name + " " + Guardian.family_name,
        Pupil.given_name + " " + Pupil.family_name,
        SchoolClass.name,
    )
    ids = (
        select(Guardian.id)
        .join(Guardianship, Guardianship.guardian_id == Guardian.id)
        .join(Pupil, Pupil.id == Guardianship.pupil_id)
        .outerjoin(SchoolClass, SchoolClass.id == Pupil.class_id)
        .where(
            Guardian.school_id == school_id,
            rights_on(today) != Rights.NONE,
            or_(*(name.icontains(wanted, autoescape=True) for name in named)),
        )
        .distinct()
        .order_by(Guardian.id)
        .limit(MOST_FOUND)
    )
    rows = (
        await session.execute(
            select(Guardian, Pupil.id, Pupil.given_name, Pupil.family_name, SchoolClass.name)
            .join(Guardianship, Guardianship.guardian_id == Guardian.id)
            .join(Pupil, Pupil.id == Guardianship.pupil_id)
            .outerjoin(SchoolClass, SchoolClass.id == Pupil.class_id)
            .where(Guardian.id.in_(ids), rights_on(today) != Rights.NONE)
            .order_by(Guardian.family_name, Guardian.id, Pupil.id)
        )
    ).all()
    wards: dict[int, list[Ward]] = defaultdict(list)
    guardians: dict[int, Guardian] = {}
    for guardian, pupil_id, given, family, class_name in rows:
        guardians[guardian.id] = guardian
        wards[guardian.id].append(Ward(pupil_id, f"{given} {family}".strip(), class_name or ""))
    return tuple(
        GuardianRow(key, f"{row.given_name} {row.family_name}".strip(), row.language, tuple(wards[key]))
        for key, row in guardians.items()
    )
