"""Vectors of sentences, kept in the user's cache folder by a hash of the sentence: each is computed once on a machine.

The file is a row of records that is only ever added to, so that several processes may share it and a cut-off one loses
nothing but its last record.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlu.embedding import SIZE, Embedder, clean
from nlu.ngram import Floats

_RECORD = np.dtype([("key", "S16"), ("vector", "<f2", (SIZE,))])
_AT_ONCE = 256
Progress = Callable[[int, int], None]
"""Told (done, of how many) now and then."""

logger = logging.getLogger(__name__)


class VectorCache:
    """The kept vectors of one embedder."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        """Nothing is read yet."""
        self._path = folder / f"vectors-{embedder.name}.bin"
        self._embedder = embedder

    def missing(self, texts: Sequence[str]) -> int:
        """How many different texts would have to be computed."""
        return len({_key(text) for text in texts} - set(self._read()))

    def vectors(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        """One row for each text, from the file where it is there, computed and kept where not."""
        known = self._read()
        new = sorted({_key(text): text for text in texts if _key(text) not in known}.items(), key=lambda it: len(it[1]))
        for at in range(0, len(new), _AT_ONCE):
            part = dict(new[at : at + _AT_ONCE])
            rows = self._embedder.embed(list(part.values())).astype(np.float16)
            known.update(zip(part, rows, strict=True))
            self._append(list(part), rows)
            if progress is not None:
                progress(min(at + _AT_ONCE, len(new)), len(new))
        found = [known[_key(text)] for text in texts]
        return np.stack(found).astype(np.float32) if found else np.empty((0, SIZE), dtype=np.float32)

    def _read(self) -> dict[bytes, NDArray[np.float16]]:
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        whole = len(content) - len(content) % _RECORD.itemsize  # the rest was cut off while it was written
        records = np.frombuffer(content[:whole], dtype=_RECORD)
        return dict(zip(records["key"].tolist(), records["vector"], strict=True))

    def _append(self, keys: list[bytes], rows: NDArray[np.float16]) -> None:
        records = np.empty(len(keys), dtype=_RECORD)
        records["key"], records["vector"] = keys, rows
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.seek(0, 2)
                file.truncate(file.tell() - file.tell() % _RECORD.itemsize)
                file.write(records.tobytes())
        except OSError as error:
            logger.warning("Vectors are not kept (%s): they will be computed again.", type(error).__name__)


def _key(text: str) -> bytes:
    """16 letters: a digest in base 16 never ends in a NUL, which the record would lose."""
    return hashlib.sha256(clean(text).encode()).hexdigest()[:16].encode()
