"""What people type, without the one character that no database takes."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator


def clean(text: str) -> str:
    """Without NUL, which PostgreSQL refuses and nobody can type."""
    return text.replace("\x00", "")


Typed = Annotated[str, AfterValidator(clean)]
"""Text from a form or an address."""
