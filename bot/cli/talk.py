"""`python -m bot talk`: a conversation in the terminal as a demo parent, through the running worker or by being one."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated

import typer

from bot.cli.serve import opened, quiet
from bot.demo.phone import Handset, say
from bot.demo.school import demo_school
from bot.errors import AlreadyRunning, Refusal
from bot.settings import Settings, load_settings
from bot.wiring import Line
from db.queries.operations import operations
from db.queries.phone import Bubble, Parent, bubbles, busy, conversation_on, external_id, parents
from db.types import Author

PATIENCE = 20.0
"""Seconds to wait for an answer."""
LOOK = 0.5
SEEN = dt.timedelta(seconds=60)


def talk(
    who: Annotated[str, typer.Option("--as", help="A guardian's number, such as G003, or id.")] = "",
    everybody: Annotated[bool, typer.Option("--list", help="Show whom you can be.")] = False,
) -> None:
    """A conversation in the terminal, as a demo parent. Ends with the input."""
    settings = load_settings()
    quiet()
    with contextlib.suppress(KeyboardInterrupt):
        answered = asyncio.run(_talk(settings, who, everybody=everybody or not who))
        if not answered:
            print(
                f"No answer within {PATIENCE:.0f} seconds. Is the worker well? See: python -m bot doctor",
                file=sys.stderr,
            )
            raise typer.Exit(code=1)


async def _talk(settings: Settings, who: str, *, everybody: bool) -> bool:
    async with _working(settings) as line:
        async with line.database.read() as session:
            school = await demo_school(session) if line.demo else None
            if school is None:
                raise Refusal("There is no demo school here. Load it with: python -m bot demo load")
            known = await parents(session, school.id, line.clock.now().date())
            if everybody:
                _show(known)
                return True
            parent = next((each for each in known if who.upper() in {each.number, str(each.guardian_id)}), None)
            if parent is None:
                raise Refusal("There is no such parent. See: python -m bot talk --list")
            handset = Handset(parent.channel, await external_id(session, school.id, parent.address_id))
        await line.minds.of(school.id)  # learns first where the cache is cold: not under the first message
        return await Terminal(line, school.id, handset).converse()


@asynccontextmanager
async def _working(settings: Settings) -> AsyncIterator[Line]:
    """The line with a worker on it: the one that runs, or this process."""
    try:
        async with opened(settings, worker_part=True) as line:
            async with line.database.read() as session:
                seen = (await operations(session, dt.datetime.now(dt.UTC))).worker_seen
            if not line.database.is_sqlite and seen is not None and seen > line.clock.now() - SEEN:
                yield line
                return
            # Its accounts are left to the real worker: a short talk polls nobody.
            work = asyncio.create_task(line.worker().run(poll=False))
            try:
                yield line
            finally:
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)
    except AlreadyRunning:
        async with opened(settings, worker_part=False) as line:
            yield line


def _show(known: tuple[Parent, ...]) -> None:
    for parent in known:
        children = ", ".join(f"{given} {name}".strip() for given, name in parent.children)
        print(f"{parent.number}  {parent.name} ({parent.language}, {parent.channel}): {children}")


@dataclass
class Terminal:
    """One phone, as text: what is typed goes in, what reaches the phone is printed."""

    line: Line
    school_id: int
    handset: Handset
    shown: set[int] = field(default_factory=set)

    async def converse(self) -> bool:
        """Until the input ends; False if an answer stayed away."""
        await self._new()  # what was said before is not said again
        piped = not sys.stdin.isatty()
        printing = asyncio.create_task(self._print_forever())
        try:
            async for text in _lines():
                if piped:
                    print(f"> {text}", flush=True)
                await self._say(text)
                # A script waits for each answer, a person may go on typing.
                if piped and not await self._settled():
                    return False
            return await self._settled()
        finally:
            printing.cancel()
            await asyncio.gather(printing, return_exceptions=True)

    async def _say(self, text: str) -> None:
        now = self.line.clock.now()
        await self.line.database.write(lambda session: say(session, self.handset, now=now, text=text))

    async def _settled(self) -> bool:
        """Wait until nothing of this conversation is open; False if that takes too long."""
        listener = self.line.database.bell.listen("inbox", "outbox")
        try:
            async with asyncio.timeout(PATIENCE):
                while await self._open():
                    await listener.wait(LOOK)
        except TimeoutError:
            return False
        finally:
            self.line.database.bell.forget(listener)
        await self._print()
        return True

    async def _open(self) -> bool:
        async with self.line.database.read() as session:
            found = await conversation_on(session, self.school_id, self.handset.channel, self.handset.external_id)
            return found is not None and await busy(session, found.id)

    async def _new(self) -> list[Bubble]:
        async with self.line.database.read() as session:
            found = await conversation_on(session, self.school_id, self.handset.channel, self.handset.external_id)
            said = await bubbles(session, found.id) if found else ()
        fresh = [bubble for bubble in said if not bubble.inbound and bubble.row_id not in self.shown]
        self.shown.update(bubble.row_id for bubble in fresh)
        return fresh

    async def _print_forever(self) -> None:
        listener = self.line.database.bell.listen("outbox")
        try:
            while True:
                await self._print()
                await listener.wait(1)
        finally:
            self.line.database.bell.forget(listener)

    async def _print(self) -> None:
        for bubble in await self._new():
            sender = f"{bubble.staff}: " if bubble.author is Author.STAFF and bubble.staff else ""
            print(f"< {sender}{bubble.text}".replace("\n", "\n  "))
            for number, (_, title) in enumerate(bubble.choices, 1):
                if title != str(number):  # a title too long for its button stands in the text already
                    print(f"  {number} {title}")
            sys.stdout.flush()


async def _lines() -> AsyncIterator[str]:
    """What is typed, line by line. A thread reads, since a terminal cannot be waited for; it dies with the process."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str | None] = asyncio.Queue()

    def read() -> None:
        for text in map(str.strip, sys.stdin):
            if text:
                loop.call_soon_threadsafe(queue.put_nowait, text)
        loop.call_soon_threadsafe(queue.put_nowait, None)

    threading.Thread(target=read, daemon=True).start()
    while (text := await queue.get()) is not None:
        yield text
