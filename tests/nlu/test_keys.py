"""Words and pieces of words as numbers."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np

from nlu import examples
from nlu.keys import Index, of_pairs, of_pieces, of_words
from nlu.ngram import ngrams
from nlu.text import fold, words

HOSTILE = ["", "\x00", "\ud800\udfff", "a" * 5_000, "\u200f", "👍", "ziek ziek?", "ü", "。"]


def spelled(text: str) -> Counter[str]:
    """The n-grams of a text as strings: words, pairs of words, pieces of words."""
    tokens = words(fold(text))
    padded = (f" {token} " for token in tokens)
    pieces = (word[at : at + size] for word in padded for size in range(1, 6) for at in range(len(word) - size + 1))
    return Counter([*(f"={token}" for token in tokens), *(f"={one} {two}" for one, two in pairwise(tokens)), *pieces])


def test_each_string_has_a_number_of_its_own() -> None:
    """As many numbers as strings, as often, in thousands of sentences of all languages."""
    texts = [example.text for example in examples.read_folder()][::9]
    spelt = Counter[str]()
    for text in texts:
        spelt.update(spelled(text))
    tokens = [words(fold(text)) for text in texts]
    known = [of_words(of_text) for of_text in tokens]
    keys = np.concatenate([*known, *map(of_pairs, known), *(of_pieces(of_text, 5)[0] for of_text in tokens)])
    numbered = np.unique(keys, return_counts=True)[1]

    assert len(texts) >= 2_000
    assert sorted(spelt.values()) == sorted(numbered.tolist())


def test_pieces_know_their_word() -> None:
    """Of two words, `is` and `ziek`, with spaces around: 4 + 6 letters, 3 + 5 pairs of letters."""
    keys, owners = of_pieces(["is", "ziek"], 2)

    assert len(keys) == 18
    assert Counter(owners.tolist()) == {0: 7, 1: 11}


def test_a_number_is_the_same_on_every_machine() -> None:
    """What is kept in a file must be found again by the next process."""
    assert of_words(["ziek"]).tolist() == [15660153464587345307]
    assert of_pieces(["z"], 2)[0].tolist() == [32, 122, 32, 14334736817860870938, 7381402429213844002]


def test_an_index_finds_what_it_holds() -> None:
    """And says of everything else that it is unknown, even where it holds nothing."""
    index = Index.of(np.array([30, 10, 20], dtype=np.uint64))
    asked = np.array([10, 11, 30, 99, 0], dtype=np.uint64)
    nothing = Index.of(np.empty(0, dtype=np.uint64))

    assert index.find(asked).tolist() == [1, -1, 0, -1, -1]
    assert nothing.find(asked).tolist() == [-1] * 5


def test_many_texts_at_once_are_counted_like_each_alone() -> None:
    """Words of neighbouring texts make no pair."""
    together = ngrams(*HOSTILE)
    alone = [ngrams(text) for text in HOSTILE]

    assert together.texts == len(HOSTILE)
    for place, counts in enumerate(alone):
        mine = together.owners == place
        assert together.keys[mine].tolist() == counts.keys.tolist()
        assert together.times[mine].tolist() == counts.times.tolist()
