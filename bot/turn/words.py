"""Commands: whole messages of one or two exact words, the same in every language of a conversation."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from nlu.text import fold, words

LONGEST = 40
"""Characters; no command is longer, and long texts need not be folded to know it."""


class Command(StrEnum):
    """What a word asks for, whatever the conversation is about."""

    STOP = "stop"
    START = "start"
    CANCEL = "cancel"
    MENU = "menu"
    PERSON = "person"
    LANGUAGE = "language"


def exact(text: str) -> str:
    """A message as it is compared: folded, without punctuation and emoji; empty where it is too long for a command."""
    return " ".join(words(fold(text))) if len(text) <= LONGEST else ""


def command(text: str, *, in_flow: bool, sms: bool) -> Command | None:
    """The command that the whole message is, if it is one."""
    if not (said := exact(text)):
        return None
    if sms and said in _taken_on_sms():
        return Command.STOP
    meant = _commands().get(said, frozenset())
    if Command.CANCEL in meant and (in_flow or Command.STOP not in meant):
        return Command.CANCEL
    return next(iter(sorted(meant - {Command.CANCEL})), None)


@functools.cache
def _data() -> Mapping[str, Any]:
    read: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("words.yml").read_text(encoding="utf-8"))
    return read


@functools.cache
def _commands() -> Mapping[str, frozenset[Command]]:
    meant: dict[str, set[Command]] = {}
    for kind in Command:
        for listed in _data()[kind.value].values():
            for word in listed:
                meant.setdefault(exact(word), set()).add(kind)
    return {word: frozenset(kinds) for word, kinds in meant.items()}


@functools.cache
def _taken_on_sms() -> frozenset[str]:
    return frozenset(exact(word) for word in _data()["taken_on_sms"])
