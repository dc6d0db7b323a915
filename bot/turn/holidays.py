"""Which holiday a parent asks about by its name: she hears the days of that one, and not only of the next."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.turn import sentences
from nlu.text import fold, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.turn.draft import Draft

INTENT, ANSWER = "ask_holidays", "utter_more_holiday"
_NAME = re.compile(r"utter_holiday_\w+")


def named(draft: Draft) -> Mapping[str, Any] | None:
    """What fills the answer about the one holiday in her words, in Dutch or her own; None where its days are not known."""
    said = _joined(draft.words)
    for response in draft.book.domain.responses:
        if not _NAME.fullmatch(response):
            continue
        dutch = sentences.source_text(draft.book, f"{response}/0")
        own = draft.wording(f"{response}/0", draft.language) or ""
        # "mayıs tatili (meivakantie)": in most languages the Dutch word stands behind her own.
        names = {_joined(name) for name in (dutch, own.partition("(")[0]) if name}
        days = [draft.known.school.facts.get(f"{dutch}_{end}", "").strip() for end in ("start", "end")]
        if all(days) and any(name in said for name in names):
            return {"next_holiday_name": dutch, "next_holiday_start": days[0], "next_holiday_end": days[1]}
    return None


def _joined(text: str) -> str:
    """Without spaces: "mei vakantie" is what many write."""
    return "".join(words(fold(text)))
