"""A conversation tried with the draft: all that was said is thought through again, from the start. Nothing is stored or sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.content.mind import ContentMind
from bot.core.mind import Words
from bot.turn.memory import Remembered
from bot.turn.menu import Menu
from bot.turn.types import Alarm, Child, Guardian, Heard, Known, Mentor, Option, PassOn, Say, School
from db.types import ChannelName, InboundKind, Rights
from locales.languages import SOURCE

MOST = 40
"""So many messages of hers are thought through."""
CHANNEL = ChannelName.WHATSAPP
_MENTOR = Mentor(1, "mevrouw De Wit", "duh wit", female=True, weekdays=(0, 1, 3, 4))
_CHILDREN = (
    Child(1, "Elif", "Demir", "2B", Rights.FULL, (_MENTOR,)),
    Child(2, "Can", "Demir", "4A", Rights.FULL, (_MENTOR,)),
)
FAMILIES: Mapping[str, tuple[Child, ...] | None] = {"one": _CHILDREN[:1], "two": _CHILDREN, "unknown": None}
"""Invented parents: with one child, with two, and one whom school does not know."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What she wrote (as it reads: a choice by its name), and what came of it."""

    hers: str
    said: Sequence[tuple[str, Words]]
    roles: Sequence[str]
    alarm: bool


def try_flow(
    mind: ContentMind,
    school: School,
    flow_id: str,
    hers: Sequence[str],
    *,
    family: str,
    language: str,
    now: dt.datetime,
) -> list[Exchange]:
    """From the tap in a menu that starts it, through everything she wrote; digits choose. Empty where nothing starts it."""
    flow = mind.phrases.book.flows.get(flow_id)
    if flow is None or not flow.triggers:
        return []
    start = Option(f"/{flow.triggers[0]}", f"flow/{flow_id}/name")
    remembered = Remembered(language=language, language_locked=True, introduced=True)
    remembered = remembered.with_menu(Menu(1, "utter_help", (start,), shown_at=now, since=now))
    children = FAMILIES.get(family)
    known = Known(
        now=now,
        channel=CHANNEL,
        memory=remembered.pack(),
        school=school,
        guardian=None if children is None else Guardian(1, "Fatma Demir", language),
        children=children or (),
    )
    return list(_through(mind, known, hers[:MOST], language))


def _through(mind: ContentMind, known: Known, hers: Sequence[str], language: str) -> Iterator[Exchange]:
    tap = Heard("", InboundKind.BUTTON, known.now, button="1.1")
    before: Exchange | None = None
    for number, text in enumerate(("", *hers)):
        now = known.now + dt.timedelta(minutes=number)
        heard = replace(tap, at=now) if not number else Heard(text, InboundKind.TEXT, now)
        outcome = mind.turn(heard, replace(known, now=now), allow_wait=False)
        known = replace(known, memory=outcome.memory)
        language = str(outcome.trace.get("language") or language or SOURCE)
        menu = int(outcome.memory.data.get("menu_number") or 0)
        said = [
            (event.response, mind.words(event, language=language, channel=CHANNEL, school=known.school, menu=menu))
            for event in outcome.events
            if isinstance(event, Say)
        ]
        roles = [event.role for event in outcome.events if isinstance(event, PassOn)]
        alarm = any(isinstance(event, Alarm) for event in outcome.events)
        before = Exchange(_shown(before, text), said, roles, alarm)
        yield before


def _shown(before: Exchange | None, text: str) -> str:
    """A digit as the choice that it is."""
    choices = before.said[-1][1].choices if before is not None and before.said else ()
    if text.isascii() and text.isdecimal() and 0 < int(text[:3]) <= len(choices):
        return choices[int(text[:3]) - 1].title
    return text
