"""Three machine translators on 127.0.0.1, each as its own pages describe it: LibreTranslate, DeepL, OpenAI's chat."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.servers.base import Fault, LocalServer

KEY = "secret-key"
LIBRE = ("nl", "en", "tr", "ar", "pl", "uk", "ru", "fa", "es", "fr", "de", "ro", "bg", "zh-Hans")
BUSY = Fault(429, {"error": "Slowdown"})
QUOTA = Fault(456, {"message": "Quota Exceeded"})
FORBIDDEN = Fault(403, {"error": "Invalid API key"})


def echo(text: str, target: str) -> str:
    """Another text with the same slots: that of `target` in brackets before it."""
    return f"[{target}] {text}"


class FakeTranslator(LocalServer):
    """All three in one. `says` makes the answer of (text, target); `seen` is all that arrived, headers included."""

    send: ClassVar[str] = "translate"

    def reset(self) -> None:
        """Forget what came."""
        super().reset()
        self.says: Callable[[str, str], str] = echo
        self.book: dict[str, str] = {}
        self.seen: list[str] = []
        self.languages: tuple[str, ...] = LIBRE

    def routes(self) -> Sequence[Route]:
        """What each of them serves."""
        return [
            Route("/languages", self._languages),
            Route("/translate", self._libre, methods=["POST"]),
            Route("/v2/translate", self._deepl, methods=["POST"]),
            Route("/v2/usage", self._usage),
            Route("/chat/completions", self._chat, methods=["POST"]),
        ]

    async def _languages(self, request: Request) -> Response:
        known = [{"code": code, "name": code, "targets": list(self.languages)} for code in self.languages]
        return await self._answer("languages", request, known)

    async def _libre(self, request: Request) -> Response:
        asked = await self._body(request)
        for name in ("q", "source", "target"):
            if not asked.get(name):
                return JSONResponse({"error": f"Invalid request: missing {name} parameter"}, 400)
        for code in (asked["source"], asked["target"]):
            if code not in self.languages:
                return JSONResponse({"error": f"{code} is not supported"}, 400)
        return await self._answer("translate", request, {"translatedText": self._said(asked["q"], asked["target"])})

    async def _deepl(self, request: Request) -> Response:
        asked = await self._body(request)
        if request.headers.get("authorization") != f"DeepL-Auth-Key {KEY}":
            return JSONResponse({"message": "Forbidden"}, 403)
        done = [
            {"detected_source_language": asked["source_lang"], "text": self._said(text, asked["target_lang"])}
            for text in asked["text"]
        ]
        return await self._answer("translate", request, {"translations": done})

    async def _usage(self, request: Request) -> Response:
        return await self._answer("usage", request, {"character_count": 1200, "character_limit": 500_000})

    async def _chat(self, request: Request) -> Response:
        asked = await self._body(request)
        if request.headers.get("authorization") != f"Bearer {KEY}":
            error = {
                "message": "Incorrect API key provided",
                "type": "invalid_request_error",
                "code": "invalid_api_key",
            }
            return JSONResponse({"error": error}, 401)
        system, user = (message["content"] for message in asked["messages"])
        target = re.search(r" into (.+?)\. ", system)
        assert target
        text = re.fullmatch(r"<text>(.*)</text>", user, re.DOTALL)
        assert text
        said = {"role": "assistant", "content": self._said(text[1], target[1])}
        whole = {
            "id": "c1",
            "object": "chat.completion",
            "choices": [{"index": 0, "message": said, "finish_reason": "stop"}],
        }
        return await self._answer("translate", request, whole | {"usage": {"total_tokens": 50}})

    def _said(self, text: str, target: str) -> str:
        return self.book.get(text) or self.says(text, target)

    async def _body(self, request: Request) -> Any:
        body = await request.body()
        self.seen.append(f"{request.url} {dict(request.headers)} {body.decode()}")
        asked = await request.json()
        self.record(asked)
        return asked

    async def _answer(self, call: str, request: Request, said: Mapping[str, Any] | list[Any]) -> Response:
        fault = await self.disturb(call)
        return await self.spoil(fault, request) if fault else JSONResponse(said)
