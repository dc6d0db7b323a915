"""From what was said to words in her language: the fresh translation, or an honest word that there is only Dutch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.channels.port import ABILITIES
from bot.channels.rendering import render, split
from bot.content.flow_files import files_of, lay
from bot.content.flow_texts import shipped_text
from bot.content.own import intent_of
from bot.content.shipped import Overlay, Shipped, entry_of, overlaid, texts
from bot.content.values import shown
from bot.core.mind import Words
from bot.messages import Choice
from bot.turn.types import Option, Ours, Say, School, SentenceRef
from db.types import ChannelName
from locales.catalogs import Sentence, source_hash
from locales.formats import isolated, isolated_runs
from locales.languages import LANGUAGES, SOURCE

ONLY_DUTCH = "utter_only_dutch/0"
UNKNOWN = "utter_fact_unknown_in_flow/0"
"""Said where a response has nothing left to say without what the school has not filled in."""
OPENER = "flow/help/name"
"""Stands on the button that opens a list of choices: menu."""
IN_DUTCH = "(NL)"
"""Behind a name in menus that there is only in Dutch."""
HOLIDAY = "utter_holiday_"
"""What Dutch schools call their holidays, each with its word in every language."""
FALLBACK = "en"
"""Read by somebody at home more often than Dutch."""

PLACEHOLDER = re.compile(r"\{(\w+)\}")
_SENTENCE = re.compile(r".+?(?:[.!?…؟።]+[\"'”’»)]*(?:\s+|$)|[。！？]+[”』」）]*\s*|\n+|$)", re.DOTALL)
NOTHING: Overlay = {}


class Phrasebook:
    """What one school says, in every language. Immutable."""

    def __init__(self, shipped: Shipped, overlay: Overlay = NOTHING) -> None:
        """`overlay` is the school's own sentences."""
        self.flow_files = dict(files_of(overlay))
        self.ground = lay(shipped, overlay).book
        self.book = overlaid(self.ground, overlay)
        self._shipped_book = shipped.book
        self.facts = shipped.facts
        self.languages = shipped.catalogues.languages
        self._dutch = texts(self.book)
        self._contexts: dict[str, list[str]] = {}
        for context in self._dutch:
            self._contexts.setdefault(entry_of(context), []).append(context)
        self._catalogues, self._overlay = shipped.catalogues, overlay

    def flow_text(self, flow_id: str) -> str:
        """The file of a flow: the school's own, else as it is shipped; empty where there is none."""
        return self.flow_files.get(flow_id) or shipped_text(self._shipped_book, flow_id)

    def dutch(self, context: str) -> str:
        """The Dutch of a context. Raises LookupError where nothing is said under that name."""
        try:
            return self._dutch[context]
        except KeyError:
            raise LookupError(f"there is no sentence {context}") from None

    def sentence(self, context: str, language: str) -> Sentence | None:
        """The best there is in a language: the school's own if fresh, the shipped one if fresh, else a stale one, else None."""
        dutch = self.dutch(context)
        shipped = self._catalogues.sentence(context, language, dutch)
        own = self._overlay.get((context, language))
        if own is None or language == SOURCE:
            return shipped
        native = shipped.native if shipped is not None and shipped.text == own.text else True
        edited = Sentence(own.text, fresh=own.made_from == source_hash(dutch), native=native)
        return shipped if shipped is not None and shipped.fresh and not edited.fresh else edited

    def holiday(self, name: str, language: str) -> str:
        """What a language calls the holiday that the school names in Dutch; the school's own word where it is none we know."""
        wanted = name.strip().casefold()
        for response in self.book.domain.responses:
            if response.startswith(HOLIDAY) and self._dutch[f"{response}/0"].casefold() == wanted:
                found = self.sentence(f"{response}/0", language)
                return found.text if found is not None and found.fresh and language != SOURCE else name
        return name

    def named(self, response: str) -> str:
        """What menus call a response in Dutch; empty where they do not."""
        title = self.book.title(response.removeprefix("utter_"))
        return self.dutch(title) if title else ""

    def ready(self, response: str, language: str) -> bool:
        """Whether every sentence of a response is there, and made from the Dutch of today."""
        found = (self.sentence(context, language) for context in self.contexts(response))
        return all(sentence is not None and sentence.fresh for sentence in found)

    @property
    def entries(self) -> tuple[str, ...]:
        """All that can be opened and changed: every response, and every flow that has a name for parents."""
        return tuple(self._contexts)

    def contexts(self, entry: str) -> list[str]:
        """The contexts of an entry's sentences: a response's wordings and their buttons, or a flow's name."""
        return self._contexts.get(entry, [])

    def facts_needed(self, response: str) -> frozenset[str]:
        """The school's facts that a response names in any of its wordings."""
        named = (name for context in self.contexts(response) for name in PLACEHOLDER.findall(self._dutch[context]))
        return frozenset(named) & self.facts.keys()

    def render(self, say: Say, *, language: str, channel: ChannelName, school: School, menu: int) -> Words:
        """Put it into words for a channel. Says so first where a part is only there in Dutch."""
        page = _Page(self, self._known(say.language or language), school, say.values)
        text, said_in = page.text(self._context(say.response, channel))
        choices = [Choice(f"{menu}.{n}", page.choice(option) or str(n)) for n, option in enumerate(say.options, 1)]
        if page.dutch:
            text = f"{self._only_dutch(page.language)}\n\n{text}"
        ability = ABILITIES[channel]
        whole, buttons = render(text, choices, ability, channel)
        taps = ability.taps_for(len(buttons))
        opener = self._opener(page.language) if taps is not None and taps.listed else ""
        return Words(split(whole, ability.length), buttons, said_in, opener)

    def _context(self, response: str, channel: ChannelName) -> str:
        """The wording for this channel, else the usual one."""
        found = self.book.domain.responses.get(response)
        if found is None:
            raise LookupError(f"there is no response {response}")
        channels = [variant.channel for variant in found.variants]
        wanted: str | None = channel.value if channel.value in channels else None
        return f"{response}/{channels.index(wanted) if wanted in channels else 0}"

    def _known(self, language: str) -> str:
        if language in self.languages:
            return language
        if language in LANGUAGES:
            return LANGUAGES[language].script_of or language
        return FALLBACK if FALLBACK in self.languages else SOURCE

    def _opener(self, language: str) -> str:
        """The word on the button that opens a list; nothing where she would not understand it."""
        try:
            found = self.sentence(OPENER, language)
        except LookupError:
            return ""
        return found.text if found is not None and found.fresh else ""

    def _only_dutch(self, language: str) -> str:
        """A stale word about it is better than none, and English better than Dutch."""
        for code in (language, FALLBACK):
            if code in self.languages and (found := self.sentence(ONLY_DUTCH, code)):
                return isolated_runs(found.text, code)
        return self.dutch(ONLY_DUTCH)


