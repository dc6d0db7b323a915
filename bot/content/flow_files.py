"""A school's own flows: each a file of text among its edits, laid upon what is shipped where nothing is wrong with it.

A file holds one flow, and the slots and responses that only it brings. It is kept as a sentence is, under `flow/<id>/file`, so
it is drafted, published, rolled back and carried along like one. Pure.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from bot.content.flow_rules import Check, is_error, merged, name_of, own_faults
from bot.content.own import intent_of
from bot.content.shipped import FLOW, Overlay, Shipped
from flows.faults import BadFlow, Fault
from flows.load import read_book
from flows.model import Book
from locales.languages import SOURCE

KEPT = 64
"""So many schools' flows are kept laid."""
_FILE = re.compile(rf"{FLOW}/(\w+)/file")
Files = tuple[tuple[str, str], ...]
"""Flow and text, in the order of the names."""


@dataclass(frozen=True, slots=True)
class Laid:
    """The book with the sound files in it; the faults of all, by flow; and `read`, every file that could be read at all."""

    book: Book
    faults: Mapping[str, tuple[Fault, ...]] = field(default_factory=dict)
    read: Mapping[str, Book] = field(default_factory=dict)

    def is_sound(self, flow_id: str) -> bool:
        """Whether this file is what parents meet (once it is published)."""
        return not any(map(is_error, self.faults.get(flow_id, ())))


def context_of(flow_id: str) -> str:
    """Under what the file is kept."""
    return f"{FLOW}/{flow_id}/file"


def flow_of(context: str) -> str:
    """The flow whose file a context holds; empty where it holds a sentence."""
    found = _FILE.fullmatch(context)
    return found[1] if found else ""


def files_of(overlay: Overlay) -> Files:
    """The school's own files."""
    return tuple(sorted((flow, edited.text) for (context, _), edited in overlay.items() if (flow := flow_of(context))))


def lay(shipped: Shipped, overlay: Overlay, intents: Collection[str] | None = None) -> Laid:
    """A school's flows upon the shipped ones. A file with an error is left out: what is shipped stands in its place.

    `intents`: those that parents' messages may have; by default, where nothing is published any more, all that are named.
    """
    files = files_of(overlay)
    if not files:
        return Laid(shipped.book)
    dutch = ((context, edited.text) for (context, code), edited in overlay.items() if code == SOURCE)
    answers = tuple(sorted(pair for pair in dutch if intent_of(pair[0])))
    return _lay(shipped, files, answers, None if intents is None else frozenset(intents))


@functools.lru_cache(maxsize=KEPT)
def _lay(shipped: Shipped, files: Files, answers: Files, intents: frozenset[str] | None) -> Laid:
    read, faults = _read(files)
    sound: dict[str, Book] = {}
    for flow_id, book in read.items():
        if found := tuple(own_faults(shipped, sound, flow_id, book)):
            faults[flow_id] = found
        else:
            sound[flow_id] = book
    checking = Check(shipped, dict(answers), intents)
    while sound:  # without one that is wrong, another may lead nowhere
        found_in = checking.faults(sound)
        faults |= found_in
        wrong = {flow_id for flow_id, found in found_in.items() if any(map(is_error, found))}
        if not wrong:
            break
        sound = {flow_id: book for flow_id, book in sound.items() if flow_id not in wrong}
    return Laid(merged(shipped.book, sound), faults, read)


def _read(files: Files) -> tuple[dict[str, Book], dict[str, tuple[Fault, ...]]]:
    read: dict[str, Book] = {}
    faults: dict[str, tuple[Fault, ...]] = {}
    for flow_id, text in files:
        try:
            read[flow_id] = read_book({name_of(flow_id): text})
        except BadFlow as error:
            faults[flow_id] = (error.fault,)
    return read, faults
