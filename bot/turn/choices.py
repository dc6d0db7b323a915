"""A tap, a digit, a word that answers a menu: find what it means, and do it if that question is still open."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.turn import actions, answers, flowing, languages, safety, stale, who
from bot.turn.handover import hand_over
from bot.turn.menu import Menu, plain_number, typed_title
from bot.turn.types import CaseReason, NotUnderstood, Option
from db.types import InboundKind
from flows.engine import Answer
from nlu.port import Decision

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.turn.draft import Draft

_BUTTON = re.compile(r"(\d{1,9})\.(\d{1,3})")
_SET = re.compile(r"/SetSlots\((\w+)=(.*)\)")
_ALWAYS = re.compile(r"/(?:danger|person|language:.*)")
_OFFER = "utter_not_understood"
_YES_NO = frozenset({"yes", "no", "affirm", "deny"})


def is_ours(button: str) -> bool:
    """Whether a button is one that we numbered: menu and position."""
    return _BUTTON.fullmatch(button) is not None


def tapped(draft: Draft) -> bool:
    """A button: it names its menu, so an old one is known for what it is."""
    if not draft.heard.button:
        return False
    number, _, place = draft.heard.button.partition(".")
    menu = draft.memory.numbered(int(number)) if is_ours(draft.heard.button) else None
    _tap(draft, menu, int(place) if menu else 0)
    return True


def pointed(draft: Draft) -> bool:
    """A digit, a word or a title that quotes the menu it answers is a tap on it, whatever was said since."""
    number = draft.known.quoted.menu if draft.known.quoted else None
    if number is None or draft.heard.kind is not InboundKind.TEXT:
        return False
    menu = draft.memory.numbered(number)
    position = draft.meant(menu) if menu else plain_number(draft.heard.text)
    if position is None or (menu is not None and menu.option(position) is None):
        return False
    _tap(draft, menu, position)
    return True


def typed(draft: Draft) -> bool:
    """A digit, a number word, yes or no, a title: an answer to the last menu, for twelve hours."""
    if draft.heard.kind is not InboundKind.TEXT:
        return False
    menu = draft.memory.menu
    if menu is None or not menu.fresh(draft.known.now):
        return _bare_number(draft)
    position = draft.meant(menu) or _yes_in_words(draft, menu)
    if position is None or _said_to_a_person(draft, menu):
        return False
    option = menu.option(position)
    if not _still_open(draft, menu):
        if plain_number(draft.heard.text) is None:
            return False  # "ok" after the last word of a flow is no answer to its last question
        _settled(draft)
    elif option is None:
        return _no_such(draft, menu)
    elif (menu.between or draft.heard.late or _before_it(draft, menu)) and not _beyond_doubt(draft, menu, option):
        _did_you_mean(draft, menu, option)
    else:
        _take(draft, menu, option)
    return True


def obey(draft: Draft, payload: str) -> None:
    """Do what a choice means to us."""
    name, _, rest = payload.removeprefix("/").partition(":")
    if (found := _SET.fullmatch(payload)) is not None:
        _set(draft, found[1], found[2])
    elif name in _OBEYED:
        _OBEYED[name](draft, rest)
    elif draft.flowing and name in {"affirm", "deny"}:
        flowing.answer(draft, Answer(draft.heard.text, intent=name))
    elif name in _YES_NO:
        _nothing_more(draft)
    else:
        answers.on_intent(draft, name)


def _nothing_more(draft: Draft) -> None:
    if draft.flowing:
        flowing.repeat(draft)
    else:
        draft.say("utter_anything_else")


def _pass_on(draft: Draft, topic: str) -> None:
    hand_over(draft, topic, CaseReason.ASKED)
    flowing.repeat(draft)


def _language(draft: Draft, code: str) -> None:
    if code == "list":
        languages.offer(draft)
    else:
        answers.go_on_in(draft, code)


def to_person(draft: Draft) -> None:
    """One word away in every state: what the flow had collected goes along, and the flow ends."""
    state, menu = draft.memory.flow, draft.memory.menu
    if menu is not None and menu.asks == _OFFER:
        draft.since = menu.since
        if menu.fresh(draft.known.now):  # by her word; a tap said so itself
            draft.emit(NotUnderstood(menu.since, chosen="person"))
    summary = actions.collected(draft, state.slots) if draft.flowing else {}
    child = draft.child(state.slots.get("child")) if draft.flowing else None
    flowing.drop(draft)
    hand_over(draft, "human", CaseReason.WANTS_PERSON, summary=summary, child=child)


_OBEYED: Mapping[str, Callable[[Draft, str], None]] = {
    "danger": lambda draft, _: safety.danger(draft),
    "no_danger": lambda draft, _: safety.no_danger(draft),
    "person": lambda draft, _: to_person(draft),
    "pass_on": _pass_on,
    "language": _language,
    "who": who.chosen,
    "flow": flowing.begin,
    "continue": lambda draft, _: stale.go_on(draft),
}
COMMANDS = frozenset({*_OBEYED, *_YES_NO})
"""What a choice may mean to us that is no intent."""


def _tap(draft: Draft, menu: Menu | None, position: int) -> None:
    option = menu.option(position) if menu else None
    if menu is not None and option is not None and _acts(draft, menu, option):
        _take(draft, menu, option)
    else:
        _settled(draft)


def _take(draft: Draft, menu: Menu, option: Option) -> None:
    draft.since = menu.since if menu.slot is None else None
    if menu.slot is None and not answers.wants_to_know(option.payload.removeprefix("/")):
        draft.memory = draft.memory.settle(menu.number)
    if menu.asks == _OFFER:
        draft.guessed = len(menu.options) > 2  # noqa: PLR2004 - several guesses, and a person
        draft.emit(NotUnderstood(menu.since, chosen=option.payload.removeprefix("/")))
    obey(draft, option.payload)


def _set(draft: Draft, slot: str, value: str) -> None:
    """The chosen value answers the question it stood under, and no other."""
    if draft.memory.flow.asking == slot:
        flowing.answer(draft, Answer(draft.heard.text, value=value))
    else:
        _settled(draft)


def _still_open(draft: Draft, menu: Menu) -> bool:
    """Its step still waits. What reads back counts once it is the last that did: an older one may have said something else."""
    if menu.slot is None:
        return True
    if draft.memory.asking != (menu.flow, menu.slot):
        return False
    same = (other for other in draft.memory.menus if (other.flow, other.slot) == (menu.flow, menu.slot))
    return menu.slot != flowing.CONFIRMED or menu is next(same, menu)


def _before_it(draft: Draft, menu: Menu) -> bool:
    """Whether she wrote this before she could have seen the question."""
    return draft.heard.received is not None and draft.heard.received < menu.shown_at


def _acts(draft: Draft, menu: Menu, option: Option) -> bool:
    """A tap counts on the newest menu, and on an older one if its step still waits, or if it only asks or calls for help."""
    if _ALWAYS.fullmatch(option.payload):
        return True
    asks = answers.wants_to_know(option.payload.removeprefix("/"))
    if draft.heard.late and not asks:
        return False
    if menu.slot is not None:
        return _still_open(draft, menu)
    return asks or (menu is draft.memory.menu and not menu.settled)


def _said_to_a_person(draft: Draft, menu: Menu) -> bool:
    """A person spoke after the menu was shown, or she quotes one: her digit or yes is for that person."""
    case = draft.known.case
    if menu.urgent and not menu.settled:
        return False  # whether somebody is in danger now is heard, whatever she quotes
    return case is not None and (case.quoted or menu.between or (case.at is not None and menu.shown_at < case.at))


def _settled(draft: Draft) -> None:
    draft.say("utter_old_choice")
    flowing.repeat(draft, after=None)


def _beyond_doubt(draft: Draft, menu: Menu, option: Option) -> bool:
    """Whether it means this choice whatever lay between: a call for help, or its title in full."""
    spelled = typed_title(draft.heard.text) in draft.titles(option)
    return _ALWAYS.fullmatch(option.payload) is not None or (spelled and not menu.yes and not draft.heard.late)


def _no_such(draft: Draft, menu: Menu) -> bool:
    """A number that is not on the menu; where the question also takes words, it is one."""
    if draft.open_in_words:
        return False
    step = (menu.flow, menu.slot) if menu.flow and menu.slot else None
    draft.say("utter_no_such_choice", options=menu.options, step=step, count=len(menu.options))
    return True


def _yes_in_words(draft: Draft, menu: Menu) -> int | None:
    """A sure yes or no in a sentence, to a question that no flow asked (a flow reads its own). An unsure yes calls for help too."""
    if not menu.yes or menu.slot is not None or menu.between:
        return None
    if draft.intent_if(Decision.ANSWER) == "deny":
        return menu.no
    sure_enough = {Decision.ANSWER, Decision.OFFER} if menu.asks == safety.QUESTION else {Decision.ANSWER}
    return menu.yes if draft.intent_if(*sure_enough) == "affirm" else None


def _bare_number(draft: Draft) -> bool:
    """A digit where nothing is open that it could answer: show what the line can do."""
    if draft.known.case is not None or draft.flowing or plain_number(draft.heard.text) is None:
        return False
    answers.faq(draft, "help")
    return True


def _did_you_mean(draft: Draft, menu: Menu, option: Option) -> None:
    """Another message lay between: say what it is taken for and act on a yes; a yes or no gets its question again."""
    if menu.slot is not None and menu.yes:
        flowing.repeat(draft)
        return
    step = (menu.flow, menu.slot) if menu.flow and menu.slot else None
    options = (Option(option.payload, answers.YES), Option("/no", answers.NO))
    draft.say("utter_digit_meant", options=options, step=step, choice=option)
