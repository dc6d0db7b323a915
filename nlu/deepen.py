"""Brings the points of sentences in: computed in a process of its own, once for all processes of a user, kept in the cache.

`python -m nlu.deepen` is that process. It waits where another one is at it already.
"""

from __future__ import annotations

import atexit
import fcntl
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

from nlu import danger, embedding, examples, store
from nlu.danger import DangerModel
from nlu.dense import DenseModel
from nlu.embedded import Deep, EmbeddedRecogniser
from nlu.embedding import BadModel, Embedder
from nlu.vectors import Progress, VectorCache

_KIND = 10  # niceness: answering comes first
logger = logging.getLogger(__name__)


def deepen(
    recogniser: EmbeddedRecogniser,
    embedder: Embedder,
    folder: Path = examples.FOLDER,
    messages: Path = danger.FOLDER,
    *,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> None:
    """Give a recogniser its points now: from the cache, or computed (minutes, the first time)."""
    model = make(recogniser.trained.intents.labels, embedder, folder, cache=cache, progress=progress)
    wary = make_danger(embedder, folder, messages, cache=cache, progress=progress)
    embedder.embed(["?"])  # the first time is slow
    recogniser.deep = Deep(model, embedder, wary)


def make(
    labels: tuple[str, ...],
    embedder: Embedder,
    folder: Path = examples.FOLDER,
    *,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> DenseModel:
    """The model of points for a folder of examples, kept for the next one who asks."""
    cache = cache or store.cache_folder()
    file = store.dense_file(folder, cache, embedder.name)
    with _alone(cache):
        model = store.read_dense(file)
        if model is None:
            from nlu.training import fit_dense

            shown = examples.read_folder(folder)
            vectors = VectorCache(cache, embedder).vectors([example.text for example in shown], progress)
            model = fit_dense(shown, vectors, labels)
            store.write_dense(model, file)
    return model


def make_danger(
    embedder: Embedder,
    folder: Path = examples.FOLDER,
    messages: Path = danger.FOLDER,
    *,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> DangerModel:
    """The model of danger, kept for the next one who asks."""
    cache = cache or store.cache_folder()
    file = store.danger_file(folder, messages, cache, embedder.name)
    with _alone(cache):
        model = store.read_danger(file)
        if model is None:
            from nlu.training import fit_danger

            told, shown = danger.read_folder(messages), examples.read_folder(folder)
            texts = [*(message.text for message in told), *(example.text for example in shown)]
            model = fit_danger(told, shown, VectorCache(cache, embedder).vectors(texts, progress))
            store.write_danger(model, file)
    return model


def in_background(recogniser: EmbeddedRecogniser, model: Path | None = None) -> None:
    """Return at once; the recogniser has its points when they are there, if this machine can have them."""
    reason = "" if model else embedding.why_not()
    if reason:
        logger.warning("Understanding by n-grams alone: %s.", reason)
        return
    threading.Thread(target=_bring, args=(recogniser, model), name="understanding", daemon=True).start()


def _bring(recogniser: EmbeddedRecogniser, folder: Path | None) -> None:
    try:
        embedder = embedding.chosen(folder)
    except BadModel as error:
        logger.warning("Understanding by n-grams alone: %s.", error)
        return
    if embedder is None:
        return
    cache = store.cache_folder()
    dense = store.dense_file(examples.FOLDER, cache, embedder.name)
    wary = store.danger_file(examples.FOLDER, danger.FOLDER, cache, embedder.name)
    if not (dense.exists() and wary.exists()):
        command = [sys.executable, "-m", "nlu.deepen", *([str(folder)] if folder else [])]
        maker = subprocess.Popen(command, cwd=Path(__file__).parents[1], stdin=subprocess.DEVNULL)  # noqa: S603 - ourselves
        atexit.register(maker.terminate)
        if maker.wait() != 0:
            logger.warning("The points of sentences could not be computed: understanding by n-grams alone.")
            return
    deepen(recogniser, embedder)
    logger.info("Understanding by %s.", recogniser.name)


class _alone:  # noqa: N801 - reads as a statement
    """One process at a time computes; the others wait and find what it made."""

    def __init__(self, cache: Path) -> None:
        self._path = cache / "deepen.lock"

    def __enter__(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("w")
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except OSError:  # a folder that cannot be written only costs time
            self._file = Path(os.devnull).open("w")

    def __exit__(self, *_error: object) -> None:
        self._file.close()


def main() -> None:
    """Compute what is missing, with progress in the log; by the ONNX model in a folder, where one is named."""
    from nlu.embedded import load

    os.nice(_KIND)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        embedder = embedding.chosen(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    except BadModel as error:
        sys.exit(str(error))
    if embedder is None:
        sys.exit(embedding.why_not())

    def progress(done: int, of: int) -> None:
        if done % 2560 == 0 or done == of:
            logger.info("Computing the points of %d sentences: %d %%", of, 100 * done // of)

    make(load().trained.intents.labels, embedder, progress=progress)
    make_danger(embedder, progress=progress)


if __name__ == "__main__":
    main()
