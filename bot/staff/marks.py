"""Marks sentences for the catalogue of the pages where the place they stand in does not."""

from __future__ import annotations


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for a sentence that is translated later
    """The sentence itself."""
    return message
