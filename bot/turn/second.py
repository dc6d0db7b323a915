"""Two things in one message: the first is done, the second is offered once nothing else is open. It never acts by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.turn import actions, flowing
from bot.turn.memory import Second
from bot.turn.types import AddToCase, Option, Say, SentenceRef
from db.types import Lane
from nlu.port import Decision, Errand, Guess, Understood

if TYPE_CHECKING:
    from bot.turn.draft import Draft
    from flows.values import Value

LASTS = dt.timedelta(hours=12)
"""As long as a digit answers a menu; after that she has long asked again."""
OFFER = "utter_also_asked"
_NOTHING: Mapping[str, Value] = {}


def first_of_two(understood: Understood) -> Understood:
    """Where it asks for two things, it means the first of them, surely."""
    if understood.two is None:
        return understood
    first = understood.two[0]
    others = (guess for guess in understood.ranking if guess.intent != first.intent)
    ranking = (Guess(first.intent, first.confidence), *others)[: len(understood.ranking)]
    return replace(understood, ranking=ranking, decision=Decision.ANSWER)


def begin(draft: Draft, intent: str) -> Mapping[str, Value]:
    """Before an intent is done: remember what she asked beside it. If this was that: what she said of it then."""
    waiting = draft.memory.second
    if waiting is not None and waiting.intent == intent:
        draft.memory = replace(draft.memory, second=None)
        return waiting.slots
    two = draft.understood.two if draft.understood else None
    if two is not None and two[0].intent == intent and draft.book.title(two[1].intent):
        draft.memory = replace(draft.memory, second=Second(two[1].intent, _told(draft, two[1]), draft.known.now))
    return _NOTHING


def offer(draft: Draft) -> None:
    """At the end of a turn: ask for it once nothing is open, and only once, unless danger came in between."""
    second = draft.memory.second
    if second is None or draft.wait or draft.memory.flow.stack:
        return
    if draft.known.now - second.at > LASTS:
        draft.memory = replace(draft.memory, second=None)
    elif any(isinstance(event, Say) and event.lane is Lane.URGENT for event in draft.events):
        draft.memory = replace(draft.memory, second=replace(second, offered=False))
    elif second.offered:
        draft.memory = replace(draft.memory, second=None)
    elif _may_ask(draft):
        options = (Option(f"/{second.intent}", "utter_title_yes/0"), Option("/no", "utter_title_no/0"))
        draft.say(OFFER, options=options, choice=SentenceRef(draft.book.title(second.intent)))
        draft.memory = replace(draft.memory, second=replace(second, offered=True))


def _may_ask(draft: Draft) -> bool:
    """Not into the silence of a conversation between people, and not on top of another question of yes or no."""
    said = [event for event in draft.events if isinstance(event, Say)]
    asked = any(option.payload == "/no" for say in said for option in say.options)
    return bool(said) and not asked and not any(isinstance(event, AddToCase) for event in draft.events)


def _told(draft: Draft, errand: Errand) -> Mapping[str, Value]:
    """What her words of it already say: its date, its child. It is not asked again."""
    flow = draft.book.started_by(errand.intent)
    child = draft.named_in(errand.text)
    told = flowing.prefilled(draft, flow.id, errand.text) if flow else {}
    return told | (actions.about(child) if flow and child else {})
