"""What a response's placeholders hold, and what its buttons mean. The words themselves are the phrase layer's."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.turn.types import Option, School
from flows.model import Book, Variant

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_FIRST = re.compile(r".+?(?:[.!?](?=\s)|$)", re.MULTILINE)
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_ISO_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d\S*")


def wording(book: Book, response: str) -> Variant | None:
    """The usual wording of a response: the first without a channel."""
    found = book.domain.responses.get(response)
    if found is None:
        return None
    return next((variant for variant in found.variants if variant.channel is None), found.variants[0])


def source_text(book: Book, title: str) -> str:
    """The Dutch behind a title's sentence id (`utter_x/0`, `utter_x/0/b1`, `flow/x/name`); empty where there is none."""
    name, _, rest = title.partition("/")
    if name == "flow":
        flow = book.flows.get(rest.partition("/")[0])
        return flow.name if flow else ""
    variant = wording(book, name)
    if variant is None:
        return ""
    _, _, button = rest.partition("/b")
    if not button:
        return variant.text
    return variant.buttons[int(button)].title if int(button) < len(variant.buttons) else ""


def needs(book: Book, response: str) -> tuple[str, ...]:
    """The placeholders in a response, any wording, in order."""
    found = book.domain.responses.get(response)
    names = (name for variant in found.variants for name in _PLACEHOLDER.findall(variant.text)) if found else ()
    return tuple(dict.fromkeys(names))


def values(book: Book, school: School, response: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Everything given that is not a slot, and what the placeholders need from slots and facts; a missing fact is left out."""
    filled: dict[str, Any] = {}
    for name in needs(book, response):
        if given.get(name) is not None:
            filled[name] = raw(given[name])
        elif name == "school_name":
            filled[name] = school.name
        elif school.facts.get(name, "").strip():
            filled[name] = school.facts[name]
        elif name in book.domain.slots:
            filled[name] = ""
    return filled


def missing(book: Book, school: School, response: str, given: Mapping[str, Any]) -> tuple[str, ...]:
    """The facts without which a response says nothing: those of its first sentence that the school has not filled in."""
    said = wording(book, response)
    first = _FIRST.match(said.text) if said else None
    known = values(book, school, response, given)
    return tuple(name for name in _PLACEHOLDER.findall(first[0]) if name not in known) if first else ()


def cut_short(book: Book, school: School, response: str) -> bool:
    """Whether later sentences will be left out, because the school has not filled in their facts."""
    return len(values(book, school, response, {})) < len(needs(book, response))


def raw(value: object) -> object:
    """A slot's value as the phrase layer formats it: a date or a moment where it is one."""
    if isinstance(value, str) and _ISO_DATE.fullmatch(value):
        return _read(dt.date.fromisoformat, value)
    if isinstance(value, str) and _ISO_MOMENT.fullmatch(value):
        return _read(dt.datetime.fromisoformat, value)
    return value


def _read(reader: Any, value: str) -> object:
    try:
        read: object = reader(value)
    except ValueError:  # she typed something that only looks like a date
        return value
    return read


def buttons(book: Book, response: str) -> tuple[Option, ...]:
    """The choices that the content itself puts under a response."""
    return tuple(_buttons(book, response))


def _buttons(book: Book, response: str) -> Iterator[Option]:
    variant = wording(book, response)
    if variant is None:
        return
    position = book.domain.responses[response].variants.index(variant)
    for number, button in enumerate(variant.buttons):
        title = f"{response}/{position}/b{number}" if button.title else book.title(button.intent or "")
        yield Option(button.payload, title)
