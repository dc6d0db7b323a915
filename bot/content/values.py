"""What stands in a blank, as her language writes it. What people typed stays what they typed, and can turn nothing around."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot.turn.types import Weekdays
from locales import formats


def shown(value: object, language: str, timezone: str, *, kind: str = "text") -> str:
    """A value in words. `kind` is the type of the school's fact that it is, if it is one. Never fails."""
    match value:
        case str():
            words = formats.typed(kind, value, language)
        case None | bool():
            words = ""
        case Weekdays(days=days):
            words = formats.weekdays(days, language) if days else ""
        case dt.datetime():
            words = formats.moment(value.astimezone(ZoneInfo(timezone)) if value.tzinfo else value, language)
        case dt.date():
            words = formats.date(value, language)
        case dt.time():
            words = formats.time(value)
        case Decimal():
            words = formats.money(value, language)
        case Sequence():
            words = formats.items([shown(part, language, timezone, kind=kind) for part in value], language)
        case _:
            words = str(value)
    return clean(words)


def clean(text: str) -> str:
    """Without what no screen shows: control characters (line ends stay), half characters, signs that turn the direction."""
    kept = (
        letter
        for letter in formats.strip_directions(text)
        if letter == "\n" or unicodedata.category(letter) not in _HIDDEN
    )
    return "".join(kept)


_HIDDEN = frozenset({"Cc", "Cs"})
