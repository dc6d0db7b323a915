"""The one door to a child's facts (law 5): everything a parent can learn of a pupil is read here, through a live binding.

A test holds that nothing else on the parents' side reads the pupil table.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import BindCode, Binding, ClassMentor, Guardian, Guardianship, Pupil, SchoolClass
from db.types import Rights


@dataclass(frozen=True, slots=True)
class BoundGuardian:
    """A guardian proven to write from an address."""

    guardian_id: int
    name: str
    language: str | None


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


# Asked in every turn, so put together once: that costs more than asking (docs/benchmarks.md).
_GUARDIAN = (
    select(Guardian.id, Guardian.given_name, Guardian.family_name, Guardian.language)
    .join(Binding, Binding.guardian_id == Guardian.id)
    .where(
        Binding.school_id == bindparam("school_id"),
        Binding.address_id == bindparam("address_id"),
        Binding.ended_at.is_(None),
    )
    .order_by(Binding.id.desc())
    .limit(1)
)
_CHILDREN = (
    select(Pupil.id, Pupil.given_name, Pupil.family_name, Pupil.class_id, SchoolClass.name, Guardianship.rights)
    .join(Guardianship, Guardianship.pupil_id == Pupil.id)
    .outerjoin(SchoolClass, SchoolClass.id == Pupil.class_id)
    .where(
        Guardianship.school_id == bindparam("school_id"),
        Guardianship.guardian_id == bindparam("guardian_id"),
        Guardianship.rights != Rights.NONE,
        Pupil.left_at.is_(None),
        # At 18 a guardian's rights end on the birthday (`design.md` 4.5).
        or_(Pupil.birthday.is_(None), Pupil.birthday > bindparam("eighteen")),
    )
    .order_by(SchoolClass.name, Pupil.given_name, Pupil.id)
)
_MENTORS = (
    select(ClassMentor.pupil_id, ClassMentor.class_id, ClassMentor.staff_id)
    .where(
        ClassMentor.school_id == bindparam("school_id"),
        or_(
            ClassMentor.pupil_id.in_(bindparam("pupils", expanding=True)),
            ClassMentor.class_id.in_(bindparam("classes", expanding=True)),
        ),
    )
    .order_by(ClassMentor.position, ClassMentor.id)
)


async def guardian_of_address(session: AsyncSession, school_id: int, address_id: int) -> BoundGuardian | None:
    """The guardian whom the newest live binding proves on this address."""
    row = (await session.execute(_GUARDIAN, {"school_id": school_id, "address_id": address_id})).one_or_none()
    return BoundGuardian(row.id, f"{row.given_name} {row.family_name}".strip(), row.language) if row else None


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
    who = {"school_id": school_id, "guardian_id": guardian_id, "eighteen": eighteen_years_before(today)}
    rows = (await session.execute(_CHILDREN, who)).all()
    if not rows:
        return ()
    mentors = (
        await session.execute(
            _MENTORS,
            {
                "school_id": school_id,
                "pupils": [row.id for row in rows],
                "classes": [row.class_id for row in rows if row.class_id is not None],
            },
        )
    ).all()
    of_pupil: dict[int, list[int]] = defaultdict(list)
    of_class: dict[int, list[int]] = defaultdict(list)
    for pupil_id, class_id, staff_id in mentors:
        if pupil_id is not None:
            of_pupil[pupil_id].append(staff_id)
        elif class_id is not None:
            of_class[class_id].append(staff_id)
    return tuple(
        ChildFacts(
            pupil_id=row.id,
            given_name=row.given_name,
            family_name=row.family_name,
            class_id=row.class_id,
            class_name=row.name or "",
            rights=row.rights,
            mentor_ids=tuple(of_pupil.get(row.id) or of_class.get(row.class_id or 0, [])),
        )
        for row in rows
    )


async def guardians_of(
    session: AsyncSession, school_id: int, classes: Sequence[int] | None, *, after: int, most: int, today: dt.date
) -> list[Reader]:
    """The next guardians by number of the pupils in these classes (None: of the school), each once for all children."""
    young = or_(Pupil.birthday.is_(None), Pupil.birthday > eighteen_years_before(today))
    # From the guardianships, each pupil by its key: the other way round PostgreSQL, right after an import, takes minutes.
    found = (
        select(
            Guardianship.guardian_id,
            func.max(case((and_(Guardianship.rights == Rights.FULL, young), 1), else_=0)).label("full"),
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
