"""Choices as Content templates (WhatsApp): what each template looks like, and what goes into its blanks. Pure.

There is one for each kind, number of choices and number of paragraphs, and nothing in it but blanks: all words, in every
language, come with the message. A blank may not hold a line break (Twilio's 21656), so each paragraph has its own.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any

from bot.channels.port import ABILITIES, units
from bot.channels.rendering import render
from bot.messages import Choice, Outbound
from db.types import ChannelName

PARAGRAPHS = 4
"""A text of more is shown with digits."""
OPENER = "☰"
"""On the button that opens a list, where nobody gave a word for it."""
_OWNER = "ouderlijn"
_LANGUAGE = "nl"
"""Twilio wants one; the words come in any."""
_BREAKS = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_BLANKS = re.compile(r"\t+|\s{4,}")
_ABILITY = ABILITIES[ChannelName.WHATSAPP]
_WITHOUT = replace(_ABILITY, taps=())


class Kind(StrEnum):
    """Twilio's content types for choices."""

    BUTTONS = "twilio/quick-reply"
    LIST = "twilio/list-picker"


@dataclass(frozen=True, slots=True)
class Shape:
    """What tells one template from another."""

    kind: Kind
    choices: int
    paragraphs: int


def shape_of(text: str, choices: Sequence[Choice]) -> Shape | None:
    """The template for a text and its choices; None where there can be none, and digits it is."""
    taps = _ABILITY.taps_for(len(choices))
    count = len(paragraphs(text))
    if taps is None or not 0 < count <= PARAGRAPHS or units(filled(text)) > taps.text:
        return None
    titles = [choice.title for choice in choices]
    if not all(_fits(title, taps.title) for title in titles) or len(set(titles)) < len(titles):
        return None
    if any("{{" in part or "}}" in part for part in (text, *titles)):
        return None  # would be read as a blank
    return Shape(Kind.LIST if taps.listed else Kind.BUTTONS, len(choices), count)


def _fits(title: str, most: int) -> bool:
    return bool(title.strip()) and units(title) <= most and not _BREAKS.search(title) and not _BLANKS.search(title)


def paragraphs(text: str) -> tuple[str, ...]:
    """A text without line breaks, tabs and long gaps, in pieces."""
    return tuple(line for raw in _BREAKS.split(text) if (line := _BLANKS.sub(" ", raw).strip()))


def filled(text: str) -> str:
    """The text as the template shows it: its words, with an empty line between two paragraphs."""
    return "\n\n".join(paragraphs(text))


def values(message: Outbound) -> Mapping[str, str]:
    """What goes into the blanks, in the order in which the template has them."""
    taps = _ABILITY.taps_for(len(message.choices))
    opener = ((message.opener or OPENER)[: taps.title],) if taps and taps.listed else ()
    buttons = (part for choice in message.choices for part in (choice.title, choice.payload))
    return {str(n): value for n, value in enumerate((*paragraphs(message.text), *opener, *buttons), 1)}


def in_digits(message: Outbound) -> str:
    """The text with its choices as numbered lines."""
    return render(message.text, message.choices, _WITHOUT, message.channel)[0]


@cache
def shapes() -> Mapping[str, Shape]:
    """Every template there is to be, by its name."""
    made = []
    least = 1
    for taps in _ABILITY.taps:
        kind = Kind.LIST if taps.listed else Kind.BUTTONS
        made += [
            Shape(kind, count, parts) for count in range(least, taps.most + 1) for parts in range(1, PARAGRAPHS + 1)
        ]
        least = taps.most + 1
    return {name_of(shape): shape for shape in made}


@cache
def name_of(shape: Shape) -> str:
    """The name under which it is found again. It ends in a hash of the definition: a new definition is a new template."""
    types, blanks = _types(shape)
    written = json.dumps([types, blanks, _LANGUAGE], sort_keys=True)
    kind = shape.kind.partition("/")[2].replace("-", "_")
    digest = hashlib.sha256(written.encode()).hexdigest()[:12]
    return f"{_OWNER}_{kind}_{shape.choices}_{shape.paragraphs}_{digest}"


def definition(name: str) -> dict[str, Any]:
    """What Twilio is asked to make."""
    types, blanks = _types(shapes()[name])
    return {"friendly_name": name, "language": _LANGUAGE, "variables": blanks, "types": types}


def _types(shape: Shape) -> tuple[dict[str, Any], dict[str, str]]:
    """The content, and an example for each blank. No example looks like a choice of ours: a tap on one would be read as that."""
    examples: list[str] = []

    def blank(example: str) -> str:
        examples.append(example)
        return f"{{{{{len(examples)}}}}}"

    body = "\n\n".join(blank(f"Tekst {n}") for n in range(1, shape.paragraphs + 1))
    if shape.kind is Kind.LIST:
        button = blank("menu")
        items = [{"item": blank(f"keuze {n}"), "id": blank(f"id{n}")} for n in range(1, shape.choices + 1)]
        content: dict[str, Any] = {"body": body, "button": button, "items": items}
    else:
        actions = [
            {"type": "QUICK_REPLY", "title": blank(f"keuze {n}"), "id": blank(f"id{n}")}
            for n in range(1, shape.choices + 1)
        ]
        content = {"body": body, "actions": actions}
    return {shape.kind.value: content}, {str(n): example for n, example in enumerate(examples, 1)}
