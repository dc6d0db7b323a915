"""The one door to a child's facts (law 5): everything a parent can learn of a pupil is read here, through a live binding.

A test holds that nothing else on the parents' side reads the pupil table, and that nobody, people at school included, reads
`rights` or a recorded consent but through `rights_on`.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, case, func, literal, or_, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import BindCode, Binding, ClassMentor, Guardian, Guardianship, Pupil, SchoolClass
from db.types import Rights


@dataclass(frozen=True, slots=True)
class BoundGuardian:
    """A guardian proven to write from an address."""

    guardian_id: int
    name: str
    language: str | None
    given_name: str = ""
    bound_at: dt.datetime | None = None
    doubted: bool = False
    """She has to prove it again (bot/people/doubting.py): nothing is told by this."""


@dataclass(frozen=True, slots=True)
class ChildFacts:
    """A pupil as far as one guardian's rights go; `mentor_ids` in order, the pupil's own before the class's."""

    pupil_id: int
    given_name: str
    family_name: str
    class_id: int | None
    class_name: str
    rights: Rights
    mentor_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """A guardian whom the school may write to of itself: `full`, of at least one of the children it is about."""

    guardian_id: int
    language: str | None
    full: bool


@dataclass(frozen=True, slots=True)
class OfAge:
    """A pupil who comes of age, and whose guardians' rights end `on` that day: nobody's of whom consent is recorded."""

    pupil_id: int
    on: dt.date
    full: frozenset[int]
    """Guardians with full rights until then."""
    languages: Mapping[int, str | None]
    bound: Mapping[int, frozenset[int]]
    """All who are bound to an address, by address: those of the guardians concerned, and others on the same phone."""


MONTH = dt.timedelta(days=31)


# Asked in every turn, so put together once: that costs more than asking (docs/benchmarks.md).
_GUARDIAN = (
    select(
        Binding.address_id,
        Binding.bound_at,
        Binding.doubted_at,
        Guardian.id,
        Guardian.given_name,
        Guardian.family_name,
        Guardian.language,
    )
    .join(Guardian, Guardian.id == Binding.guardian_id)
    .where(
        Binding.school_id.in_(bindparam("schools", expanding=True)),
        Binding.address_id.in_(bindparam("addresses", expanding=True)),
        Binding.ended_at.is_(None),
    )
    .order_by(Binding.id)
)
_CHILDREN = (
    select(
        Guardianship.guardian_id,
        Pupil.id,
        Pupil.given_name,
        Pupil.family_name,
        Pupil.birthday,
        Pupil.class_id,
        SchoolClass.name,
        Guardianship.rights,
        Guardianship.consent_at,
    )
    .join(Guardianship, Guardianship.pupil_id == Pupil.id)
    .outerjoin(SchoolClass, SchoolClass.id == Pupil.class_id)
    .where(
        Guardianship.school_id.in_(bindparam("schools", expanding=True)),
        Guardianship.guardian_id.in_(bindparam("guardians", expanding=True)),
        Guardianship.rights != Rights.NONE,
        Pupil.left_at.is_(None),
    )
    .order_by(SchoolClass.name, Pupil.given_name, Pupil.id)
)
_MENTORS = (
    select(ClassMentor.pupil_id, ClassMentor.class_id, ClassMentor.staff_id)
    .where(
        ClassMentor.school_id.in_(bindparam("schools", expanding=True)),
        or_(
            ClassMentor.pupil_id.in_(bindparam("pupils", expanding=True)),
            ClassMentor.class_id.in_(bindparam("classes", expanding=True)),
        ),
    )
    .order_by(ClassMentor.position, ClassMentor.id)
)


async def guardian_of_address(session: AsyncSession, school_id: int, address_id: int) -> BoundGuardian | None:
    """The guardian whom the newest live binding proves on this address."""
    live = (await guardians_of_addresses(session, {address_id: school_id})).get(address_id, ())
    return next((each for each in reversed(live) if not each.doubted), None)


async def guardians_of_addresses(
    session: AsyncSession, schools: Mapping[int, int]
) -> dict[int, tuple[BoundGuardian, ...]]:
    """All who are bound to these addresses, each with its school; by address, the newest last. Who is in doubt is marked so."""
    asked = {"schools": list(set(schools.values())), "addresses": list(schools)}
    found: dict[int, dict[int, BoundGuardian]] = defaultdict(dict)
    for row in await session.execute(_GUARDIAN, asked):
        name = f"{row.given_name} {row.family_name}".strip()
        found[row.address_id].pop(row.id, None)
        found[row.address_id][row.id] = BoundGuardian(
            row.id, name, row.language, row.given_name, row.bound_at, row.doubted_at is not None
        )
    return {address_id: tuple(people.values()) for address_id, people in found.items()}


