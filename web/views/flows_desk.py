"""What the pages of conversations share: a school's flows with its draft laid over them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import HTTPException
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.editing import draft_examples, draft_overlay
from bot.content.flow_check import checked
from bot.content.flow_editing import may_change
from bot.content.flow_files import Laid
from bot.content.phrases import Phrasebook
from bot.content.revisions import published_overlay
from bot.content.shipped import Shipped
from bot.content.teaching import choices
from bot.wiring import Line
from db.queries.school import school_version
from db.queries.staff import Me
from flows.model import Flow
from locales.languages import SOURCE
from nlu.examples import Example
from web.templating import translate
from web.views.content_desk import content_of
from web.views.flow_words import plain
from web.views.names import INTENTS


@dataclass(frozen=True, slots=True)
class Desk:
    """`phrases` with the draft, `published` as parents read; the files of the draft with their faults."""

    shipped: Shipped
    phrases: Phrasebook
    published: Phrasebook
    laid: Laid
    taught: Sequence[Example]

    def __contains__(self, flow_id: object) -> bool:
        """Whether there is such a flow, in the draft or as shipped."""
        return flow_id in self.phrases.flow_files or flow_id in self.phrases.book.flows

    def flow(self, flow_id: str) -> Flow | None:
        """As the draft has it, if that can be read."""
        if flow_id in self.phrases.flow_files:
            read = self.laid.read.get(flow_id)
            return read.flows.get(flow_id) if read else None
        return self.phrases.book.flows.get(flow_id)

    def is_own(self, flow_id: str) -> bool:
        """Whether the school made it: nothing is shipped under this name."""
        return flow_id not in self.shipped.book.flows

    def state(self, flow_id: str) -> str:
        """How it lies to what is shipped: shipped, fixed, changed or own."""
        if self.is_own(flow_id):
            return "own"
        if flow_id in self.phrases.flow_files:
            return "changed"
        return "shipped" if may_change(self.shipped, flow_id) else "fixed"

    def faulty(self) -> list[tuple[str, str]]:
        """The flows that keep the draft from being published, with their names."""
        wrong = [flow_id for flow_id in self.phrases.flow_files if not self.laid.is_sound(flow_id)]
        return [(flow_id, flow.name if (flow := self.flow(flow_id)) else flow_id) for flow_id in wrong]

    def in_draft(self, flow_id: str) -> bool:
        """Whether the draft has it otherwise than parents do."""
        return self.phrases.flow_text(flow_id) != self.published.flow_text(flow_id)


async def desk_of(session: AsyncSession, line: Line, me: Me) -> Desk:
    """Everything, read once."""
    shipped = content_of(line)
    overlay, taught = await draft_overlay(session, me.school_id), await draft_examples(session, me.school_id)
    _, revision = await school_version(session, me.school_id)
    theirs = await published_overlay(session, me.school_id, revision)
    return await asyncio.to_thread(
        lambda: Desk(
            shipped,
            Phrasebook(shipped, overlay),
            Phrasebook(shipped, theirs),
            checked(shipped, overlay, taught),
            taught,
        )
    )


def known_or_404(desk: Desk, flow_id: str) -> None:
    """There is a page for each flow, and no other."""
    if flow_id not in desk:
        raise HTTPException(404)


def may_start(desk: Desk) -> Mapping[str, str]:
    """What may start a new flow, with its name: questions that no flow answers yet, what the school taught first."""
    book = desk.phrases.book
    taught = sorted({each.intent for each in desk.taught if each.language == SOURCE} - {"out_of_scope"})
    own = {intent: plain(intent) for intent in taught if not book.started_by(intent) and not book.title(intent)}
    return own | {intent: name for intent, name in choices(desk.phrases).items() if not book.started_by(intent)}


def started(flow: Flow) -> list[str]:
    """The questions that start a flow, as they are called."""
    return [translate(INTENTS[intent]) if intent in INTENTS else plain(intent) for intent in flow.triggers]
