"""What a slot can hold: what JSON can hold, without lists and objects."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flows.model import Slot

Value = str | bool | float | int | None


def same(left: Value, right: Value) -> bool:
    """Equality that does not take `true` for 1."""
    return isinstance(left, bool) == isinstance(right, bool) and left == right


def coerce(slot: Slot, value: Value) -> Value:
    """The value as this slot holds it, or None where it cannot hold it; nothing is never a value called "none"."""
    if value is None:
        return None
    match slot.type:
        case "text":
            return _text(value)
        case "bool":
            return value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value).casefold())
        case "float":
            return _number(value)
        case "categorical":
            wanted = str(value).strip().casefold()
            return next((known for known in slot.values if known.casefold() == wanted), None)
        case _:
            return value


def _text(value: Value) -> str | None:
    if isinstance(value, bool):
        return None
    return str(value) if str(value).strip() else None


def _number(value: Value) -> Value:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return value
    try:
        number = float(value.replace(",", ".")) if isinstance(value, str) else value
    except ValueError:
        return None
    return number if math.isfinite(number) else None
