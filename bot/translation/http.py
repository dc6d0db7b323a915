"""How every adapter asks: one client, one time limit, no proxy, no text in an error; what a status means to all of them."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from bot.translation.port import NoTranslation, Why

LIMIT = 8.0
"""Seconds for one translation, from the first byte to the last: a colleague waits for it."""
LARGEST = 1_000_000
"""Bytes of an answer that are read."""
_TOO_MANY: Final = 429
_STATUS = {400: Why.REFUSED, 401: Why.REFUSED, 402: Why.QUOTA, 403: Why.REFUSED, 404: Why.REFUSED, 413: Why.LONG}
_STATUS |= {_TOO_MANY: Why.BUSY, 456: Why.QUOTA, 529: Why.BUSY}


class Asker:
    """Asks one server. What parents write goes there: no proxy of the environment is used, and no redirect followed."""

    def __init__(self, url: str, *, headers: Mapping[str, str] | None = None, limit: float = LIMIT) -> None:
        """`url` is the root to which paths are added."""
        self._client = httpx.AsyncClient(base_url=url, headers=dict(headers or {}), timeout=limit, trust_env=False)
        self._limit = limit

    async def get(self, path: str) -> Any:
        """The JSON at a path; raises NoTranslation."""
        return await self._ask("GET", path, None)

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The JSON that answers a JSON; raises NoTranslation."""
        return await self._ask("POST", path, body)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        try:
            async with asyncio.timeout(self._limit), self._client.stream(method, path, json=body) as response:
                if response.status_code != httpx.codes.OK:
                    raise self._failure(response.status_code, await _some(response))
                if len(content := await _some(response)) > LARGEST:
                    raise NoTranslation(Why.AWAY, "an answer without end")
        except (httpx.HTTPError, TimeoutError) as error:
            raise NoTranslation(Why.AWAY, type(error).__name__) from None
        try:
            return httpx.Response(200, content=content).json()
        except (ValueError, RecursionError):
            raise NoTranslation(Why.AWAY, "not JSON") from None

    @staticmethod
    def _failure(status: int, content: bytes) -> NoTranslation:
        if status == _TOO_MANY and b"insufficient_quota" in content:
            return NoTranslation(Why.QUOTA, "HTTP 429, insufficient_quota")
        return NoTranslation(_STATUS.get(status, Why.AWAY), f"HTTP {status}")


async def _some(response: httpx.Response) -> bytes:
    """What it says, up to a little more than we read."""
    content = b""
    async for piece in response.aiter_bytes():
        content += piece
        if len(content) > LARGEST:
            break
    return content


def at_home(url: str) -> bool:
    """Whether an address is on this machine or in this house: loopback, a private network, a name without a public ending."""
    host = urlsplit(url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or "." not in host or host.endswith((".local", ".internal", ".lan", ".localhost"))
    return address.is_loopback or address.is_private
