"""A flow in plain words: what each step does, what it says, and where it goes on. English here, Dutch in the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.staff.marks import N_
from flows.model import END, HANDOFF, Action, Book, Branch, Call, Collect, Flow, Link, Noop, SetSlots, Step
from flows.values import Value
from web.templating import translate
from web.views.names import TOPICS

ASKS, SAYS, DOES, FIRST, OVER = "asks", "says", "does", "first", "over"
NOTES, FORGETS, DECIDES = "notes", "forgets", "decides"
KINDS: Mapping[str, tuple[str, str]] = {
    ASKS: ("?", N_("asks")),
    SAYS: ("“", N_("says")),
    DOES: ("⚙", N_("does")),
    NOTES: ("✎", N_("notes")),
    FORGETS: ("✎", N_("forgets")),
    DECIDES: ("◇", N_("looks")),
    FIRST: ("↓", N_("first does")),
    OVER: ("↗", N_("goes over to")),
}
"""A sign and a word for each kind of step."""
ACTIONS: Mapping[str, str] = {
    "action_agreement_read": N_("writes down that the agreement was read"),
    "action_alarm": N_("warns the safety rota"),
    "action_find_mentor": N_("looks up the mentor"),
    "action_list_children": N_("lists the children"),
    "action_look_at_leave": N_("looks whether the day is less than two days away"),
    "action_menu": N_("shows the menu"),
    "action_pass_on": N_("brings it to the right person at school"),
    "action_resume_messages": N_("sends messages of school again"),
    "action_set_language": N_("goes on in the chosen language"),
    "action_stop_messages": N_("stops messages of school"),
}
TRUTHS: Mapping[str, tuple[str, str]] = {
    "after_deadline": (N_("it is later than the desk asks"), N_("it is in time for the desk")),
    "bound": (N_("school knows this parent"), N_("school does not know this parent")),
    "leave_soon": (N_("the day is less than two days away"), N_("the day is two days away or more")),
    "mentor_has_say_as": (N_("it is known how to say the name"), N_("it is not known how to say the name")),
    "mentor_known": (N_("the mentor is known"), N_("the mentor is not known")),
}
"""What it means that a slot is true, or false."""
THERE: Mapping[str, tuple[str, str]] = {
    "absence_until": (N_("there is a last day"), N_("there is no last day")),
    "agreement_read_on": (N_("the agreement was read before"), N_("the agreement was not read yet")),
    "child": (N_("it is known which child"), N_("it is not known which child")),
    "child_text": (N_("she wrote which child"), N_("she did not write which child")),
    "mentor2_name": (N_("there is a second mentor"), N_("there is one mentor")),
    "mentor_away_until": (N_("the mentor is away"), N_("the mentor is not away")),
    "mentor_days_off": (N_("the mentor has days off"), N_("the mentor has no days off")),
    "mentor_stand_in": (N_("somebody stands in"), N_("nobody stands in")),
    "person_name": (N_("it is known who gets it"), N_("it is not known who gets it")),
}
"""What it means that a slot holds something, or nothing."""
COUNTS: Mapping[tuple[str, str, str], str] = {
    ("children_count", ">", "0"): N_("there is a child at this school"),
    ("children_count", ">", "1"): N_("there are several children"),
}
_ATOM = re.compile(
    r"""(?P<not>not\s+)?slots\.(?P<slot>\w+)
        (?:\s*(?P<op>is\s+not|is|!=|==|>=|<=|=|>|<|contains|matches)\s*(?P<value>"[^"]*"|'[^']*'|[\w.-]+))?
      | (?P<word>\b(?:and|or|not)\b|[()])""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Way:
    """A way on: to the step of this number, or (0) to the end. `when` is empty where it is taken always."""

    to: int
    when: str = ""
    otherwise: bool = False


@dataclass(frozen=True, slots=True)
class Saying:
    """A response as it stands on its own page, with its choices; `missing` where there is no such response."""

    entry: str
    text: str
    choices: Sequence[str] = ()
    missing: bool = False
    when: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One step. `about` is the short text for the drawing; `flow` what it leads to; `line` where it stands in its file."""

    number: int
    kind: str
    about: str
    line: int
    ways: Sequence[Way]
    saying: Saying | None = None
    refusals: Sequence[Saying] = ()
    flow: str = ""


def tell(book: Book, flow: Flow) -> list[Told]:
    """All steps, numbered as they are written."""
    numbers = {step_id: number for number, step_id in enumerate(flow.steps, 1)}
    return [_told(book, flow, step, numbers) for step in flow.steps.values()]


def _told(book: Book, flow: Flow, step: Step, numbers: Mapping[str, int]) -> Told:
    number, line = numbers[step.id], step.place.line
    ways = [
        Way(numbers.get(way.to, 0) if way.to != END else 0, _when(book, flow, step, way), way.when is None)
        for way in step.next
    ]
    kind, about, leads_to = _about(book, flow, step)
    saying = _saying(book, about) if kind in {ASKS, SAYS} else None
    rejections = step.rejections if isinstance(step, Collect) else ()
    refusals = [_saying(book, each.utter, words(book, flow, each.when.source)) for each in rejections]
    return Told(
        number, kind, (saying.text or f"✕ {saying.entry}") if saying else about, line, ways, saying, refusals, leads_to
    )


def _about(book: Book, flow: Flow, step: Step) -> tuple[str, str, str]:
    """The kind of a step, what it is about (a response by its name), and the flow it leads to."""
    match step:
        case Collect(utter=name):
            told = ASKS, name, ""
        case Action(action=name) if name.startswith("utter_"):
            told = SAYS, name, ""
        case Action(action=name):
            told = DOES, translate(ACTIONS[name]) if name in ACTIONS else plain(name), ""
        case SetSlots(slots=slots) if not any(value is not None for value in slots.values()):
            told = FORGETS, _emptied(flow, slots), ""
        case SetSlots(slots=slots):
            told = NOTES, "; ".join(_noted(book, flow, slots)), ""
        case Call(flow=name):
            told = FIRST, _called(book, name), name if name in book.flows else ""
        case Link(flow=name):
            told = OVER, _called(book, name), name if name in book.flows else ""
        case Noop():
            told = DECIDES, "", ""
    return told


def _when(book: Book, flow: Flow, step: Step, way: Branch) -> str:
    asked = step.slot if isinstance(step, Collect) else ""
    return words(book, flow, way.when.source, asked) if way.when else ""


def _saying(book: Book, name: str, when: str = "") -> Saying:
    response = book.domain.responses.get(name)
    if response is None:
        return Saying(name, "", missing=True, when=when)
    first = response.variants[0]
    choices = [button.title or _title(book, button.intent or "") for button in first.buttons]
    return Saying(name, first.text, choices, when=when)


def _title(book: Book, intent: str) -> str:
    if started := book.started_by(intent):
        return started.name
    response = book.domain.responses.get(f"utter_title_{intent}")
    return response.variants[0].text if response else plain(intent)


def _called(book: Book, flow_id: str) -> str:
    if flow_id == HANDOFF:
        return translate("a person")
    return book.flows[flow_id].name if flow_id in book.flows else plain(flow_id)


def _noted(book: Book, flow: Flow, slots: Mapping[str, Value]) -> Iterator[str]:
    for name, value in slots.items():
        if name == "topic" and value in TOPICS:
            yield translate("for the colleague who gets it: %(what)s", what=translate(TOPICS[str(value)]))
        elif value is not None:
            yield f"{plain(name)}: {_value(book, flow, name, str(value))}"
    if empty := _emptied(flow, slots):
        yield translate("forgets: %(what)s", what=empty)


def _emptied(flow: Flow, slots: Mapping[str, Value]) -> str:
    return ", ".join(dict.fromkeys(_answer_to(flow, name) for name, value in slots.items() if value is None))


def _answer_to(flow: Flow, slot: str) -> str:
    """A slot by the step that asks for it, if this flow does."""
    for number, step in enumerate(flow.steps.values(), 1):
        if isinstance(step, Collect) and step.slot == slot:
            return translate("the answer to step %(number)s", number=number)
    return translate("which child") if slot in {"child", "child_text"} else plain(slot)


def words(book: Book, flow: Flow, condition: str, asked: str = "") -> str:
    """A condition as one says it. `asked`: the slot that was asked for just now, whose name needs no saying."""
    said = []
    for found in _ATOM.finditer(condition):
        if found["word"]:
            word = found["word"]
            said.append(word if word in "()" else translate(_WORDS[word]))
        else:
            said.append(_atom(book, flow, found, asked))
    return " ".join(said).replace("( ", "(").replace(" )", ")") or condition


_WORDS = {"and": N_("and"), "or": N_("or"), "not": N_("not")}


def _atom(book: Book, flow: Flow, found: re.Match[str], asked: str) -> str:
    slot, op = found["slot"], " ".join((found["op"] or "").split())
    value = (found["value"] or "").strip("\"'")
    true = not found["not"]
    if not op and slot in TRUTHS:
        return translate(TRUTHS[slot][not true])
    if not op:
        answer = translate("yes") if true else translate("no")
        return answer if slot == asked else f"{plain(slot)}: {answer}"
    if value == "null" and op in {"is", "is not", "=", "==", "!="}:
        empty = (op in {"is", "=", "=="}) is true
        known = THERE.get(slot, (N_("%(what)s is known"), N_("%(what)s is not known")))
        return translate(known[empty], what=plain(slot))
    if (slot, op, value) in COUNTS and true:
        return translate(COUNTS[slot, op, value])
    return _compared(book, flow, slot, op if true else f"not {op}", value, asked)


def _compared(book: Book, flow: Flow, slot: str, op: str, value: str, asked: str) -> str:
    shown = _value(book, flow, slot, value)
    alone = slot == asked or shown.startswith("“")  # the words of a button say what it is about
    if op in {"is", "=", "=="}:
        return shown if alone else f"{plain(slot)}: {shown}"
    if op in {"is not", "!=", "not is", "not =", "not =="}:
        return f"{'' if alone else f'{plain(slot)} '}{translate('not')} {shown}"
    return f"{plain(slot)} {op} {plain(value.removeprefix('slots.'))}"


def _value(book: Book, flow: Flow, slot: str, value: str) -> str:
    """As its button calls it, in quotes; else as it is written."""
    asking = [step.utter for step in flow.steps.values() if isinstance(step, Collect) and step.slot == slot]
    for name in (*asking, f"utter_ask_{slot}"):
        response = book.domain.responses.get(name)
        for button in (button for variant in (response.variants if response else ()) for button in variant.buttons):
            if button.slots.get(slot) == value and button.title:
                return f"“{button.title}”"
    return plain(value)


def plain(name: str) -> str:
    """A name of a file as words."""
    return name.removeprefix("action_").replace("_", " ")


def lead_here(book: Book, flow_id: str) -> list[Flow]:
    """The flows that run this one, or go over to it."""
    return [
        flow
        for flow in book.flows.values()
        if any(isinstance(step, Call | Link) and step.flow == flow_id for step in flow.steps.values())
    ]
