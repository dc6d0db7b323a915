"""Rasa Open Source 3.6's HTTP API on 127.0.0.1, as its pages describe it and version 3.6.21 was seen to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.servers.base import Fault, LocalServer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

CRASHED = Fault(500, {"version": "3.6.21", "status": "failure", "reason": "ParsingError", "code": 500})


class FakeRasa(LocalServer):
    """Answers every text with the same `chances`; `asked` holds the texts. Calls: version, status, parse."""

    send: ClassVar[str] = "parse"

    def reset(self) -> None:
        """Forget what was asked; a model of no intents."""
        super().reset()
        self.chances: Mapping[str, float] = {}
        self.model: str | None = "ouderlijn.tar.gz"

    @property
    def asked(self) -> list[str]:
        """The texts, in order."""
        return [entry["text"] for entry in self.sent]

    def routes(self) -> Sequence[Route]:
        """The three addresses that we use."""
        return [
            Route("/version", self._version),
            Route("/status", self._status),
            Route("/model/parse", self._parse, methods=["POST"]),
        ]

    async def _version(self, request: Request) -> Response:
        return await self._answer("version", request, {"version": "3.6.21", "minimum_compatible_version": "3.6.21"})

    async def _status(self, request: Request) -> Response:
        said = {"model_file": self.model, "model_id": "1f2e", "num_active_training_jobs": 0}
        return await self._answer("status", request, said)

    async def _parse(self, request: Request) -> Response:
        text = (await request.json())["text"]
        self.record({"text": text})
        ranking = [{"name": name, "confidence": chance} for name, chance in self._ranked()]
        said = {"text": text, "intent": ranking[0] if ranking else {"name": None, "confidence": 0.0}, "entities": []}
        return await self._answer("parse", request, said | {"text_tokens": [], "intent_ranking": ranking})

    async def _answer(self, call: str, request: Request, said: Mapping[str, Any]) -> Response:
        fault = await self.disturb(call)
        return await self.spoil(fault, request) if fault else JSONResponse(said)

    def _ranked(self) -> list[tuple[str, float]]:
        return sorted(self.chances.items(), key=lambda pair: -pair[1])
