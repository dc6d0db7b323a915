"""An answer of a school's own: made as a whole or not at all, taught, put under a menu, taken away. All of it in the draft."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.content import own, teaching
from bot.content.editing import draft_examples, draft_overlay
from bot.content.naming import called
from bot.content.own_rules import ground, refuse_bad_place
from bot.content.phrases import Phrasebook
from bot.content.resembling import Resembling, bare, resembling
from bot.content.revisions import Revisions
from bot.content.rules import is_title, refuse_bad
from bot.content.shipped import Edited, Overlay, Shipped
from bot.errors import Refusal
from bot.staff.marks import N_
from bot.staff.typed import WrongFields
from locales.catalogs import source_hash
from locales.languages import SOURCE
from nlu.examples import Example

FEWEST, ADVISED, MOST = 4, 8, 50
"""Dutch examples of a new answer."""
TITLE, TEXT, PLACE, EXAMPLES, HEARD = "title", "text", "place", "examples", "heard"
"""The fields, as `WrongFields` names them; the third of the examples is `examples:3`."""


@dataclass(frozen=True, slots=True)
class Written:
    """The form. `examples` are Dutch; `heard` is the message it began with, where that was in another language.

    `there`: examples that belong to the answer that they resemble; `here`: those that are right all the same.
    """

    title: str
    text: str
    examples: Sequence[str]
    place: str = ""
    heard: Example | None = None
    there: frozenset[str] = frozenset()
    here: frozenset[str] = frozenset()


class Torn(WrongFields):
    """Some examples say nearly what something else is known by: the administrator decides of each."""

    def __init__(self, found: Sequence[Resembling]) -> None:
        """`found`: those that nobody has decided of yet, or not well."""
        super().__init__(
            {EXAMPLES: N_("Some are nearly the same as examples of another answer. Choose for each, below.")}
        )
        self.found = tuple(found)


class OwnAnswers:
    """The verbs. Each locks the school first: of two administrators one waits."""

    def __init__(self, revisions: Revisions, shipped: Shipped) -> None:
        """`shipped` is what the school's own lies upon."""
        self._revisions, self._shipped = revisions, shipped

    async def make(self, session: AsyncSession, school_id: int, staff_id: int | None, new: Written) -> str:
        """Take a new answer into the draft; its intent. Raises WrongFields, or Torn where that is all that is wrong."""
        phrases, overlay = await self._locked(session, school_id, staff_id)
        taught = await draft_examples(session, school_id)
        known = {*teaching.answered(phrases.book), *(example.intent for example in taught)}
        intent = called(new.title, known, prefix=own.PREFIX, otherwise="vraag")
        room = Phrasebook(self._shipped, ground(overlay, [intent]))
        examples = _examples(new, intent)
        wrong = {**_sentences(room, intent, new), **_messages(room, new, examples)}
        if wrong:
            raise WrongFields(wrong)
        examples = await _decided(new, examples, taught, teaching.choices(phrases))
        if _dutch_of(examples, intent) < FEWEST:
            raise WrongFields({EXAMPLES: _TOO_FEW})
        said = {own.text_of(intent): new.text, own.title_of(intent): new.title, own.place_of(intent): new.place}
        wanted = {(context, SOURCE): Edited(text, source_hash(text)) for context, text in said.items() if text}
        await self._revisions.take(session, school_id, staff_id, wanted)
        await self._revisions.teach(session, school_id, staff_id, examples)
        return intent

    async def add(
        self, session: AsyncSession, school_id: int, staff_id: int | None, example: Example, *, sure: bool
    ) -> None:
        """One more example. Raises Torn where it is nearly one of another answer's, unless the administrator is `sure`."""
        await self._known(session, school_id, staff_id, example.intent)
        taught = [each for each in await draft_examples(session, school_id) if each.intent != example.intent]
        near = await _near([example], taught)
        if near and not sure:
            raise Torn(tuple(near.values()))
        await self._revisions.teach(session, school_id, staff_id, [example])

    async def move(self, session: AsyncSession, school_id: int, staff_id: int | None, intent: str, host: str) -> None:
        """Put its button there, and nowhere else; an empty host takes it away."""
        phrases, _ = await self._known(session, school_id, staff_id, intent)
        if host:
            refuse_bad_place(phrases, intent, host)
        edited = Edited(host, source_hash(host)) if host else None
        await self._revisions.take(session, school_id, staff_id, {(own.place_of(intent), SOURCE): edited})

    async def remove(self, session: AsyncSession, school_id: int, staff_id: int | None, intent: str) -> None:
        """Take it away: what it says in every language, its examples, its button, and the buttons under it."""
        _, overlay = await self._known(session, school_id, staff_id, intent)
        gone = [
            (context, language)
            for (context, language), edited in overlay.items()
            if own.intent_of(context) == intent or (own.is_place(context) and edited.text == f"utter_{intent}")
        ]
        await self._revisions.take(session, school_id, staff_id, dict.fromkeys(gone))
        for example in await draft_examples(session, school_id):
            if example.intent == intent:
                await self._revisions.unteach(session, school_id, staff_id, example.language, example.text)

    async def _locked(self, session: AsyncSession, school_id: int, staff_id: int | None) -> tuple[Phrasebook, Overlay]:
        await self._revisions.draft(session, school_id, staff_id)
        overlay = await draft_overlay(session, school_id)
        return Phrasebook(self._shipped, overlay), overlay

    async def _known(
        self, session: AsyncSession, school_id: int, staff_id: int | None, intent: str
    ) -> tuple[Phrasebook, Overlay]:
        """The same, where there is such an answer."""
        phrases, overlay = await self._locked(session, school_id, staff_id)
        if intent not in own.own_intents(phrases.book):
            raise Refusal("This answer does not exist (any more).")
        return phrases, overlay


