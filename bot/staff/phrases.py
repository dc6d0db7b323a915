"""Ready phrases: what staff can say in every language without a translator. The words stand in flows/domain_staff.yml."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from bot.errors import Refusal

PREFIX = "utter_staff_phrase_"
LONGEST = 80
_AMOUNT = re.compile(r"(?:€\s*)?([0-9]{1,5})(?:[.,]([0-9]{2}))?")


class Kind(StrEnum):
    """What a phrase is for: the groups of the list to choose from. `GOOD` is a good word, which the class page sends too."""

    CONTACT = "contact"
    ABSENCE = "absence"
    WORK = "work"
    BEHAVIOUR = "behaviour"
    GOOD = "good"
    PRACTICAL = "practical"
    CARE = "care"
    LATER = "later"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase and its blanks: `date`, `time..`, `amount` and anything else, which is text."""

    name: str
    kind: Kind
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
        Phrase("read", Kind.CONTACT),
        Phrase("call_today", Kind.CONTACT, ("time1", "time2")),
        Phrase("call_on", Kind.CONTACT, ("date", "time")),
        Phrase("when_call", Kind.CONTACT),
        Phrase("tried_call", Kind.CONTACT),
        Phrase("come", Kind.CONTACT, ("date", "time")),
        Phrase("agreed", Kind.CONTACT, ("date", "time")),
        Phrase("moved", Kind.CONTACT, ("date", "time")),
        Phrase("cancelled", Kind.CONTACT, ("date",)),
        Phrase("room", Kind.CONTACT, ("room",)),
        Phrase("ask_interpreter", Kind.CONTACT),
        Phrase("interpreter", Kind.CONTACT),
        Phrase("which_child", Kind.CONTACT),
        Phrase("more", Kind.CONTACT),
        Phrase("not_here", Kind.ABSENCE, ("child_name",)),
        Phrase("know_absent", Kind.ABSENCE, ("child_name",)),
        Phrase("get_well", Kind.ABSENCE, ("child_name",)),
        Phrase("back_when", Kind.ABSENCE, ("child_name",)),
        Phrase("late", Kind.ABSENCE, ("child_name", "time")),
        Phrase("fetch", Kind.ABSENCE, ("child_name",)),
        Phrase("leave_yes", Kind.ABSENCE, ("child_name", "date")),
        Phrase("leave_no", Kind.ABSENCE, ("child_name", "date")),
        Phrase("homework", Kind.WORK, ("child_name", "subject")),
        Phrase("test", Kind.WORK, ("child_name", "date", "subject")),
        Phrase("resit", Kind.WORK, ("child_name", "subject", "date", "time")),
        Phrase("low_marks", Kind.WORK, ("child_name", "subject")),
        Phrase("extra_help", Kind.WORK, ("child_name", "subject")),
        Phrase("report", Kind.WORK, ("date",)),
        Phrase("not_well", Kind.BEHAVIOUR, ("child_name",)),
        Phrase("quarrel", Kind.BEHAVIOUR, ("child_name",)),
        Phrase("stay", Kind.BEHAVIOUR, ("child_name", "date", "time1", "time2")),
        Phrase("phone", Kind.BEHAVIOUR, ("child_name", "time")),
        Phrase("good_news", Kind.GOOD, ("child_name",)),
        Phrase("good_work", Kind.GOOD, ("child_name",)),
        Phrase("good_effort", Kind.GOOD, ("child_name",)),
        Phrase("good_helps", Kind.GOOD, ("child_name",)),
        Phrase("good_kind", Kind.GOOD, ("child_name",)),
        Phrase("good_friends", Kind.GOOD, ("child_name",)),
        Phrase("good_brave", Kind.GOOD, ("child_name",)),
        Phrase("good_dutch", Kind.GOOD, ("child_name",)),
        Phrase("good_on_time", Kind.GOOD, ("child_name",)),
        Phrase("good_homework", Kind.GOOD, ("child_name",)),
        Phrase("good_better", Kind.GOOD, ("child_name",)),
        Phrase("good_day", Kind.GOOD, ("child_name",)),
        Phrase("good_progress", Kind.GOOD, ("child_name", "subject")),
        Phrase("good_mark", Kind.GOOD, ("child_name", "subject")),
        Phrase("good_class", Kind.GOOD, ("child_class",)),
        Phrase("found", Kind.PRACTICAL, ("child_name",)),
        Phrase("books", Kind.PRACTICAL, ("child_name", "date")),
        Phrase("pay", Kind.PRACTICAL, ("child_name", "amount")),
        Phrase("paid", Kind.PRACTICAL, ("amount",)),
        Phrase("voluntary", Kind.PRACTICAL),
        Phrase("trip", Kind.PRACTICAL, ("child_name", "date", "place", "time")),
        Phrase("may_come", Kind.PRACTICAL, ("child_name", "date", "place")),
        Phrase("portal", Kind.PRACTICAL),
        Phrase("parents_evening", Kind.PRACTICAL, ("date", "time", "room")),
        Phrase("worried", Kind.CARE, ("child_name",)),
        Phrase("thank_trust", Kind.CARE),
        Phrase("who_knows", Kind.CARE),
        Phrase("how_home", Kind.CARE, ("child_name",)),
        Phrase("sympathy", Kind.CARE),
        Phrase("care_talk", Kind.CARE),
        Phrase("safe", Kind.CARE, ("child_name",)),
        Phrase("find_out", Kind.LATER, ("date",)),
        Phrase("colleague", Kind.LATER, ("date",)),
        Phrase("longer", Kind.LATER, ("date",)),
        Phrase("away", Kind.LATER, ("date",)),
        Phrase("sorry_late", Kind.LATER),
        Phrase("done", Kind.CLOSING),
        Phrase("questions", Kind.CLOSING),
        Phrase("thanks", Kind.CLOSING),
    )
}
"""By kind, in the order in which staff see them."""


def kind(blank: str) -> str:
    """How a form asks for it: date, time, amount or text."""
    if blank.startswith("time"):
        return "time"
    return blank if blank in ("date", "amount") else "text"


def _read(blank: str, typed: str) -> dt.date | dt.time | Decimal | str:
    if not typed:
        raise Refusal("Fill in every blank of the ready phrase.")
    try:
        match kind(blank):
            case "date":
                return dt.date.fromisoformat(typed)
            case "time":
                return dt.time.fromisoformat(typed)
            case "amount":
                return _amount(typed)
            case _:
                return typed[:LONGEST]
    except ValueError as error:
        raise Refusal("Fill in every blank of the ready phrase.") from error


def _amount(typed: str) -> Decimal:
    """Euros, as people write them here: "12", "12,50", "€ 12.50". "1.250" could be either, and is asked again."""
    found = _AMOUNT.fullmatch(typed)
    if found is None:
        raise Refusal("Write the amount in euros, like 12 or 12,50.")
    return Decimal(f"{found[1]}.{found[2] or '00'}")
