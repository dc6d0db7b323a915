"""The laws of what stands on a phone: all of it from the catalogue of the language that she reads, and within its channel."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.channels.port import ABILITIES, Taps, units
from bot.channels.rendering import plain
from bot.content.phrases import ONLY_DUTCH as ONLY_DUTCH_SAID
from bot.content.phrases import sentences_of
from bot.content.rules import LONGEST_TITLE
from bot.content.shipped import texts
from bot.content.values import clean
from bot.core.mind import Words
from bot.turn.memory import conversation_language
from bot.turn.types import Option, Say, School, SentenceRef
from db.types import ChannelName
from locales.formats import strip_directions
from locales.languages import LANGUAGES, SOURCE
from tests.turn.walk import Broken, Turn
from tests.turn.walk_laws import names_in
from tests.turn.walk_moves import CHANNELS
from tests.turn.walk_world import ONLY_DUTCH, World

BLANK = re.compile(r"\{(\w+)\}")
RUN = 4
"""So many Dutch words in a row are Dutch, whatever stands around them."""
PAYLOAD = 64
URGENT = frozenset({"utter_danger_now", "utter_danger_now_closed", "utter_danger_perhaps"})
NUMBERS = ("112", "113", "0800-2000")
"""To call, in every language."""


@dataclass(frozen=True)
class Shown:
    """One response as one phone shows it."""

    say: Say
    words: Words
    language: str
    channel: ChannelName
    school: School

    @property
    def context(self) -> str:
        """Where its words stand."""
        return f"{self.say.response}/0"

    @property
    def only_dutch(self) -> bool:
        """Whether this is the sentence that the school has in Dutch only, and she reads another language."""
        return self.say.response == ONLY_DUTCH and self.language != SOURCE

    @property
    def said_in(self) -> str:
        """The language that its words should be in."""
        return SOURCE if self.only_dutch else self.language

    @property
    def text(self) -> str:
        """All that is read, with the lines of choices."""
        return strip_directions("\n".join(self.words.texts))

    def written(self, text: str) -> str:
        """A text as this channel writes it."""
        return plain(text) if self.channel is ChannelName.SMS else text

    def knows(self, name: str) -> bool:
        """Whether there is something for a blank."""
        return bool(self.say.values.get(name) or self.school.facts.get(name) or name == "school_name")


class Reader:
    """Reads what a phone shows, knowing the catalogues and nothing of how it came about."""

    def __init__(self, world: World) -> None:
        """Read each language's sentences; the school's own is only there in Dutch."""
        self.world = world
        self.dutch = texts(world.phrases.book)
        self.meanings = {
            value
            for response in world.phrases.book.domain.responses.values()
            for variant in response.variants
            for button in variant.buttons
            for value in button.slots.items()
        }
        self.reads = 0
        self.known: set[object] = set()

    def read(self, turn: Turn) -> None:
        """All that a turn says, as she reads it, and in other languages on other channels. Raises Broken."""
        for say in turn.says:
            self._read_one(say, say.language or conversation_language(turn.outcome.memory), turn.known.channel, turn)
            for language in () if say.language else self._others(say):
                self.reads += 1
                self._read_one(say, language, CHANNELS[self.reads % len(CHANNELS)], turn)

    def _others(self, say: Say) -> Sequence[str]:
        """What is said for the first time, or with other choices or other blanks filled, is read in every language."""
        filled = frozenset(name for name, value in say.values.items() if value)
        named = (value.id for value in say.values.values() if isinstance(value, SentenceRef))
        what = (say.response, *(option.title for option in say.options), *named, filled)
        if what in self.known:
            return tuple(LANGUAGES)[self.reads % len(LANGUAGES) :][:1]
        self.known.add(what)
        return tuple(LANGUAGES)

    def _read_one(self, say: Say, language: str, channel: ChannelName, turn: Turn) -> None:
        school, number = turn.known.school, int(turn.outcome.memory.data["menu_number"])
        words = turn.line.mind.words(say, language=language, channel=channel, school=school, menu=number)
        shown = Shown(say, words, language, channel, school)
        faults = [*self._untranslated(shown), *self._other_words(shown), *self._unnamed(shown), *_too_much(shown)]
        if names := names_in(shown.text, turn.line):
            faults.append(f"somebody else's {', '.join(names)}")
        if faults:
            raise Broken(f"{say.response} in {language} on {channel}: {'; '.join(faults)}\n  {words}")

    # ------------------------------------------------------------------- what the catalogue has

    def sentence(self, context: str, language: str) -> str:
        """What the language's catalogue has; empty where it has nothing."""
        if language == SOURCE:
            return self.dutch[context]
        found = self.world.shipped.catalogues.translations[language].get(context)
        return strip_directions(found.text) if found else ""

    @functools.cache  # noqa: B019 - lives as long as the walk
    def dutch_in(self, context: str, language: str) -> str:
        """So many Dutch words in a row in a translation that they are no school's word, nor a name."""
        runs = set(_runs(self.sentence(context, language))) & set(_runs(self.dutch[context]))
        return " ".join(min(runs)) if runs and language != SOURCE else ""

    @functools.cache  # noqa: B019
    def pattern(self, context: str, language: str, *, whole: bool, sms: bool) -> re.Pattern[str]:
        """A sentence with anything in its blanks; not `whole`: each part of it may be left out."""
        parts = []
        for part in sentences_of(self.sentence(context, language)):
            pieces = [strip_directions(piece) for piece in BLANK.split((plain(part) if sms else part).strip())]
            put = ".+?".join(re.escape(piece) for piece in pieces[::2])
            parts.append(put if whole else f"(?:{put})?")
        return re.compile(r"\s*".join(parts), re.DOTALL)

    def title(self, option: Option, language: str) -> str:
        """What stands on a choice."""
        return " ".join(clean(option.title if option.plain else self.sentence(option.title, language)).split())

    # ------------------------------------------------------------------- what is wrong

    def _untranslated(self, shown: Shown) -> Iterator[str]:
        """Sentences that are not there, are Dutch, or have half a blank; titles that are too long."""
        named = [value for value in shown.say.values.values() if isinstance(value, Option)]
        titles = [option.title for option in (*shown.say.options, *named) if not option.plain]
        titles += [value.id for value in shown.say.values.values() if isinstance(value, SentenceRef)]
        for context, language in [(shown.context, shown.said_in), *((title, shown.language) for title in titles)]:
            sentence = self.sentence(context, language)
            if not sentence:
                yield f"nothing says {context}"
            if dutch := self.dutch_in(context, language):
                yield f"it says in Dutch: {dutch}"
            if re.search(r"[{}]", BLANK.sub("", sentence)):
                yield "a bracket for a blank"
            if context != shown.context and len(sentence) > LONGEST_TITLE:
                yield f"the title {sentence!r} has no room on a button"

    def _other_words(self, shown: Shown) -> Iterator[str]:
        """Words that are neither its sentence nor its choices."""
        if len(shown.words.texts) > 1:
            return  # a long one, cut anywhere
        titles = [self.title(option, shown.language) for option in shown.say.options]
        tapped = [strip_directions(choice.title) for choice in shown.words.choices] == titles
        lines = shown.written("" if tapped else "".join(f"\n{n} {title}" for n, title in enumerate(titles, 1)))
        if not shown.text.endswith(lines):
            yield f"its choices are not {titles}"
        body = shown.text.removesuffix(lines)
        if shown.only_dutch:
            honest = shown.written(strip_directions(self.sentence(ONLY_DUTCH_SAID, shown.language)))
            if not body.startswith(f"{honest}\n"):
                yield "it does not say that this is only in Dutch"
            body = body.removeprefix(honest)
        whole, sms = all(map(shown.knows, BLANK.findall(self.dutch[shown.context]))), shown.channel is ChannelName.SMS
        pattern = self.pattern(shown.context, shown.said_in, whole=whole, sms=sms)
        if not body.strip() or not pattern.fullmatch(body.strip()):
            yield f"these are not the words of {shown.said_in}"

    def _unnamed(self, shown: Shown) -> Iterator[str]:
        """What should stand in it by its name, or as a number to call."""
        for name, value in shown.say.values.items():
            if (name, value) in self.meanings:
                yield f"{value} is our word for it"
            if isinstance(value, SentenceRef):
                value = Option("", value.id)  # noqa: PLW2901
            if isinstance(value, Option):
                title = strip_directions(self.title(value, shown.language))
                if shown.written(title).rstrip("?؟ ") not in shown.text:
                    yield f"{title} is not named"
        if shown.say.response in URGENT:
            yield from (f"{number} is missing" for number in NUMBERS if number not in shown.text)


