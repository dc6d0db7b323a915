"""A school's own flow keeps out of the way of what the line itself means by a name."""

from __future__ import annotations

import pytest

from bot.content.flow_check import checked
from bot.turn.choices import COMMANDS
from nlu.examples import Example
from tests.content.flowing import BIKES, TAUGHT, overlay_of, real


def faults(text: str, *taught: Example) -> list[str]:
    laid = checked(real(), overlay_of(own_bikes=text), (TAUGHT, *taught))
    return [fault.what for fault in laid.faults["own_bikes"]]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (("own_bike_key", "school_phone"), "school_phone is a blank that the line fills"),
        (("own_bike_key", "choice"), "choice is a blank that the line fills"),
        (("own_bike_key", "mentor_key"), "slot mentor_key: what begins with mentor is not passed on"),
        (
            ("    type: categorical", "    initial_value: lost\n    type: categorical"),
            "slot own_bike_key would hold 'lost' in every other conversation too",
        ),
        (
            ("    steps:", "    persisted_slots: [message]\n    steps:"),
            "slot message outlives this flow: of danger it would not be asked any more",
        ),
        (("responses:", "responses:\n  utter_ask_ours_bikes:\n    - text: Ha"), "utter_ask_ours_bikes is a name of"),
    ],
)
def test_a_name_that_means_something_else_is_a_fault(change: tuple[str, str], what: str) -> None:
    """What the flow would change of other conversations, of a school's answers and of a colleague's case."""
    assert faults(BIKES) == []
    assert [what in fault for fault in faults(BIKES.replace(*change))] == [True]


@pytest.mark.parametrize("command", sorted(COMMANDS - {"affirm", "deny"}))
def test_no_choice_of_a_schools_flow_is_a_command(command: str) -> None:
    """Neither as an answer that a button may name, nor as a question that starts the flow."""
    answer = BIKES.replace("responses:", f"responses:\n  utter_{command}:\n    - text: Ha")
    started = BIKES.replace("intent: bikes", f'intent: "{command}"')
    assert faults(answer) == [f"utter_{command} is a name of the line's own"]
    assert faults(started, Example("nl", command, "waar staan de steps")) == [f"{command} is for the line itself"]
