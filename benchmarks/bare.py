"""The same rows in as many bare transactions: what a database does for our messages when nobody thinks or reads.

Rows that the line wrote are read back and written into an equal database with the bare driver, one transaction after
another, as many for each message as the core makes when it groups nothing.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, Self

from sqlalchemy import URL

from db.engine import driver_url

Row = dict[str, Any]
Statement = tuple[str, Sequence[Any]]
WRITTEN = ("inbox", "outbox", "delivery", "case", "case_event", "timer", "unanswered")
SHARED = ("conversation", "bucket")
_RECEIVED = ("last_seq", "last_inbound_at", "window_until")
_ANSWERED = ("memory", "language", "version", "last_seq", "introduced_at", "flow_since")
_CLAIMED = ("attempts", "lease_until", "lease_token")
_DONE = ("state", "done_at", "lease_until", "lease_token", "case_id", "language", "trace")
_SENDING = ("state", "attempts", "tried_at", "lease_until", "lease_token")
_SENT = ("state", "sent_at", "provider_sid", "lease_until", "lease_token", "unknown_at", "code")


class Driver(Protocol):
    """A connection of the bare driver."""

    async def rows(self, table: str, after: int) -> list[Row]:
        """The rows of a table with an id above `after`, as the driver gives them."""

    async def transaction(self, statements: Sequence[Statement]) -> None:
        """Run them and commit."""

    async def close(self) -> None:
        """Let go."""


class Sqlite:
    """aiosqlite, with our pragmas."""

    mark = "?"

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, url: URL) -> Self:
        """As `db.engine` opens it."""
        import aiosqlite

        connection = await aiosqlite.connect(str(url.database), isolation_level=None)
        for pragma in ("busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            await connection.execute(f"PRAGMA {pragma}")
        connection.row_factory = aiosqlite.Row
        return cls(connection)

    async def rows(self, table: str, after: int) -> list[Row]:
        """See `Driver`."""
        found = await self._connection.execute_fetchall(f'SELECT * FROM "{table}" WHERE id > ? ORDER BY id', (after,))
        return [dict(row) for row in found]

    async def transaction(self, statements: Sequence[Statement]) -> None:
        """See `Driver`."""
        await self._connection.execute("BEGIN IMMEDIATE")
        for sql, values in statements:
            await self._connection.execute(sql, values)
        await self._connection.execute("COMMIT")

    async def close(self) -> None:
        """See `Driver`."""
        await self._connection.close()


class Postgres:
    """psycopg."""

    mark = "%s"

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, url: URL) -> Self:
        """With statements prepared after a few uses, as it does by itself."""
        import psycopg
        from psycopg.rows import dict_row

        dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        return cls(await psycopg.AsyncConnection.connect(dsn, row_factory=dict_row))

    async def rows(self, table: str, after: int) -> list[Row]:
        """See `Driver`; JSON is wrapped so that it can be written again."""
        from psycopg.types.json import Json

        found = await self._connection.execute(f'SELECT * FROM "{table}" WHERE id > %s ORDER BY id', (after,))
        rows = [
            {name: Json(value) if isinstance(value, dict | list) else value for name, value in row.items()}
            for row in await found.fetchall()
        ]
        await self._connection.commit()
        return rows

    async def transaction(self, statements: Sequence[Statement]) -> None:
        """See `Driver`."""
        for sql, values in statements:
            await self._connection.execute(sql, values)
        await self._connection.commit()

    async def close(self) -> None:
        """See `Driver`."""
        await self._connection.close()


async def open_driver(url: str) -> Sqlite | Postgres:
    """The bare driver of a database."""
    parsed = driver_url(url)
    return await (Sqlite if parsed.get_backend_name() == "sqlite" else Postgres).open(parsed)


class Bare:
    """Writes what another database has got since the last look."""

    def __init__(self, source: Sqlite | Postgres, target: Sqlite | Postgres) -> None:
        """Both databases must be equal up to here."""
        self._source, self._target = source, target
        self._seen: dict[str, int] = dict.fromkeys(WRITTEN, 0)

    async def copy_parents(self) -> None:
        """Bring addresses and conversations over beforehand; not measured."""
        have = {table: await self._target.rows(table, 0) for table in ("address", "conversation", "binding", "bucket")}
        for table, rows in have.items():
            fresh = await self._source.rows(table, max((row["id"] for row in rows), default=0))
            if fresh:
                await self._target.transaction([self._insert(table, row) for row in fresh])

    async def replay(self) -> tuple[float, int]:
        """Write the rows of the last round; returns (seconds, transactions)."""
        transactions = await self._transactions()
        begun = time.perf_counter()
        for statements in transactions:
            await self._target.transaction(statements)
        return time.perf_counter() - begun, len(transactions)

    async def _transactions(self) -> list[list[Statement]]:
        new = {table: await self._source.rows(table, self._seen[table]) for table in WRITTEN}
        for table, rows in new.items():
            self._seen[table] = max((row["id"] for row in rows), default=self._seen[table])
        conversations = {row["id"]: row for row in await self._source.rows("conversation", 0)}
        buckets = {row["account_id"]: row for row in await self._source.rows("bucket", 0)}
        answers, beside, ticks = _by(new["outbox"], "inbox_id"), self._beside(new), _by(new["delivery"], "outbox_id")
        made: list[list[Statement]] = []
        for row in new["inbox"]:
            conversation = conversations[row["conversation_id"]]
            unread = {**row, "state": "open", "attempts": 0, "done_at": None, "case_id": None, "trace": row["payload"]}
            claimed = {"attempts": 1, "lease_until": row["received_at"], "lease_token": "0" * 32}
            made.append(
                [self._update("conversation", conversation, _RECEIVED), self._insert("inbox", unread)],
            )
            made.append([self._update("inbox", row | claimed, _CLAIMED)])
            queued = [
                self._insert("outbox", answer | {"state": "queued", "attempts": 0, "tried_at": None, "sent_at": None})
                for answer in answers[row["id"]]
            ]
            made.append(
                [
                    *beside[row["conversation_id"]],
                    self._update("conversation", conversation, _ANSWERED),
                    *queued,
                    self._update("inbox", row, _DONE),
                ]
            )
            beside[row["conversation_id"]] = []
            for answer in answers[row["id"]]:
                sending = answer | {"state": "sending", "lease_until": answer["sent_at"], "lease_token": "0" * 32}
                bucket = buckets.get(conversation["account_id"])
                taken = [self._update("bucket", bucket, ("tokens", "at"))] if bucket else []
                made.append([*taken, self._update("outbox", sending, _SENDING)])
                made.append(
                    [
                        self._update("outbox", answer, _SENT),
                        *(self._insert("delivery", tick) for tick in ticks[answer["id"]]),
                    ]
                )
        return made

    def _beside(self, new: Mapping[str, list[Row]]) -> dict[int, list[Statement]]:
        """Cases, their events and timers, with the first message of their conversation."""
        found: dict[int, list[Statement]] = defaultdict(list)
        of_case = {row["id"]: row["conversation_id"] for row in new["case"]}
        for row in new["case"]:
            found[row["conversation_id"]].append(self._insert("case", row))
        for row in new["case_event"]:
            if row["case_id"] in of_case:
                found[of_case[row["case_id"]]].append(self._insert("case_event", row))
        for row in new["timer"]:
            found[row["conversation_id"]].append(self._insert("timer", row))
        first = new["inbox"][0]["conversation_id"]
        found[first] += [self._insert("unanswered", row) for row in new["unanswered"]]
        return found

    def _insert(self, table: str, row: Row) -> Statement:
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join([self._target.mark] * len(row))
        return f'INSERT INTO "{table}" ({names}) VALUES ({marks})', list(row.values())

    def _update(self, table: str, row: Row, columns: Sequence[str]) -> Statement:
        sets = ", ".join(f'"{name}" = {self._target.mark}' for name in columns)
        values = [row[name] for name in columns]
        return f'UPDATE "{table}" SET {sets} WHERE id = {self._target.mark}', [*values, row["id"]]


def _by(rows: Sequence[Row], column: str) -> dict[Any, list[Row]]:
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[column]].append(row)
    return found
