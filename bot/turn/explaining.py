"""How an errand goes, said before it begins, to who asks that: "how do I report my child ill?" is no report yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.turn import sentences

if TYPE_CHECKING:
    from bot.turn.draft import Draft

MORE = "more_"
"""Begins the name of an answer that no intent has: one that a button leads to, or that explains the errand of an intent."""
_QUESTION_MARKS = frozenset("?\uff1f\u061f\u1367")
"""Latin, Chinese, Arabic, Ethiopic."""


def explain(draft: Draft, intent: str) -> None:
    """Say `utter_more_<intent>`, if there is one, where she asked; or may have, because she chose it among guesses."""
    response = f"utter_{MORE}{intent}"
    asked = draft.guessed or _QUESTION_MARKS & set(draft.words)
    known = response in draft.book.domain.responses
    if asked and known and not sentences.missing(draft.book, draft.known.school, response, {}):
        draft.say(response)
