"""A row cannot join two schools: the database itself refuses it, for every reference there is."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKeyConstraint,
    Integer,
    Table,
    UniqueConstraint,
    insert,
)
from sqlalchemy import Enum as EnumType
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db.engine import Database
from db.tables import Base
from db.types import Instant
from tests.conftest import NOW

GLOBAL = {
    "school": "a school belongs to nobody",
    "provider_account": "a webhook finds it before it knows the school (it has its school all the same)",
    "staff_login": "one person may work at several schools",
    "session": "a browser, of a login",
    "worker": "a process serves every school",
    "login_attempt": "it happens before a school is known",
}
_numbers = itertools.count(1)
TABLES = Base.metadata.sorted_tables


def across(table: Table) -> list[ForeignKeyConstraint]:
    """The references of a table that stay within a school."""
    found = [c for c in table.constraints if isinstance(c, ForeignKeyConstraint) and "school_id" in c.column_keys]
    return sorted((c for c in found if len(c.column_keys) > 1), key=lambda c: list(c.column_keys))


REFERENCES = [(table, key) for table in TABLES for key in across(table)]


def test_there_are_references_to_try() -> None:
    """The tests below are made from the tables; without any they would say nothing."""
    assert len(REFERENCES) >= 30


@pytest.mark.parametrize("table", [t for t in TABLES if t.name not in GLOBAL], ids=lambda t: t.name)
def test_a_table_of_a_school_says_so(table: Table) -> None:
    """`school_id NOT NULL`, and UNIQUE (school_id, id) for others to refer to."""
    unique = [tuple(c.columns.keys()) for c in table.constraints if isinstance(c, UniqueConstraint)]
    assert "school_id" in table.c, "no school: add it, or name the table here with a reason"
    assert (table.c.school_id.nullable, ("school_id", "id") in unique) == (False, True)


@pytest.mark.parametrize("table", [t for t in TABLES if t.name not in GLOBAL], ids=lambda t: t.name)
def test_a_reference_to_a_schools_row_names_the_school(table: Table) -> None:
    """A plain reference to a school's table could join two schools."""
    plain = [
        (column.name, key.column.table.name)
        for column in table.c
        for key in column.foreign_keys
        if key.constraint is not None and len(key.constraint.column_keys) == 1 and key.column.table.name not in GLOBAL
    ]
    assert plain == []


def test_the_global_tables_are_these() -> None:
    """Global by name, each with its reason; a name that is no table any more is not kept."""
    assert set(GLOBAL) <= {table.name for table in TABLES}


def value(column: Column[Any], number: int) -> Any:
    """Something that the column takes."""
    kind = column.type
    if isinstance(kind, Instant):
        return NOW
    if isinstance(kind, EnumType):
        return next(iter(kind.enum_class or ()))
    for known, made in ((Boolean, False), (JSON, {}), (Date, dt.date(2026, 1, 1)), (Float, 1.0)):
        if isinstance(kind, known):
            return made
    return number if isinstance(kind, Integer) else f"{column.name}{number}"[: kind.length or 40]  # type: ignore[attr-defined]


async def make(session: AsyncSession, table: Table, school: int, **given: Any) -> int:
    """A row of a school with everything it must have, made in the same school unless given."""
    row: dict[str, Any] = {}
    number = next(_numbers)
    references = {c.column_keys[1]: c for c in across(table)} if table.name != "school" else {}
    for column in table.c:
        if column.name == "school_id":
            row["school_id"] = school
        elif column.name in given:
            row[column.name] = given[column.name]
        elif column.nullable or (column.primary_key and isinstance(column.type, Integer)):
            continue
        elif column.name in references:
            row[column.name] = await make(session, references[column.name].referred_table, school)
        elif column.foreign_keys:
            target = next(iter(column.foreign_keys)).column.table
            row[column.name] = await make(session, target, school)
        else:
            row[column.name] = value(column, number)
    result = await session.execute(insert(table).values(**row).returning(*table.primary_key))
    key: int = result.scalar_one()
    return key


@pytest_asyncio.fixture
async def schools(database: Database) -> tuple[int, int]:
    """Two schools."""

    async def work(session: AsyncSession) -> tuple[int, int]:
        school = Base.metadata.tables["school"]
        return await make(session, school, 0), await make(session, school, 0)

    return await database.write(work)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("table", "key"), REFERENCES, ids=lambda x: x.name if isinstance(x, Table) else x.column_keys[1]
)
async def test_a_row_that_joins_two_schools_is_refused(
    database: Database, schools: tuple[int, int], table: Table, key: ForeignKeyConstraint
) -> None:
    """One example for each reference: within the school it is taken, across schools it is not."""
    mine, other = schools
    column, target = key.column_keys[1], key.referred_table

    async def join(session: AsyncSession, *, theirs: int) -> None:
        referred = await make(session, target, theirs)
        await make(session, table, mine, **{column: referred})

    with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
        await database.write(lambda s: join(s, theirs=other))
    await database.write(lambda s: join(s, theirs=mine))
