"""A form of one response, taken into the draft as a whole or not at all; and how two sets of sentences differ."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.flow_files import context_of
from bot.content.own import own_intents, place_of
from bot.content.phrases import Phrasebook
from bot.content.revisions import (
    Change,
    Revisions,
    draft_of,
    overlay_of,
    published_examples,
    published_overlay,
    said_anew,
)
from bot.content.shipped import Overlay, Shipped, texts
from bot.content.teaching import examples_of
from bot.errors import Refusal
from bot.staff.marks import N_
from bot.staff.typed import WrongFields
from db.queries.school import school_version
from locales.catalogs import source_hash
from locales.languages import SOURCE
from nlu.examples import Example

NEAR = 3
"""So many lines are shown around one that changes."""
_TOKEN = re.compile(r"\{\w+\}|\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Typed:
    """One field: what was typed, and (`was`) the mark of what the form showed. `fits`: a stale text that is still right."""

    context: str
    language: str
    text: str
    was: str
    fits: bool = False

    @property
    def key(self) -> str:
        """The field's name."""
        return f"{self.language}:{self.context}"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text; `changed` where the other text has something else."""

    text: str
    changed: bool


async def draft_overlay(session: AsyncSession, school_id: int) -> Overlay:
    """The school's own sentences: those of its draft, or of what is published where there is none."""
    draft = await draft_of(session, school_id)
    if draft is not None:
        return await overlay_of(session, draft.id)
    _, revision = await school_version(session, school_id)
    return await published_overlay(session, school_id, revision)


async def draft_examples(session: AsyncSession, school_id: int) -> tuple[Example, ...]:
    """The school's own examples, in the same way."""
    draft = await draft_of(session, school_id)
    if draft is not None:
        return await examples_of(session, draft.id)
    _, revision = await school_version(session, school_id)
    return await published_examples(session, school_id, revision)


async def save(
    session: AsyncSession,
    revisions: Revisions,
    shipped: Shipped,
    *,
    school_id: int,
    staff_id: int | None,
    fields: Sequence[Typed],
    same_meaning: bool,
) -> int:
    """Take what was changed into the draft, Dutch first; how many sentences. A colleague's change is never overwritten unseen."""
    typed = [(field, field.text.replace("\r\n", "\n").strip()) for field in fields]
    touched = [(field, text) for field, text in typed if field.fits or source_hash(text) != field.was]
    if touched:  # of two who save at once, the second sees what the first has written
        await revisions.draft(session, school_id, staff_id)
    before = Phrasebook(shipped, await draft_overlay(session, school_id))
    wrong: dict[str, str] = {}
    changed = 0
    for field, text in sorted(touched, key=lambda pair: pair[0].language != SOURCE):
        known = before.sentence(field.context, field.language)
        now = source_hash(known.text if known else "")
        if now not in (field.was, source_hash(text)):
            wrong[field.key] = N_(
                "A colleague changed this meanwhile. Their text stands below; save again to keep yours."
            )
            continue
        try:
            await revisions.edit(
                session, school_id, staff_id, field.context, field.language, text, same_meaning=same_meaning
            )
        except Refusal as error:
            wrong[field.key] = str(error)
        changed += 1
    if wrong:
        raise WrongFields(wrong)
    return changed


def compare(before: Phrasebook, after: Phrasebook) -> tuple[Change, ...]:
    """What parents read differently."""
    books = after.book, before.book
    places = (place_of(intent) for book in books for intent in own_intents(book))
    files = map(context_of, {**before.flow_files, **after.flow_files})
    return said_anew(before, after, dict.fromkeys((*texts(after.book), *texts(before.book), *places, *files)))


def marked(before: str, after: str, *, by_line: bool = False) -> tuple[list[Span], list[Span]]:
    """Both texts, in pieces: word by word, or line by line without what stays the same far from any change."""
    one, other = ((text.splitlines(keepends=True) if by_line else _TOKEN.findall(text)) for text in (before, after))
    old, new = [], []
    # Hundreds of lines that are all alike take minutes, unless they count as junk.
    for kind, i, j, k, n in difflib.SequenceMatcher(None, one, other, autojunk=by_line).get_opcodes():
        same = kind == "equal"
        if i < j:
            old.append(Span("".join(_near(one[i:j]) if same and by_line else one[i:j]), not same))
        if k < n:
            new.append(Span("".join(_near(other[k:n]) if same and by_line else other[k:n]), not same))
    return old, new


def _near(lines: list[str]) -> list[str]:
    return [*lines[:NEAR], "…\n", *lines[-NEAR:]] if len(lines) > 2 * NEAR + 1 else lines
