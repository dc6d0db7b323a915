"""Time and identity, injected: tests move the clock, nothing sleeps in them."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass, replace
from typing import Protocol


class Clock(Protocol):
    """What time it is, in UTC."""

    def now(self) -> dt.datetime:
        """A moment with its zone."""


class SystemClock:
    """The machine's own."""

    def now(self) -> dt.datetime:
        """The present."""
        return dt.datetime.now(dt.UTC)


class TestClock:
    """Stands still until it is moved. Shipped, so that outside tests can drive the line too."""

    __test__ = False

    def __init__(self, now: dt.datetime) -> None:
        """`now` has a zone."""
        self._now = now

    def now(self) -> dt.datetime:
        """Where it stands."""
        return self._now

    def move(self, **by: float) -> None:
        """Forward: `move(hours=2)`."""
        self._now += dt.timedelta(**by)


def token() -> str:
    """A name nobody else has."""
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things may take, in seconds. Kill tests shorten the leases."""

    turn_lease: float = 45
    send_lease: float = 45
    send_limit: float = 10
    send_margin: float = 15
    """With less than this left of its lease, a sender does not begin."""
    unknown_blocks: float = 60
    unknown_first_look: float = 60
    unknown_given_up: float = 300
    breath: float = 2
    breath_longest: float = 8
    poll: float = 1
    turn_backoff: tuple[float, ...] = (0, 1, 4, 10, 30)
    send_backoff: tuple[float, ...] = (5, 20, 60, 300, 900)
    catch_up_every: float = 900
    catch_up_reach: float = 3600

    def shortened(self, factor: float) -> Timing:
        """All but the breath and the poll, `factor` times shorter."""
        return replace(
            self,
            turn_lease=self.turn_lease / factor,
            send_lease=self.send_lease / factor,
            send_limit=self.send_limit / factor,
            send_margin=self.send_margin / factor,
            unknown_blocks=self.unknown_blocks / factor,
            unknown_first_look=self.unknown_first_look / factor,
            unknown_given_up=self.unknown_given_up / factor,
            turn_backoff=tuple(s / factor for s in self.turn_backoff),
            send_backoff=tuple(s / factor for s in self.send_backoff),
        )
