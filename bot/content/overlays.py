"""What schools' own examples teach, learnt in a thread: whoever asks gets what is there, and nobody waits.

Learning takes about a second of processor time, most of it in numpy, which lets messages go in between; one is at it at a time.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable

from nlu.embedded import EmbeddedRecogniser
from nlu.examples import Example
from nlu.overlay import Overlay

KEPT = 128
"""So many are kept in memory, some hundred kilobytes each."""
Examples = tuple[Example, ...]
Learn = Callable[[EmbeddedRecogniser, Examples], Overlay]

log = logging.getLogger(__name__)


class Overlays:
    """By the examples that they were learnt from: what a draft's preview learnt is there when the draft is published."""

    def __init__(self, learn: Learn = Overlay.fit) -> None:
        """Nothing is learnt yet."""
        self._fit = learn
        self._kept: OrderedDict[Examples, Overlay] = OrderedDict()
        self._running: dict[Examples, asyncio.Task[Overlay | None]] = {}
        self._failed: set[Examples] = set()
        self._alone = asyncio.Lock()

    def ready(self, engine: EmbeddedRecogniser, examples: Examples) -> Overlay | None:
        """What these examples taught, if that is there. Begins to learn what is not, or what is better learnt anew."""
        found = self._kept.get(examples)
        if found is not None:
            self._kept.move_to_end(examples)
        if (found is None or found.lacks(engine)) and examples not in self._failed:
            self._begin(engine, examples)
        return found

    async def learnt(self, engine: EmbeddedRecogniser, examples: Examples) -> Overlay | None:
        """The same, waiting for it; None where it cannot be learnt."""
        found = self.ready(engine, examples)
        running = self._running.get(examples)
        return await asyncio.shield(running) if running is not None else found

    async def settled(self) -> None:
        """Wait until nothing is being learnt."""
        while self._running:
            await asyncio.gather(*self._running.values())

    def _begin(self, engine: EmbeddedRecogniser, examples: Examples) -> None:
        if examples not in self._running:
            self._running[examples] = asyncio.create_task(self._learn(engine, examples))

    async def _learn(self, engine: EmbeddedRecogniser, examples: Examples) -> Overlay | None:
        try:
            async with self._alone:
                overlay = await asyncio.to_thread(self._fit, engine, examples)
        except Exception as error:  # noqa: BLE001 - whatever it is, the line answers without what was taught
            # The type only: an error's text may quote an example.
            log.error("a school's examples could not be learnt (%s)", type(error).__name__, exc_info=False)
            self._failed.add(examples)
            return self._kept.get(examples)
        finally:
            self._running.pop(examples, None)
        self._kept[examples] = overlay
        self._kept.move_to_end(examples)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return overlay
