"""The one door for writes: group commit on SQLite, one transaction each on PostgreSQL, and nothing half written."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.engine import Database, ring
from db.tables import School

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(120)]
WRITERS, EACH = 50, 4


async def add(session: AsyncSession, name: str) -> int:
    school = School(name=name)
    session.add(school)
    await session.flush()
    return school.id


async def names(database: Database) -> list[str]:
    async with database.read() as session:
        return sorted((await session.execute(select(School.name))).scalars())


async def test_one_failing_item_fails_alone(database: Database) -> None:
    """In one batch: its caller gets the error, nothing of it stays, the others are committed."""

    async def failing(session: AsyncSession) -> None:
        await add(session, "half")
        raise KeyError("half")

    async def refused(session: AsyncSession) -> None:
        session.add_all([School(id=77, name="twin"), School(id=77, name="twin")])

    results = await asyncio.gather(
        *(database.write(lambda s, n=n: add(s, f"whole {n}")) for n in range(5)),  # type: ignore[misc]
        database.write(failing),
        database.write(refused),
        *(database.write(lambda s, n=n: add(s, f"whole {n}")) for n in range(5, 10)),  # type: ignore[misc]
        return_exceptions=True,
    )
    errors = [type(result).__name__ for result in results if isinstance(result, BaseException)]
    assert (errors, await names(database)) == (["KeyError", "IntegrityError"], [f"whole {n}" for n in range(10)])


async def test_callers_resume_only_after_the_commit(database: Database, database_url: str) -> None:
    """Whoever returns from `write` finds it in the database by another connection, at that moment."""
    other = Database(database_url)

    async def write_and_look(number: int) -> bool:
        key = await database.write(lambda s: add(s, f"school {number}"))
        async with other.read() as session:
            return await session.get(School, key) is not None

    found = await asyncio.gather(*(write_and_look(n) for n in range(30)))
    await other.close()
    assert found == [True] * 30


async def test_a_caller_that_goes_away_leaves_the_others_alone(database: Database) -> None:
    """A cancelled caller's work is done or not done, never half; everybody else's is done."""
    begun = asyncio.Event()

    async def slow(session: AsyncSession) -> None:
        await add(session, "slow one")
        begun.set()
        await asyncio.sleep(0.05)
        await add(session, "slow two")

    in_the_middle = asyncio.create_task(database.write(slow))
    await begun.wait()
    waiting = asyncio.create_task(database.write(lambda s: add(s, "never begun")))
    others = [asyncio.create_task(database.write(lambda s, n=n: add(s, f"other {n}"))) for n in range(5)]  # type: ignore[misc]
    await asyncio.sleep(0)
    in_the_middle.cancel()
    waiting.cancel()
    await asyncio.gather(in_the_middle, waiting, *others, return_exceptions=True)
    await database.write(lambda s: add(s, "afterwards"))
    found = await names(database)
    slow_ones = [name for name in found if name.startswith("slow")]
    assert slow_ones in ([], ["slow one", "slow two"])
    assert [n for n in found if n not in {*slow_ones, "never begun"}] == [
        "afterwards",
        *(f"other {n}" for n in range(5)),
    ]


async def test_a_write_inside_a_write_is_refused(database: Database) -> None:
    """It would wait for itself on SQLite, and be half of two transactions on PostgreSQL."""

    async def nested(session: AsyncSession) -> None:
        await add(session, "outer")
        await database.write(lambda s: add(s, "inner"))

    with pytest.raises(RuntimeError, match=r"db\.write inside db\.write"):
        await database.write(nested)
    assert await names(database) == []


async def test_bells_ring_for_what_was_committed_only(database: Database) -> None:
    """After the commit, and never for work that was taken back."""
    heard = database.bell.listen("case")
    while await heard.wait(0.5):
        pass  # PostgreSQL's bell rings when it begins to listen

    async def work(session: AsyncSession, *, fails: bool) -> None:
        await add(session, "school")
        ring(session, "case")
        if fails:
            raise KeyError

    rang: list[bool] = []
    for fails in (True, False):
        await asyncio.gather(
            database.write(lambda s, f=fails: work(s, fails=f)),  # type: ignore[misc]
            database.write(lambda s: add(s, "beside it")),
            return_exceptions=True,
        )
        # SQLite's bell for other processes cannot tell who committed; ours is awaited at once.
        rang.append(await heard.wait(0.01))
    assert rang == [False, True]


async def test_close_finishes_what_is_in_the_lane(database: Database, database_url: str) -> None:
    """Nobody waits for ever for a database that was closed, and what was asked for before is done."""
    closing = Database(database_url)
    tasks = [asyncio.create_task(closing.write(lambda s, n=n: add(s, f"school {n}"))) for n in range(200)]  # type: ignore[misc]
    await asyncio.sleep(0)
    if not closing.is_sqlite:
        await asyncio.gather(*tasks)
    await closing.close()
    await asyncio.wait_for(asyncio.gather(*tasks), 30)
    assert len(await names(database)) == 200


async def test_another_process_writes_too(database: Database) -> None:
    """Fifty writers of a second process while the lane works: BEGIN IMMEDIATE and a busy timeout, nothing is lost."""
    if not database.is_sqlite:
        pytest.skip("the lane is SQLite's")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.core.test_write_lane", str(database.url.database), stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    await process.stdout.readline()
    written = 0
    while process.returncode is None and written < 5000:
        await asyncio.gather(*(database.write(lambda s: add(s, "ours")) for _ in range(10)))
        written += 10
        await asyncio.sleep(0.01)
    code = await process.wait()
    async with database.read() as session:
        counts = (await session.execute(select(School.name, func.count()).group_by(School.name))).all()
    assert (code, {row[0]: row[1] for row in counts}) == (0, {"ours": written, "theirs": WRITERS * EACH})


def write_many(path: Path) -> None:
    """The second process: fifty connections that write, each in short transactions."""
    start = threading.Barrier(WRITERS)
    failed: list[Exception] = []

    def work() -> None:
        connection = sqlite3.connect(path, timeout=30, isolation_level=None)
        start.wait()
        try:
            for _ in range(EACH):
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(
                    "INSERT INTO school (name, timezone, accent, demo, version, content_revision) "
                    "VALUES ('theirs', '', '', 0, 0, 0)"
                )
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    print("begun", flush=True)  # noqa: T201 - tells the test to begin as well
    for thread in threads:
        thread.join()
    sys.exit(len(failed))


if __name__ == "__main__":
    write_many(Path(sys.argv[1]))
