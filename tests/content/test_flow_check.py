"""What is wrong with a school's own flow is found before anybody meets it, at its line; and no fault of one spoils the others."""

from __future__ import annotations

import pytest

from bot.content import exchange, flow_editing, flow_exchange, own
from bot.content.editing import compare
from bot.content.flow_check import checked
from bot.content.flow_files import context_of, lay
from bot.content.flow_rules import fixed
from bot.content.flow_texts import shipped_text
from bot.content.phrases import Phrasebook
from bot.content.shipped import Edited
from bot.errors import Refusal
from flows.load import read_book
from locales.catalogs import source_hash
from tests.content.flowing import BIKES, FILE, STOP, asking_twice, overlay_of, real, shipped_stop


def test_every_shipped_flow_is_a_file_of_its_own() -> None:
    """The text that an administrator begins with is the flow itself, to the last step."""
    for flow in real().book.flows.values():
        alone = read_book({"one.yml": shipped_text(real().book, flow.id)}).flows[flow.id]
        assert (alone.name, alone.description, alone.triggers) == (flow.name, flow.description, flow.triggers)
        assert [(type(step), step.id) for step in alone.steps.values()] == [
            (type(step), step.id) for step in flow.steps.values()
        ]


def test_unchanged_flows_have_no_faults() -> None:
    """What is shipped may be kept as it is."""
    open_ones = set(real().book.flows) - fixed(real().book)
    files = overlay_of(**{flow: shipped_text(real().book, flow) for flow in open_ones})
    laid = checked(real(), files, ())
    assert len(open_ones) > 20
    assert {flow: found for flow, found in laid.faults.items() if not laid.is_sound(flow)} == {}


@pytest.mark.parametrize(
    ("change", "line", "what"),
    [
        (("utter_nothing_stopped", "utter_nothing_stoped"), 14, "there is no response"),
        (("slots.stop_scope", "slots.stop_scoop"), 8, "there is no slot"),
        (("then: stop", "then: stip"), 8, "there is no step"),
        (("    steps:", "    stepps:"), 7, "has no 'stepps'"),
        (("      - intent: stop_messages", "      - intent: stop_massages"), 2, "there is no intent"),
        (("flows:", "actions: [action_pay]\nflows:"), 1, "no actions of its own"),
        (("action: action_stop_messages", "action: action_pay"), 16, "there is no action"),
        (("  stop_messages:\n", "  stop_all:\n"), 2, "this is not the flow stop_messages alone"),
        (("berichten stoppen", "berichten van school stoppen"), 2, "stands in menus"),
        (("flows:", "responses:\n  utter_help:\n    - text: Ha\nflows:"), 2, "stands in what is shipped too"),
        (("flows:", "responses:\n  utter_ha:\n    - text: <b>Ha</b>\nflows:"), 3, "HTML"),
        (("intent: stop_messages", "intent: emergency"), 2, "danger starts this flow"),
        (("flows:", "flows: &x"), 1, "anchors"),
        (("flows:", "flows: !!python/object:os.system"), 1, "the tag"),
        (("flows:", f"flows: {'[' * 60}"), 1, "levels of nesting"),
    ],
)
def test_a_fault_has_its_line(change: tuple[str, str], line: int, what: str) -> None:
    """Where it stands in the school's own text, and what it is."""
    laid = checked(real(), overlay_of(stop_messages=shipped_stop().replace(*change, 1)), ())
    found = [fault for fault in laid.faults[STOP] if what in fault.what]
    assert [(fault.file, fault.line) for fault in found] == [("stop_messages.yml", line)]
    assert found[0].fix
    assert not laid.is_sound(STOP)


def test_a_flow_that_spoils_a_shipped_one_is_the_faulty_one() -> None:
    """Of two files, the one that takes another flow's question is blamed, the other is used."""
    thief = shipped_text(real().book, "help").replace("intent: help", "intent: request_callback")
    laid = checked(real(), overlay_of(help=thief, stop_messages=asking_twice()), ())
    assert [laid.is_sound("help"), laid.is_sound(STOP)] == [False, True]
    assert any("request_callback" in fault.what for fault in laid.faults["help"])
    assert "utter_help_more" in laid.book.domain.responses