_TOO_FEW = N_("Write at least 4 different messages; 8 is better.")


def _sentences(phrases: Phrasebook, intent: str, new: Written) -> dict[str, str]:
    """What is wrong with its name, its text and its place."""
    wrong = {}
    for field, context, text in ((TITLE, own.title_of(intent), new.title), (TEXT, own.text_of(intent), new.text)):
        try:
            refuse_bad(phrases, context, SOURCE, text)
        except Refusal as error:
            wrong[field] = str(error)
    if TITLE not in wrong and not any(char.isalpha() for char in new.title):
        wrong[TITLE] = N_("A name has letters: a number alone is how parents choose from a menu.")
    if TITLE not in wrong and new.title.casefold() in _names(phrases):
        wrong[TITLE] = N_(
            "Something is called like this already. Choose another name, or add your examples to that answer."
        )
    if new.place:
        try:
            refuse_bad_place(phrases, intent, new.place)
        except Refusal as error:
            wrong[PLACE] = str(error)
    return wrong


def _names(phrases: Phrasebook) -> set[str]:
    """All that stands on a choice: what parents type must mean one thing."""
    contexts = (context for entry in phrases.entries for context in phrases.contexts(entry))
    return {phrases.dutch(context).casefold() for context in contexts if is_title(context) and "/b" not in context}


def _examples(new: Written, intent: str) -> list[Example]:
    """Each once."""
    texts = {bare(text): text for text in reversed([teaching.clean(each) for each in new.examples]) if text}
    found = [Example(SOURCE, intent, text) for text in reversed(texts.values())]
    heard = [Example(new.heard.language, intent, teaching.clean(new.heard.text))] if new.heard else []
    return found + [example for example in heard if example.text]


def _messages(phrases: Phrasebook, new: Written, examples: Sequence[Example]) -> dict[str, str]:
    """What is wrong with its examples, one by one."""
    if len(new.examples) > MOST:
        return {EXAMPLES: N_("These are too many at once: 50 at most. You can add more later.")}
    wrong, intents = {}, teaching.answered(phrases.book)
    lines = [teaching.clean(text) for text in new.examples]
    for example in examples:
        try:
            teaching.refuse_bad(example, intents)
        except Refusal as error:
            dutch = example.language == SOURCE and example.text in lines
            wrong[f"{EXAMPLES}:{lines.index(example.text) + 1}" if dutch else HEARD] = str(error)
    if not wrong and sum(example.language == SOURCE for example in examples) < FEWEST:
        wrong[EXAMPLES] = _TOO_FEW
    return wrong


async def _decided(
    new: Written, examples: Sequence[Example], taught: Iterable[Example], others: Mapping[str, str]
) -> list[Example]:
    """Each example with the intent that it is to have. Raises Torn where the administrator has to say."""
    near = await _near(examples, taught)
    there = {text for text in new.there if text in near and near[text].intent in others}
    if near.keys() - there - new.here:
        raise Torn(tuple(near.values()))
    return [
        Example(SOURCE, near[each.text].intent, each.text) if each.language == SOURCE and each.text in there else each
        for each in examples
    ]


async def _near(examples: Iterable[Example], taught: Iterable[Example]) -> dict[str, Resembling]:
    """What the Dutch ones resemble."""
    dutch = [example.text for example in examples if example.language == SOURCE]
    known = [example for example in taught if example.language == SOURCE]
    return {each.mine: each for each in await asyncio.to_thread(resembling, dutch, known)}


def _dutch_of(examples: Iterable[Example], intent: str) -> int:
    return sum(example.intent == intent and example.language == SOURCE for example in examples)
