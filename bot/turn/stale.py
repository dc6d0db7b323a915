"""A flow that waited half a day: what she writes is understood afresh, and then she is asked whether to go on with it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.turn import flowing
from bot.turn.memory import FLOW_LASTS
from bot.turn.recent import Aside
from bot.turn.types import AddToCase, Option, Say, SentenceRef
from db.types import Lane
from flows import engine

if TYPE_CHECKING:
    from bot.turn.draft import Draft

AFTER = dt.timedelta(hours=12)
OFFER = "utter_continue_interrupted"


def is_stale(draft: Draft) -> bool:
    """Whether the open question has waited longer than a digit would answer it."""
    at = draft.memory.flow_at
    return draft.flowing and at is not None and draft.known.now - at > AFTER


def put_aside(draft: Draft) -> None:
    """Nothing is open any more, but she may take it up again."""
    aside = Aside(draft.memory.flow, draft.memory.flow_at or draft.known.now)
    flowing.drop(draft)
    draft.memory = replace(draft.memory, aside=aside)


def go_on(draft: Draft) -> None:
    """She wants to: its question is asked again."""
    aside = draft.memory.aside
    if aside is None:
        draft.say("utter_old_choice")
        return
    draft.memory = replace(draft.memory, flow=aside.flow, flow_at=draft.known.now, aside=None)
    flowing.repeat(draft, after=None)


def offer(draft: Draft) -> None:
    """At the end of a turn: ask once, as soon as nothing else is open."""
    aside = draft.memory.aside
    if aside is None or draft.wait or draft.memory.flow.stack:
        return
    title = _title(draft, engine.newest(draft.book, aside.flow))
    if aside.offered or not title or draft.known.now - aside.at > FLOW_LASTS or _urgent(draft):
        draft.memory = replace(draft.memory, aside=None)
    elif _may_ask(draft):
        options = (Option("/continue", "utter_title_yes/0"), Option("/no", "utter_title_no/0"))
        draft.say(OFFER, options=options, choice=SentenceRef(title))
        draft.memory = replace(draft.memory, aside=replace(aside, offered=True))


def _title(draft: Draft, flow: str) -> str:
    """What menus call a flow: its name where an intent starts it, else a sentence of its own; empty where it has none."""
    known = draft.book.flows.get(flow)
    if known is not None and known.triggers:
        return f"flow/{flow}/name"
    return f"utter_title_{flow}/0" if f"utter_title_{flow}" in draft.book.domain.responses else ""


def _urgent(draft: Draft) -> bool:
    return any(isinstance(event, Say) and event.lane is Lane.URGENT for event in draft.events)


def _may_ask(draft: Draft) -> bool:
    """Not into a conversation between people, and not on top of another question of yes or no."""
    said = [event for event in draft.events if isinstance(event, Say)]
    asked = any(option.payload in {"/no", "/person"} for say in said for option in say.options)
    return not asked and not any(isinstance(event, AddToCase) for event in draft.events)
