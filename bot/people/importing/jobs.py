"""Imports that are being written by this process, so that a page can say how far they are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.errors import Refusal
from bot.people.importing.apply import Told
from bot.people.importing.plan import Plan
from bot.staff.marks import N_

log = logging.getLogger(__name__)


@dataclass
class Job:
    """One import on its way."""

    task: asyncio.Task[Plan]
    done: int = 0
    size: int = 1

    @property
    def refusal(self) -> Refusal | None:
        """Why nothing was written, if so."""
        if not self.task.done() or self.task.cancelled() or self.task.exception() is None:
            return None
        error = self.task.exception()
        if isinstance(error, Refusal):
            return error
        text = N_(
            "Something went wrong, and nothing was written. Try again; if it stays so, tell whoever runs the line."
        )
        return Refusal(text)


class Jobs:
    """By import. Not kept anywhere: a process that ends writes nothing by halves."""

    def __init__(self) -> None:
        self._jobs: dict[int, Job] = {}

    def start(self, import_id: int, work: Callable[[Told], Awaitable[Plan]]) -> Job:
        """Begin, unless it is under way already."""
        there = self._jobs.get(import_id)
        if there is not None and not there.task.done():
            return there

        def told(done: int, size: int) -> None:
            job.done, job.size = done, size

        async def run() -> Plan:
            try:
                return await work(told)
            except Refusal:
                raise
            except Exception as error:
                log.error("an import failed: %s", type(error).__name__)  # its text may quote a row
                raise

        job = Job(asyncio.get_running_loop().create_task(run(), name=f"import {import_id}"))
        self._jobs[import_id] = job
        return job

    def running(self, import_id: int) -> Job | None:
        """The import, while it is being written."""
        job = self._jobs.get(import_id)
        return job if job is not None and not job.task.done() else None

    def refusal(self, import_id: int) -> Refusal | None:
        """Why it was not written, told once."""
        job = self._jobs.get(import_id)
        if job is None or not job.task.done():
            return None
        del self._jobs[import_id]
        return job.refusal

    async def close(self) -> None:
        """Wait for what is on its way."""
        await asyncio.gather(*(job.task for job in self._jobs.values()), return_exceptions=True)
