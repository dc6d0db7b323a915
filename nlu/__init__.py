"""Understanding: text in, a guess and its doubt out.

Never acts, never asks the network. Knows neither flows nor database; keeps in the user's cache folder what it has learnt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nlu.embedded import EmbeddedRecogniser
    from nlu.vectors import Progress


def load() -> EmbeddedRecogniser:
    """The embedded engine with the shipped examples, by n-grams alone; trains first (some seconds) where the cache is cold."""
    from nlu.embedded import load as load_embedded

    return load_embedded()


def serve() -> EmbeddedRecogniser:
    """The same at once, and with the points of sentences as soon as they are there."""
    from nlu.deepen import in_background

    recogniser = load()
    in_background(recogniser)
    return recogniser


def full(progress: Progress | None = None) -> EmbeddedRecogniser:
    """All that this machine can: waits for the points of sentences, minutes the first time."""
    from nlu import embedding
    from nlu.deepen import deepen

    recogniser = load()
    embedder = embedding.shipped()
    if embedder is not None:
        deepen(recogniser, embedder, progress=progress)
    return recogniser
