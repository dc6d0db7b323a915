"""Days, reasons, classes and phone numbers in her words, read by the same rules whichever engine understands them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.turn import said
from db.types import InboundKind
from nlu.entities import read_class, read_date, read_phone

if TYPE_CHECKING:
    from bot.turn.draft import Draft
    from flows.values import Value


def entities(draft: Draft, text: str) -> dict[str, Value]:
    """What flows may fill their slots with, of her words or a part of them."""
    if draft.heard.kind is not InboundKind.TEXT:
        return {}
    text = text[: said.READ]
    days = said.stretch(text, draft.language, draft.today)
    first, last = days or (read_date(text, draft.language, draft.today), None)
    found: dict[str, Value] = {
        "date": first.isoformat() if first else None,
        "until": last.isoformat() if last else None,
        "day": first.isoformat() if first and not last else None,
        "absence_kind": said.why_away(text, draft.language),
        "class": read_class(text),
        "phone": read_phone(text),
    }
    return {name: value for name, value in found.items() if value is not None}
