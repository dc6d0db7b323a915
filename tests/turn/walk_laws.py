"""The laws of a turn. Each is a predicate; its docstring is what it demands, and what a broken walk says."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import yaml

from bot.turn.memory import FLOW_LASTS, last_menu
from bot.turn.sentences import wording
from bot.turn.topics import TOPICS
from bot.turn.types import AddToCase, Alarm, CaseReason, OptOut, PassOn, Silence
from db.types import InboundKind, Lane, Role
from flows.state import FlowState
from locales.languages import LANGUAGES
from nlu.entities import read_choice, read_yes_no
from nlu.port import Decision, SafetyLevel
from nlu.text import fold
from tests.turn.scene import ROOT
from tests.turn.test_offered_words import OFFERED
from tests.turn.walk import Broken, Turn, hidden
from tests.turn.walk_moves import SMALL_TALK
from tests.turn.walk_world import CHILDREN, marks

if TYPE_CHECKING:
    from tests.turn.walk import Line

CONFIRMED = frozenset({"absence", "leave", "concern", "complaint", "contact_details"})
"""Topics of which nothing may be passed on before it was read back and she said yes."""
PASSED_ON = re.compile(
    r"utter_(handed_over\w*|passed_on_unverified|not_understood_person|failed|bullying_received\w*|added|absence_done\w*"
    r"|better_done|machine_stop|media_(voice|picture|video|document|contact))"
)
"""What tells her that a person has it."""
MOST_SAID = 8
LARGEST = 64_000
HOME = 30
"""Messages after which every errand must be over."""
_OTHER_NAMES = yaml.safe_load((ROOT / "bot" / "turn" / "languages.yml").read_text(encoding="utf-8"))
_TRUE = re.compile(r"/SetSlots\(\w+=true\)")
_SET = re.compile(r"/SetSlots\((\w+)=(.*)\)")


# --------------------------------------------------------------------------- she is answered


def never_silence(turn: Turn) -> bool:
    """Every message is answered, but where a person has the last word, a machine was told, or she may go on."""
    silence_is_right = turn.outcome.wait or turn.known.silenced
    if turn.says or silence_is_right:
        return True
    case = turn.known.case or (turn.known.quoted.case if turn.known.quoted else None)
    told = case is not None and (turn.before.told_added or "").startswith(f"{case.case_id}:")
    small = turn.heard.kind is InboundKind.STICKER or (
        turn.understood is not None and turn.understood.intent in SMALL_TALK
    )
    return bool(turn.events(AddToCase)) and (told or small)


def waiting_changes_nothing(turn: Turn) -> bool:
    """Where she may go on, nothing has happened yet."""
    return not turn.outcome.wait or (turn.outcome.events, turn.outcome.memory) == ((), turn.known.memory)


def never_a_flood(turn: Turn) -> bool:
    """An answer is a few sentences."""
    return len(turn.says) <= MOST_SAID


def the_answer_itself(turn: Turn) -> bool:
    """What the first sentence of a response needs is known: only later ones may be left out."""
    phrases = turn.line.mind.phrases
    for say in turn.says:
        said = wording(phrases.book, say.response)
        first = re.split(r"(?<=[.!?])\s", said.text, maxsplit=1)[0] if said else "{}"
        if not all(say.values.get(name) not in {None, ""} for name in re.findall(r"{(\w*)}", first)):
            return False
    return True


# --------------------------------------------------------------------------- menus and memory


def one_menu(turn: Turn) -> bool:
    """A turn shows one menu at most, under the next number, and it is the one that is remembered."""
    shown = [say for say in turn.says if say.options]
    menu = last_menu(turn.outcome.memory)
    if not shown:
        return True
    return (
        len(shown) == 1
        and menu is not None
        and menu.options == shown[0].options
        and menu.number == turn.before.menu_number + 1
    )


def memory_is_json(turn: Turn) -> bool:
    """What is remembered is small JSON, and reads back as it was."""
    if turn.outcome.wait:
        return True
    data = turn.outcome.memory.data
    written = json.dumps(data)
    return json.loads(written) == data and turn.after.pack() == turn.outcome.memory and len(written) < LARGEST


def the_choice_is_done(turn: Turn) -> bool:
    """What stands at her digit, or on her button, is what happens."""
    if turn.chosen is None:
        return True
    payload = turn.chosen.payload
    name, _, rest = payload.removeprefix("/").partition(":")
    said = {say.response for say in turn.says}
    if (found := _SET.fullmatch(payload)) is not None:
        return _is_set(turn, found[1], found[2])
    responses = turn.line.mind.phrases.book.domain.responses
    match name:
        case "language" if rest in LANGUAGES:
            done = turn.after.language == rest and turn.after.language_locked
        case "person" | "pass_on":
            done = bool(turn.events(PassOn))
        case "danger":
            done = bool(turn.events(Alarm))
        case "no" | "no_danger" | "deny":
            done = not turn.events(Alarm)
        case _ if f"utter_{name}" in responses:
            done = bool(said & {f"utter_{name}", "utter_fact_unknown", "utter_fact_unknown_in_flow"})
        case _:
            done = True
    return done


def _is_set(turn: Turn, slot: str, value: str) -> bool:
    """The slot holds it, as long as the flow goes on; and a no passes nothing on."""
    about = value if slot == "child" else str(turn.before.flow.slots.get("child"))
    # Where rights ended since it was asked, all is forgotten.
    if about in {str(child.pupil_id) for child in hidden(turn.line)}:
        return not turn.events(PassOn)
    if value == "false" and turn.events(PassOn):
        return False
    if slot == "confirmed" and value == "true":
        return bool(turn.events(PassOn))
    if slot == "language" and value in LANGUAGES:
        return turn.after.language == value
    if len(turn.after.flow.stack) < len(turn.before.flow.stack) or not turn.after.flow.stack:
        return True
    held = turn.after.flow.slots.get(slot)
    days = {"today", "tomorrow"} if isinstance(held, str) and held[:4].isdecimal() else set()
    return held is None or str(held).lower() == value or value in days


def a_settled_language_stays(turn: Turn) -> bool:
    """The language that she chose changes only when she names another one, or takes it from a list."""
    before, after = turn.before, turn.after
    if not before.language_locked or before.language == after.language:
        return True
    code = str(after.language)
    known = [language for language in LANGUAGES.values() if code in {language.code, language.script_of}]
    listed = {option.payload for menu in before.menus for option in menu.options}
    own = {name for language in known for name in (language.endonym, language.dutch, language.english)}
    names = own.union(_OTHER_NAMES.get(code, ()))
    named = any(fold(name) in fold(turn.heard.text) for name in names)
    return named or bool(listed & {f"/language:{code}", f"/SetSlots(language={code})"})


def yesterday_is_over(turn: Turn) -> bool:
    """A question that has waited for a day is forgotten: she is answered as if it had never been asked."""
    at = turn.before.flow_at
    if at is None or turn.known.now - at <= FLOW_LASTS or turn.early:
        return True
    without = replace(turn.before, flow=FlowState(), flow_at=None).pack()
    return turn.again(without).events == turn.outcome.events


def repeated_it_is_the_same(turn: Turn) -> bool:
    """A turn is pure: repeated after a crash it says the same."""
    return turn.early or turn.again() == turn.outcome


# --------------------------------------------------------------------------- people


def nothing_without_a_yes(turn: Turn) -> bool:
    """A report, a request, a concern, a complaint goes to school only once she has said yes to what was read back."""
    for event in turn.events(PassOn):
        if event.topic in CONFIRMED and event.reason is CaseReason.ASKED:
            asked = turn.before.asking is not None and turn.before.asking[1] == "confirmed"
            if not (asked and _says_yes(turn)):
                return False
            if any(str(shown) != event.summary[name] for name, shown in turn.shown.items() if name in event.summary):
                return False
    return True


def _says_yes(turn: Turn) -> bool:
    """Whether her message can be taken for a yes by anybody."""
    if turn.heard.button:
        number, _, place = turn.heard.button.partition(".")
        menu = turn.before.numbered(int(number))
        option = menu.option(int(place)) if menu else None
        return option is not None and _TRUE.fullmatch(option.payload) is not None
    text, spoken = turn.heard.text.strip(), (turn.before.language or "nl", "nl", "en")
    sure = turn.understood is not None and (turn.understood.intent, turn.understood.decision) == (
        "affirm",
        Decision.ANSWER,
    )
    one = "".join(str(unicodedata.decimal(mark, "")) for mark in text) == "1"
    words = any(read_yes_no(text, code) is True or read_choice(text, code) == 1 for code in spoken)
    yes = turn.line.mind.wording("utter_ask_confirmed/0/b0", turn.before.read_language or spoken[0]) or ""
    return sure or one or words or fold(text) == fold(yes)


def said_is_done(turn: Turn) -> bool:
    """She is told that a person has it, or that it is stopped, only where that has happened."""
    for say in turn.says:
        if PASSED_ON.fullmatch(say.response) and not turn.events(PassOn):
            return False
        if say.response == "utter_added_to_case" and not turn.events(AddToCase):
            return False
        if say.response in {"utter_stopped", "utter_resumed"} and not turn.events(OptOut):
            return False
    return True


def to_somebody(turn: Turn) -> bool:
    """What is passed on has a topic and a role, and is proven only where a guardian is known."""
    return all(
        event.topic in TOPICS and event.role in set(Role) and (not event.verified or turn.known.guardian is not None)
        for event in turn.events(PassOn)
    )


def danger_comes_first(turn: Turn) -> bool:
    """Danger is answered whatever else is going on: the numbers, and an alarm or the one question."""
    understood, heard = turn.understood, turn.heard
    if understood is None or understood.safety is None or not heard.text.strip() or heard.button:
        return True
    urgent = {say.response for say in turn.says if say.lane is Lane.URGENT}
    match understood.safety:
        case SafetyLevel.NOW:
            return bool(turn.events(Alarm)) and bool(urgent & {"utter_danger_now", "utter_danger_now_closed"})
        case SafetyLevel.PERHAPS:
            return "utter_danger_perhaps" in urgent
        case _:
            telling = any(frame.flow == "report_bullying" for frame in turn.before.flow.stack)
            return telling or any(event.topic == "bullying" for event in turn.events(PassOn))


def only_her_own(turn: Turn) -> bool:
    """Nothing of a child that is not hers, or no longer, in what is said or passed on, unless she wrote it herself."""
    own = {child.pupil_id for child in turn.known.children} - {child.pupil_id for child in hidden(turn.line)}
    if any(event.pupil_id is not None and event.pupil_id not in own for event in turn.events(PassOn)):
        return False
    return not names_in(repr(turn.outcome.events), turn.line)


def names_in(text: str, line: Line) -> list[str]:
    """By what somebody else's child could be known from a text on this phone."""
    others = hidden(line)
    own = {mark for child in CHILDREN if child not in others for mark in marks(child)}
    theirs = {mark for child in others for mark in marks(child)} - own
    return [mark for mark in theirs if mark in text and not line.has_written(mark)]


