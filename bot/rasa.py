"""Asks a Rasa server which intents a text may have: `POST /model/parse`, a time limit, and a circuit breaker.

The only file that speaks Rasa's HTTP API. No text ever reaches a log or an error.
"""

from __future__ import annotations

import logging
import math
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from bot.breaker import Breaker

LIMIT = 1.0
"""Seconds for each step of an answer: connecting, sending, waiting."""
PROBE = "wie is de mentor"

# Rasa takes a text that begins with a slash for a command of its developers: "/emergency" is that intent, with certainty.
_COMMAND = re.compile(r"^[\s/]+")

logger = logging.getLogger(__name__)


class BadAnswer(ValueError):
    """The server answered something that is no ranking of intents."""


@dataclass(frozen=True, slots=True)
class State:
    """What a server says of itself: its version and the file name of its model, empty where it has none."""

    version: str
    model: str


class RasaServer:
    """Implements `nlu.rasa.recogniser.Ranker`. Threads may share it; `close()` it."""

    def __init__(self, url: str, *, limit: float = LIMIT, now: Callable[[], float] = time.monotonic) -> None:
        """`url` is the server's root. What parents write goes there: no proxy of the environment is used."""
        self._client = httpx.Client(base_url=url, timeout=limit, trust_env=False)
        self._breaker = Breaker(now)

    @property
    def name(self) -> str:
        """What ranks at this moment; empty while nothing does."""
        return "rasa" if self._breaker.closed else ""

    def rank(self, text: str) -> Mapping[str, float] | None:
        """Every intent the model knows with its probability; None where there is no (good) answer in time. Never raises."""
        if not self._breaker.passes():
            return None
        try:
            chances = self.ask(text)
        except (httpx.HTTPError, BadAnswer) as error:
            if self._breaker.failed():
                logger.warning("Rasa does not answer (%s): our own engine does, and asks again later.", _kind(error))
            return None
        if self._breaker.worked():
            logger.info("Rasa answers again.")
        return chances

    def ask(self, text: str) -> Mapping[str, float]:
        """The same, whatever happened before. Raises `httpx.HTTPError` and `BadAnswer`."""
        shown = _COMMAND.sub("", text.encode("utf-8", "ignore").decode("utf-8"))
        return _ranking(self._answer("POST", "/model/parse", {"text": shown}))

    def state(self) -> State:
        """What the server says of itself. Raises `httpx.HTTPError` and `BadAnswer`."""
        version, status = self._answer("GET", "/version"), self._answer("GET", "/status")
        return State(str(version.get("version", "")), str(status.get("model_file") or ""))

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _answer(self, method: str, path: str, body: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        response = self._client.request(method, path, json=body)
        response.raise_for_status()
        try:
            answer = response.json()
        except (ValueError, RecursionError) as error:
            raise BadAnswer("not JSON") from error
        if not isinstance(answer, dict):
            raise BadAnswer("not a JSON object")
        return answer


def _ranking(answer: Mapping[str, Any]) -> dict[str, float]:
    ranking = answer.get("intent_ranking")
    if not isinstance(ranking, list) or not ranking:
        raise BadAnswer("no ranking of intents")
    chances = {}
    for guess in ranking:
        name, chance = (guess.get("name"), guess.get("confidence")) if isinstance(guess, dict) else (None, None)
        if not isinstance(name, str) or isinstance(chance, bool) or not isinstance(chance, int | float):
            raise BadAnswer("an intent without a name or a confidence")
        if not (math.isfinite(chance) and 0 <= chance <= 1):
            raise BadAnswer("a confidence that is no probability")
        chances[name] = float(chance)
    return chances


def _kind(error: Exception) -> str:
    """What happened, without a URL or a body."""
    if isinstance(error, httpx.HTTPStatusError):
        return f"HTTP {error.response.status_code}"
    return str(error) if isinstance(error, BadAnswer) else type(error).__name__
