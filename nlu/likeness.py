"""Sentences that are nearly the same, letter by letter: how many pieces of four characters two of them share."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from math import ceil

from nlu.text import fold

LONG = 20
"""Characters from which on likeness says something: short sentences are alike by chance."""
TOO_NEAR = 0.8
_PIECE = 4


def pieces(text: str) -> frozenset[str]:
    """The pieces of four characters of a folded text."""
    folded = fold(text)
    return frozenset(folded[at : at + _PIECE] for at in range(max(1, len(folded) - _PIECE + 1)))


def near(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The places of each two long texts that share `TOO_NEAR` of all their pieces or more; the later one second.

    Two such texts must share one of their rarest pieces, so only what shares one of these is compared.
    """
    found = [pieces(text) if len(text) >= LONG else frozenset() for text in texts]
    common = Counter(piece for each in found for piece in each)
    holders: dict[str, list[int]] = defaultdict(list)
    for place, each in enumerate(found):
        rarest = sorted(each, key=lambda piece: (common[piece], piece))[: len(each) - ceil(TOO_NEAR * len(each)) + 1]
        for other in sorted({one for piece in rarest for one in holders[piece]}):
            if len(each & found[other]) >= TOO_NEAR * len(each | found[other]):
                yield other, place
        for piece in rarest:
            holders[piece].append(place)