# --------------------------------------------------------------------------- what would come of it


def a_person_is_one_word_away(turn: Turn) -> bool:
    """The word for a person, in the language that she reads, brings her to one from wherever she stands."""
    line = turn.line.copy()
    reads = line.memory.read_language or line.memory.language or "nl"
    asked = line.write(OFFERED[reads]["mens"])
    return bool(asked.events(PassOn) or asked.events(AddToCase)) and not asked.events(Silence)


def every_errand_ends(turn: Turn) -> bool:
    """Whoever says yes, takes any other choice in turn, and writes a day where there is none, comes to the end of it."""
    line, first = turn.line.copy(), turn.before.menu_number
    memory = replace(line.memory, flow=replace(line.memory.flow, tries=0))
    line.known, line.silenced_until = replace(line.known, case=None, memory=memory.pack()), None
    for number in range(HOME):
        menu, asking = line.memory.menu, line.memory.asking
        if asking is None:
            return True
        open_menu = menu is not None and (menu.flow, menu.slot) == asking and menu.options
        if menu is not None and open_menu:
            step = line.tap(menu, menu.yes or (first + number) % len(menu.options) + 1)
        else:
            step = line.write("26-11")
        line.watch(step)
        if any(event.reason is CaseReason.FAILED for event in step.events(PassOn)):
            return False
    return False


Law = Callable[[Turn], bool]
LAWS: Sequence[Law] = (
    never_silence,
    waiting_changes_nothing,
    never_a_flood,
    the_answer_itself,
    one_menu,
    memory_is_json,
    the_choice_is_done,
    a_settled_language_stays,
    yesterday_is_over,
    nothing_without_a_yes,
    said_is_done,
    to_somebody,
    danger_comes_first,
    only_her_own,
)
AHEAD: Sequence[Law] = (repeated_it_is_the_same, a_person_is_one_word_away, every_errand_ends)
"""Those for which a turn is taken from a copy of the state."""


def hold(turn: Turn, laws: Sequence[Law]) -> None:
    """Raise Broken for the first law that does not hold."""
    for law in laws:
        if not law(turn):
            raise Broken(f"{law.__name__}: {law.__doc__}\n{turn}")
