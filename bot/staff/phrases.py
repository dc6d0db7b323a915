"""Ready phrases: what staff can say in every language without a translator. The words stand in flows/domain_staff.yml."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.errors import Refusal

PREFIX = "utter_staff_phrase_"
LONGEST = 80


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase and its blanks: `date`, `time..` and anything else, which is text."""

    name: str
    blanks: tuple[str, ...] = ()

    @property
    def response(self) -> str:
        """The content's name for it."""
        return PREFIX + self.name

    def values(self, typed: Mapping[str, str]) -> dict[str, Any]:
        """What was typed into the blanks, each as its kind; refuses an empty or unreadable one."""
        return {blank: _read(blank, typed.get(blank, "").strip()) for blank in self.blanks}

    def shown_blanks(self) -> dict[str, Any]:
        """Blanks as dots, for the list to choose from."""
        return dict.fromkeys(self.blanks, "…")


PHRASES: Mapping[str, Phrase] = {
    phrase.name: phrase
    for phrase in (
        Phrase("read"),
        Phrase("find_out", ("date",)),
        Phrase("call_today", ("time1", "time2")),
        Phrase("call_on", ("date", "time")),
        Phrase("when_call"),
        Phrase("come", ("date", "time")),
        Phrase("agreed", ("date", "time")),
        Phrase("interpreter"),
        Phrase("get_well", ("child_name",)),
        Phrase("good_news", ("child_name",)),
        Phrase("which_child"),
        Phrase("more"),
        Phrase("colleague", ("date",)),
        Phrase("done"),
    )
}
"""In the order in which staff see them."""


def kind(blank: str) -> str:
    """How a form asks for it: date, time or text."""
    return "date" if blank == "date" else "time" if blank.startswith("time") else "text"


def _read(blank: str, typed: str) -> dt.date | dt.time | str:
    if not typed:
        raise Refusal("Fill in every blank of the ready phrase.")
    try:
        match kind(blank):
            case "date":
                return dt.date.fromisoformat(typed)
            case "time":
                return dt.time.fromisoformat(typed)
            case _:
                return typed[:LONGEST]
    except ValueError as error:
        raise Refusal("Fill in every blank of the ready phrase.") from error