async def guardian_of_code(
    session: AsyncSession, school_id: int, code_hash: str, now: dt.datetime
) -> tuple[int, BoundGuardian] | None:
    """The unused, unexpired code with this hash, and whom it proves."""
    row = (
        await session.execute(
            select(BindCode.id, Guardian.id, Guardian.given_name, Guardian.family_name, Guardian.language)
            .join(Guardian, Guardian.id == BindCode.guardian_id)
            .where(
                BindCode.school_id == school_id,
                BindCode.code_hash == code_hash,
                BindCode.used_at.is_(None),
                BindCode.expires_at > now,
            )
        )
    ).one_or_none()
    if row is None:
        return None
    return row[0], BoundGuardian(row[1], f"{row[2]} {row[3]}".strip(), row[4])


async def guardian(session: AsyncSession, school_id: int, guardian_id: int) -> BoundGuardian:
    """Who has just proven to be this guardian."""
    row = await session.execute(
        select(Guardian.id, Guardian.given_name, Guardian.family_name, Guardian.language).where(
            Guardian.school_id == school_id, Guardian.id == guardian_id
        )
    )
    found = row.one()
    return BoundGuardian(found.id, f"{found.given_name} {found.family_name}".strip(), found.language)


async def asked_about(
    session: AsyncSession, school_id: int, guardian_id: int, today: dt.date
) -> list[tuple[str, dt.date | None]]:
    """Given name and birthday of each child that a guardian may know of: what she is asked for, never shown to anybody."""
    rows = await session.execute(
        select(Pupil.given_name, Pupil.birthday)
        .join(Guardianship, Guardianship.pupil_id == Pupil.id)
        .where(
            Guardianship.school_id == school_id,
            Guardianship.guardian_id == guardian_id,
            rights_on(today) != Rights.NONE,
        )
    )
    return [(row.given_name, row.birthday) for row in rows]


async def used_code_of(session: AsyncSession, school_id: int, code_hash: str, guardian_id: int) -> bool:
    """Whether a code was this guardian's own: a letter is easily scanned twice."""
    row = await session.execute(
        select(BindCode.id).where(
            BindCode.school_id == school_id,
            BindCode.code_hash == code_hash,
            BindCode.guardian_id == guardian_id,
            BindCode.used_at.is_not(None),
        )
    )
    return row.first() is not None


def rights_on(today: dt.date) -> ColumnElement[Rights]:
    """What a guardian may know of a pupil on this day at school, in a question that joins `Guardianship` and `Pupil`.

    Nothing of a pupil who left, or who is of age and has not consented: rights end on the eighteenth birthday.
    """
    of_age = and_(Pupil.birthday <= eighteen_years_before(today), Guardianship.consent_at.is_(None))
    kind = Guardianship.rights.type
    over = or_(Pupil.left_at.is_not(None), of_age)
    return type_coerce(case((over, literal(Rights.NONE, kind)), else_=Guardianship.rights), kind)


def eighteenth_birthday(birthday: dt.date) -> dt.date:
    """The first day of age; of whom was born on 29 February, 1 March."""
    try:
        return birthday.replace(year=birthday.year + 18)
    except ValueError:
        return birthday.replace(year=birthday.year + 18, month=3, day=1)


def eighteen_years_before(today: dt.date) -> dt.date:
    """Who was born on this day or earlier is of age today; born on 29 February, on 1 March."""
    try:
        return today.replace(year=today.year - 18)
    except ValueError:
        return today.replace(year=today.year - 18, day=28)


async def children_of(
    session: AsyncSession, school_id: int, guardian_id: int, today: dt.date
) -> tuple[ChildFacts, ...]:
    """The pupils this guardian may know of, eldest class last; none who left, came of age, or to whom she has no rights."""
    return (await children_of_each(session, {guardian_id: (school_id, today)}))[guardian_id]


async def children_of_each(
    session: AsyncSession, guardians: Mapping[int, tuple[int, dt.date]]
) -> dict[int, tuple[ChildFacts, ...]]:
    """The same for several guardians at once, each with her school and its day; by guardian."""
    if not guardians:
        return {}
    schools = {"schools": list({school for school, _ in guardians.values()})}
    eighteen = {guardian: eighteen_years_before(today) for guardian, (_, today) in guardians.items()}
    rows = [
        row
        for row in await session.execute(_CHILDREN, schools | {"guardians": list(guardians)})
        if row.birthday is None or row.birthday > eighteen[row.guardian_id] or row.consent_at is not None
    ]
    mentors = await _mentors(session, schools, rows) if rows else {}
    return {
        guardian: tuple(
            ChildFacts(
                pupil_id=row.id,
                given_name=row.given_name,
                family_name=row.family_name,
                class_id=row.class_id,
                class_name=row.name or "",
                rights=row.rights,
                mentor_ids=tuple(mentors.get(("pupil", row.id)) or mentors.get(("class", row.class_id)) or ()),
            )
            for row in rows
            if row.guardian_id == guardian
        )
        for guardian in guardians
    }


