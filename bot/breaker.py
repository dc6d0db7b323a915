"""A circuit breaker: who does not answer is left alone for a while, so that nobody waits for nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

FAILURES, PAUSE = 3, 30.0
"""After so many failures in a row nothing is asked for so many seconds; then one message tries again."""


class Breaker:
    """Stops asking who does not answer. Threads may share it."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Closed: everything passes."""
        self._now = now
        self._lock = threading.Lock()
        self._failures = 0
        self._shut_until = 0.0

    @property
    def closed(self) -> bool:
        """Whether the last answers were good."""
        return self._failures < FAILURES

    def passes(self) -> bool:
        """Whether to ask now. While it is open one caller in each pause may, to see whether things are well again."""
        with self._lock:
            if self.closed:
                return True
            if self._now() < self._shut_until:
                return False
            self._shut_until = self._now() + PAUSE
            return True

    def worked(self) -> bool:
        """Note a good answer. True: things are well again."""
        with self._lock:
            again, self._failures = not self.closed, 0
            return again

    def failed(self) -> bool:
        """Note a failure. True: from now on nothing is asked."""
        with self._lock:
            was_closed = self.closed
            self._failures += 1
            self._shut_until = self._now() + PAUSE
            return was_closed and not self.closed
