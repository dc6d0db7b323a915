"""The laws of the engine, told as short conversations."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import pytest

from flows.engine import (
    Acted,
    Answer,
    Asked,
    Cancelled,
    Choice,
    Completed,
    Failed,
    FlowState,
    Frame,
    HandedOver,
    Said,
    Started,
    Value,
    may_start,
    resume,
)
from flows.load import read_book
from tests.flows.talk import CHILDREN, Talk, act, options

OTHER_CHILD = Choice("other", "utter_ask_child/0/b0")
ASK_CHILD = Asked("child", "utter_ask_child", (*CHILDREN, OTHER_CHILD))
ASK_REASON = Asked(
    "reason",
    "utter_ask_reason",
    (
        Choice("sick", "utter_ask_reason/0/b0"),
        Choice("late", "utter_ask_reason/0/b1"),
        Choice(None, "utter_ask_reason/0/b2", intent="talk_to_human"),
    ),
)
ASK_SURE = Asked("sure", "utter_ask_sure", (Choice(True, "utter_ask_sure/0/b0"), Choice(False, "utter_ask_sure/0/b1")))


def test_a_flow_asks_one_thing_at_a_time_and_ends() -> None:
    """A flow runs from question to question; what is done and said comes out in order."""
    talk = Talk()
    assert talk.start("report_absence") == (Started("report_absence"), ASK_CHILD)
    assert talk.say("2", value="amina") == (ASK_REASON,)
    assert talk.say("ziek", reason="sick") == (Asked("days", "utter_ask_days"),)
    assert talk.say("2") == (ASK_SURE,)
    happened = talk.say("ja", intent="affirm")
    assert happened == (Acted("action_pass_on"), Said("utter_passed_on"), Completed("report_absence"))
    assert talk.state == FlowState()


def test_an_event_shows_the_slots_as_they_were() -> None:
    """A flow that ends forgets its slots, but what it said last still has them."""
    talk = Talk()
    talk.start("report_absence", child="amina", reason="sick", days=2)
    acted, said, _ = talk.say("ja", intent="affirm")
    assert isinstance(acted, Acted)
    assert isinstance(said, Said)
    assert acted.slots["topic"] == "absence"
    assert said.slots["mentor"] == "mentor of amina"


def test_what_is_known_is_not_asked() -> None:
    """A filled slot is passed over, unless the step asks before filling."""
    happened = Talk().start("report_absence", child="amina", reason="sick", days=2, sure=True)
    assert happened == (Started("report_absence"), ASK_SURE)


def test_a_known_value_that_does_not_fit_is_asked() -> None:
    """A value is held against type and rejections, wherever it came from."""
    talk = Talk()
    assert talk.start("report_absence", child="amina", reason="purple")[-1] == ASK_REASON
    assert talk.say(value="sick") == (Asked("days", "utter_ask_days"),)
    talk = Talk()
    happened = talk.start("report_absence", child="amina", reason="sick", days=400)
    assert happened[1:] == (Said("utter_too_long"), Asked("days", "utter_ask_days"))


def test_a_rejected_answer_is_explained_and_asked_again() -> None:
    """A rejection says why, with the value that was refused."""
    talk = Talk()
    talk.start("report_absence", child="amina", reason="sick")
    happened = talk.say("30")
    assert happened == (Said("utter_too_long"), Asked("days", "utter_ask_days", again=True))
    assert isinstance(happened[0], Said)
    assert happened[0].slots["days"] == 30


def test_three_questions_in_vain_fail() -> None:
    """Law 3: nobody is asked the same thing a fourth time; a person gets it, with what is known."""
    talk = Talk()
    talk.start("report_absence", child="amina")
    assert isinstance(talk.say("??")[0], Asked)
    assert talk.state.tries == 1
    assert isinstance(talk.say("??")[0], Asked)
    (failed,) = talk.say("??")
    assert failed == Failed("report_absence", "reason")
    assert isinstance(failed, Failed)
    assert failed.slots == {"child": "amina"}
    assert talk.state == FlowState()


def test_a_repeat_after_something_else_is_not_in_vain() -> None:
    """`ask_again` repeats the same choices and counts no try."""
    talk = Talk()
    talk.start("report_absence")
    assert talk.ask_again() == (Asked("child", "utter_ask_child", (*CHILDREN, OTHER_CHILD), again=True),)
    assert talk.state.tries == 0


def test_a_branch_is_taken_by_the_first_condition_that_holds() -> None:
    """`if`, `then`, `else`; nested steps end where they say."""
    talk = Talk()
    talk.start("report_absence", child="amina", reason="late")
    assert talk.say("1") == (Said("utter_late"), Completed("report_absence"))


def test_no_means_no() -> None:
    """A yes-or-no slot without mappings understands affirm and deny."""
    talk = Talk()
    talk.start("report_absence", child="amina", reason="sick", days=1)
    assert talk.say("nee", intent="deny") == (Said("utter_nothing_done"), Completed("report_absence"))


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        (Answer("x", intent="say_sick"), "sick"),
        (Answer("x", entities={"reason": "Late"}), "late"),
        (Answer("x", value="doctor", entities={"reason": "late"}), "doctor"),
        (Answer("sick"), None),
        (Answer("x", value="purple", entities={"reason": "late"}), None),
    ],
)
def test_an_answer_fills_by_the_mappings_and_a_choice_wins(answer: Answer, value: Value) -> None:
    """The value of a chosen option wins; then the mappings, in their order; a text fills only with from_text."""
    talk = Talk()
    talk.start("report_absence", child="amina")
    sprint = resume(talk.book, talk.state, answer, act=act, options=options)
    assert sprint.state.slots.get("reason") == value


def test_not_intent_keeps_an_answer_out() -> None:
    """`from_text` with `not_intent` does not take a refusal for a name."""
    talk = Talk()
    talk.start("contact_mentor", child="amina")
    assert talk.say("nee", intent="deny") == (Asked("nickname", "utter_ask_nickname", again=True),)


def test_a_link_takes_along_what_is_known_and_a_persisted_slot_stays() -> None:
    """A link ends one flow and begins the next; at the end all is forgotten but the persisted slots."""
    talk = Talk()
    talk.start("contact_mentor", child="amina")
    talk.say("mevrouw Demir")
    happened = talk.say("ze is moe")
    assert happened == (Completed("contact_mentor"), Started("human"), Acted("action_pass_on"), Completed("human"))
    assert isinstance(happened[2], Acted)
    assert happened[2].slots["message"] == "ze is moe"
    assert talk.state == FlowState(slots={"nickname": "mevrouw Demir"})


def test_a_flow_in_between_gives_way_again() -> None:
    """A flow started in the middle of another runs to its end; then the open question is asked again, nothing lost."""
    talk = Talk()
    talk.start("report_absence", child="amina", reason="sick")
    assert talk.start("contact_mentor") == (Started("contact_mentor"), Asked("nickname", "utter_ask_nickname"))
    talk.say("mevrouw Demir")
    *_, completed, asked = talk.say("ze is moe")
    assert (completed, asked) == (Completed("human"), Asked("days", "utter_ask_days", again=True))
    assert talk.state.slots == {"child": "amina", "reason": "sick", "nickname": "mevrouw Demir"}
    assert talk.say("1") == (ASK_SURE,)


def test_another_child_in_between_is_not_taken_for_the_first() -> None:
    """A persisted slot is the newest afterwards, but a flow that waited goes on with the value it was told."""
    talk = Talk(read_book({"x.yml": TWO_CHILDREN}))
    talk.start("first", child="amina")
    talk.start("second")
    *_, asked = talk.say("Youssef")
    assert asked == Asked("day", "utter_ask_day", again=True)
    assert talk.state.slots["child"] == "amina"
    acted, _ = talk.say("maandag")
    assert isinstance(acted, Acted)
    assert acted.slots["child"] == "amina"
    assert talk.state == FlowState(slots={"child": "Youssef"})


TWO_CHILDREN = """
slots:
  child: {type: text, mappings: [{type: from_text}]}
  day: {type: text, mappings: [{type: from_text}]}
