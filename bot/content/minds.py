"""One mind for each school and content revision; schools without edits share the shipped one."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from sqlalchemy import select

import nlu
from bot.content.mind import ContentMind
from bot.content.overlays import Examples, Learn, Overlays
from bot.content.phrases import Phrasebook
from bot.content.revisions import draft_of, overlay_of, published_examples, published_overlay
from bot.content.shipped import Shipped, load_shipped
from bot.content.teaching import examples_of, known
from db.engine import Database
from db.tables import School
from nlu.overlay import Overlay, teachable, with_overlay
from nlu.port import Recogniser

KEPT = 64
"""So many edited schools are kept in memory; the rest is read again when needed."""


@dataclass(slots=True)
class _Kept:
    """A mind, what it was made of, and what its engine was taught."""

    mind: ContentMind
    examples: Examples
    taught: Overlay | None = None
    learnt: bool = False
    """`taught` comes from these very examples."""


class ContentMinds:
    """Implements `bot.core.mind.Minds`."""

    def __init__(
        self,
        database: Database,
        shipped: Shipped,
        recogniser: Callable[[], Recogniser],
        *,
        learn: Learn = Overlay.fit,
    ) -> None:
        """`recogniser` is called once, at the first message: it may have to learn first. `learn`: what schools teach."""
        self._database, self._content = database, shipped
        self._load_recogniser = recogniser
        self._recogniser: Recogniser | None = None
        self._loading = asyncio.Lock()
        self._minds: OrderedDict[tuple[int, int], _Kept] = OrderedDict()
        self._overlays = Overlays(learn)

    @classmethod
    def shipped(cls, database: Database, recogniser: Callable[[], Recogniser] = nlu.load) -> Self:
        """With the content that comes with the line."""
        return cls(database, load_shipped(), recogniser)

    @property
    def content(self) -> Shipped:
        """What is shipped: the edits of all schools lie upon it."""
        return self._content

    async def of(self, school_id: int, revision: int | None = None) -> ContentMind:
        """The school's mind at its published revision, or at one that a flow began with.

        One small read; the rest only when that changed. Its words are new at once, its understanding as soon as it is learnt.
        """
        engine = await self._engine()
        async with self._database.read() as session:
            if revision is None:
                revision = await session.scalar(select(School.content_revision).where(School.id == school_id)) or 0
            key = (school_id if revision else 0, revision)
            if key not in self._minds:
                overlay = await published_overlay(session, school_id, revision) if revision else {}
                examples = await published_examples(session, school_id, revision)
                phrases = Phrasebook(self._content, overlay)
                self._minds[key] = _Kept(ContentMind(phrases, engine, revision), examples)
        self._minds.move_to_end(key)
        while len(self._minds) > KEPT:
            self._minds.popitem(last=False)
        return self._taught(school_id, self._minds[key], engine)

    def _taught(self, school_id: int, kept: _Kept, engine: Recogniser) -> ContentMind:
        """With what its own examples taught, or until that is there with what the school's last ones did."""
        own = teachable(engine)
        if not kept.examples or own is None or (kept.learnt and kept.taught and not kept.taught.lacks(own)):
            return kept.mind
        ready = self._overlays.ready(own, kept.examples)
        overlay = ready or kept.taught or self._taught_before(school_id)
        if overlay is not None and overlay is not kept.taught:
            kept.mind = _mind(kept.mind.phrases, engine, kept.mind.revision, kept.examples, overlay)
        kept.taught, kept.learnt = overlay, ready is not None
        return kept.mind

    def _taught_before(self, school_id: int) -> Overlay | None:
        """What the school's engine was taught at another revision, the last one used first."""
        others = (kept.taught for (school, _), kept in reversed(self._minds.items()) if school == school_id)
        return next((taught for taught in others if taught is not None), None)

    async def learnt(self) -> None:
        """Wait until all that schools taught is learnt."""
        await self._overlays.settled()

    async def warm(self) -> None:
        """Load the engine of understanding now, not under the first parent's message."""
        await self._engine()

    async def preview(self, school_id: int) -> ContentMind:
        """The mind as it would be if the school's draft were published; the published one where there is no draft."""
        async with self._database.read() as session:
            draft = await draft_of(session, school_id)
            overlay = await overlay_of(session, draft.id) if draft else {}
            examples = await examples_of(session, draft.id) if draft else ()
        if draft is None:
            return await self.of(school_id)
        engine = await self._engine()
        own, phrases = teachable(engine), Phrasebook(self._content, overlay)
        taught = await self._overlays.learnt(own, examples) if own is not None and examples else None
        return _mind(phrases, engine, draft.number, examples, taught)

    async def _engine(self) -> Recogniser:
        async with self._loading:
            if self._recogniser is None:
                self._recogniser = await asyncio.to_thread(self._load_recogniser)
            return self._recogniser


def _mind(
    phrases: Phrasebook, engine: Recogniser, revision: int, examples: Examples, taught: Overlay | None
) -> ContentMind:
    """What a revision has no answer to is out of its scope, whoever taught it."""
    understanding = with_overlay(engine, taught, known(phrases.book, examples)) if taught else engine
    return ContentMind(phrases, understanding, revision)
