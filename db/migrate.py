"""Migrations: bring a database to the shape of the tables. Foreign keys are off on SQLite meanwhile, and checked at the end."""

from __future__ import annotations

import contextlib
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection, Enum, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from db.engine import driver_url, scratch_engine
from db.types import Instant

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent / "migrations"
_LOCK = 727_001
"""PostgreSQL's advisory lock: two processes that start at once migrate one after the other."""


async def one_start(connection: AsyncConnection | AsyncSession) -> None:
    """Of processes that start at once on PostgreSQL, one at a time goes on, until its transaction ends."""
    dialect = connection.get_bind().dialect if isinstance(connection, AsyncSession) else connection.dialect
    if dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration for our folder."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def make_private(url: str) -> None:
    """An existing SQLite file, and those beside it, are read by this user only: they hold what parents wrote."""
    parsed = driver_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database.startswith((":", "file:")):
        return
    for ending in ("", "-wal", "-shm"):
        path = Path(parsed.database + ending)
        with contextlib.suppress(FileNotFoundError):
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & 0o077:
                path.chmod(mode & 0o700)


async def migrate(url: str) -> None:
    """Upgrade the database at `url` to the newest migration; nothing happens where it has it already."""
    engine = scratch_engine(url)
    try:
        async with engine.begin() as connection:
            await one_start(connection)
            await connection.run_sync(_upgrade)
            if connection.dialect.name == "sqlite":
                broken = (await connection.execute(text("PRAGMA foreign_key_check"))).all()
                if broken:
                    message = (
                        f"the migration would leave {len(broken)} rows without what they refer to; nothing was changed"
                    )
                    raise RuntimeError(message)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    from alembic import command

    command.upgrade(config(connection), "head")


def behind(connection: Connection) -> bool:
    """Whether the database is not at the newest migration."""
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    newest = ScriptDirectory.from_config(config()).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() != newest


def missing(connection: Connection) -> list[str]:
    """Columns that the tables lack, as `table.column`: none, unless an unreleased version made them."""
    from db.tables import Base

    there = inspect(connection).get_multi_columns()
    held = {(table, column["name"]) for (_, table), columns in there.items() for column in columns}
    return [
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if (table.name, column.name) not in held
    ]


def render(kind: str, thing: object, _context: object) -> str | Literal[False]:
    """How a new migration writes our column types: short, and independent of what the enumerations hold later."""
    if kind == "type" and isinstance(thing, Instant):
        return "Instant()"
    if kind == "type" and isinstance(thing, Enum):
        return "sa.String(32)"
    return False


def differences(connection: Connection) -> list[Any]:
    """What the migrations left different from the tables; empty is right."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from db.tables import Base

    return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))
