"""A school's website with a calendar on it, as such sites are: tags, redirects, faults, far too much."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.servers.base import LocalServer


class CalendarServer(LocalServer):
    """Serves `text` at /agenda.ics with a tag of its own; `calls` says what was asked, `sent` with which headers."""

    send: ClassVar[str] = "none"
    text: bytes = b""
    etag: str = '"1"'

    def routes(self) -> Sequence[Route]:
        """The addresses."""
        return (
            Route("/agenda.ics", self.agenda),
            Route("/turn/{times:int}", self.turn),
            Route("/to", self.to),
            Route("/endless", self.endless),
            Route("/zipped", self.zipped),
        )

    async def agenda(self, request: Request) -> Response:
        """The calendar, or 304."""
        self.record(dict(request.headers))
        if fault := await self.disturb("agenda"):
            return await self.spoil(fault, request)
        if request.headers.get("if-none-match") == self.etag:
            return Response(status_code=304)
        return Response(self.text, headers={"etag": self.etag}, media_type="text/calendar")

    async def turn(self, request: Request) -> Response:
        """So many redirects, then the calendar."""
        times = int(request.path_params["times"])
        return RedirectResponse(f"/turn/{times - 1}" if times else "/agenda.ics")

    async def to(self, request: Request) -> Response:
        """A redirect to wherever it is asked."""
        return RedirectResponse(request.query_params["url"])

    async def endless(self, request: Request) -> Response:
        """A body that does not end."""
        del request

        async def body() -> AsyncIterator[bytes]:
            while not self.stopping:
                yield b"X" * 65_536
                await asyncio.sleep(0.001)

        return StreamingResponse(body(), media_type="text/calendar")

    async def zipped(self, request: Request) -> Response:
        """Compressed, though nobody asked for that."""
        del request
        return Response(b"\x1f\x8b" + b"0" * 100, headers={"content-encoding": "gzip"})
