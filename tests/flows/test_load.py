"""Reading files: what is taken, and that every mistake says file, line and likely fix."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.faults import BadFlow
from flows.graph import describe
from flows.load import load_book, read_book
from flows.model import Book, Branch, Collect, SlotMapping
from flows.source import MAX_BYTES
from tests.flows.talk import DATA


def test_a_folder_is_read_as_one_book() -> None:
    """Flows and domain may stand in any files; everything knows its place."""
    book = load_book(DATA / "school")
    absence = book.flows["report_absence"]
    assert absence.triggers == ("report_absence",)
    assert absence.name == "Ziek melden"
    assert (absence.place.file, absence.place.line) == ("school/absence.yml", 3)
    assert list(absence.steps)[:4] == ["call_choose_child", "collect_reason", "collect_days", "action_utter_late"]
    days = absence.steps["collect_days"]
    assert isinstance(days, Collect)
    assert [way.to for way in days.next] == ["action_utter_late", "confirm"]
    assert book.flows["contact_mentor"].persisted_slots == {"nickname"}
    assert book.domain.slots["reason"].mappings[1] == SlotMapping(
        "from_intent", None, frozenset({"say_sick"}), value="sick"
    )
    assert [variant.channel for variant in book.domain.responses["utter_ask_reason"].variants] == [None, "sms"]
    assert book.domain.actions.keys() == {"action_ask_child", "action_pass_on"}


def test_a_flow_can_be_drawn() -> None:
    """Boxes and arrows, with the conditions as they are written."""
    picture = describe(load_book(DATA / "school").flows["report_absence"])
    assert ("collect_days", "action_utter_late", 'slots.reason is "late"') in [
        (arrow.start, arrow.to, arrow.when) for arrow in picture.arrows
    ]
    assert ("call", "choose_child") in [(box.kind, box.about) for box in picture.boxes]


def test_companions_are_left_to_others(tmp_path: Path) -> None:
    """The school's facts stand in the same folder, and are no conversation."""
    (tmp_path / "facts.yml").write_text("school_name: {label: Naam}")
    (tmp_path / "a.yml").write_text(flow("steps: [{action: utter_x}]"))
    assert load_book(tmp_path).flows.keys() == {"f"}


def test_steps_without_next_follow_each_other() -> None:
    """The last one ends the flow."""
    steps = read(flow("steps: [{action: utter_x}, {action: utter_x}]")).flows["f"].steps
    assert {name: step.next for name, step in steps.items()} == {
        "action_utter_x": (Branch("action_utter_x_2"),),
        "action_utter_x_2": (Branch("END"),),
    }


def test_steps_may_stand_under_next() -> None:
    """As Rasa's documentation has it: without a branch."""
    steps = (
        read(flow("steps: [{id: a, collect: x, next: [{id: b, collect: y}, {collect: x, next: END}]}]"))
        .flows["f"]
        .steps
    )
    assert {name: step.next for name, step in steps.items()} == {
        "a": (Branch("b"),),
        "b": (Branch("collect_x"),),
        "collect_x": (Branch("END"),),
    }


def test_what_starts_a_flow() -> None:
    """An intent by its name, in both of Rasa's spellings, and the guard."""
    body = "if: slots.x AND True\n    nlu_trigger: [{intent: a}, {intent: {name: b}}]\n    steps: [{action: utter_x}]"
    found = read(flow(body)).flows["f"]
    assert found.triggers == ("a", "b")
    assert found.guard is not None
    assert (set(found.guard.slots), found.guard.holds({"x": 1}), found.guard.holds({})) == ({"x"}, True, False)
    never = read(flow("if: False\n    steps: [{action: utter_x}]")).flows["f"].guard
    assert never is not None
    assert not never.holds({})


@pytest.mark.parametrize("version", ["'3.1'", "3.1", "'3.14'"])
def test_the_version_is_rasas_third(version: str) -> None:
    """Written as a text or a number."""
    assert read(f"version: {version}") == Book()


def test_what_a_note_says_is_read_by_people_only() -> None:
    """A collect's `description` is for a language model in Rasa; here it changes nothing."""
    (step,) = read(flow("steps: [{collect: x, description: the day}]")).flows["f"].steps.values()
    assert isinstance(step, Collect)
    assert step.utter == "utter_ask_x"


