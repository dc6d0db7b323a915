"""Whether two names in a school's files may be one person's: another order, a slip, a maiden name, an initial. Pure."""

from __future__ import annotations

from rapidfuzz.distance import OSA

from bot.people.importing.values import PREFIXES, plain, words

_LONG = 5
"""From so many letters a slip is forgiven: "Fatma" and "Fatima" may be one woman, "Ali" and "Ala" are not."""


def same_name(one: str, other: str) -> bool:
    """The same words, in whatever order; "van" and "de" do not count."""
    return bool(words(one) - PREFIXES) and words(one) - PREFIXES == words(other) - PREFIXES


def given_alike(one: str, other: str) -> bool:
    """Two given names: the same, one the beginning or the initial of the other, or a slip in a long one."""
    first, second = (plain(name.replace(".", " ").strip().partition(" ")[0]) for name in (one, other))
    if not first or not second:
        return False
    short, long = sorted((first, second), key=len)
    slips = 1 if len(long) >= _LONG and len(short) > 1 else 0
    return long.startswith(short) or OSA.distance(first, second, score_cutoff=slips) <= slips


def may_be_one(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Two people as (given, family) who have a child or a phone in common: the same words, or given names that are alike."""
    return same_name(" ".join(one), " ".join(other)) or given_alike(one[0], other[0])
