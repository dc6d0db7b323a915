"""Every column that can hold personal data says which kind, and how long it stays."""

from __future__ import annotations

import pytest
from sqlalchemy import JSON, Column, Date, DateTime, Enum, LargeBinary, String
from sqlalchemy.types import TypeEngine

from db.tables import Base
from db.types import DataClass, Instant

COLUMNS = [column for table in Base.metadata.sorted_tables for column in table.columns]
NAMED = [c for c in COLUMNS if isinstance(c.type, (String, JSON, Date, LargeBinary)) and not isinstance(c.type, Enum)]


def name(column: Column[object]) -> str:
    return f"{column.table.name}.{column.name}"


def test_there_are_columns_to_look_at() -> None:
    """A scan of nothing would say nothing."""
    assert (len(COLUMNS) >= 230, len(NAMED) >= 80) == (True, True), (len(COLUMNS), len(NAMED))


@pytest.mark.parametrize("column", NAMED, ids=name)
def test_a_column_says_what_it_holds(column: Column[object]) -> None:
    """Texts, JSON and dates: a class of personal data, and days until it is emptied (or none: with its row)."""
    assert isinstance(column.info.get("data"), DataClass), f"{name(column)}: add info= (db/base.py)"
    days = column.info.get("days")
    assert days is None or days > 0


def test_every_class_of_a_parents_words_is_used() -> None:
    """What parents write, and who they are, is marked as that: not everything is technical."""
    used = {column.info["data"] for column in NAMED}
    assert used >= {DataClass.MESSAGE, DataClass.IDENTITY, DataClass.CASE, DataClass.TECHNICAL}


def test_what_she_wrote_is_emptied_in_time() -> None:
    """A message's words have an end."""
    endless = [name(c) for c in NAMED if c.info["data"] is DataClass.MESSAGE and c.info["days"] is None]
    assert endless == []


def test_every_moment_is_an_instant() -> None:
    """One column type for moments: UTC, and naive values are refused."""

    def moment(kind: TypeEngine[object]) -> bool:
        return isinstance(kind, (DateTime, Instant))

    moments = [column for column in COLUMNS if moment(column.type)]
    assert (len(moments) >= 40, [name(c) for c in moments if not isinstance(c.type, Instant)]) == (True, [])


def test_every_constraint_has_a_name() -> None:
    """Or a migration could not find it."""
    constraints = [c for table in Base.metadata.sorted_tables for c in table.constraints]
    assert (len(constraints) >= 100, [str(c) for c in constraints if not c.name]) == (True, [])
