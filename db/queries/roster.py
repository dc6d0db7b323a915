"""Everybody of one school as rows, for an import to compare with; what was imported, and how complete it is."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.staff import shown_name
from db.tables import (
    Address,
    Base,
    Binding,
    ClassMentor,
    Guardian,
    Guardianship,
    ImportColumns,
    PeopleImport,
    Pupil,
    SchoolClass,
    Staff,
)
from db.types import ChannelName, ImportState, Rights


@dataclass(frozen=True, slots=True)
class Everybody:
    """Rows as the database has them, and what joins them by id."""

    pupils: tuple[Row[Any], ...]
    guardians: tuple[Row[Any], ...]
    staff: tuple[Row[Any], ...]
    classes: tuple[Row[Any], ...]
    numbers: tuple[Row[Any], ...]
    """Mobile numbers: (id, external_id, known_guardian_id, staff_id)."""
    links: Mapping[int, Mapping[int, tuple[str, Rights]]]
    """By guardian, by pupil: (relation, rights)."""
    class_mentors: Mapping[int, tuple[int, ...]]
    pupil_mentors: Mapping[int, tuple[int, ...]]
    bound: Mapping[int, frozenset[int]]
    """Guardians by address."""


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One import, without its file."""

    id: int
    by: str
    """Empty: from the command line."""
    at: dt.datetime
    done_at: dt.datetime | None
    state: ImportState
    kind: str
    org: str
    part: bool
    counts: Mapping[str, int]
    file_name: str


@dataclass(frozen=True, slots=True)
class Completeness:
    """How much the line knows of a school, in figures."""

    classes: int
    pupils: int
    left: int
    guardians: int
    bound: int
    reachable: int
    """Guardians with a mobile number in the records, bound or not."""
    without_guardian: int
    without_class: int
    classes_without_mentor: int
    without_language: int


async def everybody(session: AsyncSession, school_id: int) -> Everybody:
    """All of it, in eight questions whatever the school's size."""

    async def rows(*columns: Any, where: Any = None) -> tuple[Row[Any], ...]:
        # Past the ORM: an import reads all of this while it holds the write lane.
        table = Base.metadata.tables[columns[0].class_.__tablename__]
        query = select(*(table.c[column.key] for column in columns)).where(table.c.school_id == school_id)
        query = query if where is None else query.where(where(table.c))
        return tuple((await session.execute(query.order_by(table.c.id))).all())

    links: dict[int, dict[int, tuple[str, Rights]]] = defaultdict(dict)
    for row in await rows(Guardianship.guardian_id, Guardianship.pupil_id, Guardianship.relation, Guardianship.rights):
        links[row.guardian_id][row.pupil_id] = (row.relation, row.rights)
    of_class: dict[int, list[tuple[int, int]]] = defaultdict(list)
    of_pupil: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row in await rows(ClassMentor.staff_id, ClassMentor.class_id, ClassMentor.pupil_id, ClassMentor.position):
        found, key = (of_pupil, row.pupil_id) if row.pupil_id is not None else (of_class, row.class_id)
        found[key].append((row.position, row.staff_id))
    bound: dict[int, set[int]] = defaultdict(set)
    for row in await rows(Binding.address_id, Binding.guardian_id, where=lambda c: c.ended_at.is_(None)):
        bound[row.address_id].add(row.guardian_id)
    return Everybody(
        pupils=await rows(
            Pupil.id,
            Pupil.number,
            Pupil.given_name,
            Pupil.family_name,
            Pupil.birthday,
            Pupil.class_id,
            Pupil.left_at,
        ),
        guardians=await rows(
            Guardian.id,
            Guardian.number,
            Guardian.given_name,
            Guardian.family_name,
            Guardian.language,
            Guardian.merged_into_id,
        ),
        staff=await rows(
            Staff.id,
            Staff.number,
            Staff.title,
            Staff.given_name,
            Staff.family_name,
            Staff.email,
            Staff.left_at,
            Staff.login_id,
        ),
        classes=await rows(SchoolClass.id, SchoolClass.name),
        numbers=await rows(
            Address.id,
            Address.external_id,
            Address.known_guardian_id,
            Address.staff_id,
            where=lambda c: c.channel == ChannelName.SMS,
        ),
        links=links,
        class_mentors=_in_order(of_class),
        pupil_mentors=_in_order(of_pupil),
        bound={key: frozenset(guardians) for key, guardians in bound.items()},
    )


