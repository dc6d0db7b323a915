"""Two things in one message: its pieces, each understood by itself, where what it asks for may be two."""

from __future__ import annotations

import re
from collections.abc import Callable

from nlu.calibration import GRAVE
from nlu.port import OUT_OF_SCOPE, Decision, Errand, Guess, Understood

MOST = 6
"""Pieces looked at; whoever writes more tells one long story."""
LEAST = 12
"""Bytes of a piece: in UTF-8 they hold about as much in every script."""
READ = 1500
HINT = 0.5
"""How likely a first look must find an errand in a piece, and another in another, before more is asked about the two."""
NO_ERRAND = frozenset(
    {
        *("greet", "thank", "goodbye", "affirm", "deny", "help", "bot_challenge", "talk_to_human", OUT_OF_SCOPE),
        *("change_language", "stop_messages", "emergency", "report_bullying"),
    },
)
"""What is never one of two things: small talk, what a word does at any moment, and danger, which stands alone."""

_END = r"(?<=[.!?…])\s+|(?<=[؟۔።፧。！？])\s*|[\n;؛፤]+"
_SENTENCE = re.compile(_END)
_PIECE = re.compile(_END + r"|,\s+|[،，、፣]+")
"""Ends of sentences, and commas, in all scripts of the line."""


def pieces(text: str) -> tuple[str, ...]:
    """The sentences of a text and what commas part in them, as they stand there; the shortest say nothing."""
    parted = (piece.strip() for piece in _PIECE.split(text[:READ]))
    return tuple(piece for piece in parted if len(piece.encode(errors="ignore")) >= LEAST)[:MOST]


def two_errands(
    text: str, whole: Understood, look: Callable[[str], Guess], understand: Callable[[str], Understood]
) -> tuple[Errand, Errand] | None:
    """Two different things that a text clearly asks for, in their order. `look` is cheap, and decides what is understood.

    In one sentence that as a whole surely means the second, that one goes first: the other may be no more than its reason.
    """
    if whole.intent in GRAVE:
        return None
    looks = [(piece, look(piece)) for piece in pieces(text)]
    if any(guess.intent in GRAVE and guess.confidence >= HINT for _, guess in looks):
        return None  # what may be grave is not one of two errands: the whole is looked at
    hints = [(piece, guess) for piece, guess in looks if guess.confidence >= HINT and guess.intent not in NO_ERRAND]
    if len({guess.intent for _, guess in hints}) < 2:  # noqa: PLR2004 - two
        return None
    understood = [(piece, understand(piece)) for piece, _ in hints]
    if any(found.safety is not None or found.intent in GRAVE for _, found in understood):
        return None
    errands = [(piece, found.ranking[0]) for piece, found in understood if found.decision is Decision.ANSWER]
    errands = [(piece, guess) for piece, guess in errands if guess.intent not in NO_ERRAND]
    for piece, guess in errands[1:]:
        if guess.intent != errands[0][1].intent:
            at = text.index(piece)
            first, second = _errand(errands[0][1], text[:at]), _errand(guess, text[at:])
            sure = whole.decision is Decision.ANSWER and whole.intent == second.intent
            return (second, first) if sure and not _SENTENCE.search(text[:at]) else (first, second)
    return None


def _errand(guess: Guess, text: str) -> Errand:
    return Errand(guess.intent, guess.confidence, text)
