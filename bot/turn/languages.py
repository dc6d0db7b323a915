"""Which language she is answered in: a guess is confirmed, a choice is locked, one word changes it."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from bot.turn.types import Option, Say
from bot.turn.words import exact
from locales.languages import LANGUAGES, SOURCE
from nlu.language import script
from nlu.text import fold, letters, words

if TYPE_CHECKING:
    from bot.turn.draft import Draft

OTHER = "other"
APOLOGIES = ("nl", "en", "fr", "ar")
"""In these it is said that a language is not here: one of them is most likely read by somebody at home."""
FIRST_GUESS = 0.5
"""How likely a first guess must be to be used before she confirms it."""
SCRIPTS = {"Latn": "LATIN"}
"""What a code ends in where a language has a second script, and what Unicode calls that."""
ENOUGH_LETTERS = 6
"""Fewer are a name, a class or "ok", and say nothing about the script she writes in."""


@functools.cache
def _codes() -> Mapping[str, str]:
    """What people call the languages, folded, to their codes."""
    listed = yaml.safe_load(Path(__file__).with_name("languages.yml").read_text(encoding="utf-8"))
    names = {code: tuple(others) for code, others in listed.items()}
    for code, language in LANGUAGES.items():
        spoken = language.script_of or code
        names[spoken] = (*names.get(spoken, ()), language.endonym, language.dutch, language.english)
    return {exact(name): code for code, called in names.items() for name in called}


def own_name(code: str) -> str:
    """A language's name in its own script, as a button shows it."""
    return LANGUAGES[code].endonym if code in LANGUAGES else code


def named(text: str) -> str | None:
    """The code of the language that the whole message names, offered here or not."""
    return _codes().get(exact(text)) if text.strip() else None


def mentioned(text: str) -> str | None:
    """The one language that a sentence names ("in het Engels graag")."""
    said = f" {' '.join(words(fold(text)))} "
    found = {code for name, code in _codes().items() if f" {name} " in said}
    return found.pop() if len(found) == 1 else None


def as_options(codes: Sequence[str]) -> tuple[Option, ...]:
    """Each language as a choice, titled in its own script."""
    return tuple(Option(f"/language:{code}", own_name(code), plain=True) for code in codes)


def guess(draft: Draft) -> None:
    """Before anything is said: take over the guardian's language or a first guess, and follow a sure change of language."""
    memory = draft.memory
    if memory.language_locked:
        return
    first = memory.language is None
    known = draft.known.guardian.language if draft.known.guardian else None
    if first and known in draft.languages:
        draft.memory = replace(memory, language=known)
    heard = draft.understood.language if draft.understood else None
    if heard is None or heard.language not in draft.languages or heard.language == draft.language:
        return
    unsure_first = first and not memory.introduced and known is None and heard.confidence >= FIRST_GUESS
    if heard.sure or unsure_first:
        draft.memory = replace(draft.memory, language=heard.language)
        draft.switched = True


def follow_script(draft: Draft) -> None:
    """She reads the script that she writes: Moroccan comes in Arabic letters until she writes it in Latin ones, and back.

    A language that somebody at school set for her to read stays.
    """
    memory, text = draft.memory, draft.heard.text
    kept = LANGUAGES.get(memory.read_language or "")
    if kept is not None and kept.script_of is None:
        return
    read = memory.read_language if kept is not None and kept.script_of == memory.language else None
    if memory.language and not draft.heard.button and letters(text) >= ENOUGH_LETTERS:
        written = script(text)
        others = [code for code, language in LANGUAGES.items() if language.script_of == memory.language]
        read = next((code for code in others if SCRIPTS[code.partition("_")[2]] == written), None)
    draft.memory = replace(memory, read_language=read)


def offer(draft: Draft) -> None:
    """The list of languages, each in its own script."""
    options = (*as_options(draft.languages), Option("/language:other", "utter_title_not_here/0"))
    draft.say("utter_language_list", options=options)


def choose(draft: Draft, code: str) -> bool:
    """An explicit choice: lock it and say so in it. For a language that is not here, offer a person with an interpreter."""
    if code not in draft.languages:
        apologise(draft)
        return False
    draft.memory = replace(draft.memory, language=code, language_locked=True)
    draft.say("utter_language_set", language_name=own_name(code))
    return True


def apologise(draft: Draft) -> None:
    """Say in the languages somebody at home may read that hers is not here, and offer a person with an interpreter."""
    spoken = [code for code in APOLOGIES if code in draft.languages] or [SOURCE]
    for code in spoken[:-1]:
        draft.emit(Say("utter_language_other", language=code))
    options = (Option("/pass_on:interpreter", "utter_title_interpreter/0"),)
    draft.emit(Say("utter_language_other", options=options, language=spoken[-1]))


def at_first_contact(draft: Draft) -> tuple[Option, ...]:
    """The languages that the introduction offers: the guess, what the guardian's record says, Dutch, and the list."""
    known = draft.known.guardian.language if draft.known.guardian else None
    codes = [code for code in dict.fromkeys((draft.language, known, SOURCE)) if code in draft.languages]
    return (*as_options([code for code in codes if code]), Option("/language:list", "utter_title_other_language/0"))
