"""`python -m bot nlu`: what the engine makes of messages, one JSON object a line, and how well it does on labelled ones."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer

from bot.cli.nlu_lines import FILES, objects, read, stop, text_of
from bot.cli.nlu_rasa import compare, tune_rasa
from nlu.evaluation import evaluate
from nlu.examples import BadExamples
from nlu.ngram import Floats
from nlu.port import Recogniser, Understood
from nlu.safety import BadWordList

app = typer.Typer(help="Try and measure the understanding of messages.", no_args_is_help=True)
app.command()(compare)
app.command("tune-rasa")(tune_rasa)


class Engine(StrEnum):
    """Which engine to ask."""

    FULL = "full"
    NGRAM = "ngram"


_ENGINE = Annotated[Engine, typer.Option(help="`full` waits for everything there is; `ngram` does not wait.")]


@app.command()
def predict(engine: _ENGINE = Engine.FULL) -> None:
    """JSON Lines in ({"text": .., "known_language": "tr" or null}), JSON Lines out, in the same order."""
    recogniser = _recogniser(engine)
    for number, line in objects(sys.stdin.buffer):
        text, known = text_of(line, "text", number), line.get("known_language")
        if known is not None and not isinstance(known, str):
            stop(number, "`known_language` is neither a string nor null")
        print(json.dumps(_answer(recogniser.understand(text, known_language=known)), ensure_ascii=False), flush=True)


@app.command("test")
def measure(
    file: FILES,
    engine: _ENGINE = Engine.FULL,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of the table.")] = False,
) -> None:
    """Measure the engine on labelled messages, per language."""
    labelled = read(file)
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
    from nlu import examples, tuning

    found = tuning.out_of_fold(examples.read_folder(), _embed(), sample=sample)
    tuned = tuning.tune(found)
    tuning.write(tuned)
    for name, scores in (("n-grams", found.ngrams), ("all", found.fused(tuned[tuning.FULL].weights))):
        print(f"{name}: {found.right(scores).mean():.3f} of {len(found.truth)} sloppy, unseen examples")


@app.command("tune-danger")
def tune_danger() -> None:
    """Find anew from which scores on danger is believed (minutes) and write that to nlu/tuned.json."""
    from nlu import danger, examples, safety, tuning, tuning_danger

    caution, shares = tuning_danger.tune(danger.read_folder(), examples.read_folder(), _embed(), safety.shipped())
    tuning.write({tuning.DANGER: caution})
    for what, share in shares.items():
        print(f"{what}: {share:.3f}")


def _embed() -> Callable[[Sequence[str]], Floats]:
    from nlu import embedding, store
    from nlu.vectors import VectorCache

    embedder = embedding.shipped()
    if embedder is None:
        print(f"Nothing to tune with: {embedding.why_not()}.", file=sys.stderr)
        raise typer.Exit(1)
    cache = VectorCache(store.cache_folder(), embedder)
    return lambda texts: cache.vectors(texts, _progress)


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


def _table(figures: dict[str, dict[str, int | float | None]]) -> Iterable[str]:
    columns = list(next(iter(figures.values())))
    yield "  ".join(["lang", *columns])
    for language, row in figures.items():
        cells = [("-" if row[column] is None else f"{row[column]:g}").rjust(len(column)) for column in columns]
        yield "  ".join([language.ljust(4), *cells])
