"""The marks that understanding must reach in each language, and when a measurement says that it did not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

SMALL = frozenset({"ary", "so", "ti", "pap"})
"""Languages with little text in the world, for embeddings to learn from."""
_Z = 1.959964  # of a normal distribution, 95 % lies within so many standard deviations

LEAST: Mapping[str, float] = {
    "top1": 0.82,
    "top3": 0.96,
    "answered": 0.60,
    "precision": 0.95,
    "served": 0.93,
    "language": 0.965,
    "danger_seen": 0.98,
}
LEAST_SMALL: Mapping[str, float] = {**LEAST, "top1": 0.78, "top3": 0.90}
LEAST_MEAN: Mapping[str, float] = {**LEAST, "top1": 0.88}
"""Of the mean over the big languages."""
MOST: Mapping[str, float] = {"out_of_scope_answered": 0.08, "false_now": 0.003, "false_other": 0.02}


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """None of nothing."""
        return round(self.part / self.whole, 4) if self.whole else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Between which two shares the true one lies, 95 % sure (Wilson): honest for few messages and near 0 and 1."""
        if not self.whole:
            return None
        share, doubt = self.part / self.whole, _Z**2 / self.whole
        middle = share + doubt / 2
        reach = _Z * sqrt(share * (1 - share) / self.whole + doubt / self.whole / 4)
        low, high = (middle - reach) / (1 + doubt), (middle + reach) / (1 + doubt)
        return max(0.0, round(low, 4)), min(1.0, round(high, 4))


def missed(shares: Mapping[str, Share], language: str) -> list[str]:
    """Which marks a language has missed for sure: the whole interval lies on the wrong side."""
    least = LEAST_SMALL if language in SMALL else LEAST
    found = []
    for name, share in shares.items():
        if (interval := share.interval) is not None:
            low, high = interval
            if high < least.get(name, 0.0) or low > MOST.get(name, 1.0):
                found.append(name)
    return found


def missed_by_mean(means: Mapping[str, float | None]) -> list[str]:
    """The same for plain means, which have no interval."""
    given = {name: value for name, value in means.items() if value is not None}
    return [
        name for name, value in given.items() if value < LEAST_MEAN.get(name, value) or value > MOST.get(name, value)
    ]