def test_one_that_leans_on_a_faulty_one_is_not_used_either() -> None:
    """Nobody is led into a conversation that is not there."""
    leaning = shipped_stop().replace("action: utter_stopped\n        next: END", "link: own_bikes")
    laid = lay(real(), overlay_of(own_bikes=BIKES.replace("collect", "colect"), stop_messages=leaning))
    assert [laid.is_sound("own_bikes"), laid.is_sound(STOP)] == [False, False]
    assert laid.book == real().book


def test_danger_is_the_same_everywhere() -> None:
    """No school changes what happens then, what that calls, nor what brings a message to a person."""
    for flow_id in ("report_bullying", "which_child", "pass_on", "offer_pass_on"):
        with pytest.raises(Refusal):
            flow_editing.wanted(real(), {}, flow_id, "flows: {}")


def test_only_danger_rings_the_alarm() -> None:
    """A school's own flow cannot."""
    ringing = BIKES.replace("  steps:\n", "  steps:\n      - action: action_alarm\n", 1)
    laid = checked(real(), overlay_of(own_bikes=ringing), ())
    assert "only danger rings the alarm" in {fault.what for fault in laid.faults["own_bikes"]}


def test_a_faulty_flow_in_a_file_is_refused_at_its_line() -> None:
    """The rest of the file can be taken."""
    bad = shipped_stop().replace("then: stop", "then: stip")
    files = overlay_of(stop_messages=bad, help=shipped_text(real().book, "help").replace("name: menu", "name: kaart"))
    files |= overlay_of(report_bullying=shipped_text(real().book, "report_bullying"))
    text = exchange.write(real(), files, "Voorbeeldcollege")
    plan = exchange.plan(real(), {}, exchange.read(text))
    lines = text.splitlines()
    assert list(plan.wanted) == [(context_of("help"), "nl")]
    told = {(one.what, lines[one.line - 1].strip()) for one in plan.refused}
    assert told == {
        (STOP, "- collect: stop_scope"),
        (STOP, "- id: stop"),
        (STOP, "- action: utter_stopped"),
        ("report_bullying", "report_bullying: |"),
    }


def test_rolling_back_shows_the_flow() -> None:
    """The page that asks once more compares whole revisions."""
    before = Phrasebook(real(), overlay_of(stop_messages=asking_twice()))
    contexts = {change.context for change in compare(before, Phrasebook(real()))}
    assert contexts == {FILE, "utter_help_more/0"}


def test_an_answer_of_its_own_may_be_part_of_a_flow() -> None:
    """What the school wrote as an answer is there for its flows, on the page and in a file."""
    intent = f"{own.PREFIX}fietsen"
    overlay = {
        **overlay_of(stop_messages=shipped_stop().replace("utter_nothing_stopped", f"utter_{intent}")),
        (own.text_of(intent), "nl"): Edited("Achter de zaal.", source_hash("Achter de zaal.")),
        (own.title_of(intent), "nl"): Edited("fietsen", source_hash("fietsen")),
    }
    laid = checked(real(), overlay, ())
    plan = exchange.plan(real(), {}, exchange.read(exchange.write(real(), overlay, "Voorbeeldcollege")))
    assert laid.is_sound(STOP)
    assert list(plan.refused) == []
    assert exchange.over({}, plan.wanted).keys() == overlay.keys()


def test_a_file_says_why_a_conversation_cannot_be_called_so() -> None:
    """It is another fault than to change what is the same everywhere."""
    text = "version: 1\nsentences: {}\nflows:\n  ../own: x\n  report_bullying: x\n"
    told = [one.why for one in exchange.plan(real(), {}, exchange.read(text)).refused]
    assert [why.partition(":")[0] for why in told] == [
        "A conversation cannot be called like this",
        "This conversation is the same at every school.",
    ]


def test_a_file_brings_no_more_conversations_than_can_be_looked_at() -> None:
    """The rest of them is refused, one by one."""
    drawn = [flow_exchange.Drawn(f"own_{number}", BIKES, number) for number in range(flow_editing.MOST + 2)]
    _, _, refused = flow_exchange.plan(real(), overlay_of(own_there=BIKES), drawn, ())
    told = [one.flow_id for one in refused if one.why == flow_editing.TOO_MANY]
    assert told == [f"own_{number}" for number in range(flow_editing.MOST - 1, flow_editing.MOST + 2)]
