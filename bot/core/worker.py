"""The worker: every loop that claims, sends and fires, woken by bells and by the clock; and `drain`, which needs neither."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from bot.core.accounts import Accounts
from bot.core.arrivals import Listening, Polled, catch_up, poll_forever
from bot.core.clock import Clock, Timing, token
from bot.core.lookout import Lookout
from bot.core.media import MediaCopier
from bot.core.presence import broken_off, gone, seen
from bot.core.reconcile import Reconciler
from bot.core.release import Releaser
from bot.core.results import give_back
from bot.core.sending import IN_FLIGHT, SendClaim, Sender
from bot.core.templates import Templates
from bot.core.timers import Timers
from bot.core.turns import Turns
from bot.errors import NotDelivered
from bot.people.nightly import Nightly
from db.engine import Database, Work
from db.tables import ProviderAccount

log = logging.getLogger(__name__)
T = TypeVar("T")
GATHER = 0.015
"""So long after a message was stored its turn begins: the acknowledgement leaves first, and a burst is claimed together."""
LOOK = 0.25
"""The look-out and the copying of media look around so often; a bell for each message would cost more than it brings."""
TEMPLATES = 60.0
"""Seconds until another look at what was refused, or made by another process."""
NIGHTLY = 60.0
"""Seconds until another look whether it is night somewhere."""
_ROUNDS = 10_000
LISTEN_AGAIN = 30.0
LAST_WORDS = 2.0
"""Seconds that a turn, a message on its way and the like get to end when the worker is stopped."""
RATED_PAUSE = 0.1
"""Seconds until the next look at what only waits for its turn under a provider's rate."""


class Part(Protocol):
    """Something else that is done over and over, about which the core knows nothing."""

    name: str

    async def once(self) -> int:
        """Do what can be done now; returns how much that was."""


