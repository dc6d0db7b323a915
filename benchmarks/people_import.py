"""How long people of a school take to come in: read, compared, written, and once more when nothing changes."""

from __future__ import annotations

import asyncio
import datetime as dt
import resource
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks.common import emit
from bot.people.importing.bringing import bring_in, look
from db.engine import Database
from db.migrate import migrate
from db.tables import School
from tests.people.files import oneroster

PUPILS = 660
"""With two guardians each and two teachers a class: 2,040 users."""
CLASSES = tuple(f"{year}{letter}" for year in range(1, 6) for letter in "ABCDEF")
PROBE = 0.002


def main() -> None:
    """The last line is the whole of the first import, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder) / "line.db"))


async def measure(path: Path) -> None:
    """On a fresh SQLite file, with the settings of a real one."""
    files = oneroster(PUPILS, version="1.2", classes=CLASSES)
    url = f"sqlite:///{path}"
    await migrate(url)
    database = Database(url)
    await database.open()
    first = await once(database, files, name="first")
    again = await once(database, files, name="again")
    await database.close()
    emit("people_import.users", 2 * len(CLASSES) + 3 * PUPILS, "persons")
    emit("people_import.again", again, "s")
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    emit("people_import.memory", kilobytes / (1024 if sys.platform == "linux" else 1024 * 1024), "MB")
    emit("people_import", first, "s")


async def once(database: Database, files: dict[str, bytes], *, name: str) -> float:
    """One import; while it is written, another write is tried again and again: how long the longest waits."""
    begun = time.perf_counter()
    seen = await look(database, files, now=now())
    compared = time.perf_counter()
    stop = asyncio.Event()
    waits = asyncio.create_task(others(database, stop))
    await bring_in(database, seen, now=now, told=lambda _done, _size: None)
    ended = time.perf_counter()
    stop.set()
    emit(f"people_import.{name}.read_and_compared", compared - begun, "s")
    emit(f"people_import.{name}.written", ended - compared, "s")
    emit(f"people_import.{name}.longest_wait_of_another_write", await waits, "s")
    return ended - begun


async def others(database: Database, stop: asyncio.Event) -> float:
    """The longest that a message's small transaction waited."""

    async def work(session: AsyncSession) -> None:
        await session.get(School, 1)

    longest = 0.0
    while not stop.is_set():
        begun = time.perf_counter()
        await database.write(work)
        longest = max(longest, time.perf_counter() - begun)
        await asyncio.sleep(PROBE)
    return longest


def now() -> dt.datetime:
    """The moment."""
    return dt.datetime.now(dt.UTC)


if __name__ == "__main__":
    main()
