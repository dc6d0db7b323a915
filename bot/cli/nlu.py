"""`python -m bot nlu`: what the engine makes of messages, one JSON object a line, and how well it does on labelled ones."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer

from bot.cli.nlu_check import check
from bot.cli.nlu_lines import FILES, objects, read, stop, text_of
from bot.cli.nlu_rasa import compare, tune_rasa
from bot.cli.nlu_table import measured, table
from bot.settings import load_settings
from nlu.embedding import BadModel
from nlu.evaluation import evaluate
from nlu.examples import BadExamples
from nlu.ngram import Floats
from nlu.port import Recogniser, Understood
from nlu.safety import BadWordList

app = typer.Typer(help="Try and measure the understanding of messages.", no_args_is_help=True)
app.command()(check)
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
    """Measure the engine on labelled messages, per language: with 95 % intervals, and with what misses its mark."""
    labelled = read(file)
    tallies = evaluate(_recogniser(engine), labelled)
    print(json.dumps(measured(tallies)) if as_json else "\n".join(table(tallies)))


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

    embedder = embedding.chosen(load_settings().embedder_folder)
    if embedder is None:
        print(f"Nothing to tune with: {embedding.why_not()}.", file=sys.stderr)
        raise typer.Exit(1)
    cache = VectorCache(store.cache_folder(), embedder)
    return lambda texts: cache.vectors(texts, _progress)


def _recogniser(engine: Engine) -> Recogniser:
    import nlu
    from nlu import embedding

    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    folder = load_settings().embedder_folder if engine is Engine.FULL else None
    try:
        recogniser = nlu.load() if engine is Engine.NGRAM else nlu.full(_progress, folder)
    except (BadExamples, BadModel, BadWordList) as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from error
    reason = "" if folder else embedding.why_not()
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
