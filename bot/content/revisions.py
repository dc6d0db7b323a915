"""A school's own edits: one draft, numbered publications that never change, and the way back.

All take the caller's session; writes belong inside `db.write`. A revision holds all of the school's own sentences, so that
publishing is one pointer and the way back is a copy.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content import own, teaching
from bot.content.flow_check import unsound
from bot.content.flow_files import flow_of
from bot.content.phrases import Phrasebook
from bot.content.rules import refuse_bad
from bot.content.shipped import Edited, Overlay, Shipped, texts
from bot.core.clock import Clock
from bot.errors import Refusal
from db.engine import ring
from db.tables import ContentExample, ContentRevision, ContentSentence, School
from locales.catalogs import source_hash
from locales.languages import SOURCE
from nlu.examples import Example


@dataclass(frozen=True, slots=True)
class Change:
    """One sentence in one language that a draft changes; not `ready` where changed Dutch leaves it without a translation.

    An example of what parents write is one too, under `example/` and what it leads to; and where a button stands.
    """

    context: str
    language: str
    before: str
    after: str
    ready: bool


NOTHING = ("", ("", True))
"""An own answer goes, which had no translation."""


@dataclass(frozen=True, slots=True)
class Publication:
    """One published revision."""

    number: int
    staff_id: int | None
    note: str
    at: dt.datetime
    rolled_back_to: int | None
    current: bool


async def draft_of(session: AsyncSession, school_id: int) -> ContentRevision | None:
    """The school's draft, if there is one."""
    return await session.scalar(
        select(ContentRevision).where(ContentRevision.school_id == school_id, ContentRevision.published_at.is_(None))
    )


async def overlay_of(session: AsyncSession, revision_id: int) -> Overlay:
    """All of the school's own sentences in a revision."""
    rows = await session.scalars(select(ContentSentence).where(ContentSentence.revision_id == revision_id))
    return {(row.context, row.language): Edited(row.text, row.source_hash) for row in rows}


async def published_overlay(session: AsyncSession, school_id: int, number: int) -> Overlay:
    """The same, of a published revision by its number; nothing for 0, which is what is shipped."""
    revision = await _numbered(session, school_id, number)
    return await overlay_of(session, revision.id) if revision else {}


async def published_examples(session: AsyncSession, school_id: int, number: int) -> tuple[Example, ...]:
    """The school's own examples in a published revision; none for 0."""
    revision = await _numbered(session, school_id, number)
    return await teaching.examples_of(session, revision.id) if revision else ()


async def history(session: AsyncSession, school_id: int) -> tuple[Publication, ...]:
    """What was published, the newest first."""
    current = await session.scalar(select(School.content_revision).where(School.id == school_id))
    rows = await session.scalars(
        select(ContentRevision)
        .where(ContentRevision.school_id == school_id, ContentRevision.published_at.is_not(None))
        .order_by(ContentRevision.number.desc())
    )
    return tuple(
        Publication(row.number, row.staff_id, row.note, row.published_at, row.rolled_back_to, row.number == current)
        for row in rows
        if row.published_at is not None
    )


async def _numbered(session: AsyncSession, school_id: int, number: int) -> ContentRevision | None:
    return await session.scalar(
        select(ContentRevision).where(
            ContentRevision.school_id == school_id,
            ContentRevision.number == number,
            ContentRevision.published_at.is_not(None),
        )
    )


