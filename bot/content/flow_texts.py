"""A shipped flow as it stands in its file: the text that an administrator begins with, and goes back to."""

from __future__ import annotations

import functools
import re

from bot.content.shipped import FLOWS
from flows.model import Book

HEAD = "flows:"
_NOTHING = re.compile(r"\s*(#.*)?")


def shipped_text(book: Book, flow_id: str) -> str:
    """The flow with its head, as a file of its own; empty where nothing is shipped under this name."""
    flow = book.flows.get(flow_id)
    lines = _lines(flow.place.file)[flow.place.line - 1 :] if flow is not None else ()
    if not lines:
        return ""
    depth, last = _depth(lines[0]), 0
    for number, line in enumerate(lines[1:], 1):
        if _NOTHING.fullmatch(line):
            continue
        if _depth(line) <= depth:
            break
        last = number
    return "\n".join((HEAD, *lines[: last + 1]))


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


@functools.cache
def _lines(file: str) -> tuple[str, ...]:
    path = FLOWS.parent / file
    return tuple(path.read_text(encoding="utf-8").splitlines()) if path.is_file() else ()
