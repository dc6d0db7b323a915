"""Running flows: the engine says what happened, here it becomes words, menus, cases."""

from __future__ import annotations

import datetime as dt
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.turn import actions, sentences
from bot.turn.entities import entities
from bot.turn.handover import hand_over
from bot.turn.memory import FLOW_LASTS
from bot.turn.recent import Finished
from bot.turn.types import CaseReason, Option, Say, SentenceRef, Weekdays
from flows import engine
from flows.engine import Answer, Sprint
from flows.happened import Acted, Asked, Cancelled, Choice, Completed, Failed, HandedOver, Said, Started
from flows.model import Collect, Slot
from flows.state import FlowState
from flows.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.turn.actions import Done
    from bot.turn.draft import Draft

NOTHING: Mapping[str, Value] = {}
AFTERWARDS = dt.timedelta(minutes=15)
"""How long what was passed on can be corrected: "nee, morgen"."""
CONFIRMED = "confirmed"
"""The slot under which what she said is read back, and a yes or a no is asked."""
_DAYS = re.compile(r"weekdays:[0-6](?:,[0-6])*")
UNKNOWN = "utter_fact_unknown_in_flow"


def forget_stale(draft: Draft) -> None:
    """An open question of yesterday is no question any more; what she chose then is forgotten with it.

    Nor is what was passed on a while ago still to be corrected.
    """
    at, done = draft.memory.flow_at, draft.memory.finished
    if done is not None and draft.known.now - done.at > AFTERWARDS:
        draft.memory = replace(draft.memory, finished=None)
    if at is not None and draft.known.now - at > FLOW_LASTS:
        draft.memory = replace(draft.memory, flow=FlowState(), flow_at=None)


def asked_slot(draft: Draft) -> Slot | None:
    """The slot that an open question asks for."""
    asking = draft.memory.asking
    return draft.book.domain.slots.get(asking[1]) if asking else None


def asked_with(draft: Draft) -> str | None:
    """The response with which the open question was asked."""
    frame = draft.memory.flow.stack[-1] if draft.flowing else None
    flow = draft.book.flows.get(frame.flow) if frame else None
    step = flow.steps.get(frame.step) if flow and frame else None
    return step.utter if isinstance(step, Collect) else None


def newest(draft: Draft) -> str:
    """The flow that was started last; empty where none is open."""
    return engine.newest(draft.book, draft.memory.flow)


def may_begin(draft: Draft, flow: str) -> bool:
    """Whether an intent starts it now: its guard holds of what is known."""
    state = draft.memory.flow
    return engine.may_start(draft.book, state, flow, slots=actions.presets(draft, state.slots))


def begin(draft: Draft, flow: str, given: Mapping[str, Value] = NOTHING) -> None:
    """Start a flow with what is known. What it may do it does only after her yes."""
    state = draft.memory.flow
    slots = actions.presets(draft, state.slots) | dict(given)
    done: deque[Done] = deque()
    _tell(
        draft,
        engine.start(draft.book, state, flow, act=_act(draft, done), options=_options(draft), slots=slots),
        done,
    )


def answer(draft: Draft, given: Answer) -> None:
    """Her answer to the open question."""
    state = draft.memory.flow
    slot = asked_slot(draft)
    if _takes_date(slot):
        given = replace(given, value=actions.in_full(draft, given.value))
        beside = told_beside(draft, newest(draft), slot.name, state.slots) if slot else NOTHING
        state = replace(state, slots={**state.slots, **beside})
    if state.asking == "child":
        child = draft.child(given.value) or draft.child_named
        given = replace(given, value=str(child.pupil_id) if child else None)
        state = replace(state, slots={**state.slots, **actions.about(child)})
    done: deque[Done] = deque()
    _tell(draft, engine.resume(draft.book, state, given, act=_act(draft, done), options=_options(draft)), done)