class Revisions:
    """The verbs. One at a time for each school: the school's row is locked first, and of two edits the last one stays."""

    def __init__(self, shipped: Shipped, clock: Clock) -> None:
        """`shipped` is what the edits lie upon."""
        self._shipped, self._clock = shipped, clock

    async def draft(self, session: AsyncSession, school_id: int, staff_id: int | None = None) -> ContentRevision:
        """The school's draft, begun from what is published if there was none."""
        school = await _lock(session, school_id)
        found = await draft_of(session, school_id)
        if found is not None:
            return found
        return await self._begin(session, school, staff_id, copy=school.content_revision)

    async def edit(
        self,
        session: AsyncSession,
        school_id: int,
        staff_id: int | None,
        context: str,
        language: str,
        text: str,
        *,
        same_meaning: bool = False,
    ) -> None:
        """Write a sentence into the draft; the shipped text again takes the school's own away.

        For Dutch: `same_meaning` keeps the other languages as they are, without it they wait for a translator.
        """
        text = text.strip()
        draft = await self.draft(session, school_id, staff_id)
        phrases = Phrasebook(self._shipped, await overlay_of(session, draft.id))
        refuse_bad(phrases, context, language, text, same_meaning=same_meaning)
        if same_meaning and language == SOURCE:
            await self._carry(session, draft, phrases, context, text)
        made_from = source_hash(text if language == SOURCE else phrases.dutch(context))
        as_shipped = self._shipped_says(phrases, context, language, text)
        await _write(session, draft, context, language, None if as_shipped else Edited(text, made_from))
        draft.staff_id = staff_id

    async def take(
        self,
        session: AsyncSession,
        school_id: int,
        staff_id: int | None,
        wanted: Mapping[tuple[str, str], Edited | None],
    ) -> None:
        """Write sentences that were looked at before (`bot.content.exchange`) into the draft; None takes the own one away."""
        draft = await self.draft(session, school_id, staff_id)
        for (context, language), edited in wanted.items():
            await _write(session, draft, context, language, edited)
        draft.staff_id = staff_id

    async def teach(
        self, session: AsyncSession, school_id: int, staff_id: int | None, examples: Iterable[Example]
    ) -> None:
        """Take examples into the draft: from its publication on, what is written like that is understood so."""
        draft = await self.draft(session, school_id, staff_id)
        wanted, there = tuple(examples), await teaching.examples_of(session, draft.id)
        book = Phrasebook(self._shipped, await overlay_of(session, draft.id)).book
        intents = teaching.intents_of(book, (*there, *wanted))
        for example in wanted:
            teaching.refuse_bad(example, intents)
        await teaching.add(session, draft, wanted)
        if len(await teaching.examples_of(session, draft.id)) > teaching.MOST:
            raise Refusal("There are too many examples. Take some away first.")
        draft.staff_id = staff_id

    async def unteach(
        self, session: AsyncSession, school_id: int, staff_id: int | None, language: str, text: str
    ) -> None:
        """Take an example out of the draft."""
        draft = await self.draft(session, school_id, staff_id)
        await teaching.remove(session, draft, language, text)
        draft.staff_id = staff_id

    async def difference(self, session: AsyncSession, school_id: int) -> tuple[Change, ...]:
        """What publishing the draft would change, as parents see it. Nothing where there is no draft."""
        draft = await draft_of(session, school_id)
        if draft is None:
            return ()
        current = await session.scalar(select(School.content_revision).where(School.id == school_id)) or 0
        old, new = await published_overlay(session, school_id, current), await overlay_of(session, draft.id)
        before, after = Phrasebook(self._shipped, old), Phrasebook(self._shipped, new)
        contexts = sorted({key[0] for key in {*old, *new} if old.get(key) != new.get(key)} | respoken(before, after))
        taught = await published_examples(session, school_id, current), await teaching.examples_of(session, draft.id)
        return said_anew(before, after, contexts) + taught_anew(after, *taught)

    async def discard(self, session: AsyncSession, school_id: int) -> None:
        """Throw the draft away."""
        await _lock(session, school_id)
        draft = await draft_of(session, school_id)
        if draft is not None:
            for part in (ContentSentence, ContentExample):
                await session.execute(delete(part).where(part.revision_id == draft.id))
            await session.delete(draft)

    async def publish(self, session: AsyncSession, school_id: int, staff_id: int | None, note: str = "") -> int:
        """Make the draft what parents read, at once; its number."""
        school = await _lock(session, school_id)
        draft = await draft_of(session, school_id)
        if draft is None or not await self.difference(session, school_id):
            raise Refusal("There is nothing to publish: the draft changes nothing.")
        if unsound(self._shipped, await overlay_of(session, draft.id), await teaching.examples_of(session, draft.id)):
            raise Refusal("A conversation in the draft has faults. Mend it, or take its change back, then publish.")
        return self._publish(session, school, draft, staff_id, note)

    async def roll_back(self, session: AsyncSession, school_id: int, staff_id: int | None, to_number: int) -> int:
        """Publish an earlier set again, as a new revision; 0 is what is shipped. Refused while a draft is open."""
        school = await _lock(session, school_id)
        if await draft_of(session, school_id) is not None:
            raise Refusal("There is an open draft. Publish it or throw it away first.")
        if to_number == school.content_revision:
            raise Refusal("This is what parents read now.")
        if to_number and await _numbered(session, school_id, to_number) is None:
            raise Refusal("There is no publication with this number.")
        again = await self._begin(session, school, staff_id, copy=to_number)
        again.rolled_back_to = to_number
        return self._publish(session, school, again, staff_id, again.note)

    async def _carry(
        self, session: AsyncSession, draft: ContentRevision, phrases: Phrasebook, context: str, dutch: str
    ) -> None:
        """Mark what is fresh now as made from this Dutch."""
        for language in phrases.languages:
            found = phrases.sentence(context, language)
            if language != SOURCE and found is not None and found.fresh:
                await _write(session, draft, context, language, Edited(found.text, source_hash(dutch)))

    def _shipped_says(self, phrases: Phrasebook, context: str, language: str, text: str) -> bool:
        """Whether no sentence of the school's own is needed for this: the shipped one says it, of the same Dutch."""
        if own.intent_of(context):
            return False
        shipped = Phrasebook(self._shipped)
        if language == SOURCE:
            return text == texts(phrases.ground).get(context)
        if context not in texts(shipped.book):
            return False
        return _state(shipped, context, language) == (text, True) and shipped.dutch(context) == phrases.dutch(context)

    async def _begin(
        self, session: AsyncSession, school: School, staff_id: int | None, *, copy: int
    ) -> ContentRevision:
        last = await session.scalar(
            select(ContentRevision.number)
            .where(ContentRevision.school_id == school.id)
            .order_by(ContentRevision.number.desc())
            .limit(1)
        )
        revision = ContentRevision(
            school_id=school.id, number=(last or 0) + 1, staff_id=staff_id, made_at=self._clock.now()
        )
        session.add(revision)
        await session.flush()
        for (context, language), edited in (await published_overlay(session, school.id, copy)).items():
            session.add(_row(revision, context, language, edited))
        await teaching.add(session, revision, await published_examples(session, school.id, copy))
        return revision

    def _publish(
        self, session: AsyncSession, school: School, revision: ContentRevision, staff_id: int | None, note: str
    ) -> int:
        revision.staff_id, revision.note = staff_id, note.strip()[:300]
        revision.published_at = self._clock.now()
        school.content_revision = revision.number
        ring(session, "content")
        return revision.number