def _too_much(shown: Shown) -> Iterator[str]:
    """What does not fit on the channel, or cannot be pointed at."""
    words, ability = shown.words, ABILITIES[shown.channel]
    if not words.texts or not all(text.strip() for text in words.texts):
        yield "an empty message"
    if any(units(text) > ability.length for text in words.texts):
        yield f"longer than {ability.length}"
    if not words.choices:
        return
    taps: Taps | None = ability.taps_for(len(words.choices))
    if taps is None:
        yield f"{len(words.choices)} buttons"
        return
    if any(units(choice.title) > taps.title or not choice.title for choice in words.choices):
        yield f"a button is longer than {taps.title}, or empty"
    if taps.text and units(words.texts[-1]) > taps.text:
        yield f"longer than {taps.text} above buttons"
    if any(len(choice.payload.encode()) > PAYLOAD for choice in words.choices):
        yield "a payload that is too long"
    if [choice.payload.partition(".")[2] for choice in words.choices] != [
        str(place) for place in range(1, len(shown.say.options) + 1)
    ]:
        yield "a button that stands for another place"
    if taps.listed and not words.opener:
        yield "a list without a word that opens it"


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    """Every few words in a row, in small letters; a number, a blank or the end of a sentence breaks them."""
    words = re.findall(r"[^\W\d_]+|\d+|[.:!?]", BLANK.sub(" 0 ", text).casefold())
    for at in range(len(words) - RUN + 1):
        run = tuple(words[at : at + RUN])
        if all(word.isalpha() for word in run):
            yield run
