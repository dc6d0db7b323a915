"""How an answer fills the slot that was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flows.model import Slot, SlotMapping
from flows.values import Value, coerce

YES_OR_NO: Mapping[str, bool] = {"affirm": True, "deny": False}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the parent answered. `value` is that of the choice she made (by tap or digit) and wins from all else."""

    text: str
    intent: str | None = None
    value: Value = None
    entities: Mapping[str, Value] = field(default_factory=dict)


def fill(slot: Slot, answer: Answer) -> Value:
    """The value the answer gives this slot, or None where it gives none."""
    if answer.value is not None:
        return coerce(slot, answer.value)
    mappings = slot.mappings or ((SlotMapping("from_intent"),) if slot.type == "bool" else ())
    for mapping in mappings:
        value = coerce(slot, _mapped(mapping, answer))
        if value is not None:
            return value
    return None


def _mapped(mapping: SlotMapping, answer: Answer) -> Value:
    wrong_intent = mapping.intents and answer.intent not in mapping.intents
    if wrong_intent or answer.intent in mapping.not_intents:
        return None
    match mapping.type:
        case "from_text":
            return answer.text
        case "from_entity":
            return answer.entities.get(mapping.entity or "")
        case "from_intent":
            return mapping.value if mapping.intents else YES_OR_NO.get(answer.intent or "")
        case _:
            return None
