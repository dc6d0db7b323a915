"""How likely a text is in each of some 140 languages, as py3langid knows them: its model, rewritten so that it can stay in a file.

py3langid walks an automaton whose state is the longest known run of bytes that ends here (Aho and Corasick). Its table of
moves takes 40 MB; the runs themselves, as numbers, take one. The chances are the same within a thousandth.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.keys import Index, Keys, Rows
from nlu.ngram import Floats, softmax

_LONGEST = 6  # bytes: they and their count fit into one number
_STEPS = 255
_BYTE, _COUNT = np.uint64(8), np.uint64(56)


@dataclass(frozen=True, slots=True)
class World:
    """A naive Bayes model on runs of bytes."""

    languages: tuple[str, ...]  # some stand here twice, in two scripts
    runs: Index  # a run that only begins others has a row behind the last
    weights: NDArray[np.uint8]  # in steps
    step: float
    prior: Floats

    @classmethod
    def shipped(cls) -> World:
        """What comes with py3langid; takes a second. Raises ValueError where it is built otherwise than we know."""
        from py3langid.langid import MODEL_DIR, MODEL_FILE
        from py3langid.modelio import load_model

        weights, prior, languages, moves, row_of, features = load_model(  # type: ignore[no-untyped-call]
            MODEL_DIR / MODEL_FILE
        )
        keys = _runs(np.asarray(moves).reshape(-1, 256), np.asarray(row_of))
        rows = np.array(features, dtype=np.int32)
        rows[rows < 0] = len(weights)
        order = np.argsort(keys)
        # A naive Bayes model knows differences only: its weights may begin at 0, and 256 steps are fine enough.
        weights = weights.astype(np.float32) - weights.min()
        step = float(weights.max()) / _STEPS
        return cls(
            tuple(languages), Index(keys[order], rows[order]), np.rint(weights / step).astype(np.uint8), step, prior
        )

    def chances(self, text: str) -> Floats:
        """Of each language; all are alike where nothing in a text is known."""
        content = unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")
        found = self._found(content)
        rows, times = np.unique(found[(found >= 0) & (found < len(self.weights))], return_counts=True)
        if not len(rows):
            return np.full(len(self.languages), 1 / len(self.languages), dtype=np.float32)
        told = np.log1p(times.astype(np.float32)) * np.float32(self.step)
        return softmax(told @ self.weights[rows].astype(np.float32) + self.prior, 1 / math.sqrt(len(content)))

    def _found(self, content: bytes) -> Rows:
        """For each byte the row of the longest known run that ends with it, or -1."""
        letters = np.frombuffer(content, dtype=np.uint8).astype(np.uint64)
        longest = np.full(len(letters), -1, dtype=np.intp)
        for size, keys in enumerate(_keys(letters), start=1):
            found = self.runs.find(keys)
            ends = longest[size - 1 :]
            ends[found >= 0] = found[found >= 0]
        return longest


def _keys(letters: Keys) -> Iterator[Keys]:
    """Of all runs of one byte, of two, and so on."""
    runs = np.zeros(len(letters), dtype=np.uint64)
    for last in range(min(_LONGEST, len(letters))):
        runs = (runs[: len(letters) - last] << _BYTE) | letters[last:]
        yield runs | (np.uint64(last + 1) << _COUNT)


def _runs(moves: NDArray[np.integer], row_of: NDArray[np.integer]) -> Keys:
    """The key of each state of an automaton: the bytes on the shortest way to it from state 0, the empty run."""
    runs = np.zeros(len(row_of), dtype=np.uint64)
    sizes = np.full(len(row_of), -1)
    sizes[0] = 0
    states = np.zeros(1, dtype=np.intp)
    for size in range(1, _LONGEST + 1):
        reached = moves[row_of[states]]
        parents, letters = np.nonzero(sizes[reached] < 0)
        new = reached[parents, letters].astype(np.intp)
        runs[new] = (runs[states[parents]] << _BYTE) | letters.astype(np.uint64)
        sizes[new] = size
        states = np.unique(new)
    if (sizes < 0).any():
        message = "py3langid's model holds longer runs of bytes than ours can"
        raise ValueError(message)
    return runs | (sizes.astype(np.uint64) << _COUNT)
