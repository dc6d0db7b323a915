"""What may be translated where: law 11 in one function. Special content leaves the house only where a school has said so."""

from __future__ import annotations

from enum import StrEnum

from bot.translation.port import Engine, Why
from db.types import Sensitivity


class Allowed(StrEnum):
    """What a school lets a machine translate."""

    USUAL = ""
    """All of it by a translator in the house; without special content by one outside."""
    NONE = "none"
    ORDINARY = "ordinary"
    """No special content, wherever the translator is."""
    ALL = "all"


def why_not(engine: Engine, allowed: str, sensitivity: Sensitivity | None) -> Why | None:
    """The reason why this text is not given to this translator; None: it may be."""
    if engine.name == "none":
        return Why.NOBODY
    if allowed == Allowed.NONE:
        return Why.OFF
    if sensitivity is not Sensitivity.SPECIAL or allowed == Allowed.ALL:
        return None
    return None if engine.home and allowed != Allowed.ORDINARY else Why.PRIVATE
