"""One mind for each school and content revision; schools without edits share the shipped one."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Self

from sqlalchemy import select

import nlu
from bot.content.mind import ContentMind
from bot.content.phrases import Phrasebook
from bot.content.revisions import draft_of, overlay_of, published_overlay
from bot.content.shipped import Shipped, load_shipped
from db.engine import Database
from db.tables import School
from nlu.port import Recogniser

KEPT = 64
"""So many edited schools are kept in memory; the rest is read again when needed."""


class ContentMinds:
    """Implements `bot.core.mind.Minds`."""

    def __init__(self, database: Database, shipped: Shipped, recogniser: Callable[[], Recogniser]) -> None:
        """`recogniser` is called once, at the first message: it may have to learn first."""
        self._database, self._content = database, shipped
        self._load_recogniser = recogniser
        self._recogniser: Recogniser | None = None
        self._loading = asyncio.Lock()
        self._minds: OrderedDict[tuple[int, int], ContentMind] = OrderedDict()

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

        One small read; the rest only when that changed.
        """
        engine = await self._engine()
        async with self._database.read() as session:
            if revision is None:
                revision = await session.scalar(select(School.content_revision).where(School.id == school_id)) or 0
            key = (school_id if revision else 0, revision)
            if key not in self._minds:
                overlay = await published_overlay(session, school_id, revision) if revision else {}
                self._minds[key] = ContentMind(Phrasebook(self._content, overlay), engine, revision)
        self._minds.move_to_end(key)
        while len(self._minds) > KEPT:
            self._minds.popitem(last=False)
        return self._minds[key]

    async def warm(self) -> None:
        """Load the engine of understanding now, not under the first parent's message."""
        await self._engine()

    async def preview(self, school_id: int) -> ContentMind:
        """The mind as it would be if the school's draft were published; the published one where there is no draft."""
        async with self._database.read() as session:
            draft = await draft_of(session, school_id)
            overlay = await overlay_of(session, draft.id) if draft else {}
        if draft is None:
            return await self.of(school_id)
        return ContentMind(Phrasebook(self._content, overlay), await self._engine(), draft.number)

    async def _engine(self) -> Recogniser:
        async with self._loading:
            if self._recogniser is None:
                self._recogniser = await asyncio.to_thread(self._load_recogniser)
            return self._recogniser
