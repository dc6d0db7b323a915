"""The last menus shown, and which choice a digit, a word or a tap means."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from bot.turn.types import Option
from nlu.entities import read_choice, read_yes_no

DIGITS_LAST = dt.timedelta(hours=12)
"""How long a digit answers the last menu."""
_AROUND = " \t\n.,!?؟…"
DIGITS_AT_MOST = 2
"""No menu has a hundred choices."""


@dataclass(frozen=True, slots=True)
class Menu:
    """Choices under a message. `asks` is the response they stood under; `flow` and `slot` the step that waits for them.

    `yes` and `no` are 1-based positions, 0 where the menu is not a yes or no. `between`: another message came after it.
    `settled`: it was answered. `since` is when she wrote what led to it: if a choice brings it to a person, her
    messages from then on belong to it.
    """

    number: int
    asks: str
    options: tuple[Option, ...]
    shown_at: dt.datetime
    since: dt.datetime
    flow: str | None = None
    slot: str | None = None
    yes: int = 0
    no: int = 0
    between: bool = False
    settled: bool = False

    def option(self, position: int) -> Option | None:
        """The choice at a 1-based position, if there is one."""
        return self.options[position - 1] if 0 < position <= len(self.options) else None

    def fresh(self, now: dt.datetime) -> bool:
        """Whether digits and words still answer it."""
        return not self.settled and now - self.shown_at <= DIGITS_LAST

    @property
    def urgent(self) -> bool:
        """Whether a yes to it calls for help: that button has to work however old it is."""
        return any(option.payload == "/danger" for option in self.options)

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "number": self.number,
            "asks": self.asks,
            "options": [[o.payload, o.title, o.plain] for o in self.options],
            "shown_at": self.shown_at.isoformat(),
            "since": self.since.isoformat(),
            "flow": self.flow,
            "slot": self.slot,
            "yes": self.yes,
            "no": self.no,
            "between": self.between,
            "settled": self.settled,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The way back."""
        return cls(
            number=data["number"],
            asks=data["asks"],
            options=tuple(Option(payload, title, plain=plain) for payload, title, plain in data["options"]),
            shown_at=dt.datetime.fromisoformat(data["shown_at"]),
            since=dt.datetime.fromisoformat(data["since"]),
            flow=data["flow"],
            slot=data["slot"],
            yes=data["yes"],
            no=data["no"],
            between=data["between"],
            settled=data["settled"],
        )


def position_meant(
    text: str, language: str, titles: Sequence[Collection[str]], *, yes_no: tuple[int, int] = (0, 0)
) -> int | None:
    """Which position a whole message names: by digit, yes or no, number word or title. May be out of range."""
    if (number := plain_number(text)) is not None:
        return number
    if any(yes_no) and (answer := read_yes_no(text, language)) is not None:
        return yes_no[0] if answer else yes_no[1]
    return read_choice(text, language) or _by_title(text, titles)


def plain_number(text: str) -> int | None:
    """Digits of any script alone, which may go beyond nine."""
    stripped = text.strip().rstrip(".)")
    if not stripped or len(stripped) > DIGITS_AT_MOST or not stripped.isdecimal():
        return None
    return int("".join(str(unicodedata.decimal(mark)) for mark in stripped))


def typed_title(text: str) -> str:
    """A title or a message as titles are compared: small letters, no signs around it."""
    return text.casefold().strip(_AROUND)


def _by_title(text: str, titles: Sequence[Collection[str]]) -> int | None:
    """A title typed instead of its digit; a child's without the class."""
    typed = typed_title(text)
    found = [
        position
        for position, known in enumerate(titles, start=1)
        if typed and typed in {*known, *(title.split(" (")[0] for title in known)}
    ]
    return found[0] if len(found) == 1 else None
