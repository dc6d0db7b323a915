"""INSERT that leaves what is already there alone, the same on both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import Base


async def insert_new(
    session: AsyncSession, table: type[Base], values: Mapping[str, Any], *, unique: Sequence[str]
) -> int | None:
    """Insert one row unless its `unique` columns are taken; the new row's id, or None."""
    statement = _statement(session.get_bind().dialect.name, table, tuple(unique))
    found: int | None = (await session.execute(statement, dict(values))).scalar_one_or_none()
    return found


async def insert_all_new(
    session: AsyncSession, table: type[Base], rows: Sequence[Mapping[str, Any]], *, unique: Sequence[str]
) -> None:
    """Insert those rows whose `unique` columns are not taken, with defaults for what they do not say."""
    if rows:
        statement = _insert(session.get_bind().dialect.name, table, tuple(unique))
        await session.execute(statement, [dict(row) for row in rows])


@cache
def _statement(dialect: str, table: type[Base], unique: tuple[str, ...]) -> Any:
    """Put together once, and past the ORM: both cost more than running it."""
    return _insert(dialect, table, unique).returning(inspect(table).primary_key[0])


def _insert(dialect: str, table: type[Base], unique: tuple[str, ...]) -> Any:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(Base.metadata.tables[table.__tablename__]).on_conflict_do_nothing(index_elements=list(unique))
