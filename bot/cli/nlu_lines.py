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
        help='Lines of {"lang":..,"intent":..,"text":..}; with "level" instead of "intent": danger, or null',
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
    """A line with an intent, or one with a level of danger (null: harmless)."""
    language, text = text_of(line, "lang", number), text_of(line, "text", number)
    if "level" in line and "intent" not in line:
        return Labelled(language, text, danger=line["level"] is not None)
    return Labelled(language, text, intent=text_of(line, "intent", number))


def stop(number: int, fault: str) -> NoReturn:
    """Say what is wrong with a line, and end."""
    print(f"Line {number}: {fault}.", file=sys.stderr)
    raise typer.Exit(1)