async def imports(session: AsyncSession, school_id: int, *, limit: int = 20) -> tuple[ImportRow, ...]:
    """The newest first."""
    rows = await session.execute(_imports(school_id).order_by(PeopleImport.id.desc()).limit(limit))
    return tuple(_import(row) for row in rows)


async def one_import(session: AsyncSession, school_id: int, import_id: int) -> tuple[ImportRow, bytes | None] | None:
    """An import and its file, if it still waits."""
    row = (
        await session.execute(_imports(school_id).add_columns(PeopleImport.file).where(PeopleImport.id == import_id))
    ).one_or_none()
    return None if row is None else (_import(row), row.file)


async def columns_said(session: AsyncSession, school_id: int) -> Mapping[str, tuple[str, ...]]:
    """What columns were said to mean, by fingerprint."""
    rows = await session.execute(
        select(ImportColumns.fingerprint, ImportColumns.columns).where(ImportColumns.school_id == school_id)
    )
    return {row.fingerprint: tuple(row.columns) for row in rows}


async def completeness(session: AsyncSession, school_id: int) -> Completeness:
    """Is what we know right? As far as figures can say."""

    async def count(table: type[Any], *where: ColumnElement[bool]) -> int:
        query = select(func.count()).select_from(table).where(table.school_id == school_id, *where)
        return await session.scalar(query) or 0

    here = Pupil.left_at.is_(None)
    live = exists().where(Binding.guardian_id == Guardian.id, Binding.ended_at.is_(None))
    called = exists().where(Address.known_guardian_id == Guardian.id, Address.dead_reason == "")
    of_somebody_here = exists().where(
        Guardianship.guardian_id == Guardian.id,
        Guardianship.pupil_id == Pupil.id,
        Guardianship.rights != Rights.NONE,
        Pupil.left_at.is_(None),
    )
    has_one = exists().where(Guardianship.pupil_id == Pupil.id, Guardianship.rights != Rights.NONE)
    return Completeness(
        classes=await count(SchoolClass),
        pupils=await count(Pupil, here),
        left=await count(Pupil, Pupil.left_at.is_not(None)),
        guardians=await count(Guardian, of_somebody_here),
        bound=await count(Guardian, of_somebody_here, live),
        reachable=await count(Guardian, of_somebody_here, live | called),
        without_guardian=await count(Pupil, here, ~has_one),
        without_class=await count(Pupil, here, Pupil.class_id.is_(None)),
        classes_without_mentor=await count(
            SchoolClass,
            ~exists().where(ClassMentor.class_id == SchoolClass.id),
            exists().where(and_(Pupil.class_id == SchoolClass.id, here)),
        ),
        without_language=await count(Guardian, of_somebody_here, Guardian.language.is_(None)),
    )


def _imports(school_id: int) -> Any:
    return (
        select(
            PeopleImport.id,
            PeopleImport.at,
            PeopleImport.done_at,
            PeopleImport.state,
            PeopleImport.kind,
            PeopleImport.org,
            PeopleImport.part,
            PeopleImport.counts,
            PeopleImport.file_name,
            PeopleImport.staff_id,
            Staff.title,
            Staff.given_name,
            Staff.family_name,
        )
        .outerjoin(Staff, and_(Staff.school_id == PeopleImport.school_id, Staff.id == PeopleImport.staff_id))
        .where(PeopleImport.school_id == school_id)
    )


def _import(row: Row[Any]) -> ImportRow:
    by = "" if row.staff_id is None else shown_name(row.title, row.given_name, row.family_name)
    return ImportRow(row.id, by, row.at, row.done_at, row.state, row.kind, row.org, row.part, row.counts, row.file_name)


def _in_order(found: Mapping[int, list[tuple[int, int]]]) -> dict[int, tuple[int, ...]]:
    return {key: tuple(staff_id for _, staff_id in sorted(each)) for key, each in found.items()}
