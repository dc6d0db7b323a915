"""Words, and pieces of words, as 64-bit numbers, and which row of a table each one has.

A sorted array of numbers takes a tenth of a dictionary of strings and can stay in a file. That two of a million strings share a
number has a chance of one in thirty million.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Rows = NDArray[np.intp]

_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # odd, and its bits are as good as random


def of_words(words: Sequence[str]) -> Keys:
    """One for each word."""
    digests = (blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest() for word in words)
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64, copy=False)


def of_pairs(words: Keys) -> Keys:
    """One for each two neighbours."""
    return words[:-1] * _SPREAD + words[1:]


def of_pieces(words: Sequence[str], longest: int) -> tuple[Keys, Rows]:
    """One for each run of up to `longest` characters in a word with a space before and behind it, and that word's place."""
    padded = "".join(f" {word} " for word in words)
    letters = np.frombuffer(padded.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    places = np.repeat(np.arange(len(words)), [len(word) + 2 for word in words])
    runs, found, owners = np.zeros(len(letters), dtype=np.uint64), [], []
    for last in range(min(longest, len(letters))):
        runs = runs[: len(letters) - last] * _SPREAD + letters[last:]
        inside = places[: len(runs)] == places[last:]
        found.append(runs[inside])
        owners.append(places[: len(runs)][inside])
    if not found:
        return np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.intp)
    return np.concatenate(found), np.concatenate(owners)


@dataclass(frozen=True, slots=True)
class Index:
    """Which row each known key has."""

    keys: Keys  # sorted
    rows: NDArray[np.int32]

    @classmethod
    def of(cls, keys: Keys) -> Index:
        """Of different keys, in the order of their rows."""
        order = np.argsort(keys)
        return cls(keys[order], order.astype(np.int32))

    def find(self, asked: Keys) -> Rows:
        """The row of each key; -1 where it is unknown."""
        if not len(self.keys):
            return np.full(len(asked), -1, dtype=np.intp)
        places = np.searchsorted(self.keys[:-1], asked)
        return np.where(self.keys[places] == asked, self.rows[places], -1)
