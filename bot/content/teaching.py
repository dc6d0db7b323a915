"""A school's own examples: messages as its parents write them, and what they mean there. Part of its content revisions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.own import PREFIX
from bot.content.phrases import Phrasebook
from bot.content.shipped import EXAMPLE, entry_of
from bot.errors import Refusal
from bot.turn.answers import SMALL_TALK
from db.tables import ContentExample, ContentRevision
from flows.model import Book
from locales.languages import LANGUAGES, SOURCE
from nlu import safety
from nlu.calibration import GRAVE
from nlu.examples import Example
from nlu.port import OUT_OF_SCOPE

LONGEST = 500
MOST = 2_000
"""Examples of a school: an overlay is small."""
NOT_UNDERSTOOD = "utter_not_understood"
_INTENT = re.compile(r"[a-z][a-z0-9_]{1,59}")
_HIDDEN = frozenset({"Cc", "Cs", "Co"})


async def examples_of(session: AsyncSession, revision_id: int) -> tuple[Example, ...]:
    """All of a revision, in the order in which they were added."""
    rows = await session.scalars(
        select(ContentExample).where(ContentExample.revision_id == revision_id).order_by(ContentExample.id)
    )
    return tuple(Example(row.language, row.intent, row.text) for row in rows)


async def add(session: AsyncSession, draft: ContentRevision, examples: Iterable[Example]) -> None:
    """Write them; what a text meant before is forgotten."""
    there = {(each.language, each.text) for each in await examples_of(session, draft.id)}
    for example in examples:
        if (example.language, example.text) in there:
            await remove(session, draft, example.language, example.text)
        session.add(
            ContentExample(
                school_id=draft.school_id,
                revision_id=draft.id,
                intent=example.intent,
                language=example.language,
                text=example.text,
            )
        )
    await session.flush()


def taught_over(examples: Iterable[Example], added: Iterable[Example]) -> tuple[Example, ...]:
    """The examples with these written over them: in a language, a text has one meaning."""
    return tuple({(each.language, each.text): each for each in (*examples, *added)}.values())


async def remove(session: AsyncSession, draft: ContentRevision, language: str, text: str) -> None:
    """Take one away."""
    await session.execute(
        delete(ContentExample).where(
            ContentExample.revision_id == draft.id, ContentExample.language == language, ContentExample.text == text
        )
    )


def answered(book: Book) -> frozenset[str]:
    """All that a school has something to say to."""
    started = {trigger for flow in book.flows.values() for trigger in flow.triggers}
    return frozenset(started | {name.removeprefix("utter_") for name in book.domain.responses})


def known(book: Book, examples: Iterable[Example]) -> frozenset[str]:
    """The intents of these examples that lead anywhere."""
    return frozenset(example.intent for example in examples) & answered(book)


def choices(phrases: Phrasebook) -> dict[str, str]:
    """What an example may be added to: intents and what menus call them in Dutch, in the order of these names.

    What is grave has its own lists, and small talk opens no answer.
    """
    book = phrases.book
    titles = {intent: book.title(intent) for intent in answered(book) - SMALL_TALK - set(GRAVE)}
    named = {intent: phrases.dutch(title) for intent, title in titles.items() if title}
    return dict(sorted(named.items(), key=lambda pair: pair[1].casefold()))


def clean(text: str) -> str:
    """One line, as an example is kept."""
    return " ".join(text.split())


def refuse_bad(example: Example, intents: Collection[str]) -> None:
    """Raise Refusal where a school's example cannot be taken. `intents`: what it may mean."""
    if example.language not in LANGUAGES or LANGUAGES[example.language].script_of is not None:
        raise Refusal("This language is not one of the line's.")
    if example.intent not in intents or not _INTENT.fullmatch(example.intent):
        raise Refusal("There is no question by this name. One of the school's own needs an example in Dutch first.")
    if example.intent in GRAVE or safety.scan(example.text) is not None:
        raise Refusal("This speaks of danger. What danger is, no example changes: the line has its own lists for it.")
    if not any(char.isalnum() for char in example.text):
        raise Refusal("The text is empty.")
    if len(example.text) > LONGEST:
        raise Refusal("The text is too long: 500 characters at most.")
    if any(unicodedata.category(char) in _HIDDEN for char in example.text):
        raise Refusal("There is a character in it that no screen shows.")


def intents_of(book: Book, examples: Iterable[Example]) -> frozenset[str]:
    """What an example may mean: what the line has an answer to, and what the school teaches in Dutch (an answer may follow)."""
    taught = {example.intent for example in examples if example.language == SOURCE}
    return answered(book) | taught | {OUT_OF_SCOPE}


def leads_to(book: Book, intent: str) -> str:
    """The entry that an administrator opens for it."""
    title = book.title(intent)
    if intent.startswith(PREFIX):
        return f"utter_{intent}"
    if title:
        return f"utter_{intent}" if f"utter_{intent}" in book.domain.responses else entry_of(title)
    return f"utter_{intent}" if intent != OUT_OF_SCOPE and intent in answered(book) else NOT_UNDERSTOOD


def context_of(book: Book, example: Example) -> str:
    """Under what a difference lists it."""
    return f"{EXAMPLE}/{leads_to(book, example.intent)}"