def told_beside(draft: Draft, flow: str, slot: str, known: Mapping[str, Value]) -> dict[str, Value]:
    """What a day that she writes for a slot brings with it: "from tomorrow until Friday"."""
    told = prefilled(draft, flow, draft.words)
    if slot not in told:
        return {}
    return {name: value for name, value in told.items() if name != slot and known.get(name) is None}


def correct(draft: Draft, given: Mapping[str, Value]) -> None:
    """Other values for what the newest flow has asked already: it reads back what it knows now."""
    done: deque[Done] = deque()
    acting, state = _act(draft, done), draft.memory.flow
    _tell(draft, engine.correct(draft.book, state, given, act=acting, options=_options(draft)), done)


def repeat(draft: Draft, *, after: str | None = "utter_back_to") -> None:
    """Put the open question again, after something else came between."""
    if draft.memory.asking is None:
        return
    if after:
        draft.say(after)
    _tell(draft, engine.ask_again(draft.book, draft.memory.flow, options=_options(draft)), deque())


def leave(draft: Draft) -> None:
    """She cancels the flow; one that waited below it asks again."""
    _tell(draft, engine.cancel(draft.book, draft.memory.flow), deque())
    repeat(draft)


def drop(draft: Draft) -> None:
    """Leave every open flow, and what was to come after it, without a word."""
    state = draft.memory.flow
    for _ in state.stack:
        state = engine.cancel(draft.book, state).state
        if not state.stack:
            break
    draft.memory = replace(draft.memory, flow=replace(state, stack=(), asking=None, tries=0), second=None, aside=None)


def prefilled(draft: Draft, flow: str, text: str) -> dict[str, Value]:
    """Slots of this flow that the words which start it already answer ("Elif is ill tomorrow")."""
    found = entities(draft, text)
    steps = draft.book.flows[flow].steps.values() if flow in draft.book.flows else ()
    wanted = [draft.book.domain.slots.get(step.slot) for step in steps if isinstance(step, Collect)]
    return {slot.name: found[entity] for slot in wanted if slot and (entity := entity_of(slot)) in found}


def entity_of(slot: Slot) -> str:
    """What a slot takes from words that do not answer its question: its first `from_entity`. Others only answer."""
    return next((mapping.entity for mapping in slot.mappings if mapping.type == "from_entity" and mapping.entity), "")


def _takes_date(slot: Slot | None) -> bool:
    return slot is not None and any(mapping.entity == "date" for mapping in slot.mappings)


def _act(draft: Draft, done: deque[Done]) -> engine.Act:
    def act(name: str, slots: Mapping[str, Value]) -> Mapping[str, Value]:
        done.append(actions.act(draft, name, slots))
        return done[-1].slots

    return act


def _options(draft: Draft) -> engine.Options:
    def options(slot: str, slots: Mapping[str, Value]) -> tuple[Choice, ...]:
        return actions.choices(draft, slot, slots)

    return options


def _tell(draft: Draft, sprint: Sprint, done: deque[Done]) -> None:
    """Take over the new state and what happened, in order."""
    draft.memory = replace(draft.memory, flow=sprint.state, flow_at=draft.known.now)
    back, passed_on = False, NOTHING
    for happened in sprint.happened:
        match happened:
            case Completed(flow=flow):
                back = True
                _finished(draft, flow, passed_on)
            case Started():
                back = False
            case Asked() as asked if back:
                draft.say("utter_back_to")
                _ask(draft, asked)
            case Said(response=response, slots=slots):
                _say(draft, response, slots)
            case Asked() as asked:
                _ask(draft, asked)
            case Acted(action=action, slots=slots):
                _acted(draft, done.popleft())
                passed_on = slots if action == "action_pass_on" else passed_on
            case Cancelled():
                draft.say("utter_cancelled")
            case Failed() | HandedOver() as over:
                _to_person(draft, over)