def read(text: str) -> Book:
    return read_book({"a.yml": text})


def flow(body: str) -> str:
    return f"flows:\n  f:\n    description: d\n    {body}"


def slot(body: str) -> str:
    return f"slots:\n  x: {{{body}}}"


def response(body: str) -> str:
    return f"responses:\n  utter_x:\n    - {{{body}}}"


MISTAKES = {
    "not yaml": ("flows: [", 1, "not valid YAML"),
    "not a mapping": ("- 1", 1, "must be a mapping"),
    "misspelled section": ("flow: {}", 1, "Did you mean 'flows'"),
    "unsupported section": ("version: '3.1'\nforms: {}", 2, "'forms' in a file is not supported"),
    "same key twice": ("flows: {}\nslots: {}\nflows: {}", 3, "stands twice"),
    "an alias": ("slots: &a {}\nresponses: *a", 1, "aliases"),
    "a tag": ("slots: !!python/object/apply:os.system [x]", 1, "tag"),
    "too deep": ("[" * 100_000, 1, "levels"),
    "no steps": ("flows:\n  f: {description: d}", 2, "no steps"),
    "no description": ("flows:\n  f: {steps: [{action: utter_x}]}", 2, "no description"),
    "empty steps": (flow("steps: []"), 4, "empty"),
    "a bad guard": (flow("if: x\n    steps: [{action: utter_x}]"), 4, "Write slots.x"),
    "always in the prompt": (flow("always_include_in_prompt: true"), 4, "not supported: there is no prompt"),
    "a threshold of its own": (
        flow("nlu_trigger: [{intent: {name: a, confidence_threshold: 0.8}}]\n    steps: [{action: utter_x}]"),
        4,
        "'confidence_threshold' in an intent is not supported: understanding has one threshold",
    ),
    "an intent without name": (
        flow("nlu_trigger: [{intent: {}}]\n    steps: [{action: utter_x}]"),
        4,
        "needs an intent",
    ),
    "a pattern": (
        "flows:\n  pattern_cancel_flow: {description: d}",
        2,
        "by itself. Change the response utter_cancelled",
    ),
    "an unheard pattern": ("flows:\n  pattern_x: {description: d}", 2, "by itself. Give the flow another name"),
    "a link to a pattern": (flow("steps: [{link: pattern_search}]"), 4, "only `link: pattern_human_handoff`"),
    "a call of a pattern": (flow("steps: [{call: pattern_human_handoff}]"), 4, "no step leads to pattern_human"),
    "a tool": (flow("steps: [{call: x, mcp_server: y}]"), 4, "not supported: a flow calls flows"),
    "an agent": (flow("steps: [{call: x, exit_if: [slots.y]}]"), 4, "not supported: a flow calls flows"),
    "a generated text": (flow("steps: [{generation_prompt: x}]"), 4, "not supported: no language model"),
    "an expression": (flow("steps: [{set_slots: [{x: '{{slots.y}}'}]}]"), 4, "({{ }}) in set_slots is not supported"),
    "a computed value": (flow("steps: [{set_slots: [{x: [1, 2]}]}]"), 4, "must be one value"),
    "a context": (
        flow("steps: [{noop: true, next: [{if: context.x, then: END}, {else: END}]}]"),
        4,
        "(context.) is not",
    ),
    "nested steps that stop": (flow("steps: [{collect: x, next: [{collect: y}]}]"), 4, "needs a next"),
    "an old format": ("version: '2.0'", 1, "version 2.0 of Rasa's format is not supported"),
    "misspelled flow key": (flow("nlu_triggers: []"), 4, "Did you mean 'nlu_trigger'"),
    "a step of nothing": (flow("steps: [{id: x}]"), 4, "exactly one of"),
    "a step of two things": (flow("steps: [{action: utter_x, link: g}]"), 4, "exactly one of"),
    "misspelled step key": (flow("steps: [{colect: x}]"), 4, "Did you mean 'collect'"),
    "unsupported step key": (
        flow("steps: [{collect: x, force_slot_filling: true}]"),
        4,
        "not supported: a parent may always ask",
    ),
    "same id twice": (flow("steps: [{id: a, action: utter_x}, {id: a, action: utter_x}]"), 4, "two steps"),
    "next after link": (flow("steps: [{link: g, next: END}]"), 4, "a link has no next"),
    "noop alone": (flow("steps: [{noop: true}]"), 4, "a noop needs a next"),
    "a noop that is not": (flow("steps: [{noop: false, next: END}]"), 4, "Write `noop: true`"),
    "no else": (flow("steps: [{noop: true, next: [{if: slots.x, then: END}]}]"), 4, "have no else"),
    "else first": (flow("steps: [{noop: true, next: [{else: END}, {if: slots.x, then: END}]}]"), 4, "Put `else` last"),
    "a branch that stops": (flow("steps: [{noop: true, next: [{else: [{action: utter_x}]}]}]"), 4, "needs a next"),
    "a bad condition": (flow("steps: [{noop: true, next: [{if: x is 1, then: END}, {else: END}]}]"), 4, "slots.x"),
    "half a rejection": (flow("steps: [{collect: x, rejections: [{if: slots.x}]}]"), 4, "needs `if` and `utter`"),
    "no type": (slot("values: [a]"), 2, "no type"),
    "misspelled type": (slot("type: txt"), 2, "Did you mean 'text'"),
    "unsupported type": (slot("type: list"), 2, "not supported: a slot holds one value"),
    "no values": (slot("type: categorical"), 2, "belong together"),
    "yes is not a text": (slot("type: categorical, values: [yes, no]"), 2, "Put it in quotes"),
    "a language model": (slot("type: text, mappings: [{type: from_llm}]"), 2, "no language model"),
    "an entity without name": (slot("type: text, mappings: [{type: from_entity}]"), 2, "needs an entity"),
    "half from_intent": (slot("type: text, mappings: [{type: from_intent, intent: a}]"), 2, "`intent` and `value`"),
    "an octal": (slot("type: float, initial_value: 012"), 2, "two ways"),
    "wrong response name": ("responses:\n  say_x: [{text: a}]", 2, "starts with utter_"),
    "no text": (response("buttons: []"), 3, "no text"),
    "a picture": (response("text: a, image: b"), 3, "not supported: text and buttons"),
    "by chance": ("responses:\n  utter_x:\n    - text: a\n    - text: b", 3, "left to chance"),
    "one channel only": (response("text: a, channel: sms"), 3, "Add one without `channel`"),
    "a bad payload": (response("text: a, buttons: [{title: a, payload: yes please}]"), 3, "/SetSlots"),
    "a button without payload": (response("text: a, buttons: [{title: a}]"), 3, "needs a `payload`"),
    "a filling button without title": (response("text: a, buttons: [{payload: /SetSlots(a=b)}]"), 3, "needs a `title`"),
    "wrong action name": ("actions: [utter_x]", 1, "starts with action_"),
    "same action twice": ("actions: [action_x, action_x]", 1, "stands twice"),
}


