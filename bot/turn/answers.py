"""Answers to what was understood, and what is said when it was not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.turn import again, flowing, holidays, languages, safety, second, sentences
from bot.turn.explaining import MORE, explain
from bot.turn.handover import hand_over
from bot.turn.types import CaseReason, NotUnderstood, Option
from nlu.port import OUT_OF_SCOPE, Decision

if TYPE_CHECKING:
    from bot.turn.draft import Draft

SMALL_TALK = frozenset({"greet", "thank", "goodbye", "affirm", "deny"})
TELLS = frozenset({"who_is_mentor", "privacy_question", "bot_challenge", "help"})
"""Intents that only want to know, beside those that begin with `ask_`, and answers that only a button leads to."""
NEEDS = Option("/flow:needs", "utter_title_needs/0")
"""In the menu only: there are no words from which it would be understood."""
PERSON = Option("/person", "utter_title_person/0")
YES, NO = "utter_title_yes/0", "utter_title_no/0"
OFFERED = 3
FEW_WORDS = 3


def wants_to_know(intent: str) -> bool:
    """Whether the intent asks for information and does nothing."""
    return intent.startswith(("ask_", MORE)) or intent in TELLS


def flow_of(draft: Draft, intent: str) -> str | None:
    """The flow that the intent triggers, if one does and may start now."""
    flow = draft.book.started_by(intent)
    return flow.id if flow and flowing.may_begin(draft, flow.id) else None


def on_intent(draft: Draft, intent: str) -> None:
    """Do what the intent wants: its flow, its answer, or else a person."""
    draft.memory = replace(draft.memory, misses=0)
    told = second.begin(draft, intent)
    if intent == again.REPORT and again.again(draft):
        return
    flow = flow_of(draft, intent)
    language = languages.mentioned(draft.heard.text) if intent == "change_language" else None
    if language is not None and not draft.heard.late:
        go_on_in(draft, language)
    elif intent == "help":
        faq(draft, intent)
    elif flow is not None:
        explain(draft, intent)
        flowing.begin(draft, flow, {**told, **flowing.prefilled(draft, flow, draft.words)})
    elif f"utter_{intent}" in draft.book.domain.responses:
        if faq(draft, intent):
            flowing.repeat(draft)
    else:
        not_understood(draft)


def go_on_in(draft: Draft, language: str) -> None:
    """From now on in this language: with the open question, or with what the line can do."""
    if not languages.choose(draft, language) or safety.asked_again(draft):
        return
    if draft.memory.asking is not None:
        flowing.repeat(draft, after=None)
    elif draft.known.case is None:
        faq(draft, "help")


def faq(draft: Draft, intent: str, *, with_choices: bool = True) -> bool:
    """The answer to a common question; False where the school has not filled it in, and a person is offered instead."""
    if intent == holidays.INTENT and (named := holidays.named(draft)) is not None:
        choices = sentences.buttons(draft.book, holidays.ANSWER)
        draft.say(holidays.ANSWER, options=choices if with_choices else (), **named)
        return True
    if not answerable(draft, intent):
        draft.say("utter_fact_unknown", options=(Option("/pass_on:question", YES), Option("/no", NO)))
        return False
    response = f"utter_{intent}"
    choices = sentences.buttons(draft.book, response)
    if sentences.cut_short(draft.book, draft.known.school, response):
        choices = (*choices, PERSON)
    if intent == "help":
        choices = (*choices, NEEDS)
    draft.say(response, options=choices if with_choices else ())
    return True


def answerable(draft: Draft, intent: str) -> bool:
    """Whether the content has an answer to it and the school has filled in what it needs."""
    response = f"utter_{intent}"
    known = response in draft.book.domain.responses
    return known and not sentences.missing(draft.book, draft.known.school, response, {})


def unclear(draft: Draft) -> bool:
    """A bare greeting or a few unclear words: she may go on."""
    understood = draft.understood
    if understood is None or draft.heard.late:
        return False
    short = len(draft.heard.text.split()) <= FEW_WORDS * max(1, draft.heard.fragments)
    return short and (understood.intent == "greet" or understood.decision is not Decision.ANSWER)


def anew(draft: Draft) -> bool:
    """Nothing is open: answer what she wrote, offer what it may be, or bring it to a person."""
    understood = draft.understood
    if draft.allow_wait and unclear(draft):
        draft.wait = True
        return True
    if understood is None or understood.decision is Decision.PERSON or _not_here(draft):
        not_understood(draft)
    elif understood.decision is Decision.OFFER:
        _offer(draft)
    elif understood.intent == "greet" and not draft.memory.introduced:
        return True  # the introduction greets
    elif draft.heard.late and not wants_to_know(understood.intent) and understood.intent not in SMALL_TALK:
        _offer(draft, only=[errand.intent for errand in understood.two or ()] or [understood.intent])
    else:
        on_intent(draft, understood.intent)
    return True


def not_understood(draft: Draft) -> None:
    """To a person, with her own words. A language that is not here gets, the first time, the list of those that are."""
    draft.emit(NotUnderstood(draft.heard.at, _guesses(draft)))
    if _not_here(draft):
        draft.memory = replace(draft.memory, misses=1)
        languages.offer(draft)
        return
    hand_over(draft, "question", CaseReason.NOT_UNDERSTOOD, said="utter_not_understood_person")


def _not_here(draft: Draft) -> bool:
    """The first message in a language that the line does not answer in, though it may understand it."""
    heard = draft.understood.language if draft.understood else None
    foreign = heard is not None and heard.sure and heard.language not in draft.languages
    return foreign and not draft.memory.language_locked and not draft.memory.misses


def _offer(draft: Draft, only: Sequence[str] = ()) -> None:
    """Did you mean; the second time in a row a person is better."""
    offered = tuple(intent for intent in only if offerable(draft, intent))[:OFFERED] if only else _guesses(draft)
    if not offered or draft.memory.misses:
        not_understood(draft)
        return
    options = (*(Option(f"/{intent}", draft.book.title(intent)) for intent in offered), PERSON)
    draft.say("utter_not_understood", options=options)
    if not only:
        draft.emit(NotUnderstood(draft.since or draft.heard.at, offered, asked=True))
    draft.memory = replace(draft.memory, misses=draft.memory.misses + 1)


def _guesses(draft: Draft) -> tuple[str, ...]:
    """What may stand in an offer, the best first."""
    ranked = [guess.intent for guess in draft.understood.ranking] if draft.understood else []
    return tuple(intent for intent in ranked if offerable(draft, intent))[:OFFERED]


def offerable(draft: Draft, intent: str) -> bool:
    """Whether the intent can stand in a menu."""
    return intent not in SMALL_TALK | {OUT_OF_SCOPE} and bool(draft.book.title(intent))
