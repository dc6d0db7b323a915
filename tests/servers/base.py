"""What the local servers share: a thread of their own, scripted faults, a log that survives a kill."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import socket
import threading
import time
from abc import ABC, abstractmethod
from collections import defaultdict, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TextIO, cast

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

    from starlette.requests import Request
    from starlette.routing import Route

HTML = "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens instead of an answer. `accept`: the request takes effect all the same, only the answer is lost."""

    status: int = 0
    body: Mapping[str, Any] | str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    accept: bool = False
    drop: bool = False
    hang: float = 0.0

    def response(self) -> Response:
        """The answer as the provider would word it."""
        headers = dict(self.headers)
        if isinstance(self.body, str):
            return Response(self.body, self.status, headers, media_type="text/html")
        return JSONResponse(self.body, self.status, headers)


class Droppable(H11Protocol):
    """Keeps each connection at hand, so that a handler can cut it without a byte of answer."""

    open_connections: ClassVar[dict[tuple[str, int], asyncio.Transport]] = {}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the connection by the client's address."""
        super().connection_made(transport)
        if self.client:
            self.open_connections[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        if self.client:
            self.open_connections.pop(self.client, None)
        super().connection_lost(exc)


async def cut(request: Request) -> Response:
    """Close the client's connection abruptly. The response returned goes nowhere."""
    client = request.client
    if client and (transport := Droppable.open_connections.get((client.host, client.port))):
        transport.abort()
        await asyncio.sleep(0.005)
    return Response(status_code=500)


class LocalServer(ABC):
    """A provider on 127.0.0.1 in a thread of its own, used as a context manager.

    `sent` holds what was taken, in order; the same entries go to `log` as JSON lines, flushed one by one.
    """

    send: ClassVar[str]
    """The name of the call that hands over a message: only these are dropped at random."""

    def __init__(
        self, *, port: int = 0, log: Path | None = None, latency: float = 0.0, drop_rate: float = 0.0, seed: int = 0
    ) -> None:
        """`drop_rate` is the share of sends that are taken and then never answered."""
        self.reset()
        self.latency = latency
        self.drop_rate = drop_rate
        self._random = random.Random(seed)
        self._log: TextIO | None = log.open("a", encoding="utf-8") if log else None
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            Starlette(routes=[*self.routes()]),
            http=Droppable,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def reset(self) -> None:
        """Forget all that happened, so that one server can do for many tests."""
        self.sent: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)

    @property
    def stopping(self) -> bool:
        """Whether long answers should end now."""
        return self._server.should_exit

    @abstractmethod
    def routes(self) -> Sequence[Route]:
        """The provider's addresses."""

    def fail(self, call: str, *faults: Fault) -> None:
        """Let the next calls of this name fail, one fault each, in this order."""
        self._faults[call].extend(faults)

    async def disturb(self, call: str) -> Fault | None:
        """Count the call, take the time an answer takes, and say what goes wrong, if anything."""
        self.calls.append(call)
        if self.latency:
            await asyncio.sleep(self.latency)
        if queue := self._faults[call]:
            return queue.popleft()
        if call == self.send and self._random.random() < self.drop_rate:
            return Fault(accept=True, drop=True)
        return None

    async def spoil(self, fault: Fault, request: Request) -> Response:
        """The fault, as the client sees it."""
        ends = time.monotonic() + fault.hang
        while time.monotonic() < ends and not self.stopping:  # noqa: ASYNC110 - told to stop by another thread
            await asyncio.sleep(0.01)
        return await cut(request) if fault.drop or not fault.status else fault.response()

    def record(self, entry: dict[str, Any]) -> None:
        """Note what was taken, before anything is answered."""
        self.sent.append(entry)
        if self._log:
            self._log.write(json.dumps(entry, ensure_ascii=False) + "\n")
            self._log.flush()

    def start(self) -> None:
        """Return once it answers."""
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)

    def stop(self) -> None:
        """Let running answers end for a second, then close."""
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()
        if self._log:
            self._log.close()

    def wait(self) -> None:
        """Serve until the process is told to end."""
        try:
            while self._thread.is_alive():
                self._thread.join(timeout=1)
        except KeyboardInterrupt:
            self.stop()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        """Stop."""
        self.stop()


def parser(description: str) -> argparse.ArgumentParser:
    """The command line that every server has."""
    result = argparse.ArgumentParser(description=description)
    result.add_argument("--port", type=int, default=0)
    result.add_argument("--log", type=Path, default=None, help="one JSON line for each message taken")
    result.add_argument("--latency-ms", type=float, default=0.0)
    result.add_argument("--drop-rate", type=float, default=0.0, help="share of sends taken and never answered")
    result.add_argument("--seed", type=int, default=0)
    return result


def common(options: argparse.Namespace) -> dict[str, Any]:
    """What `LocalServer` takes of the command line."""
    return {
        "port": options.port,
        "log": options.log,
        "latency": options.latency_ms / 1000,
        "drop_rate": options.drop_rate,
        "seed": options.seed,
    }


async def form(request: Request) -> dict[str, str]:
    """Query and form (or JSON) together, the last value of a name."""
    values = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        values |= {k: v if isinstance(v, str) else json.dumps(v) for k, v in (await request.json()).items()}
    elif request.method == "POST":
        values |= {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
    return values


def as_json(value: str | None) -> dict[str, Any]:
    """A field that carries JSON."""
    return cast("dict[str, Any]", json.loads(value)) if value else {}
