"""`python -m bot nlu compare` and `tune-rasa`: the engines side by side, and the numbers of Rasa."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx
import numpy as np
import typer

from bot.cli.nlu_lines import FILES, read
from bot.rasa import PROBE, BadAnswer, RasaServer
from bot.settings import load_settings
from nlu.evaluation import ALL, Labelled, evaluate
from nlu.port import Recogniser, Understood

STARTING = 180
"""Seconds that a Rasa server may take to load its model."""
PATIENT = 30.0
"""Seconds that an answer may take where nobody waits for it."""
_SHOWN = ("n", "top1", "top3", "answered", "precision", "served", "out_of_scope_answered")
_STDERR = 2
_TIMES = ("cpu_ms", "p50_ms", "p95_ms")

Row = dict[str, int | float | None]


class Timed:
    """A recogniser with a clock on each message: seconds that passed, and of this process's processor."""

    def __init__(self, recogniser: Recogniser) -> None:
        """`passed` has one figure a message."""
        self._recogniser = recogniser
        self.name = recogniser.name
        self.passed: list[float] = []
        self.worked = 0.0

    def understand(self, text: str, *, known_language: str | None = None) -> Understood:
        """Understand, and note what it cost."""
        begun, working = time.perf_counter(), time.process_time()
        understood = self._recogniser.understand(text, known_language=known_language)
        self.passed.append(time.perf_counter() - begun)
        self.worked += time.process_time() - working
        return understood

    def costs(self) -> Row:
        """Milliseconds a message."""
        median, slow = np.quantile(self.passed, [0.5, 0.95]) if self.passed else (0.0, 0.0)
        figures = (self.worked / max(len(self.passed), 1), median, slow)
        return {name: round(1000 * float(figure), 2) for name, figure in zip(_TIMES, figures, strict=True)}


class Counted:
    """A Rasa server that counts: how often it was asked, and how often it did not answer."""

    def __init__(self, server: RasaServer) -> None:
        """Nothing yet."""
        self._server = server
        self.asked = self.silent = 0

    @property
    def name(self) -> str:
        """The server's."""
        return self._server.name

    def rank(self, text: str) -> Mapping[str, float] | None:
        """Ask, and count."""
        chances = self._server.rank(text)
        self.asked += 1
        self.silent += chances is None
        return chances


def compare(
    file: FILES,
    rasa_url: Annotated[str, typer.Option(help="A Rasa server to take part, such as http://127.0.0.1:5005")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of the table.")] = False,
) -> None:
    """The engines side by side on labelled messages: what they understand and what it costs."""
    import nlu
    from nlu.rasa.recogniser import RasaRecogniser

    labelled = read(file)
    rows: dict[str, Row] = {"ngram": _measured(nlu.load(), labelled)}
    full = nlu.full(model=load_settings().embedder_folder)
    if full.deep is not None:
        rows["embedded"] = _measured(full, labelled)
    else:
        print("This machine has no points of sentences: `ngram` is all of our own engine.", file=sys.stderr)
    if rasa_url:
        with closing(RasaServer(rasa_url, limit=PATIENT)) as server:
            _must_answer(server)
            counted = Counted(server)
            rows["rasa"] = _measured(RasaRecogniser(full, counted), labelled)
        asked = f"Rasa was asked about {counted.asked} of {len(labelled)} messages"
        print(f"{asked} and did not answer {counted.silent}; its own processor time is not counted.", file=sys.stderr)
    print(json.dumps(rows) if as_json else "\n".join(_table(rows)))


def tune_rasa() -> None:
    """Find Rasa's sharpness and thresholds anew (train on three quarters, ask the rest) and write nlu/rasa/tuned.json."""
    from nlu import embedding, examples, store
    from nlu.rasa import model, tuning
    from nlu.vectors import VectorCache

    embedder = embedding.shipped()
    if embedder is None:
        print(f"Nothing to tell what says the same: {embedding.why_not()}.", file=sys.stderr)
        raise typer.Exit(1)
    learn, ask = tuning.split(examples.read_folder(), VectorCache(store.cache_folder(), embedder).vectors)
    with tempfile.TemporaryDirectory() as folder:
        shown = Path(folder) / "examples"
        shown.mkdir()
        tuning.write_examples(learn, shown)
        with running(model.train(shown, models=Path(folder) / "models")) as server:
            answers = [server.ask(example.text) for example in ask]
    right = tuning.tune(answers, [example.intent for example in ask])
    print(f"rasa: {right:.3f} of {len(ask)} sloppy, unseen examples")


@contextmanager
def running(model: Path) -> Iterator[RasaServer]:
    """A Rasa server of this model on a port of its own, ready to be asked."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "nlu.rasa", "serve", "--model", str(model), "--port", str(port)]
    root = Path(__file__).parents[2]
    process = subprocess.Popen(command, cwd=root, stdin=subprocess.DEVNULL, stdout=_STDERR)  # noqa: S603 - ourselves
    try:
        with closing(RasaServer(f"http://127.0.0.1:{port}", limit=PATIENT)) as server:
            _wait(server, process.poll)
            yield server
    finally:
        process.terminate()
        process.wait()


def _wait(server: RasaServer, ended: Callable[[], int | None]) -> None:
    until = time.monotonic() + STARTING
    while True:
        try:
            server.ask(PROBE)
        except (httpx.HTTPError, BadAnswer):
            if ended() is not None or time.monotonic() > until:
                print("Rasa's server did not start: see what it says above", file=sys.stderr)
                raise typer.Exit(1) from None
            time.sleep(0.5)
        else:
            return


def _must_answer(server: RasaServer) -> None:
    try:
        server.ask(PROBE)
    except (httpx.HTTPError, BadAnswer) as error:
        print(f"Rasa does not answer there ({type(error).__name__}). Start it with: make rasa", file=sys.stderr)
        raise typer.Exit(1) from None


def _measured(recogniser: Recogniser, labelled: list[Labelled]) -> Row:
    timed = Timed(recogniser)
    print(f"Measuring {timed.name} ..", file=sys.stderr)
    figures: dict[str, Any] = evaluate(timed, labelled)[ALL].figures()
    return {name: figures[name] for name in _SHOWN} | timed.costs()


def _table(rows: Mapping[str, Row]) -> Iterator[str]:
    columns = (*_SHOWN, *_TIMES)
    yield "  ".join(["engine  ", *columns])
    for engine, row in rows.items():
        cells = [("-" if row[name] is None else f"{row[name]:g}").rjust(len(name)) for name in columns]
        yield "  ".join([engine.ljust(8), *cells])
