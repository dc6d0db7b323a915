"""A linear model on n-grams: words, pairs of words, and one to five characters within a word.

Serving needs numpy only; `training.py` fits the weights.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nlu.text import fold, words

Floats = NDArray[np.float32]

_LONGEST = 5
_PLAIN = 0x2000  # code points up to which there are no emoji
_SHORT = 4  # words: below, it says much how many there are
_QUESTION = set("?؟？")


def ngrams(text: str) -> Counter[str]:
    """How often each n-gram occurs. Words, emoji, shortness and a question mark begin with `=`, no character n-gram does."""
    tokens = words(fold(text))
    found = [f"={token}" for token in tokens]
    found += ["=" + "#" * min(len(tokens), _SHORT)] if tokens else []
    found += ["=?"] if _QUESTION & set(text) else []
    found += [f"={char}" for char in text if ord(char) > _PLAIN and unicodedata.category(char) == "So"]
    found += [f"={first} {second}" for first, second in pairwise(tokens)]
    for token in tokens:
        found += _characters(token)
    return Counter(found)


@lru_cache(maxsize=1 << 14)
def _characters(token: str) -> tuple[str, ...]:
    padded = f" {token} "
    return tuple(
        padded[start : start + size] for size in range(1, _LONGEST + 1) for start in range(len(padded) - size + 1)
    )


@dataclass(frozen=True, slots=True)
class Features:
    """Which n-grams are known, and how rare each is (inverse document frequency)."""

    vocabulary: Mapping[str, int]
    rarity: Floats
    rarest: float  # counted for an unknown n-gram

    @classmethod
    def of(cls, documents: Sequence[Iterable[str]], *, at_least: int = 1) -> Features:
        """The n-grams that occur in `at_least` of the documents."""
        frequency = Counter(ngram for document in documents for ngram in document)
        known = sorted(ngram for ngram, count in frequency.items() if count >= at_least)
        counts = np.array([frequency[ngram] for ngram in known], dtype=np.float32)
        rarity = np.log((1 + len(documents)) / (1 + counts)) + 1
        return cls({ngram: index for index, ngram in enumerate(known)}, rarity.astype(np.float32), float(rarity.max()))

    def vector(self, counts: Counter[str]) -> tuple[NDArray[np.intp], Floats]:
        """Columns and values. Unknown n-grams have no column but add to the length, so that foreign text scores low."""
        columns, tallies, unknown = [], [], 0
        for ngram, count in counts.items():
            column = self.vocabulary.get(ngram)
            if column is None:
                unknown += 1
            else:
                columns.append(column)
                tallies.append(count)
        indices = np.array(columns, dtype=np.intp)
        values = (1 + np.log(np.array(tallies, dtype=np.float32))) * self.rarity[indices]
        length = math.sqrt(float(values @ values) + unknown * self.rarest**2)
        return indices, values / np.float32(length or 1)


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Labels, and for each n-gram its weight per label."""

    labels: tuple[str, ...]
    features: Features
    weights: Floats
    bias: Floats

    def scores(self, counts: Counter[str]) -> Floats:
        """One number per label, in their order, for the n-grams of a text; not yet a probability."""
        columns, values = self.features.vector(counts)
        scores: Floats = values @ self.weights[columns] + self.bias
        return scores


def softmax(scores: Floats, sharpness: float) -> Floats:
    """Probabilities of scores, along the last axis."""
    powers = np.exp((scores - scores.max(axis=-1, keepdims=True)) * np.float32(sharpness))
    probabilities: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return probabilities
