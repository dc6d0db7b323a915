"""A school at whose desk flows are changed, and a parent who meets them."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.content import flow_editing
from bot.content.editing import draft_overlay
from bot.content.flow_editing import NewFlow
from bot.content.flow_files import context_of
from bot.content.flow_texts import shipped_text
from bot.content.minds import ContentMinds
from bot.content.revisions import Change, Revisions
from bot.content.shipped import Edited, Shipped, load_shipped
from bot.core.clock import TestClock
from bot.turn.memory import Remembered
from bot.turn.menu import Menu
from bot.turn.types import Heard, Known, Memory, Option, Outcome, Rota, Say
from bot.turn.types import School as SchoolSeen
from db.engine import Database
from db.types import ChannelName, InboundKind
from locales.catalogs import source_hash
from nlu.examples import Example
from tests.turn.scene import Script

T = TypeVar("T")
STOP = "stop_messages"
FILE = context_of(STOP)
NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
BIKES = """flows:
  own_bikes:
    name: fietsenstalling
    description: Tells where bikes stand.
    nlu_trigger:
      - intent: bikes
    steps:
      - collect: own_bike_key
        next: END
slots:
  own_bike_key:
    type: categorical
    values: [lost, fine]
    mappings: [{type: controlled}]
responses:
  utter_ask_own_bike_key:
    - text: "Is de sleutel van de fiets kwijt?"
      buttons:
        - {title: kwijt, payload: /SetSlots(own_bike_key=lost)}
        - {title: niet kwijt, payload: /SetSlots(own_bike_key=fine)}
"""
TAUGHT = Example("nl", "bikes", "waar staan de fietsen")


@functools.cache
def real() -> Shipped:
    return load_shipped()


def shipped_stop() -> str:
    return shipped_text(real().book, STOP)


def asking_twice() -> str:
    """A flow that asks something else first."""
    text = "    steps:\n      - action: utter_help_more\n"
    changed = shipped_stop().replace("    steps:\n", text)
    return f'{changed}\nresponses:\n  utter_help_more:\n    - text: "Eerst dit."\n'


def overlay_of(**files: str) -> dict[tuple[str, str], Edited]:
    return {(context_of(flow), "nl"): Edited(text, "") for flow, text in files.items()}


class Desk:
    """An administrator's desk: the verbs, each in its own transaction."""

    def __init__(self, database: Database, clock: TestClock, school_id: int) -> None:
        self.database, self.school_id, self.clock = database, school_id, clock
        self.verbs = Revisions(real(), clock)
        self.minds = ContentMinds(database, real(), Script)

    async def save(self, text: str, flow_id: str = STOP, was: str | None = None) -> None:
        mark = source_hash(await self.text(flow_id)) if was is None else was
        await self.write(
            lambda s: flow_editing.save(
                s, self.verbs, real(), school_id=self.school_id, staff_id=None, flow_id=flow_id, text=text, was=mark
            )
        )

    async def text(self, flow_id: str = STOP) -> str:
        async with self.database.read() as session:
            return flow_editing.text_of(real(), await draft_overlay(session, self.school_id), flow_id)

    async def reset(self, flow_id: str = STOP, was: str | None = None) -> None:
        mark = source_hash(await self.text(flow_id)) if was is None else was
        await self.write(
            lambda s: flow_editing.reset(
                s, self.verbs, real(), school_id=self.school_id, staff_id=None, flow_id=flow_id, was=mark
            )
        )

    async def add(self, new: NewFlow) -> str:
        return await self.write(
            lambda s: flow_editing.add(s, self.verbs, real(), school_id=self.school_id, staff_id=None, new=new)
        )

    async def edit(self, context: str, language: str, text: str) -> None:
        await self.write(lambda s: self.verbs.edit(s, self.school_id, None, context, language, text))

    async def teach(self, *examples: Example) -> None:
        await self.write(lambda s: self.verbs.teach(s, self.school_id, None, examples))

    async def publish(self) -> int:
        return await self.write(lambda s: self.verbs.publish(s, self.school_id, None))

    async def roll_back(self, number: int) -> int:
        return await self.write(lambda s: self.verbs.roll_back(s, self.school_id, None, number))

    async def difference(self) -> tuple[Change, ...]:
        async with self.database.read() as session:
            return await self.verbs.difference(session, self.school_id)

    async def write(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        return await self.database.write(work)


def school() -> SchoolSeen:
    return SchoolSeen("Voorbeeldcollege", "Europe/Amsterdam", {}, Rota((), None), {}, {})


async def turn(
    desk: Desk, memory: Memory, text: str = "", *, button: str | None = None, revision: int | None = None
) -> Outcome:
    mind = await desk.minds.of(desk.school_id, revision)
    known = Known(now=NOW, channel=ChannelName.WEB, memory=memory, school=school())
    kind = InboundKind.BUTTON if button else InboundKind.TEXT
    return mind.turn(Heard(text, kind, NOW, button=button), known, allow_wait=False)


def in_menu(intent: str = STOP) -> Memory:
    """A parent who was shown this choice."""
    menu = Menu(1, "utter_help", (Option(f"/{intent}", f"flow/{intent}/name"),), shown_at=NOW, since=NOW)
    return Remembered(language="nl", language_locked=True, introduced=True).with_menu(menu).pack()


def said(outcome: Outcome) -> list[str]:
    return [event.response for event in outcome.events if isinstance(event, Say)]


def replace_book(shipped: Shipped, *, without: str) -> Shipped:
    """A later version of the line, which says one thing less."""
    responses = {name: one for name, one in shipped.book.domain.responses.items() if name != without}
    return replace(shipped, book=replace(shipped.book, domain=replace(shipped.book.domain, responses=responses)))
