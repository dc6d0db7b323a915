"""A linear model on n-grams: words, pairs of words, and one to five characters within a word.

Serving needs numpy only; `training.py` fits the weights.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.keys import Index, Keys, Rows, of_pairs, of_pieces, of_words
from nlu.text import fold, words

Floats = NDArray[np.float32]
Halves = NDArray[np.float16]

_LONGEST = 5
_PLAIN = 0x2000  # code points up to which there are no emoji
_SHORT = 4  # words: below, it says much how many there are
_QUESTION = set("?؟？")


@dataclass(frozen=True, slots=True)
class Counts:
    """The different n-grams of texts, text by text, and how often each occurs."""

    keys: Keys
    times: Floats
    owners: Rows  # which text has it
    texts: int

    def __len__(self) -> int:
        """How many."""
        return len(self.keys)


def ngrams(*texts: str) -> Counts:
    """Count n-grams; many texts at once are quicker. Emoji, shortness and a question mark count as words that nobody can write."""
    keys, owners = _found(texts)
    order = np.lexsort((keys, owners))
    keys, owners = keys[order], owners[order]
    new = np.ones(len(keys), dtype=np.bool_)
    new[1:] = (keys[1:] != keys[:-1]) | (owners[1:] != owners[:-1])
    starts = np.flatnonzero(new)
    times = np.diff(starts, append=len(keys)).astype(np.float32)
    return Counts(keys[starts], times, owners[starts], len(texts))


def _found(texts: Sequence[str]) -> tuple[Keys, Rows]:
    tokens: list[str] = []
    signs: list[str] = []
    sizes, signed = [], []
    for text in texts:
        of_text = words(fold(text))
        shown = _signs(text, len(of_text))
        tokens += of_text
        signs += shown
        sizes.append(len(of_text))
        signed.append(len(shown))
    places = np.arange(len(texts))
    owners = np.repeat(places, sizes)
    known = of_words(tokens)
    beside = owners[:-1] == owners[1:]
    pieces, words_of = of_pieces(tokens, _LONGEST)
    keys = [known, of_words(signs), of_pairs(known)[beside], pieces]
    return np.concatenate(keys), np.concatenate(
        [owners, np.repeat(places, signed), owners[:-1][beside], owners[words_of]]
    )


def _signs(text: str, size: int) -> list[str]:
    found = ["#" * min(size, _SHORT)] if size else []
    found += ["?"] if _QUESTION & set(text) else []
    if not text.isascii():
        found += [char for char in text if ord(char) > _PLAIN and unicodedata.category(char) == "So"]
    return found


@dataclass(frozen=True, slots=True)
class Features:
    """Which n-grams are known, and how rare each is (inverse document frequency)."""

    index: Index
    rarity: Floats
    rarest: float  # counted for an unknown n-gram

    @classmethod
    def of(cls, counts: Counts, *, at_least: int = 1) -> Features:
        """The n-grams that occur in `at_least` of the texts."""
        keys, frequency = np.unique(counts.keys, return_counts=True)
        known = frequency >= at_least
        rarity = np.log((1 + counts.texts) / (1 + frequency[known].astype(np.float32))) + 1
        return cls(Index.of(keys[known]), rarity.astype(np.float32), float(rarity.max()))

    def vectors(self, counts: Counts) -> tuple[Rows, Floats, Rows]:
        """Columns, values, and whose they are. Unknown n-grams have no column but add to the length: foreign text scores low."""
        found = self.index.find(counts.keys)
        known = found >= 0
        columns, owners = found[known], counts.owners[known]
        values = (1 + np.log(counts.times[known])) * self.rarity[columns]
        squares = np.bincount(owners, values**2, counts.texts)
        unknown = np.bincount(counts.owners[~known], minlength=counts.texts)
        lengths = np.sqrt(np.maximum(squares + unknown * self.rarest**2, 1e-9))
        return columns, (values / lengths[owners]).astype(np.float32), owners


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Labels, and for each n-gram its weight per label."""

    labels: tuple[str, ...]
    features: Features
    weights: Halves
    bias: Floats

    def scores(self, counts: Counts) -> Floats:
        """One number per label, in their order, for the n-grams of one text; not yet a probability."""
        columns, values, _ = self.features.vectors(counts)
        scores: Floats = values @ self.weights[columns].astype(np.float32) + self.bias
        return scores


def softmax(scores: Floats, sharpness: float) -> Floats:
    """Probabilities of scores, along the last axis."""
    powers = np.exp((scores - scores.max(axis=-1, keepdims=True)) * np.float32(sharpness))
    probabilities: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return probabilities
