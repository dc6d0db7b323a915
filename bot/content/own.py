"""A school's own answers in the book: what they are called, what menus call them, and where a button leads to them. Pure.

Each is sentences of the school's like any other, under names that nothing shipped has: its text, its name in menus, and at
`../place` the response under which its button stands. So it is drafted, published, rolled back and carried along with them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from flows.check_domain import MAX_CHOICES
from flows.model import Book, Button, Place, Response, Variant

PREFIX = "ask_ours_"
"""Begins the intents of all of them: they want to know."""
_PLACE = "place"
_HERE = Place("own", 0)
_CONTEXT = re.compile(rf"utter_(title_)?({PREFIX}[a-z0-9_]+)/(?(1)0|(?:0|{_PLACE}))")


def text_of(intent: str) -> str:
    """The context of what the line says."""
    return f"utter_{intent}/0"


def title_of(intent: str) -> str:
    """The context of its name in menus."""
    return f"utter_title_{intent}/0"


def place_of(intent: str) -> str:
    """The context at which the response is kept under which its button stands."""
    return f"utter_{intent}/{_PLACE}"


def intent_of(context: str) -> str:
    """The own answer that a context belongs to; empty where it is none."""
    found = _CONTEXT.fullmatch(context)
    return found[2] if found else ""


def is_place(context: str) -> bool:
    """Whether it holds no sentence, but where a button stands."""
    return intent_of(context) != "" and context.endswith(f"/{_PLACE}")


def own_intents(book: Book) -> list[str]:
    """All own answers of a school."""
    names = (name.removeprefix("utter_") for name in book.domain.responses)
    return [name for name in names if name.startswith(PREFIX)]


def room(response: Response) -> int:
    """How many buttons fit under it still. One place is kept for the choice that the line itself may add."""
    return MAX_CHOICES - 1 - max(len(variant.buttons) for variant in response.variants)


def host_of(book: Book, intent: str) -> str:
    """The response under which its button stands; empty where it stands nowhere."""
    hosts = (
        response.name
        for response in book.domain.responses.values()
        if any(button.intent == intent for variant in response.variants for button in variant.buttons)
    )
    return next(hosts, "")


def with_own(book: Book, dutch: Mapping[str, str]) -> Book:
    """The book with the own answers among these sentences; one without text or without name is none."""
    intents = sorted({intent_of(context) for context in dutch} - {""})
    whole = [intent for intent in intents if text_of(intent) in dutch and title_of(intent) in dutch]
    responses = dict(book.domain.responses)
    for context in (context for intent in whole for context in (text_of(intent), title_of(intent))):
        name = context.partition("/")[0]
        responses[name] = Response(name, (Variant(dutch[context], _HERE),), _HERE)
    for intent in whole:
        host = responses.get(dutch.get(place_of(intent), ""))
        if host is not None and room(host) > 0:
            responses[host.name] = _leading_to(host, intent)
    return replace(book, domain=replace(book.domain, responses=responses))


def _leading_to(response: Response, intent: str) -> Response:
    button = Button("", f"/{intent}", _HERE, intent=intent)
    variants = tuple(replace(variant, buttons=(*variant.buttons, button)) for variant in response.variants)
    return replace(response, variants=variants)
