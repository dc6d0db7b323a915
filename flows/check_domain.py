"""Faults of the domain: sentences, buttons and slots."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from flows.faults import Fault, Severity, suggest
from flows.model import Book, Button, Domain, Place, Response, Slot
from flows.values import coerce

MAX_CHOICES = 10  # what WhatsApp shows in a list
MAX_TITLE = 20  # what WhatsApp shows on a button
MAX_SENTENCE = 300

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def check_domain(book: Book, *, intents: Collection[str], placeholders: Collection[str]) -> Iterator[Fault]:
    """Every fault of the domain."""
    domain = book.domain
    for slot in domain.slots.values():
        yield from _check_slot(slot, intents)
    for response in domain.responses.values():
        for variant in response.variants:
            yield from _check_text(variant.text, variant.place, placeholders)
            if len(variant.text) > MAX_SENTENCE:
                what = f"{response.name} has {len(variant.text)} characters"
                yield _fault(variant.place, what, f"Stay below {MAX_SENTENCE} if you can.", Severity.WARNING)
            if len(variant.buttons) > MAX_CHOICES:
                what = f"{response.name} has {len(variant.buttons)} choices"
                yield _fault(variant.place, what, f"Show at most {MAX_CHOICES}, or ask in two steps.")
            for button in variant.buttons:
                yield from _check_text(button.title, button.place, placeholders)
                yield from _check_button(domain, response, button, intents)
                if not button.title and button.intent and not book.title(button.intent):
                    what = f"nothing says what {button.intent} is called"
                    yield _fault(button.place, what, f"Give the button a title, or write utter_title_{button.intent}.")


def _check_text(text: str, place: Place, placeholders: Collection[str]) -> Iterator[Fault]:
    for name in _PLACEHOLDER.findall(text):
        if name not in placeholders:
            fix = suggest(name, placeholders, "Use a slot, a fact of the school, or a name the line knows.")
            yield _fault(place, f"nothing fills {{{name}}}", fix)
    if re.search(r"[{}]", _PLACEHOLDER.sub("", text)):
        yield _fault(place, "a { or } without its other half", "Write {name}, or use another sign.")


def _check_button(domain: Domain, response: Response, button: Button, intents: Collection[str]) -> Iterator[Fault]:
    if len(button.title) > MAX_TITLE:
        what = f"the title {button.title!r} has {len(button.title)} characters"
        yield _fault(button.place, what, f"WhatsApp shows {MAX_TITLE}: use fewer words.")
    if button.intent and button.intent not in intents and f"utter_{button.intent}" not in domain.responses:
        yield _fault(
            button.place, f"there is no intent {button.intent}", suggest(button.intent, intents, "Name another.")
        )
    for name, value in button.slots.items():
        slot = domain.slots.get(name)
        if slot is None:
            yield _fault(button.place, f"there is no slot {name}", suggest(name, domain.slots, "Add it to the slots."))
        elif coerce(slot, value) is None:
            fix = suggest(value, slot.values, f"It holds {', '.join(slot.values) or slot.type}.")
            yield _fault(button.place, f"slot {name} never holds {value!r}", fix)
        asked = response.name.removeprefix("utter_ask_")
        if asked in domain.slots and asked not in button.slots:
            yield _fault(button.place, f"{response.name} asks for {asked}, this fills {name}", f"Fill {asked}.")


def _check_slot(slot: Slot, intents: Collection[str]) -> Iterator[Fault]:
    if slot.initial is not None and coerce(slot, slot.initial) is None:
        yield _fault(slot.place, f"slot {slot.name} never holds {slot.initial!r}", f"Give it a {slot.type} value.")
    for mapping in slot.mappings:
        for intent in sorted((mapping.intents | mapping.not_intents) - set(intents)):
            yield _fault(slot.place, f"there is no intent {intent}", suggest(intent, intents, "Name another."))
        if mapping.type == "from_intent" and mapping.intents and coerce(slot, mapping.value) is None:
            yield _fault(slot.place, f"slot {slot.name} never holds {mapping.value!r}", f"Give it a {slot.type} value.")
        if mapping.type == "from_intent" and not mapping.intents and slot.type != "bool":
            yield _fault(slot.place, "from_intent without an intent is for yes or no", "Add `intent` and `value`.")


def _fault(place: Place, what: str, fix: str, severity: Severity = Severity.ERROR) -> Fault:
    return Fault(place.file, place.line, what, fix, severity)
