"""The check finds each kind of fault, and nothing in a book without any."""

from __future__ import annotations

import pytest

from flows.check import check
from flows.faults import Fault, Severity
from flows.load import load_book, read_book
from flows.model import Book
from tests.flows.talk import DATA

INTENTS = {"go", "affirm"}
SOUND = """
flows:
  main:
    description: d
    nlu_trigger: [{intent: go}]
    steps:
      - id: ask
        collect: kind
        next:
          - if: slots.kind is "a"
            then: END
          - else: sure
      - id: sure
        collect: sure
        ask_before_filling: true
        next:
          - if: slots.sure
            then: END
          - else: sure
slots:
  kind: {type: categorical, values: [a, b]}
  sure: {type: bool}
responses:
  utter_ask_kind: [{text: "Wat, op {school_name}?", buttons: [{title: a, payload: /SetSlots(kind=a)}]}]
  utter_ask_sure: [{text: "Zeker, {kind}?"}]
  utter_affirm: [{text: Goed.}]
"""


def faults(text: str) -> list[Fault]:
    return check(read_book({"a.yml": text}), intents=INTENTS, facts={"school_name"}, started={"a"})


def test_a_sound_book_has_no_faults() -> None:
    """The floor of what follows: each fault comes from the one change made."""
    assert faults(SOUND) == []


MAPPED = "{{type: bool, mappings: [{{type: from_intent, intent: {}, value: {}}}]}}"
CHANGES = {
    "unreached step": ("- else: sure\n      - id: sure", "- else: END\n      - id: sure", "nothing leads"),
    "unknown next": ("- else: sure\n      - id", "- else: shure\n      - id", "no step shure. Did you mean 'sure'"),
    "unknown slot": ("collect: kind", "collect: kint", "no slot kint. Did you mean 'kind'"),
    "no question": ("utter_ask_sure: ", "utter_ask_surely: ", "no response utter_ask_sure"),
    "unknown slot in if": ("if: slots.sure", "if: slots.shure", "no slot shure"),
    "impossible value": ('slots.kind is "a"', 'slots.kind is "c"', "never holds 'c'"),
    "cannot be filled": ("type: categorical, values: [a, b]}", "type: text}", None),
    "unknown trigger": ("intent: go", "intent: gone", "no intent gone"),
    "intent without answer": ("utter_affirm", "utter_affirmed", "affirm leads nowhere"),
    "unknown placeholder": ("{school_name}", "{school_nam}", "Did you mean 'school_name'"),
    "half a placeholder": ("{school_name}", "{school_name", "other half"),
    "a long title": ("title: a,", "title: een veel te lange titel hier,", "characters. WhatsApp shows 20"),
    "a button for another slot": ("/SetSlots(kind=a)", "/SetSlots(sure=true)", "asks for kind"),
    "a button for no slot": ("/SetSlots(kind=a)", "/SetSlots(kin=a)", "no slot kin"),
    "a button with no value": ("/SetSlots(kind=a)", "/SetSlots(kind=c)", "never holds 'c'"),
    "a button for no intent": ("/SetSlots(kind=a)", "/og", "no intent og"),
    "a button for what has no name": ("{title: a, payload: /SetSlots(kind=a)}", "{payload: /affirm}", "what affirm is called"),
    "a circle": ("ask_before_filling: true", "ask_before_filling: false", "goes round without asking"),
    "wrong initial value": ("{type: bool}", "{type: bool, initial_value: 3}", "never holds 3"),
    "wrong mapping intent": ("{type: bool}", MAPPED.format("yep", "true"), "no intent yep"),
    "wrong mapping value": ("{type: bool}", MAPPED.format("affirm", "x"), "never holds 'x'"),
    "bare from_intent": ("values: [a, b]}", "values: [a, b], mappings: [{type: from_intent}]}", "for yes or no"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "words"), CHANGES.values(), ids=list(CHANGES))
def test_each_fault_is_found(old: str, new: str, words: str | None) -> None:
    """One change, and the fault that it makes is told with its line and a fix."""
    assert SOUND.count(old) >= 1
    found = faults(SOUND.replace(old, new, 1))
    if words is None:  # a button fills a text as well as a category
        assert found == []
        return
    assert any(words in str(fault) and fault.line > 0 and fault.fix for fault in found), found


