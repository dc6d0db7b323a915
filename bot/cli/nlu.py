"""`python -m bot nlu`: what the engine makes of messages, one JSON object a line, and how well it does on labelled ones."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated, Any, NoReturn

import typer

from nlu.evaluation import Labelled, evaluate
from nlu.examples import BadExamples
from nlu.port import Recogniser, Understood
from nlu.safety import BadWordList

app = typer.Typer(help="Try and measure the understanding of messages.", no_args_is_help=True)


class Engine(StrEnum):
    """Which engine to ask."""

    FULL = "full"
    NGRAM = "ngram"


_ENGINE = Annotated[Engine, typer.Option(help="`full` waits for everything there is; `ngram` does not wait.")]


@app.command()
def predict(engine: _ENGINE = Engine.FULL) -> None:
    """JSON Lines in ({"text": .., "known_language": "tr" or null}), JSON Lines out, in the same order."""
    recogniser = _recogniser(engine)
    for number, line in _lines(sys.stdin.buffer):
        text, known = _field(line, "text", number), line.get("known_language")
        if known is not None and not isinstance(known, str):
            _stop(number, "`known_language` is neither a string nor null")
        print(json.dumps(_answer(recogniser.understand(text, known_language=known)), ensure_ascii=False), flush=True)


@app.command("test")
def measure(
    file: Annotated[
        list[Path],
        typer.Argument(
            exists=True,
            dir_okay=False,
            help='Lines of {"lang":..,"intent":..,"text":..}; with "level" instead of "intent": danger, or null',
        ),
    ],
    engine: _ENGINE = Engine.FULL,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of the table.")] = False,
) -> None:
    """Measure the engine on labelled messages, per language."""
    labelled = []
    for one in file:
        with one.open("rb") as opened:
            labelled += [_labelled(line, number) for number, line in _lines(opened)]
    figures = {name: tally.figures() for name, tally in evaluate(_recogniser(engine), labelled).items()}
    if as_json:
        print(json.dumps(figures))
    else:
        print("\n".join(_table(figures)))


@app.command()
def tune(
    sample: Annotated[int, typer.Option(help="Sloppily typed examples of each intent and language.")] = 3,
) -> None:
    """Find sharpness, thresholds and weights anew (minutes) and write them to nlu/tuned.json."""
    from nlu import embedding, examples, store, tuning
    from nlu.vectors import VectorCache

    embedder = embedding.shipped()
    if embedder is None:
        print(f"Nothing to tune with: {embedding.why_not()}.", file=sys.stderr)
        raise typer.Exit(1)
    cache = VectorCache(store.cache_folder(), embedder)
    found = tuning.out_of_fold(examples.read_folder(), lambda texts: cache.vectors(texts, _progress), sample=sample)
    tuned = tuning.tune(found)
    tuning.write(tuned)
    for name, scores in (("n-grams", found.ngrams), ("all", found.fused(tuned[tuning.FULL].weights))):
        print(f"{name}: {found.right(scores).mean():.3f} of {len(found.truth)} sloppy, unseen examples")


def _recogniser(engine: Engine) -> Recogniser:
    import nlu
    from nlu import embedding

    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    try:
        recogniser = nlu.load() if engine is Engine.NGRAM else nlu.full(_progress)
    except (BadExamples, BadWordList) as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from error
    reason = embedding.why_not()
    alone = f" ({reason})" if reason and engine is Engine.FULL else ""
    print(f"Engine: {recogniser.name}{alone}", file=sys.stderr)
    return recogniser


def _progress(done: int, of: int) -> None:
    print(
        f"\rComputing the points of {of} sentences, once on this machine: {100 * done // of} %", end="", file=sys.stderr
    )
    if done == of:
        print(file=sys.stderr)


def _answer(understood: Understood) -> dict[str, Any]:
    return {
        "intent": understood.intent,
        "confidence": round(understood.confidence, 4),
        "ranking": [[guess.intent, round(guess.confidence, 4)] for guess in understood.ranking],
        "language": understood.language.language,
        "decision": understood.decision,
        "safety": understood.safety is not None,
        "level": understood.safety,
    }


def _lines(source: IO[bytes]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(source, start=1):
        if not line.strip():
            continue
        try:
            content = json.loads(line)
        except UnicodeDecodeError:
            _stop(number, "not UTF-8")
        except ValueError:
            _stop(number, "not JSON")
        if not isinstance(content, dict):
            _stop(number, "not a JSON object")
        yield number, content


def _field(line: dict[str, Any], name: str, number: int) -> str:
    value = line.get(name)
    if not isinstance(value, str):
        _stop(number, f"`{name}` is missing or not a string")
    return value


def _labelled(line: dict[str, Any], number: int) -> Labelled:
    """A line with an intent, or one with a level of danger (null: harmless)."""
    language, text = _field(line, "lang", number), _field(line, "text", number)
    if "level" in line and "intent" not in line:
        return Labelled(language, text, danger=line["level"] is not None)
    return Labelled(language, text, intent=_field(line, "intent", number))


def _stop(number: int, fault: str) -> NoReturn:
    print(f"Line {number}: {fault}.", file=sys.stderr)
    raise typer.Exit(1)


def _table(figures: dict[str, dict[str, int | float | None]]) -> Iterable[str]:
    columns = list(next(iter(figures.values())))
    yield "  ".join(["lang", *columns])
    for language, row in figures.items():
        cells = [("-" if row[column] is None else f"{row[column]:g}").rjust(len(column)) for column in columns]
        yield "  ".join([language.ljust(4), *cells])
