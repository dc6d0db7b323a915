"""Understanding: text in, a guess and its doubt out.

Never acts, never stores, never asks the network. Knows neither flows nor database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nlu.port import Recogniser


def load() -> Recogniser:
    """The embedded engine with the shipped examples; trains first (some seconds) where the cache is cold."""
    from nlu.embedded import load as load_embedded

    return load_embedded()
