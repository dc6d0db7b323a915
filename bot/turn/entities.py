"""Dates, classes and phone numbers in her words, read by the same rules whichever engine understands them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.types import InboundKind
from nlu.entities import read_class, read_date, read_phone

if TYPE_CHECKING:
    from bot.turn.draft import Draft
    from flows.values import Value


def entities(draft: Draft) -> dict[str, Value]:
    """What flows may fill their slots with."""
    if draft.heard.kind is not InboundKind.TEXT:
        return {}
    text = draft.heard.text
    date = read_date(text, draft.language, draft.today)
    found: dict[str, Value] = {
        "date": date.isoformat() if date else None,
        "class": read_class(text),
        "phone": read_phone(text),
    }
    return {name: value for name, value in found.items() if value is not None}
