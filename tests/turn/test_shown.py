"""What a flow knows, as the phrase layer gets it."""

from __future__ import annotations

import pytest

from bot.turn.types import Say
from tests.turn.scene import Phone, Script, scripted


@pytest.mark.parametrize("text", ["weekdays:9", "weekdays:", f"weekdays:{'9' * 5000}"])
def test_her_own_words_are_said_back_as_they_are(text: str) -> None:
    """They may look like the days that an action tells of, and are no days."""
    phone = Phone(Script({"vrij": scripted("request_leave")}))
    for said in ("vrij", "1", "3"):
        phone.write(said)
    outcome = phone.write(text)
    (read_back,) = [event for event in outcome.events if isinstance(event, Say) and event.options]
    assert read_back.response == "utter_ask_confirmed_leave"
    assert read_back.values["leave_dates"] == text
