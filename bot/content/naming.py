"""Names for what a school makes itself: letters that every file and log can hold, and nobody else's. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

_LONGEST = 40


def called(title: str, taken: Collection[str], *, prefix: str, otherwise: str) -> str:
    """The name of a thing with this title; `otherwise` where nothing of the title is left."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = prefix + (re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:_LONGEST] or otherwise)
    numbered = (f"{name}_{number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(each for each in numbered if each not in taken)