actions: [action_pass_on]
responses: {utter_ask_child: [{text: Wie?}], utter_ask_day: [{text: Dag?}]}
flows:
  which: {description: d, persisted_slots: [child], steps: [{collect: child, ask_before_filling: true}]}
  first: {description: d, steps: [{collect: child}, {collect: day}, {action: action_pass_on}]}
  second: {description: d, steps: [{call: which}, {action: action_pass_on}]}
"""


def test_a_yes_to_one_flow_is_not_a_yes_to_another() -> None:
    """What a flow was told is forgotten with it: nothing is done on a yes that was given to something else."""
    book = read_book({"x.yml": TWO_CONFIRMATIONS})
    talk = Talk(book)
    talk.start("first")
    talk.start("second")
    assert talk.say("ja", intent="affirm") == (
        Acted("action_pass_on"),
        Completed("second"),
        Asked("sure", "utter_ask_sure", again=True),
    )


TWO_CONFIRMATIONS = """
slots: {sure: {type: bool}}
actions: [action_pass_on]
responses: {utter_ask_sure: [{text: Zeker?}]}
flows:
  first: {description: d, steps: [{collect: sure}, {action: action_pass_on}]}
  second: {description: d, steps: [{collect: sure}, {action: action_pass_on}]}
"""


def test_a_flow_in_progress_is_not_started_twice() -> None:
    """Saying it again repeats the question; what came with it fills the question instead."""
    talk = Talk()
    talk.start("report_absence", child="amina")
    assert talk.start("report_absence")[0] == Asked(
        ASK_REASON.slot, ASK_REASON.response, ASK_REASON.choices, again=True
    )
    assert talk.start("report_absence", reason="sick") == (Asked("days", "utter_ask_days"),)


def test_cancel_leaves_the_newest_flow_only() -> None:
    """A cancelled flow leaves no trace; one below it is open again, and `ask_again` repeats its question."""
    talk = Talk()
    talk.start("report_absence", child="amina", reason="sick")
    talk.start("contact_mentor")
    talk.say("mevrouw Demir")
    assert talk.cancel() == (Cancelled("contact_mentor"),)
    assert talk.ask_again() == (Asked("days", "utter_ask_days", again=True),)
    assert talk.cancel() == (Cancelled("report_absence"),)
    assert talk.state == FlowState()
    assert talk.cancel() == ()


def test_cancel_inside_a_called_flow_leaves_the_caller_too() -> None:
    """A called flow is part of its caller."""
    talk = Talk()
    talk.start("report_absence")
    assert talk.cancel() == (Cancelled("report_absence"),)


def test_a_flow_in_between_may_end_at_a_person() -> None:
    """What it was told goes to a person; then the question that waited is asked again."""
    book = read_book(
        {"x.yml": TWO_CHILDREN + "  third: {description: d, steps: [{collect: child}, {link: pattern_human_handoff}]}"}
    )
    talk = Talk(book)
    talk.start("first", child="amina")
    talk.start("third", child=None)
    over, done, asked = talk.say("Youssef")
    assert (over, done, asked) == (HandedOver("third"), Completed("third"), Asked("day", "utter_ask_day", again=True))
    assert isinstance(over, HandedOver)
    assert over.slots["child"] == "Youssef"
    assert talk.state.slots == {"child": "amina"}


def test_a_guard_keeps_a_flow_from_starting() -> None:
    """It is held against what is known; a flow in progress, or without a guard, may always be asked for again."""
    flows = (
        "flows: {f: {description: d, if: slots.bound, steps: [{collect: x}]}, g: {description: d, steps: [{call: f}]}}"
    )
    book = read_book({"x.yml": flows + "\nslots: {bound: {type: bool}, x: {type: text}}"})
    begun = FlowState((Frame("f", "collect_x"),), {}, asking="x")
    assert [may_start(book, FlowState(), flow) for flow in ("f", "g", "unheard_of")] == [False, True, False]
    assert may_start(book, FlowState(), "f", slots={"bound": True})
    assert may_start(book, begun, "f")
    assert Talk(book).start("g")[-1] == Asked("x", "utter_ask_x")


@pytest.mark.parametrize("flow", ["endless", "nowhere", "unheard_of"])
def test_a_flow_that_cannot_end_fails(flow: str) -> None:
    """A sprint is bounded, and content that is wrong ends at a person."""
    assert Talk().start(flow)[-1] == Failed(flow)


@pytest.mark.parametrize(
    "frame", [Frame("report_absence", "gone"), Frame("gone", "x"), Frame("report_absence", "confirm")]
)
def test_changed_content_fails(frame: Frame) -> None:
    """A step that is not there any more, or asks something else now, ends at a person."""
    talk = Talk()
    talk.state = FlowState((frame,), {"child": "amina"}, asking="reason")
    assert talk.say("ziek") == (Failed(frame.flow),)
    assert talk.state == FlowState()


def test_changed_content_that_still_fits_goes_on() -> None:
    """A question that was moved and reworded is asked as it is now; a value that no longer fits, when the flow comes by it."""
    slots = (
        "slots: {kind: {type: %s, mappings: [{type: from_text}]}, day: {type: text, mappings: [{type: from_text}]}}\n"
    )
    before = "flows: {f: {description: d, steps: [{collect: kind}, {collect: day}]}}"
    after = (
        "flows: {f: {description: d, steps: [{action: utter_x}, {collect: day, utter: utter_when}, {collect: kind}]}}"
    )
    talk = Talk(read_book({"x.yml": slots % "text" + before}))
    talk.start("f")
    assert talk.say("wat anders") == (Asked("day", "utter_ask_day"),)
    talk.book = read_book({"x.yml": slots % "categorical, values: [sick, late]" + after})
    assert talk.ask_again() == (Asked("day", "utter_when", again=True),)
    assert talk.say("morgen") == (Asked("kind", "utter_ask_kind"),)
    assert talk.say("late") == (Completed("f"),)


def test_an_action_that_raises_changes_nothing() -> None:
    """States are frozen: what goes wrong elsewhere leaves the conversation where it was."""
    talk = Talk()
    talk.start("report_absence", child="amina", reason="sick", days=1)
    before = copy.deepcopy(talk.state)

    def broken(_action: str, _slots: Mapping[str, Value]) -> Mapping[str, Value]:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        resume(talk.book, talk.state, Answer("ja", "affirm"), act=broken, options=options)
    assert before == talk.state


def test_nothing_active_nothing_happens() -> None:
    """An answer to nobody's question is not an error."""
    talk = Talk()
    assert (talk.say("hallo"), talk.ask_again(), talk.state) == ((), (), FlowState())


