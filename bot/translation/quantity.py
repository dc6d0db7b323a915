"""Something that counts in a text, and what it may mean."""

from __future__ import annotations

from dataclasses import dataclass

_HALF_DAY, _HOUR, _MONTHS = 720, 60, 12
Reading = tuple[str, float]
"""What something may be: ("number", 12.5), ("time", minutes), ("exact", minutes of the day), ("month", 11), ("date", 2411) .."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something that counts: as it is said, and what it may mean. Not `sure`: it may be another word altogether."""

    said: str
    readings: frozenset[Reading]
    sure: bool = True

    def meets(self, other: Quantity) -> bool:
        """Whether both may mean the same."""
        return any(_same(mine, theirs) for mine in self.readings for theirs in other.readings)


def _same(mine: Reading, theirs: Reading) -> bool:
    (kind, value), (other, their) = sorted((mine, theirs))
    if kind == other:
        return value % _HALF_DAY == their % _HALF_DAY if kind == "time" else value == their
    if (kind, other) == ("exact", "time"):
        return value % _HALF_DAY == their % _HALF_DAY
    if other in {"time", "exact"} or kind == "exact":
        number, minutes = (value, their) if kind == "number" else (their, value)
        if "number" not in {kind, other} or minutes % _HOUR:
            return False
        return number % _MONTHS == minutes / _HOUR % _MONTHS and number <= 24  # noqa: PLR2004 - hours of a day
    return False
