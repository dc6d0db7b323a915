"""Faults as people make them, each planted at one place: what a walk has to find."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bot.content.phrases import Phrasebook
from bot.content.shipped import Shipped
from bot.turn import commands, flowing, take
from bot.turn.draft import Draft
from bot.turn.menu import Menu
from bot.turn.types import PassOn
from bot.turn.words import exact
from db.types import InboundKind
from flows.condition import parse
from flows.model import Book, Collect, Noop, Step
from locales.catalogs import Translation
from tests.turn.walk_moves import COMMANDS

Change = Callable[[Shipped], Shipped]
Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Fault:
    """A fault in the content, or one in the code; `breaks` is found in what the walk says of it."""

    breaks: str
    content: Change = lambda shipped: shipped
    code: Plant = lambda _patch: None


# --------------------------------------------------------------------------- in the content


def _translated(breaks: str, language: str, context: str, change: Callable[[Translation], Translation | None]) -> Fault:
    def plant(shipped: Shipped) -> Shipped:
        by_language = dict(shipped.catalogues.translations)
        sentences = dict(by_language[language])
        changed = change(sentences.pop(context))
        by_language[language] = sentences | ({context: changed} if changed else {})
        return replace(shipped, catalogues=replace(shipped.catalogues, translations=by_language))

    return Fault(breaks, plant)


def _in_book(breaks: str, change: Callable[[Book], Book]) -> Fault:
    return Fault(breaks, lambda shipped: replace(shipped, book=change(shipped.book)))


def _at_step(breaks: str, flow: str, step: str, change: Callable[[Step], Step]) -> Fault:
    def plant(book: Book) -> Book:
        known = book.flows[flow]
        changed = replace(known, steps={**known.steps, step: change(known.steps[step])})
        return replace(book, flows={**book.flows, flow: changed})

    return _in_book(breaks, plant)


def _without_buttons(breaks: str, response: str) -> Fault:
    def plant(book: Book) -> Book:
        known = book.domain.responses[response]
        bare = replace(known, variants=tuple(replace(variant, buttons=()) for variant in known.variants))
        return replace(book, domain=replace(book.domain, responses={**book.domain.responses, response: bare}))

    return _in_book(breaks, plant)


def _refuses_all(step: Step) -> Step:
    assert isinstance(step, Collect)
    return replace(
        step, rejections=tuple(replace(one, when=parse("slots.absence_until is not null")) for one in step.rejections)
    )


def _unasked(step: Step) -> Step:
    send = tuple(replace(branch, when=None) for branch in step.next[:1])
    return Noop(step.id, step.place, send)


# --------------------------------------------------------------------------- in the code


def _replaced(breaks: str, target: Any, name: str, made: Callable[[Any], Any]) -> Fault:
    """`made` is given what stands there now."""
    return Fault(breaks, code=lambda patch: patch.setattr(target, name, made(getattr(target, name))))


def _step_of_a_turn(breaks: str, name: str, made: Callable[[Any], Any]) -> Fault:
    def plant(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(take, "STEPS", [made(step) if step.__name__ == name else step for step in take.STEPS])

    return Fault(breaks, code=plant)


def _first_family_for_ever(_: Any) -> Any:
    """A cache whose key forgot the guardian."""
    kept: list[Any] = []

    def children(draft: Draft) -> Any:
        own = tuple(child for child in draft.known.children if child.rights is not child.rights.NONE)
        if not kept and own:
            kept.append(own)
        return kept[0] if kept and own else own

    return property(children)


def _without_tigrinya(command: Any) -> Any:
    lost = {exact(word) for word in COMMANDS["person"]["ti"]}
    return lambda text, **state: None if exact(text) in lost else command(text, **state)


def _the_next(option: Any) -> Any:
    return lambda menu, place: option(menu, place % max(len(menu.options), 1) + 1)


def _mute_at_stickers(without_words: Any) -> Any:
    return lambda draft: draft.heard.kind is InboundKind.STICKER or without_words(draft)


def _first_word(command: Any) -> Any:
    return lambda text, **state: command(text, **state) if text.split()[0] else None


def _not_in_flows(first: Any) -> Any:
    return lambda draft: not draft.flowing and first(draft)


def _says_so_only(hand_over: Any) -> Any:
    def said(draft: Draft, *given: Any, **more: Any) -> None:
        before = len(draft.events)
        hand_over(draft, *given, **more)
        draft.events[before:] = [event for event in draft.events[before:] if not isinstance(event, PassOn)]

    return said


def _as_the_slots_are(shown: Any) -> Any:
    """A flow gets its child from another one, and not the child's name."""
    return lambda draft, slots: shown(draft, slots) | {name: slots.get(name) for name in ("child_name", "child_class")}


