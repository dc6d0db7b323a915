"""All that is wrong with a school's own flows before it publishes them: the files by themselves, and upon what is shipped."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.content.flow_files import Laid, files_of, lay
from bot.content.flow_rules import name_of
from bot.content.rules import faults_of, is_title
from bot.content.shipped import FLOW, Overlay, Shipped, texts
from flows.faults import Fault
from flows.model import Book
from locales.languages import SOURCE
from nlu.examples import FOLDER, Example, read_file
from nlu.port import OUT_OF_SCOPE


def checked(shipped: Shipped, overlay: Overlay, taught: Iterable[Example]) -> Laid:
    """The school's files with every fault, by what messages may mean: what ships examples, and what the school `taught`."""
    if not files_of(overlay):
        return Laid(shipped.book)
    parts = lay(shipped, overlay).read.values()
    named = {intent for part in parts for flow in part.flows.values() for intent in flow.triggers}
    own = {example.intent for example in taught if example.language == SOURCE}
    laid = lay(shipped, overlay, _intents() | (own & named))
    faults = {
        flow_id: (*laid.faults.get(flow_id, ()), *_bad_texts(flow_id, laid.read.get(flow_id, Book())))
        for flow_id, _ in files_of(overlay)
    }
    return replace(laid, faults=faults)


def unsound(shipped: Shipped, overlay: Overlay, taught: Iterable[Example]) -> list[str]:
    """The flows that cannot be published."""
    laid = checked(shipped, overlay, taught)
    return [flow_id for flow_id, _ in files_of(overlay) if not laid.is_sound(flow_id)]


@functools.cache
def _intents() -> frozenset[str]:
    return frozenset(example.intent for example in read_file(FOLDER / f"{SOURCE}.yml")) - {OUT_OF_SCOPE}


def _bad_texts(flow_id: str, own: Book) -> Iterator[Fault]:
    """What the answer editor would refuse; titles are looked at with the rest of the domain."""
    for context, text in texts(own).items():
        for what in faults_of(context, text):
            if not (is_title(context) and "characters" in what):
                yield Fault(name_of(flow_id), _line(own, context), what, "Mend it.")


def _line(own: Book, context: str) -> int:
    name, number, *_ = context.split("/")
    if name == FLOW:
        return own.flows[number].place.line
    return own.domain.responses[name].variants[int(number)].place.line