def said_anew(before: Phrasebook, after: Phrasebook, contexts: Iterable[str]) -> tuple[Change, ...]:
    """What parents get differently of these contexts, language by language."""
    found = (
        (context, language, _state(before, context, language), _state(after, context, language))
        for context in contexts
        for language in after.languages
    )
    return tuple(
        Change(context, language, was[0], now[0], now[1])
        for context, language, was, now in found
        if was != now and (was[0], now) != NOTHING
    )


def respoken(before: Phrasebook, after: Phrasebook) -> set[str]:
    """The contexts whose Dutch differs: a flow's file brings sentences too."""
    old, new = texts(before.book), texts(after.book)
    return {context for context in old.keys() | new.keys() if old.get(context) != new.get(context)}


def taught_anew(phrases: Phrasebook, before: Iterable[Example], after: Iterable[Example]) -> tuple[Change, ...]:
    """The examples that went, and those that came."""
    old, new = dict.fromkeys(before), dict.fromkeys(after)
    gone = [
        Change(teaching.context_of(phrases.book, one), one.language, one.text, "", True)
        for one in old
        if one not in new
    ]
    come = [
        Change(teaching.context_of(phrases.book, one), one.language, "", one.text, True)
        for one in new
        if one not in old
    ]
    return tuple(gone + come)


async def _lock(session: AsyncSession, school_id: int) -> School:
    return await session.get_one(School, school_id, with_for_update=True, populate_existing=True)


async def _write(
    session: AsyncSession, draft: ContentRevision, context: str, language: str, edited: Edited | None
) -> None:
    await session.execute(
        delete(ContentSentence).where(
            ContentSentence.revision_id == draft.id,
            ContentSentence.context == context,
            ContentSentence.language == language,
        )
    )
    if edited is not None:
        session.add(_row(draft, context, language, edited))
    await session.flush()


def _row(revision: ContentRevision, context: str, language: str, edited: Edited) -> ContentSentence:
    return ContentSentence(
        school_id=revision.school_id,
        revision_id=revision.id,
        context=context,
        language=language,
        text=edited.text,
        source_hash=edited.made_from,
    )


def _state(phrases: Phrasebook, context: str, language: str) -> tuple[str, bool]:
    """The text there is, and whether parents get it. What is not said at all lacks nothing."""
    if flow := flow_of(context):
        return phrases.flow_text(flow) if language == SOURCE else "", True
    if own.is_place(context):
        host = own.host_of(phrases.book, own.intent_of(context)) if language == SOURCE else ""
        return phrases.named(host), True
    try:
        found = phrases.sentence(context, language)
    except LookupError:
        return "", True
    return (found.text, found.fresh) if found else ("", False)
