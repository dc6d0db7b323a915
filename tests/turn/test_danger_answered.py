"""Whoever is asked whether somebody is in danger is heard, whatever the words of her answer are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.turn.types import Alarm, Outcome, Say
from db.types import InboundKind
from nlu.port import SafetyLevel
from tests.turn.scene import FATMA, Phone, Script, scripted

YES = "ja, er is gevaar"


def _asked() -> tuple[Phone, Script]:
    """A Pole wrote something that may be danger, and was asked."""
    script = Script(danger={"iets ergs": SafetyLevel.PERHAPS})
    phone = Phone(script)
    phone.known = replace(phone.known, guardian=replace(FATMA, language="pl"))
    assert _said(phone.write("iets ergs")) == ["utter_danger_perhaps"]
    return phone, script


def _said(outcome: Outcome) -> list[str]:
    return [event.response for event in outcome.events if isinstance(event, Say)]


def _half_a_day_later(phone: Phone) -> Outcome:
    phone.later(dt.timedelta(hours=13))
    return phone.write(YES)


def _taken_for_a_machine(phone: Phone) -> Outcome:
    phone.known = replace(phone.known, silenced=True)
    return phone.write(YES)


@pytest.mark.parametrize(
    "write",
    [
        lambda phone: phone.write(YES),
        lambda phone: phone.write(YES, kind=InboundKind.PICTURE),
        lambda phone: phone.write(YES, late=True),
        _half_a_day_later,
        _taken_for_a_machine,
    ],
    ids=["at once", "under a picture", "late", "half a day later", "silenced"],
)
def test_a_yes_that_speaks_of_danger_calls_for_help(write: Callable[[Phone], Outcome]) -> None:
    """It reads as an answer, but nothing that would read it so stands in the way of the alarm."""
    phone, script = _asked()
    script.danger[YES] = SafetyLevel.NOW
    outcome = write(phone)
    assert any(isinstance(event, Alarm) for event in outcome.events)


def test_a_word_that_another_language_means_as_a_no_ends_no_alarm() -> None:
    """A Polish "no" is almost a yes: however sure the engine is, she is asked again."""
    phone, script = _asked()
    script.told["No"] = scripted("deny")
    for _ in range(2):
        assert _said(phone.write("No")) == ["utter_danger_perhaps"]
    assert _said(phone.write("Nie")) == ["utter_danger_perhaps_no"]