ADDITIONS = {
    "unknown action": ("steps: [{action: action_x}]", "no action action_x"),
    "unknown response": ("steps: [{action: utter_x}]", "no response utter_x"),
    "unknown flow": ("steps: [{call: main2}]", "no flow main2. Did you mean 'main'"),
    "unknown set slot": ("steps: [{set_slots: [{x: 1}]}]", "no slot x"),
    "impossible set value": ("steps: [{set_slots: [{kind: c}]}]", "never holds 'c'"),
    "unknown persisted slot": ("persisted_slots: [x]\n    steps: [{link: main}]", "no slot x"),
    "unknown rejection": (
        "steps: [{collect: kind, rejections: [{if: slots.kind, utter: utter_x}]}]",
        "no response utter_x",
    ),
    "two flows for one intent": (
        "nlu_trigger: [{intent: go}]\n    steps: [{link: main}]",
        "intent go starts other and main",
    ),
    "a circle of flows": ("steps: [{link: other}]", "goes round"),
    "a long name": (
        "name: een veel te lange naam\n    nlu_trigger: [{intent: affirm}]\n    steps: [{link: main}]",
        "stands in menus. WhatsApp shows 20",
    ),
    "a guard of nothing": ("if: slots.x\n    steps: [{link: main}]", "no slot x"),
    "an impossible guard": ('if: slots.kind is "c"\n    steps: [{link: main}]', "never holds 'c'"),
    "an intent that nobody may use": (
        "if: false\n    nlu_trigger: [{intent: affirm}]\n    steps: [{link: main}]",
        "no intent can start other",
    ),
    "a flow that nothing starts": ("steps: [{link: main}]", "warning: nothing starts other"),
    "a shared yes": ("steps: [{collect: sure}]", "given to another flow"),
}


@pytest.mark.parametrize(("body", "words"), ADDITIONS.values(), ids=list(ADDITIONS))
def test_each_fault_of_another_flow_is_found(body: str, words: str) -> None:
    """The same, of a flow added to the sound book."""
    found = faults(SOUND.replace("flows:", f"flows:\n  other:\n    description: d\n    {body}", 1))
    assert any(words in str(fault) for fault in found), found


def test_what_no_answer_fills_is_found() -> None:
    """A question whose slot neither words nor buttons nor the application can fill."""
    text = SOUND.replace(", buttons: [{title: a, payload: /SetSlots(kind=a)}]", "")
    assert [fault.what for fault in faults(text)] == ["no answer can fill slot kind"]
    assert faults(text + "actions: [action_ask_kind]") == []


def test_a_called_flow_that_links_is_found() -> None:
    """It would come back to its caller from a place that nobody expects."""
    flows = "flows:\n  a: {description: d, steps: [{call: b}]}\n  b: {description: d, steps: [{link: main}]}"
    assert "is called, but links" in str(faults(SOUND.replace("flows:", flows, 1))[0])


def test_a_guarded_flow_leaves_its_intent_an_answer() -> None:
    """Where the guard does not hold, the response of the intent is said."""
    guarded = SOUND.replace("nlu_trigger:", "if: slots.sure\n    nlu_trigger:")
    assert "intent go leads nowhere where the `if` of main does not hold" in str(faults(guarded)[0])
    assert faults(guarded + "  utter_go: [{text: Dat kan nu niet.}]\n") == []


def test_a_flow_that_is_only_called_is_sound() -> None:
    """`if: false` is Rasa's way to say so."""
    called = "flows:\n  a: {description: d, steps: [{call: b}]}\n  b: {description: d, if: False, steps: [{action: utter_affirm}]}"
    assert faults(SOUND.replace("flows:", called, 1)) == []


def test_a_flow_may_end_at_a_person() -> None:
    """The one pattern that a link reaches."""
    ended = "flows:\n  a: {description: d, steps: [{link: pattern_human_handoff}]}"
    assert faults(SOUND.replace("flows:", ended, 1)) == []


def test_too_many_choices_are_found() -> None:
    """WhatsApp shows ten."""
    buttons = "{title: a, payload: /SetSlots(kind=a)}"
    text = SOUND.replace(buttons, ", ".join([buttons] * 11))
    assert "has 11 choices" in str(faults(text)[0])


def test_a_long_sentence_is_a_warning() -> None:
    """The voice asks for 300 characters where it can be."""
    (fault,) = faults(SOUND.replace("Goed.", "Goed. " * 60))
    assert fault.severity == Severity.WARNING


def test_an_empty_book_leads_nowhere() -> None:
    """Each intent without an answer is told, even where there is nothing at all."""
    assert len(check(Book(), intents=INTENTS, facts=())) == len(INTENTS)


def test_the_test_school_has_the_faults_it_was_given() -> None:
    """Two flows of the tests are broken on purpose; nothing else is found."""
    intents = {"report_absence", "contact_mentor", "talk_to_human", "say_sick", "deny"}
    book = load_book(DATA / "school")
    found = check(book, intents=intents, facts={"school_name"})
    assert [fault.what for fault in found] == [
        "intent deny leads nowhere",
        "intent say_sick leads nowhere",
        "nothing starts endless",
        "step here goes round without asking anything",
        "nothing starts nowhere",
        "there is no step gone",
    ]
