"""What the line says and in which languages it is ready: a read for the pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.content.phrases import Phrasebook


class Readiness(StrEnum):
    """How far a response is in a language; the worst of its sentences counts."""

    READY = "ready"
    UNREAD = "unread"
    """Ready, but no native speaker has read it yet."""
    STALE = "stale"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One response, or the name of a flow."""

    entry: str
    text: str
    languages: Mapping[str, Readiness]


def answers(phrases: Phrasebook) -> tuple[AnswerRow, ...]:
    """All a school says, flows' names first. `ContentMinds.of(..).phrases` has what is published."""
    return tuple(
        AnswerRow(
            entry=entry,
            text=phrases.dutch(phrases.contexts(entry)[0]),
            languages={language: readiness(phrases, entry, language) for language in phrases.languages},
        )
        for entry in phrases.entries
    )


def readiness(phrases: Phrasebook, entry: str, language: str) -> Readiness:
    """How far one entry is in one language."""
    order = list(Readiness)
    states = [sentence_readiness(phrases, context, language) for context in phrases.contexts(entry)]
    return max(states, key=order.index)


def sentence_readiness(phrases: Phrasebook, context: str, language: str) -> Readiness:
    """How far one sentence is in one language."""
    found = phrases.sentence(context, language)
    if found is None:
        return Readiness.MISSING
    if not found.fresh:
        return Readiness.STALE
    return Readiness.READY if found.native else Readiness.UNREAD