def sentences_of(text: str) -> list[str]:
    """A text at the ends of its sentences, with their signs and spaces; "8:30 ч. и" goes on, for no sentence begins small."""
    found: list[str] = []
    for part in _SENTENCE.findall(text):
        if found and part[:1].islower() and not found[-1].endswith("\n"):
            found[-1] += part
        else:
            found.append(part)
    return found


@dataclass(slots=True)
class _Page:
    """One message in the making; `dutch` where a part of it had to be."""

    phrases: Phrasebook
    language: str
    school: School
    values: Mapping[str, object]
    dutch: bool = False

    def text(self, context: str) -> tuple[str, str]:
        """The words, and the language they are in."""
        template, language = self._template(context, self.language)
        if filled := self._fill(template, language):
            return filled, language
        return self._template(UNKNOWN, self.language)

    def choice(self, option: Option) -> str:
        """What stands on a button. A Dutch name of the school's own says itself that it is Dutch, not the whole message."""
        before, title = self.dutch, self.title(option, self.language)
        if before or not self.dutch or option.plain or not intent_of(option.title):
            return title
        self.dutch = False
        return isolated(f"{title} {IN_DUTCH}", self.language)

    def title(self, option: Option, language: str) -> str:
        """What stands on a choice, or in a sentence of this language about it."""
        if option.plain:
            return shown(option.title, language, self.school.timezone)
        try:
            template = self._template(option.title, language)
        except LookupError:  # a menu of yesterday's content: its digit still works
            return ""
        return self._fill(*template)

    def _template(self, context: str, language: str) -> tuple[str, str]:
        found = self.phrases.sentence(context, language)
        if found is not None and found.fresh:
            return found.text, language
        self.dutch = True
        return self.phrases.dutch(context), SOURCE

    def _fill(self, template: str, language: str) -> str:
        """Fill the blanks, once: what stands in a value is never read as a blank. A sentence that cannot be filled is left out."""
        kept = []
        for sentence in sentences_of(template):
            values = {name: self._value(name, language) for name in PLACEHOLDER.findall(sentence)}
            if all(values.values()):
                parts = PLACEHOLDER.split(sentence)
                kept += [
                    values[part] if index % 2 else isolated_runs(part, language) for index, part in enumerate(parts)
                ]
        return "".join(kept).strip()

    def _value(self, name: str, language: str) -> str:
        """What stands in a blank; empty where nobody knows."""
        given = self.values.get(name)
        if given in (None, ""):
            given = self.school.name if name == "school_name" else self.school.facts.get(name, "")
        match given:
            case SentenceRef(id=context):
                value = self.title(Option("", context), language)
            case Ours():
                return str(given)
            case Option():
                value = self.title(given, language).rstrip("?؟ ")  # "Do you mean: ..?" asks once
            case _:
                fact = self.phrases.facts.get(name)
                kind = fact.type if fact else "text"
                if kind == "holiday" and isinstance(given, str):
                    given = self.phrases.holiday(given, language)
                value = shown(given, language, self.school.timezone, kind=kind)
        return isolated(value, language)
