"""How long things are kept: columns are emptied when their days (`info`) are over; rows and their numbers stay.

A provider repeats a message within hours, so its id is kept as it is for the whole retention, and only then as a keyed hash.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    cast,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import MESSAGE_DAYS
from db.scrub import overwrite
from db.tables import Base
from db.types import InboxState, MediaState, OutboxState

Counts = dict[str, int]
"""Rows by table."""
TABLES = Base.metadata.tables
BATCH = 500
"""Rows of a table in one transaction: messages need not wait for a large purge."""
PREFIX = "hash:"
KEYS: Mapping[str, tuple[str, ...]] = {
    "inbox": ("provider_id",),
    "outbox": ("provider_sid", "key"),
    "delivery": ("provider_sid",),
}
"""What a provider could find the message by."""
_inbox = TABLES["inbox"]
WHEN: Mapping[str, ColumnElement[Any]] = {
    "conversation": TABLES["conversation"].c.last_inbound_at,
    "inbox": _inbox.c.received_at,
    "outbox": TABLES["outbox"].c.created_at,
    "delivery": TABLES["delivery"].c.at,
    "timer": TABLES["timer"].c.due_at,
    "media": select(_inbox.c.received_at).where(_inbox.c.id == TABLES["media"].c.inbox_id).scalar_subquery(),
    "case": TABLES["case"].c.closed_at,  # what is in a person's hands stays until she has closed it
    "case_event": TABLES["case_event"].c.at,
    "case_note": TABLES["case_note"].c.at,
    "broadcast": TABLES["broadcast"].c.made_at,
    "unanswered": TABLES["unanswered"].c.at,
    "setting_change": TABLES["setting_change"].c.at,
    "people_import": TABLES["people_import"].c.at,
}
"""From when the days of a table's columns count. Without a moment nothing is emptied."""


class Keeping(NamedTuple):
    """The columns of a table that are emptied after so many days (none: only its keys are hashed)."""

    table: Table
    days: int
    columns: tuple[Column[Any], ...]

    @property
    def keys(self) -> list[Column[Any]]:
        """What is hashed with them."""
        names = KEYS.get(self.table.name, ()) if self.days == MESSAGE_DAYS else ()
        return [self.table.c[name] for name in names]

    def over(self, school_id: int, now: dt.datetime) -> Select[Any]:
        """Those rows of a school that were kept long enough and still hold something."""
        full = or_(*(_filled(column) for column in self.columns), *(_plain(key) for key in self.keys))
        long_ago = WHEN[self.table.name] < now - dt.timedelta(days=self.days)
        return select(self.table.c.id).where(self.table.c.school_id == school_id, long_ago, full)


async def purge(session: AsyncSession, school_id: int, *, now: dt.datetime, secret: str) -> Counts:
    """Empty what has been kept long enough, at most `BATCH` rows of a table: call it again until it counts nothing."""
    counts: Counts = {}
    for keeping in kept():
        due = keeping.over(school_id, now).order_by(keeping.table.c.id).limit(BATCH)
        done = await purge_some(session, keeping, due, now=now, secret=secret)
        if done:
            counts[keeping.table.name] = counts.get(keeping.table.name, 0) + done
    return counts


async def purge_some(
    session: AsyncSession, keeping: Keeping, due: Select[Any], *, now: dt.datetime, secret: str
) -> int:
    """Empty these rows, but for those that somebody is at just now; returns how many.

    Whoever holds a conversation may want a row of it: rows are taken here only where nobody need be waited for.
    """
    await overwrite(session)
    ids = (await session.execute(due.with_for_update(skip_locked=True, of=keeping.table))).scalars().all()
    if ids:
        await finish(session, keeping.table, ids, now=now)
        await empty(session, keeping.table, keeping.columns, ids)
        await hash_keys(session, keeping.keys, ids, secret)
    return len(ids)


def kept() -> Iterator[Keeping]:
    """What is emptied, table by table."""
    for table in Base.metadata.sorted_tables:
        groups: dict[int, list[Column[Any]]] = {MESSAGE_DAYS: []} if table.name in KEYS else {}
        for column in table.c:
            if column.info.get("days") is not None:
                groups.setdefault(column.info["days"], []).append(column)
        for days, columns in groups.items():
            yield Keeping(table, days, tuple(columns))


async def empty(session: AsyncSession, table: Table, columns: Collection[Column[Any]], ids: Sequence[int]) -> None:
    """Empty these columns of these rows."""
    if columns and ids:
        await session.execute(
            update(table).where(table.c.id.in_(ids)).values({column.name: _blank(column) for column in columns})
        )


async def hash_keys(
    session: AsyncSession, keys: Sequence[Column[Any]], ids: Sequence[int], secret: str, *, by_row: bool = False
) -> None:
    """Put a keyed hash in place of these keys. `by_row`: the same key may come back, so the row's id goes into the hash."""
    for key in keys:
        table = key.table
        assert isinstance(table, Table)  # noqa: S101 - a column of ours
        found = await session.execute(select(table.c.id, key).where(table.c.id.in_(ids), _plain(key)))
        new = [
            {"row": row, "hashed": keyed_hash(f"{key}:{row}:{value}" if by_row else f"{key}:{value}", secret)}
            for row, value in found.all()
        ]
        if new:
            await session.execute(
                update(table).where(table.c.id == bindparam("row")).values({key.name: bindparam("hashed")}), new
            )


def keyed_hash(value: str, secret: str) -> str:
    """What stays of a key: equal for equal keys, and useless without the installation's secret."""
    return PREFIX + hmac.new(secret.encode(), value.encode(), hashlib.sha256).hexdigest()


async def finish(session: AsyncSession, table: Table, ids: Sequence[int], *, now: dt.datetime) -> None:
    """What is emptied is no longer worked on: an empty message must neither be answered nor leave."""
    c = table.c
    ends: Mapping[str, tuple[Any, dict[str, Any]]] = {
        "inbox": (
            lambda: c.state == InboxState.OPEN,
            {"state": InboxState.DONE, "done_at": now, "lease_token": None, "lease_until": None},
        ),
        "outbox": (
            lambda: c.state.not_in((OutboxState.SENT, OutboxState.DEAD, OutboxState.CANCELLED)),
            {
                "state": OutboxState.CANCELLED,
                "wait_reason": None,
                "lease_token": None,
                "lease_until": None,
                "unknown_at": None,
            },
        ),
        "timer": (lambda: c.state == "open", {"state": "cancelled"}),
        "media": (lambda: c.state == MediaState.OPEN, {"state": MediaState.GONE}),
    }
    if table.name in ends:
        running, values = ends[table.name]
        await session.execute(update(table).where(c.id.in_(ids), running()).values(values))


def _blank(column: Column[Any]) -> Any:
    if column.nullable:
        return null()
    if isinstance(column.type, JSON):
        return column.default.arg(None)  # type: ignore[union-attr]
    return ""


def _filled(column: Column[Any]) -> ColumnElement[bool]:
    if column.nullable:
        return column.is_not(None)
    if isinstance(column.type, JSON):
        return cast(column, Text) != json.dumps(_blank(column))
    return column != ""


def _plain(key: Column[Any]) -> ColumnElement[bool]:
    return and_(key.is_not(None), ~key.startswith(PREFIX))