def _to_person(draft: Draft, over: Failed | HandedOver) -> None:
    """With what the flow was told: because it wants so, or because it cannot go on."""
    summary, child = actions.collected(draft, over.slots), draft.child(over.slots.get("child"))
    if isinstance(over, HandedOver):
        topic = str(over.slots.get("topic") or "human")
        hand_over(draft, topic, CaseReason.WANTS_PERSON, summary=summary, child=child)
    else:
        said = "utter_not_understood_person" if over.slot else "utter_failed"
        hand_over(draft, "failed", CaseReason.FAILED, summary=summary, child=child, said=said)


def _say(draft: Draft, response: str, slots: Mapping[str, Value]) -> None:
    """A sentence of a flow, or that the school has not filled in a fact it needs: the flow's own question offers a person."""
    given = shown(draft, slots)
    if sentences.missing(draft.book, draft.known.school, response, given):
        if not any(isinstance(event, Say) and event.response == UNKNOWN for event in draft.events):
            draft.say(UNKNOWN)
        return
    filled = sentences.values(draft.book, draft.known.school, response, given)
    said = Say(response, filled, sentences.buttons(draft.book, response))
    if said not in draft.events:  # a flow and one that it calls may both say which child it is about
        draft.emit(said)


def _ask(draft: Draft, asked: Asked) -> None:
    filled = sentences.values(draft.book, draft.known.school, asked.response, shown(draft, asked.slots))
    options = tuple(_option(asked.slot, choice) for choice in asked.choices)
    step = (draft.memory.flow.stack[-1].flow, asked.slot) if draft.memory.flow.stack else None
    draft.emit(Say(asked.response, filled, options), step=step)


def _option(slot: str, choice: Choice) -> Option:
    if choice.intent:
        return Option(f"/{choice.intent}", choice.title, plain=choice.plain)
    value = str(choice.value).lower() if isinstance(choice.value, bool) else str(choice.value)
    return Option(f"/SetSlots({slot}={value})", choice.title, plain=choice.plain)


def _acted(draft: Draft, done: Done) -> None:
    for event in done.events:
        draft.emit(event)
    if done.language:
        draft.memory = replace(draft.memory, language=done.language, language_locked=True)
    if done.absences is not None:
        draft.memory = replace(draft.memory, absences=done.absences)
    if done.agreed_on is not None:
        draft.memory = replace(draft.memory, agreed_on=done.agreed_on)


def _finished(draft: Draft, flow: str, told: Mapping[str, Value]) -> None:
    """What a flow passed on after her yes is kept for a while: she may yet correct it."""
    asked = engine.asked_by(draft.book, flow)
    if told and CONFIRMED in asked:
        slots = {name: told[name] for name in asked if told.get(name) is not None and name != CONFIRMED}
        draft.memory = replace(draft.memory, finished=Finished(flow, slots, draft.known.now))
    elif told:  # a correction would be of this, and this cannot be corrected
        draft.memory = replace(draft.memory, finished=None)


def shown(draft: Draft, slots: Mapping[str, Value]) -> dict[str, object]:
    """Slots as the phrase layer shows them: a choice by its button's title, days as days, a moment as a moment.

    The child goes by its own name: a flow that waited may have got it from one that was finished meanwhile.
    """
    child = draft.child(slots.get("child"))
    known = {**slots, **actions.about(child)} if child else slots
    return {name: _shown(draft, name, value) for name, value in known.items()}


def _shown(draft: Draft, name: str, value: Value) -> object:
    if isinstance(value, str) and _DAYS.fullmatch(value):
        return Weekdays(tuple(int(day) for day in value.partition(":")[2].split(",")))
    slot = draft.book.domain.slots.get(name)
    if slot is not None and slot.type == "categorical":
        return next(_titles(draft, name, value), value)
    return value


def _titles(draft: Draft, slot: str, value: Value) -> Iterator[SentenceRef]:
    for option in sentences.buttons(draft.book, f"utter_ask_{slot}"):
        if option.payload == f"/SetSlots({slot}={value})":
            yield SentenceRef(option.title)
