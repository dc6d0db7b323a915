"""The base of all tables: constraint names, the school's key in every row, the class of personal data on every column."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, MetaData, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.schema import SchemaItem

from db.types import DataClass, Key


class Base(DeclarativeBase):
    """Declarative base. Every constraint has a name, so that migrations can find it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class SchoolRow:
    """A row of one school. The pair (school_id, id) is what other rows refer to, so no row can join two schools."""

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    school_id: Mapped[int] = mapped_column(Key, ForeignKey("school.id"), index=True)


def of_school(*items: SchemaItem, **refers: str) -> tuple[Any, ...]:
    """Table arguments of a school's table: `of_school(address_id="address")` refers to that table within the school."""
    keys = [
        ForeignKeyConstraint(["school_id", column], [f"{table}.school_id", f"{table}.id"])
        for column, table in refers.items()
    ]
    return (UniqueConstraint("school_id", "id"), *keys, *items)


def holds(kind: DataClass, days: int | None = None) -> dict[str, Any]:
    """What a column holds (`info=`): its class of personal data and after how many days it is emptied (None: with its row)."""
    return {"data": kind, "days": days}


MESSAGE_DAYS = 365
SAFETY_DAYS = 730
IDENTITY = holds(DataClass.IDENTITY)
MESSAGE = holds(DataClass.MESSAGE, MESSAGE_DAYS)
CASE = holds(DataClass.CASE, MESSAGE_DAYS)
TECHNICAL = holds(DataClass.TECHNICAL)
