"""Messages as JSON Lines, as the commands of understanding read them; a fault names its line and ends the command."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Annotated, Any, NoReturn

import typer

from nlu.evaluation import Labelled

FILES = Annotated[
    list[Path],
    typer.Argument(
        exists=True,
        dir_okay=False,
        help='Lines of {"lang":..,"intent":..,"text":..}; with "level" (of danger, or null) or "safety" (true or false) '
        "beside or instead of the intent, danger is measured",
    ),
]


def read(files: Iterable[Path]) -> list[Labelled]:
    """Labelled messages."""
    found = []
    for file in files:
        with file.open("rb") as opened:
            found += [_labelled(line, number) for number, line in objects(opened)]
    return found


def objects(source: IO[bytes]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each line's number and object."""
    for number, line in enumerate(source, start=1):
        if not line.strip():
            continue
        try:
            content = json.loads(line)
        except UnicodeDecodeError:
            stop(number, "not UTF-8")
        except ValueError:
            stop(number, "not JSON")
        if not isinstance(content, dict):
            stop(number, "not a JSON object")
        yield number, content


def text_of(line: dict[str, Any], name: str, number: int) -> str:
    """A field that must be there."""
    value = line.get(name)
    if not isinstance(value, str):
        stop(number, f"`{name}` is missing or not a string")
    return value


def _labelled(line: dict[str, Any], number: int) -> Labelled:
    """A line with an intent, with `level` (of danger, null: harmless) or `safety` (true or false), or with both."""
    language, text, danger = text_of(line, "lang", number), text_of(line, "text", number), _danger(line, number)
    intent = None if danger is not None and "intent" not in line else text_of(line, "intent", number)
    return Labelled(language, text, intent, danger)


def _danger(line: dict[str, Any], number: int) -> bool | None:
    """Whether the line is about danger; None where it does not say."""
    if "level" in line:
        return line["level"] is not None
    safety = line.get("safety")
    if safety is not None and not isinstance(safety, bool):
        stop(number, "`safety` is neither true nor false")
    return safety


def stop(number: int, fault: str) -> NoReturn:
    """Say what is wrong with a line, and end."""
    print(f"Line {number}: {fault}.", file=sys.stderr)
    raise typer.Exit(1)