async def rights_between(
    session: AsyncSession, school_id: int, guardian_id: int | None, pupil_id: int | None, today: dt.date
) -> Rights | None:
    """What a guardian may know of a pupil today, none where she is no guardian of it; None where either is not known."""
    if guardian_id is None or pupil_id is None:
        return None
    found = await session.scalar(
        select(rights_on(today))
        .select_from(Guardianship)
        .join(Pupil, Pupil.id == Guardianship.pupil_id)
        .where(
            Guardianship.school_id == school_id,
            Guardianship.guardian_id == guardian_id,
            Guardianship.pupil_id == pupil_id,
        )
    )
    return found or Rights.NONE


async def coming_of_age(session: AsyncSession, school_id: int, today: dt.date, *, within: dt.timedelta) -> list[OfAge]:
    """The pupils who turn 18 after today and within so long, of whom a guardian's rights will end."""
    rows = (
        await session.execute(
            select(Pupil.id, Pupil.birthday, Guardian.id, Guardian.language, rights_on(today))
            .join(Guardianship, Guardianship.pupil_id == Pupil.id)
            .join(Guardian, Guardian.id == Guardianship.guardian_id)
            .where(
                Pupil.school_id == school_id,
                Pupil.birthday > eighteen_years_before(today),
                Pupil.birthday <= eighteen_years_before(today + within),
                Guardianship.consent_at.is_(None),
                rights_on(today) != Rights.NONE,
            )
            .order_by(Pupil.id, Guardian.id)
        )
    ).all()
    concerned = {guardian for _, _, guardian, _, _ in rows}
    live = (
        select(Binding.address_id, Binding.guardian_id)
        .where(Binding.school_id == school_id, Binding.ended_at.is_(None))
        .where(
            Binding.address_id.in_(
                select(Binding.address_id).where(
                    Binding.school_id == school_id, Binding.guardian_id.in_(concerned), Binding.ended_at.is_(None)
                )
            )
        )
    )
    phones: dict[int, set[int]] = defaultdict(set)
    for address_id, guardian_id in await session.execute(live):
        phones[address_id].add(guardian_id)
    pupils = {pupil_id: birthday for pupil_id, birthday, _, _, _ in rows}
    return [
        OfAge(
            pupil_id,
            eighteenth_birthday(birthday),
            full=frozenset(row[2] for row in rows if row[0] == pupil_id and row[4] is Rights.FULL),
            languages=(languages := {row[2]: row[3] for row in rows if row[0] == pupil_id}),
            bound={address: frozenset(them) for address, them in phones.items() if them & languages.keys()},
        )
        for pupil_id, birthday in pupils.items()
        if birthday is not None
    ]


async def _mentors(
    session: AsyncSession, schools: Mapping[str, list[int]], pupils: Sequence[Row[*tuple[Any, ...]]]
) -> dict[tuple[str, int | None], list[int]]:
    """Staff by pupil and by class, in order."""
    asked = {
        "pupils": list({row.id for row in pupils}),
        "classes": list({row.class_id for row in pupils if row.class_id is not None}),
    }
    found: dict[tuple[str, int | None], list[int]] = defaultdict(list)
    for pupil_id, class_id, staff_id in await session.execute(_MENTORS, {**schools, **asked}):
        found["class" if pupil_id is None else "pupil", class_id if pupil_id is None else pupil_id].append(staff_id)
    return found


async def guardians_of(
    session: AsyncSession, school_id: int, classes: Sequence[int] | None, *, after: int, most: int, today: dt.date
) -> list[Reader]:
    """The next guardians by number of the pupils in these classes (None: of the school), each once for all children."""
    # From the guardianships, each pupil by its key: the other way round PostgreSQL, right after an import, takes minutes.
    found = (
        select(
            Guardianship.guardian_id,
            func.max(case((rights_on(today) == Rights.FULL, 1), else_=0)).label("full"),
        )
        .join(Pupil, Pupil.id == Guardianship.pupil_id)
        .where(
            Guardianship.school_id == school_id,
            Guardianship.guardian_id > after,
            Pupil.left_at.is_(None),
            *(() if classes is None else (Pupil.class_id.in_(classes),)),
        )
        .group_by(Guardianship.guardian_id)
        .order_by(Guardianship.guardian_id)
        .limit(most)
    )
    full = {row.guardian_id: bool(row.full) for row in await session.execute(found)}
    people = select(Guardian.id, Guardian.language).where(Guardian.id.in_(full)).order_by(Guardian.id)
    return [Reader(row.id, row.language, full[row.id]) for row in await session.execute(people)]
