"""What can be counted of the content in each language: how far it is, and how much a parent has to read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.channels.port import ABILITIES, units
from bot.channels.rendering import cheaper, segments
from bot.content.phrases import HOLIDAY, Phrasebook
from bot.content.reading import lengths
from bot.content.rules import blanks, is_title
from bot.content.samples import samples
from bot.content.shipped import Shipped, texts
from bot.turn.sentences import buttons
from bot.turn.types import Rota, Say, School
from db.types import ChannelName
from flows.check_domain import MAX_SENTENCE
from locales.catalogs import source_hash
from locales.formats import strip_directions
from locales.languages import SOURCE

TITLES = tuple(sorted({taps.title for ability in ABILITIES.values() for taps in ability.taps}))
"""What fits on a button, by channel: WhatsApp's, those of its lists, and all others."""

_NOW = dt.datetime(2026, 11, 10, 9, tzinfo=dt.UTC)
"""An ordinary Tuesday: examples of dates are always the same."""


@dataclass(frozen=True, slots=True)
class Message:
    """One response by SMS, its blanks filled with examples: its text, and with its choices in how many parts."""

    response: str
    text: str
    parts: int
    bare: int
    """How many parts it were without the marks of dear letters."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One language. The source is never stale, and is not read against anything."""

    language: str
    sentences: int
    missing: int
    stale: int
    once: int
    not_native: int
    blanks: int
    titles: Mapping[int, int]
    """How many titles are longer than each of `TITLES`."""
    messages: tuple[Message, ...]

    @property
    def long(self) -> list[Message]:
        """The messages of more characters than are read on a bus."""
        return [message for message in self.messages if len(message.text) > MAX_SENTENCE]

    @property
    def words(self) -> list[int]:
        """How many words each sentence has that is not a title."""
        return [count for message in self.messages for count in lengths(message.text)]


def figures(content: Shipped) -> Iterator[Figures]:
    """Every language, the source first."""
    phrases, dutch = Phrasebook(content), texts(content.book)
    facts = {name: fact.example for name, fact in content.facts.items()}
    school = School("Voorbeeldcollege", "Europe/Amsterdam", facts, Rota((), None), {}, {})
    for language in phrases.languages:
        known = content.catalogues.translations.get(language, {})
        there = {context: known[context] for context in dutch if context in known and known[context].text}
        said = dutch if language == SOURCE else {context: each.text for context, each in there.items()}
        titles = [units(text) for context, text in said.items() if is_title(context)]
        yield Figures(
            language=language,
            sentences=len(said),
            missing=len(dutch) - len(said),
            stale=sum(each.made_from != source_hash(dutch[context]) for context, each in there.items()),
            once=sum(not each.second for each in there.values()),
            not_native=sum(not each.native for each in there.values()),
            blanks=sum(blanks(text) != blanks(dutch[context]) for context, text in said.items()),
            titles={most: sum(size > most for size in titles) for most in TITLES},
            messages=tuple(_messages(phrases, language, school)),
        )


def _messages(phrases: Phrasebook, language: str, school: School) -> Iterator[Message]:
    """What is not ready in a language is not counted: she would get the Dutch."""
    given = samples(phrases, school, language, _NOW)
    for response in phrases.book.domain.responses:
        if is_title(f"{response}/0") or response.startswith(HOLIDAY) or not phrases.ready(response, language):
            continue
        say = Say(response, given, buttons(phrases.book, response))
        text = "\n".join(phrases.render(say, language=language, channel=ChannelName.SMS, school=school, menu=1).texts)
        lines = text.splitlines()
        alone = "\n".join(lines[: len(lines) - len(say.options)])
        yield Message(response, strip_directions(alone), segments(text), segments(cheaper(text) or text))