def _follows_every_guess(guess: Any) -> Any:
    def follow(draft: Draft) -> None:
        draft.memory = replace(draft.memory, language_locked=False)
        guess(draft)

    return follow


FAULTS: Mapping[str, Fault] = {
    "an untranslated sentence": _translated("nothing says", "ti", "utter_ask_absence_date/0", lambda _: None),
    "an untranslated choice": _translated("nothing says", "so", "flow/report_concern/name", lambda _: None),
    "Dutch in a catalogue": _translated(
        "it says in Dutch", "uk", "utter_appointment_not_fixed/0", lambda told: replace(told, text=told.source)
    ),
    "half a sentence in Dutch": _translated(
        "it says in Dutch",
        "pap",
        "utter_complaint_next/0",
        lambda told: replace(told, text=f"{told.text} {told.source.split('. ')[-1]}"),
    ),
    "a blank by another name": _translated(
        "not the words",
        "pl",
        "utter_handed_over/0",
        lambda told: replace(told, text=told.text.replace("{promise}", "{termin}")),
    ),
    "a bracket too many": _translated(
        "a bracket", "zh", "utter_back_to/0", lambda told: replace(told, text=f"{told.text}}}")
    ),
    "a title too long": _translated(
        "no room", "bg", "utter_ask_leave_kind/0/b1", lambda told: replace(told, text=f"{told.text} и друго")
    ),
    "a question without choices": _without_buttons("every_errand_ends", "utter_ask_leave_kind"),
    "a question that takes nothing": _at_step("every_errand_ends", "report_absence", "until", _refuses_all),
    "a number to call lost": _translated(
        "113 is missing",
        "fa",
        "utter_danger_perhaps/0",
        lambda told: replace(told, text=told.text.replace("113", "")),
    ),
    "Dutch without a word": _replaced(
        "only in Dutch", Phrasebook, "_only_dutch", lambda _: lambda _phrases, _language: ""
    ),
    "a child without a name": _replaced("the_answer_itself", flowing, "shown", _as_the_slots_are),
    "rights that end too late": _replaced(
        "only_her_own|somebody else|the_choice_is_done", take, "forget_gone", lambda _: lambda _draft: None
    ),
    "a report without a yes": _at_step("nothing_without_a_yes", "report_absence", "confirm", _unasked),
    "another guardian's children": _replaced("only_her_own", Draft, "children", _first_family_for_ever),
    "rights ignored": _replaced(
        "only_her_own", Draft, "children", lambda _: property(lambda draft: draft.known.children)
    ),
    "a word for a person lost": _replaced("a_person_is_one_word_away", commands, "command", _without_tigrinya),
    "the next choice": _replaced("the_choice_is_done|every_errand_ends", Menu, "option", _the_next),
    "silence at a sticker": _step_of_a_turn("never_silence", "without_words", _mute_at_stickers),
    "an exception at nothing": _replaced("IndexError", commands, "command", _first_word),
    "yesterday's question": _replaced("yesterday_is_over", flowing, "forget_stale", lambda _: lambda _draft: None),
    "danger unheard in a flow": _step_of_a_turn("danger_comes_first", "safety_first", _not_in_flows),
    "passed on in words only": _replaced("said_is_done", flowing, "hand_over", _says_so_only),
    "a settled language lost": _replaced("a_settled_language_stays", take, "guess", _follows_every_guess),
}
"""By what went wrong."""
