"""A flow has asked: her words are the answer, another question, or something else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.turn import answers, correction, flowing, said, stale
from bot.turn.entities import entities
from bot.turn.menu import plain_number
from flows.engine import Answer
from flows.filling import fill
from nlu.entities import read_choice, read_yes_no, says_neither
from nlu.port import Decision

if TYPE_CHECKING:
    from bot.turn.draft import Draft


def open_question(draft: Draft) -> bool:
    """Her words while a flow waits. What fits is the answer; a sure other question is answered and the flow's repeated."""
    if draft.memory.flow.stack and not draft.flowing:
        flowing.drop(draft)
    if not draft.flowing:
        return False
    if draft.heard.late:
        flowing.repeat(draft, after=None)
        return True
    return _after_long(draft) if stale.is_stale(draft) else _in_time(draft)


def _in_time(draft: Draft) -> bool:
    answer = _answer(draft)
    slot = flowing.asked_slot(draft)
    if draft.allow_wait and draft.open_in_words:
        draft.wait = True  # a message to a person comes in pieces: let her finish
        return True
    fits = slot is not None and fill(slot, answer) is not None
    if _yes_to_something_else(draft, answer):
        flowing.repeat(draft)
        return True
    other = _something_else(draft)
    if _may_correct(draft, fits=fits, other=other) and correction.at_question(draft):
        pass
    elif other and not fits:
        answers.on_intent(draft, other)
    else:
        flowing.answer(draft, answer)
    return True


def _may_correct(draft: Draft, *, fits: bool, other: str | None) -> bool:
    """What answers the question is no correction, but for "nee, morgen"; a sure other question needs a no before it."""
    slot = flowing.asked_slot(draft)
    if draft.open_in_words or slot is None or (fits and slot.type != "bool"):
        return False
    return other is None or said.takes_back(draft.heard.text, draft.language)


def _after_long(draft: Draft) -> bool:
    """It waited half a day. A bare answer gets its question again; anything else is understood as if nothing was open."""
    sure = draft.intent_if(Decision.ANSWER)
    bare = plain_number(draft.heard.text) is not None or sure in {"affirm", "deny"} or not draft.heard.text.strip()
    if sure is None and not bare and draft.open_in_words:
        return _in_time(draft)  # what happened, or what she wants to say: it goes where it was asked for
    if bare or sure is None:
        flowing.repeat(draft, after=None)
        return True
    anew = answers.flow_of(draft, sure) == flowing.newest(draft)
    stale.put_aside(draft)
    if anew:
        draft.memory = replace(draft.memory, aside=None)
    return False


def _answer(draft: Draft) -> Answer:
    text, language = draft.heard.text, draft.language
    agrees = read_yes_no(text, language)
    intent = {True: "affirm", False: "deny"}[agrees] if agrees is not None else draft.intent_if(Decision.ANSWER)
    if intent in {"affirm", "deny"} and says_neither(text, language):
        intent = None
    if plain_number(text) is not None or read_choice(text, language) is not None:
        intent = None  # a digit means a choice of a menu, and that was looked at before
    return Answer(text, intent, entities=entities(draft, text))


def _yes_to_something_else(draft: Draft, answer: Answer) -> bool:
    """A yes or no after another message went out: to which of the two, nobody knows."""
    menu = draft.memory.menu
    ours = menu is not None and menu.between and (menu.flow, menu.slot) == draft.memory.asking
    return ours and answer.intent in {"affirm", "deny"}


def _something_else(draft: Draft) -> str | None:
    """An intent we are sure of that is not the open flow's own, nor small talk."""
    sure = draft.intent_if(Decision.ANSWER)
    if sure is None or sure in answers.SMALL_TALK:
        return None
    flow = answers.flow_of(draft, sure)
    return None if any(frame.flow == flow for frame in draft.memory.flow.stack) else sure
