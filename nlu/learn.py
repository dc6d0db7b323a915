"""Learns n-grams in a process of its own: what fitting takes of memory, 200 MB, goes back when it ends.

`python -m nlu.learn EXAMPLES CACHE` is that process.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from nlu import embedded, examples, store

LIMIT = 600.0
"""Seconds; learning takes some 20. What is not there by then is learnt where it is loaded."""


def ahead(folder: Path = examples.FOLDER, cache: Path | None = None) -> None:
    """See to it that what a folder teaches is kept. Where nothing can be kept, it is learnt where it is loaded."""
    cache = cache or store.cache_folder()
    if store.cache_file(folder, cache).exists() or not _writable(cache):
        return
    command = [sys.executable, "-m", "nlu.learn", str(folder.resolve()), str(cache.resolve())]
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(  # noqa: S603 - ourselves
            command, cwd=Path(__file__).parents[1], stdin=subprocess.DEVNULL, check=False, timeout=LIMIT
        )


def _writable(cache: Path) -> bool:
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(cache, os.W_OK)


def main() -> None:
    """Learn, and keep it."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    folder, cache = map(Path, sys.argv[1:])
    embedded.load(folder, cache=cache)


if __name__ == "__main__":
    main()