@pytest.mark.parametrize(
    "data",
    [
        {"stack": [["a"]]},
        {"slots": {"x": []}},
        {"tries": -1},
        {"tries": True},
        {"asking": 3},
        {"other": 1},
        {"stack": 3},
    ],
)
def test_a_strange_state_is_refused(data: dict[str, object]) -> None:
    """Only what `to_json` writes is read."""
    with pytest.raises(ValueError, match="not the state"):
        FlowState.from_json(data)


def test_a_button_without_a_title_says_what_menus_call_its_intent() -> None:
    """The name of the flow that the intent starts, or its own title."""
    book = read_book(
        {
            "a.yml": """
flows:
  ask:
    description: d
    steps: [{collect: kind}]
  go_home:
    name: naar huis
    description: d
    nlu_trigger: [{intent: home}]
    steps: [{collect: kind}]
slots:
  kind: {type: text, mappings: [{type: from_text}]}
responses:
  utter_ask_kind: [{text: Wat?, buttons: [{payload: /home}, {payload: /away}]}]
  utter_title_away: [{text: weg}]
"""
        }
    )
    talk = Talk(book)
    home, away = Choice(None, "flow/go_home/name", intent="home"), Choice(None, "utter_title_away/0", intent="away")
    assert talk.start("ask") == (Started("ask"), Asked("kind", "utter_ask_kind", (home, away)))
