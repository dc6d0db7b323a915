"""The shipped turn beside bare transactions, on both databases: see docs/benchmarks.md for what is compared."""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import exists, or_, select

from benchmarks.bare import Bare, open_driver
from benchmarks.common import (
    ADDRESSES,
    MESSAGES,
    accounts_of,
    emit,
    new_parents,
    questions,
    quiet_environment,
    shipped_line,
    written,
)
from bot.core.ingress import store
from bot.wiring import Line
from db.tables import Inbox, Outbox
from db.tables.messages import INBOX_OPEN, OUTBOX_OPEN
from tests.servers.postgres import Postgres, programs

PAIRS = 5
_LOOK = 0.05
_LIMIT = 120
_LEFT = select(or_(exists(select(Inbox.id).where(INBOX_OPEN)), exists(select(Outbox.id).where(OUTBOX_OPEN))))


@dataclass(frozen=True, slots=True)
class Round:
    """One burst through the line."""

    seconds: float
    cpu: float


async def burst(line: Line, texts: list[tuple[int, str]], numbers: list[str]) -> Round:
    """Store all at once, as a webhook does, and wait until the last answer was taken and written down."""
    async with line.database.read() as session:
        accounts = await accounts_of(session)
    messages = [(accounts[who % len(accounts)], written(numbers[who], text)) for who, text in texts]
    worker = asyncio.create_task(line.worker().run(poll=False))
    await asyncio.sleep(0.2)
    begun, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(
        *(
            line.database.write(
                lambda s, account=account, message=message: store(s, account, [message], now=line.clock.now())  # type: ignore[misc]
            )
            for account, message in messages
        )
    )
    async with asyncio.timeout(_LIMIT):
        while await _left(line):  # noqa: ASYNC110 - the worker is not to know that it is measured
            await asyncio.sleep(_LOOK)
    done = Round(time.perf_counter() - begun, time.process_time() - cpu)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    return done


async def _left(line: Line) -> bool:
    async with line.database.read() as session:
        return bool(await session.scalar(_LEFT))


async def compare(name: str, ours: str, bare: str, *, pairs: int) -> float:
    """Alternate rounds of both on one database engine; print its figures and return the median ratio."""
    ratios, rates, cpus, bares = [], [], [], []
    async with shipped_line(ours) as line, shipped_line(bare):
        source, target = await open_driver(ours), await open_driver(bare)
        copy = Bare(source, target)
        try:
            for number in range(pairs + 1):
                numbers = await line.database.write(new_parents)
                await copy.copy_parents()
                count = MESSAGES if number else ADDRESSES
                done = await burst(line, questions(count, ADDRESSES, seed=number), numbers)
                seconds, transactions = await copy.replay()
                if not number:
                    continue  # the first round warms both up
                rates.append(MESSAGES / done.seconds)
                cpus.append(1000 * done.cpu / MESSAGES)
                bares.append(MESSAGES / seconds)
                ratios.append(seconds / done.seconds)
                print(
                    f"{name}: {rates[-1]:.0f} messages/s beside {bares[-1]:.0f} bare ({transactions} transactions)",
                    file=sys.stderr,
                )
        finally:
            await source.close()
            await target.close()
    emit(f"turn.{name}.messages", statistics.median(rates), "messages/s")
    emit(f"turn.{name}.bare", statistics.median(bares), "messages/s")
    emit(f"turn.{name}.cpu", statistics.median(cpus), "ms CPU/message")
    emit(f"turn.{name}.ratio", statistics.median(ratios), "of bare")
    return statistics.median(ratios)


def main() -> None:
    """Both databases; the last line is the lower ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    options = parser.parse_args()
    quiet_environment()
    ratios = []
    if options.only != "postgres":
        with tempfile.TemporaryDirectory(prefix="olbench") as folder:
            ours, bare = (f"sqlite:///{Path(folder) / name}.db" for name in ("ours", "bare"))
            ratios.append(asyncio.run(compare("sqlite", ours, bare, pairs=options.pairs)))
    if options.only != "sqlite" and programs() is not None:
        server = Postgres(durable=True)
        try:
            ours, bare = (server.create(name) for name in ("ours", "bare"))
            ratios.append(asyncio.run(compare("postgres", ours, bare, pairs=options.pairs)))
        finally:
            server.close()
    emit("turn", min(ratios), "of bare transactions, the lower of the databases")


if __name__ == "__main__":
    main()