@pytest.mark.parametrize(("text", "line", "words"), MISTAKES.values(), ids=list(MISTAKES))
def test_a_mistake_says_where_and_how_to_mend_it(text: str, line: int, words: str) -> None:
    """Every refusal names the file, the line and the likely fix."""
    with pytest.raises(BadFlow) as caught:
        read(text)
    fault = caught.value.fault
    assert (fault.file, fault.line) == ("a.yml", line)
    assert words in str(fault)
    assert fault.fix


def test_the_same_name_in_two_files_is_refused() -> None:
    """Both places are named."""
    with pytest.raises(BadFlow, match=r"b.yml:2: .* stands in a.yml:2 too"):
        read_book({"a.yml": slot("type: text"), "b.yml": slot("type: bool")})


def test_a_large_file_is_refused(tmp_path: Path) -> None:
    """Before it is read."""
    (tmp_path / "a.yml").write_text("#" * (MAX_BYTES + 1))
    with pytest.raises(BadFlow, match="larger than 1 MB"):
        load_book(tmp_path)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    """A wrong folder must not look like a school without conversations."""
    with pytest.raises(BadFlow, match="Name the folder"):
        load_book(tmp_path)


@given(st.text() | st.text(alphabet="flowsteps:-[]{}&*!|>'\"\n #,?%@\t", max_size=60))
def test_no_text_upsets_the_reader(text: str) -> None:
    """Whatever a file holds, it is read or refused as BadFlow."""
    try:
        read(text)
    except BadFlow:
        return