@dataclass(slots=True)
class Worker:
    """All the loops of one process."""

    database: Database
    accounts: Accounts
    clock: Clock
    timing: Timing
    turns: Turns
    lookout: Lookout
    sender: Sender
    reconciler: Reconciler
    releaser: Releaser
    timers: Timers
    webhook: str = ""
    """Our public address for news that could also be polled; empty: they are polled."""
    nightly: Nightly | None = None
    """What is done by night; without it nothing is purged."""
    parts: Sequence[Part] = ()
    outage: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a loop met an error, such as a database that was away: what came in meanwhile is fetched."""
    name: str = field(default_factory=token, init=False)
    """In the table of workers, and as the one that polls an account."""
    copier: MediaCopier = field(init=False)
    templates: Templates = field(init=False)

    def __post_init__(self) -> None:
        """Copying, and keeping templates, need nothing that the others do not have."""
        self.copier = MediaCopier(self.database, self.accounts, self.clock)
        self.templates = Templates(self.database, self.accounts, self.clock)

    async def run(self, *, poll: bool = True) -> None:
        """Work until cancelled; then what was begun is ended or given back, so that nobody waits for our leases."""
        try:
            await self._run(poll=poll)
        finally:
            await self._last_write(lambda s: gone(s, self.name))

    async def _run(self, *, poll: bool) -> None:
        async with asyncio.TaskGroup() as group:
            loop = self._loop
            group.create_task(loop(self.turns.once, "inbox", name="turns", gather=GATHER))
            group.create_task(loop(self.lookout.once, "never", name="lookout", pause=LOOK))
            group.create_task(loop(self.timers.once, "timer", name="timers"))
            group.create_task(loop(self.releaser.once, "timer", name="releaser"))
            group.create_task(loop(self.reconciler.once, "never", name="reconciler"))
            group.create_task(loop(self.copier.once, "never", name="media", pause=LOOK))
            group.create_task(loop(self.templates.once, "never", name="templates", pause=TEMPLATES))
            if self.nightly is not None:
                group.create_task(loop(self.nightly.once, "never", name="nightly", pause=NIGHTLY))
            for part in self.parts:
                group.create_task(loop(part.once, "never", name=part.name))
            group.create_task(self._send_forever(), name="sender")
            group.create_task(self._be_seen(), name="presence")
            for account in await self.accounts.all():
                with contextlib.suppress(NotDelivered):
                    channel = await self.accounts.channel(account.id)
                    if isinstance(channel, Listening) and self.webhook:
                        group.create_task(self._listen(channel), name="listening")
                    elif isinstance(channel, Polled) and poll:
                        group.create_task(self._poll(account), name="polling")
                    else:
                        group.create_task(self._catch_up_forever(account), name="catch-up")

    async def _loop(
        self, once: Callable[[], Awaitable[int]], *bells: str, name: str, pause: float | None = None, gather: float = 0
    ) -> None:
        listener = self.database.bell.listen(*bells)
        try:
            while True:
                try:
                    if await ended(once()):
                        continue
                except Exception as error:
                    # A database outage is no reason to die: what is stored is still there afterwards.
                    log.error("%s met %s and goes on", name, type(error).__name__)
                    self.outage.set()
                    await asyncio.sleep(self.timing.poll)
                if await listener.wait(pause or self.timing.poll) and gather:
                    await asyncio.sleep(gather)
        finally:
            self.database.bell.forget(listener)

    async def _send_forever(self) -> None:
        """Keep up to `IN_FLIGHT` messages on their way; a slow one does not hold up the others, least of all an urgent one."""
        listener = self.database.bell.listen("outbox")
        claiming: asyncio.Future[list[SendClaim]] | None = None
        flying: dict[asyncio.Task[None], SendClaim] = {}
        try:
            while True:
                claims: list[SendClaim] = []
                # Hanging sends never hold up an urgent one: for these there is always room.
                full = len(flying) >= IN_FLIGHT
                try:
                    if len(flying) < 3 * IN_FLIGHT:
                        claiming = asyncio.ensure_future(self.sender.claim(IN_FLIGHT, urgent=full))
                        claims = await asyncio.shield(claiming)
                except Exception as error:
                    log.error("sending met %s and goes on", type(error).__name__)
                    await asyncio.sleep(self.timing.poll)
                claiming = None
                for claim in claims:
                    task = asyncio.create_task(self._deliver(claim))
                    flying[task] = claim
                    task.add_done_callback(flying.pop)
                if not claims or len(flying) >= IN_FLIGHT:
                    pause = RATED_PAUSE if self.sender.limited else LOOK
                    waiting = asyncio.create_task(listener.wait(pause))
                    await asyncio.wait({waiting, *flying}, return_when=asyncio.FIRST_COMPLETED)
                    waiting.cancel()
        finally:
            self.database.bell.forget(listener)
            await self._land(claiming, flying)

    async def _land(
        self, claiming: asyncio.Future[list[SendClaim]] | None, flying: dict[asyncio.Task[None], SendClaim]
    ) -> None:
        """What the provider has taken is written down; what was not begun waits its turn; the rest may be asked for."""
        last: set[asyncio.Future[Any]] = {*flying, *filter(None, [claiming])}
        if last:
            await asyncio.wait(last, timeout=LAST_WORDS)
        left = dict(flying)
        for each in last:
            each.cancel()
        await asyncio.gather(*last, return_exceptions=True)
        if claiming and not claiming.cancelled() and not claiming.exception():
            for claim in claiming.result():
                await self._last_write(lambda s, c=claim: give_back(s, c.outbox_id, c.token))  # type: ignore[misc]
        for claim in left.values():
            await self._last_write(lambda s, c=claim: broken_off(s, c.outbox_id, c.token))  # type: ignore[misc]

    async def _last_write(self, work: Work[None]) -> None:
        """Where the database is away as well, the leases run out by themselves."""
        with contextlib.suppress(Exception):
            async with asyncio.timeout(LAST_WORDS):
                await self.database.write(work)

    async def _deliver(self, claim: SendClaim) -> None:
        try:
            await self.sender.deliver(claim)
        except Exception as error:
            log.error("a result could not be written (%s): its lease will run out", type(error).__name__)

    async def _listen(self, channel: Listening) -> None:
        while True:
            try:
                await channel.listen(self.webhook)
            except Exception as error:
                log.error("asking for news to be posted here met %s and tries again", type(error).__name__)
                await asyncio.sleep(LISTEN_AGAIN)
            else:
                return

    async def _poll(self, account: ProviderAccount) -> None:
        while True:
            try:
                await poll_forever(self.database, self.accounts, account, self.clock, name=self.name)
            except Exception as error:
                log.error("polling met %s and goes on", type(error).__name__)
                await asyncio.sleep(self.timing.poll)

    async def _catch_up_forever(self, account: ProviderAccount) -> None:
        while True:
            try:
                found = await catch_up(self.database, self.accounts, account, self.clock, self.timing)
                if found:
                    log.info("caught up on %d messages", found)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self.timing.catch_up_every):
                        await self.outage.wait()
                    self.outage.clear()
                    await asyncio.sleep(self.timing.poll)
            except Exception as error:
                log.error("catching up met %s and tries again", type(error).__name__)
                await asyncio.sleep(min(60, self.timing.catch_up_every))

    async def _be_seen(self) -> None:
        started = self.clock.now()
        while True:
            with contextlib.suppress(Exception):
                await self.database.write(lambda s: seen(s, self.name, started, self.clock.now()))
            await asyncio.sleep(10)

    async def drain(self) -> int:
        """Run everything until nothing is left to do at this moment, without sleeping; for tests. Returns the rounds."""
        for rounds in range(_ROUNDS):
            done = await self.lookout.once()
            done += await self.turns.once()
            done += await self.releaser.once()
            done += await self.timers.once()
            for part in self.parts:
                done += await part.once()
            done += await self.sender.once()
            done += await self.reconciler.once()
            done += await self.copier.once()
            done += await self.nightly.once() if self.nightly is not None else 0
            if not done:
                return rounds
        message = f"still busy after {_ROUNDS} rounds"
        raise RuntimeError(message)


async def ended(work: Awaitable[T]) -> T:
    """What `work` gives. Stopped meanwhile, it gets its last words first: what it has claimed is not left to its lease."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=LAST_WORDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise
