"""Safety beats everything: the numbers at once, an alarm, or one question. It never promises a person nobody appointed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.turn import flowing
from bot.turn.handover import hand_over, passed_on, person, promise
from bot.turn.types import Alarm, CancelTimer, CaseReason, Option, SetTimer
from bot.turn.words import command
from db.types import InboundKind, Lane, Role
from flows.engine import Answer
from flows.state import FlowState
from nlu.entities import read_yes_no, says_neither
from nlu.port import Decision, SafetyLevel

if TYPE_CHECKING:
    from bot.turn.draft import Draft
    from bot.turn.memory import Remembered
    from bot.turn.menu import Menu

SILENCE = "safety_silence"
"""The timer that makes a case of an unanswered question."""
PATIENCE = dt.timedelta(minutes=15)
QUESTION = "utter_danger_perhaps"
BULLYING_FLOW = "report_bullying"


def safety_first(draft: Draft) -> bool:
    """Look for danger in whatever she wrote."""
    answer = _answer_to_the_question(draft)
    if answer is False:
        return False
    match _level(draft):
        case SafetyLevel.NOW:
            danger(draft)
        case SafetyLevel.PERHAPS if answer:
            danger(draft)
        case SafetyLevel.PERHAPS:
            _ask(draft)
        case SafetyLevel.SCHOOL if not _telling_about_it(draft):
            _at_school(draft)
        case None if _unsure_no(draft):
            _ask(draft)
        case _:
            return False
    return True


def danger(draft: Draft) -> None:
    """The numbers, the alarm, the case. The open flow and its questions are forgotten: this phone may be shared."""
    rota = draft.known.school.rota
    if rota.names:
        draft.say("utter_danger_now", lane=Lane.URGENT, rota_names=rota.names)
    else:
        opens_at = rota.opens_at or promise(draft, Role.SAFETY_COORDINATOR)
        draft.say("utter_danger_now_closed", lane=Lane.URGENT, opens_at=opens_at)
    draft.emit(Alarm(SafetyLevel.NOW))
    _to_case(draft)
    draft.memory = _settled(
        replace(draft.memory, flow=FlowState(), second=None, aside=None, finished=None, menus=_urgent(draft.memory))
    )
    draft.introduce = False


def no_danger(draft: Draft) -> None:
    """She says that nobody is in danger now: thanks, and a person looks all the same."""
    _to_case(draft)
    draft.say("utter_danger_perhaps_no", promise=promise(draft, Role.SAFETY_COORDINATOR))
    draft.memory = _settled(draft.memory)


def asked_again(draft: Draft) -> bool:
    """The question waits: it is put once more, in the language she reads now."""
    waits = any(menu.fresh(draft.known.now) for menu in _urgent(draft.memory))
    if waits:
        _ask(draft)
    return waits


def _urgent(memory: Remembered) -> tuple[Menu, ...]:
    return tuple(menu for menu in memory.menus if menu.urgent)


def _settled(memory: Remembered) -> Remembered:
    """The question is answered: digits no longer mean it, its button still calls for help."""
    return memory.settle(*(menu.number for menu in _urgent(memory)))


def _to_case(draft: Draft) -> None:
    draft.emit(CancelTimer(SILENCE))
    draft.emit(passed_on(draft, "safety", reason=CaseReason.SAFETY, child=draft.only_child))


def _level(draft: Draft) -> SafetyLevel | None:
    understood = draft.understood
    if understood is None:
        return None
    if understood.safety is None and understood.intent == "emergency" and understood.decision is Decision.ANSWER:
        return SafetyLevel.PERHAPS
    return understood.safety


def _ask(draft: Draft) -> None:
    """One question, and the clock; asked again, the clock goes on from the first time."""
    waiting = (menu for menu in _urgent(draft.memory) if not menu.settled)
    running = any(draft.known.now - menu.shown_at < PATIENCE for menu in waiting)
    draft.say(
        QUESTION,
        lane=Lane.URGENT,
        options=(Option("/danger", "utter_title_yes/0"), Option("/no_danger", "utter_title_no/0")),
    )
    if not running:
        draft.emit(SetTimer(SILENCE, draft.known.now + PATIENCE, {}))
    draft.introduce = False


def _answer_to_the_question(draft: Draft) -> bool | None:
    """Her plain yes or no to it: "there is no danger" speaks of danger, and would be asked about for ever."""
    menu, heard = draft.memory.menu, draft.heard
    asked = menu is not None and menu.urgent and menu.fresh(draft.known.now) and not menu.between
    waits = asked and heard.kind is InboundKind.TEXT and not heard.late
    return read_yes_no(heard.text, draft.language) if waits else None


def _unsure_no(draft: Draft) -> bool:
    """What may be a no to the question gets it once more: only a clear one ends the alarm."""
    asked = [menu for menu in _urgent(draft.memory) if not menu.settled]
    neither = says_neither(draft.heard.text, draft.language)  # however sure the engine is of it, and however often
    decisions = (Decision.OFFER, Decision.ANSWER) if neither else (Decision.OFFER,)
    if not asked or draft.intent_if(*decisions) != "deny" or _is_a_command(draft):
        return False
    menu = asked[0]
    once = len(asked) == 1 or neither
    return once and menu is draft.memory.menu and not menu.between and draft.meant(menu) is None


def _is_a_command(draft: Draft) -> bool:
    """A "never mind" is no answer about danger, and does what it always does."""
    return command(draft.heard.text, in_flow=draft.flowing, sms=False) is not None


def _telling_about_it(draft: Draft) -> bool:
    """The flow that asks what happened is open: her answer belongs there, and reaches the same person."""
    return any(frame.flow == BULLYING_FLOW for frame in draft.memory.flow.stack)


def _at_school(draft: Draft) -> None:
    """Bullying or threats at school: no emergency number, but today's work for the safety coordinator. An open flow goes on."""
    named = person(draft, Role.SAFETY_COORDINATOR, None) is not None
    said = "utter_bullying_received" if named else "utter_bullying_received_role"
    hand_over(draft, "bullying", CaseReason.SAFETY, said=said if draft.known.guardian else None)
    if draft.open_in_words:
        flowing.answer(draft, Answer(draft.heard.text))
    else:
        flowing.repeat(draft)
