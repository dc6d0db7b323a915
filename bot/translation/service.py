"""Translates one text: masked, in time, remembered, counted, checked; or says why it cannot. Never raises for an engine's fault."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.breaker import Breaker
from bot.translation.checking import Doubt, Kind, check
from bot.translation.glossary import words_in
from bot.translation.masking import Masked, mask, restore
from bot.translation.port import Engine, NoTranslation, Task, Why

LONGEST = 4000
"""Characters of one text."""
REMEMBERED = 2000
"""Answers that are kept in memory: a preview is shown and then sent."""
AT_ONCE = 4

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Translated:
    """The text in the other language, and what may have gone wrong in it."""

    text: str
    source: str
    target: str
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class Untranslated:
    """An explicit "cannot translate"."""

    why: Why


Outcome = Translated | Untranslated
Count = Callable[[int, int], Awaitable[None]]
"""Notes one call of a school, and its characters."""


async def uncounted(school_id: int, characters: int) -> None:
    """Where nobody counts."""
    del school_id, characters


async def doubts(before: str, after: str, source: str, target: str, names: Sequence[str]) -> tuple[Doubt, ...]:
    """What the checker doubts; where it fails itself, that nobody has looked: no translation is lost by its fault.

    In a thread: a long text takes it a second, and meanwhile others are served.
    """
    try:
        return await asyncio.to_thread(check, before, after, source, target, names)
    except Exception as error:  # noqa: BLE001 - whatever it is, the translation is there and a person can judge it
        log.error("a translation was not checked (%s to %s): %s", source, target, type(error).__name__)
        return (Doubt(Kind.UNCHECKED, ""),)


class Translation:
    """One engine for all schools. `close()` it."""

    def __init__(self, engine: Engine, count: Count = uncounted, *, now: Callable[[], float] = time.monotonic) -> None:
        """`count` is told of each call that an engine was paid for."""
        self.engine, self._count = engine, count
        self._breaker = Breaker(now)
        self._kept: OrderedDict[bytes, str] = OrderedDict()
        self._gate = asyncio.Semaphore(AT_ONCE)

    @property
    def works(self) -> bool:
        """Whether there is an engine at all."""
        return self.engine.name != "none"

    @property
    def answers(self) -> bool:
        """Whether the engine answered lately."""
        return self._breaker.closed

    async def translate(
        self, text: str, source: str, target: str, *, names: Sequence[str] = (), school_id: int = 0
    ) -> Outcome:
        """Translate; `names` are all that are known to the case, and none of them leaves."""
        if source == target or not text.strip():
            return Translated(text, source, target)
        try:
            whole = await self._whole(text, source, target, names, school_id)
        except NoTranslation as error:
            return Untranslated(error.why)
        return Translated(whole, source, target, await doubts(text, whole, source, target, names))

    async def close(self) -> None:
        """Let go of the engine's connections."""
        await self.engine.close()

    async def _whole(self, text: str, source: str, target: str, names: Sequence[str], school_id: int) -> str:
        if not self.works:
            raise NoTranslation(Why.NOBODY)
        if len(text) > LONGEST:
            raise NoTranslation(Why.LONG)
        masked = mask(text, names)
        key = hashlib.sha256(f"{source}\0{target}\0{masked.text}".encode()).digest()
        if (kept := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return restore(kept, masked)
        answer = await self._asked(masked, source, target, school_id)
        whole = restore(answer, masked)  # what cannot be restored is not kept
        self._kept[key] = answer
        while len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)
        return whole

    async def _asked(self, masked: Masked, source: str, target: str, school_id: int) -> str:
        task = Task(masked.text, source, target, words_in(masked.text, source, target))
        async with self._gate:
            if not self._breaker.passes():
                raise NoTranslation(Why.AWAY)
            try:
                answer = await self.engine.translate(task)
            except NoTranslation as error:
                self._failed(error)
                raise
        if self._breaker.worked():
            log.info("the translator answers again")
        await self._count(school_id, len(masked.text))
        return answer

    def _failed(self, error: NoTranslation) -> None:
        if not error.why.passing:
            self._breaker.worked()
        elif self._breaker.failed():
            log.warning("the translator does not answer (%s): asked again later", error)
