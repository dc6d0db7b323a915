"""Exact words that work in every state: stop, start, cancel, menu, person, languages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.turn import answers, choices, flowing, languages
from bot.turn.types import AddToCase, OptOut
from bot.turn.words import Command, command
from db.types import ChannelName, InboundKind
from nlu.port import Decision

if TYPE_CHECKING:
    from bot.turn.draft import Draft
    from bot.turn.types import HumanCase


def commanded(draft: Draft) -> bool:
    """Obey a command."""
    if draft.heard.kind is not InboundKind.TEXT:
        return False
    meant = command(draft.heard.text, in_flow=draft.flowing, sms=draft.known.channel is ChannelName.SMS)
    if draft.heard.stop_handled:
        return _handled_there(draft, meant)
    match meant:
        case Command.STOP:
            _stop(draft)
        case Command.START:
            _start(draft)
        case Command.CANCEL:
            _cancel(draft)
        case Command.MENU:
            answers.faq(draft, "help")
        case Command.PERSON:
            _person(draft)
        case Command.LANGUAGE:
            languages.offer(draft)
        case None if (code := languages.named(draft.heard.text)) and not _is_an_answer(draft):
            choices.obey(draft, f"/language:{code}")
        case _:
            return False
    return True


def _handled_there(draft: Draft, meant: Command | None) -> bool:
    """The provider has answered already: remember what it did, and say nothing."""
    draft.introduce = False
    if meant in {Command.STOP, Command.START}:
        draft.emit(OptOut(stopped=meant is Command.STOP))
    return True


def _stop(draft: Draft) -> None:
    flowing.drop(draft)
    draft.introduce = False
    draft.say("utter_already_stopped" if draft.known.opted_out else "utter_stopped")
    draft.emit(OptOut(stopped=True))


def _start(draft: Draft) -> None:
    """The way back; also what Telegram sends when somebody opens the line."""
    if draft.known.opted_out:
        draft.emit(OptOut(stopped=False))
        draft.say("utter_resumed")
    elif draft.memory.introduced:
        answers.faq(draft, "help")


def _cancel(draft: Draft) -> None:
    if draft.flowing:
        flowing.leave(draft)
    else:
        draft.memory = replace(draft.memory, menus=(), second=None)
        draft.say("utter_cancelled")


def _person(draft: Draft) -> None:
    """Where a person spoke with her, it is that person."""
    case = draft.known.case
    if case is None:
        choices.to_person(draft)
        return
    flowing.drop(draft)
    draft.emit(AddToCase(case.case_id))
    draft.say("utter_added_to_case", staff_name=case.staff_name)


def _is_an_answer(draft: Draft) -> bool:
    """A language's name may be what an open question asks for ("which language should the interpreter speak?")."""
    return draft.open_in_words or "language" in (draft.memory.flow.asking or "")


def human_case(draft: Draft) -> bool:
    """A person had the last word, or she quotes one: her message goes there; the bot adds an answer only where it is sure."""
    case = draft.known.case
    if case is None or _answers_us(draft, case):
        return False
    if case.quoted and draft.allow_wait and draft.heard.text.strip():
        draft.wait = True  # what follows in the same breath carries no quote, and is for that person too
        return True
    draft.emit(AddToCase(case.case_id))
    sure = draft.intent_if(Decision.ANSWER)
    if sure and answers.wants_to_know(sure) and answers.answerable(draft, sure):
        answers.faq(draft, sure, with_choices=False)
    elif (sure not in answers.SMALL_TALK or _quotes_us(draft)) and draft.heard.kind is not InboundKind.STICKER:
        told = f"{case.case_id}:{draft.today.isoformat()}"
        if draft.memory.told_added != told:
            draft.say("utter_added_to_case", staff_name=case.staff_name)
            draft.memory = replace(draft.memory, told_added=told)
    return True


def _quotes_us(draft: Draft) -> bool:
    """It is the bot's own words that she quotes: thanks and yes to them are not for a person to read in silence."""
    return draft.known.quoted is not None and bool(draft.known.quoted.response)


def _answers_us(draft: Draft, case: HumanCase) -> bool:
    """Whether the bot has asked something after the person spoke."""
    spoke, asked = case.at, draft.memory.flow_at
    return not case.quoted and draft.flowing and spoke is not None and asked is not None and asked > spoke
