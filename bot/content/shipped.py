"""What is shipped: the flows, their sentences in every language, and the facts that a school fills in."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

import flows
from bot.content.own import intent_of, with_own
from flows.load import load_book
from flows.model import Book, Response, Variant
from locales.catalogs import Catalogues, load_content
from locales.languages import SOURCE

FLOWS = Path(flows.__file__).parent
FLOW = "flow"
"""Begins the context of a flow's name."""
BUILTINS = frozenset({"choice", "count", "staff_name", "text", "rota_names", "opens_at", "child_names"})
"""What the turn itself fills, beside slots and facts."""
STARTED = frozenset({"better_again", "needs"})
"""Flows that the turn itself begins: no intent, link or call leads to them."""
EXAMPLE = "example"
"""Begins the context of a message that a parent may write, before what it leads to."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A blank that a school fills in. `type`: text, time, date, dates, money, phone, url, email, address or holiday."""

    name: str
    label: str
    type: str
    example: str


@dataclass(frozen=True, slots=True)
class Edited:
    """A sentence as a school wrote it. `made_from` is the hash of the Dutch it belongs to."""

    text: str
    made_from: str


Overlay = Mapping[tuple[str, str], Edited]
"""A school's own sentences, by (context, language)."""


@dataclass(frozen=True, slots=True, eq=False)
class Shipped:
    """One reading of the folders; shared by all schools. Two readings are two, so that what is made of one can be kept by it."""

    book: Book
    catalogues: Catalogues
    facts: Mapping[str, Fact]


@functools.cache
def load_shipped() -> Shipped:
    """Read it all, once; raises BadFlow or BadCatalogue with the place of the fault."""
    return Shipped(load_book(FLOWS), load_content(), read_facts())


def read_facts(path: Path = FLOWS / "facts.yml") -> dict[str, Fact]:
    """The facts by name, in the order in which a school is asked for them."""
    read: Mapping[str, Mapping[str, str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {
        name: Fact(name, label=str(fact["label"]), type=str(fact["type"]), example=str(fact["example"]))
        for name, fact in read.items()
    }


def texts(book: Book) -> dict[str, str]:
    """Every Dutch sentence by its context (`utter_x/0`, `utter_x/0/b1`, `flow/x/name`)."""
    found = {f"flow/{flow.id}/name": flow.name for flow in book.flows.values() if flow.triggers}
    for response in book.domain.responses.values():
        for number, variant in enumerate(response.variants):
            context = f"{response.name}/{number}"
            found[context] = variant.text
            found |= {
                f"{context}/b{index}": button.title for index, button in enumerate(variant.buttons) if button.title
            }
    return found


def entry_of(context: str) -> str:
    """What an administrator opens to change a sentence: its response (`utter_x`), or its flow for the name (`flow/x`).

    All of an answer of the school's own is one.
    """
    if intent := intent_of(context):
        return f"utter_{intent}"
    name, _, rest = context.removeprefix(f"{EXAMPLE}/").partition("/")
    return f"{name}/{rest.partition('/')[0]}" if name == FLOW else name


def overlaid(book: Book, overlay: Overlay) -> Book:
    """The book with a school's own Dutch in it, and its own answers."""
    dutch = {context: edited.text for (context, language), edited in overlay.items() if language == SOURCE}
    if not dutch:
        return book
    responses = {name: _edited(response, dutch) for name, response in book.domain.responses.items()}
    named = {
        flow_id: replace(flow, name=dutch.get(f"flow/{flow_id}/name", flow.name))
        for flow_id, flow in book.flows.items()
    }
    return with_own(replace(book, flows=named, domain=replace(book.domain, responses=responses)), dutch)


def _edited(response: Response, dutch: Mapping[str, str]) -> Response:
    variants = tuple(
        _variant(variant, f"{response.name}/{number}", dutch) for number, variant in enumerate(response.variants)
    )
    return replace(response, variants=variants)


def _variant(variant: Variant, context: str, dutch: Mapping[str, str]) -> Variant:
    buttons = tuple(
        replace(button, title=dutch.get(f"{context}/b{index}", button.title))
        for index, button in enumerate(variant.buttons)
    )
    return replace(variant, text=dutch.get(context, variant.text), buttons=buttons)
