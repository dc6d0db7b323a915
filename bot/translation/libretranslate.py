"""LibreTranslate: `POST /translate`, `GET /languages`. Which languages it knows hangs on the models that it was given."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from bot.translation.http import LIMIT, Asker, at_home
from bot.translation.port import NoTranslation, Task, Why

CODES: Mapping[str, tuple[str, ...]] = {
    "zh": ("zh-Hans", "zh"),
    **{code: (code,) for code in ("nl", "en", "tr", "ar", "pl", "uk", "ru", "fa", "es", "fr", "de", "ro", "bg")},
}
"""Ours to theirs, newer name first. It has no models for Moroccan, Somali, Tigrinya and Papiamento."""
KEPT = 3600.0
"""Seconds for which the list of its languages is believed."""


class LibreTranslate:
    """One server."""

    name = "libretranslate"

    def __init__(
        self, url: str, key: str = "", *, limit: float = LIMIT, now: Callable[[], float] = time.monotonic
    ) -> None:
        """`url` is its root; `key` where it wants one."""
        self.home = at_home(url)
        self._asker, self._key, self._now = Asker(url, limit=limit), key, now
        self._known: Mapping[str, frozenset[str]] = {}
        self._until = -1.0

    async def pairs(self, source: str, target: str) -> bool:
        """As the server's own list says."""
        codes = await self._codes()
        theirs, wanted = _first(source, codes), _first(target, codes)
        return theirs is not None and wanted is not None and wanted in codes[theirs]

    async def translate(self, task: Task) -> str:
        """One call. The glossary is no part of its interface: the words are looked at afterwards."""
        codes = await self._codes()
        source, target = _first(task.source, codes), _first(task.target, codes)
        if source is None or target is None:
            raise NoTranslation(Why.LANGUAGE)
        body = {"q": task.text, "source": source, "target": target, "format": "text"}
        answer = await self._asker.post("/translate", body | ({"api_key": self._key} if self._key else {}))
        text = answer.get("translatedText") if isinstance(answer, dict) else None
        if not isinstance(text, str) or not text.strip():
            raise NoTranslation(Why.AWAY, "no translatedText")
        return text

    async def close(self) -> None:
        """Let go of connections."""
        await self._asker.close()

    async def _codes(self) -> Mapping[str, frozenset[str]]:
        if self._now() >= self._until:
            self._known, self._until = _read(await self._asker.get("/languages")), self._now() + KEPT
        return self._known


def _first(code: str, known: Mapping[str, frozenset[str]]) -> str | None:
    return next((theirs for theirs in CODES.get(code, ()) if theirs in known), None)


def _read(answer: Any) -> Mapping[str, frozenset[str]]:
    """`[{"code": "nl", "targets": ["en", ..]}, ..]`; an old server names no targets: then all of them."""
    try:
        every = frozenset(str(each["code"]) for each in answer)
        return {str(each["code"]): frozenset(each.get("targets") or every) for each in answer}
    except (TypeError, KeyError, AttributeError):
        raise NoTranslation(Why.AWAY, "no list of languages") from None
