"""What is remembered comes back, and what the caller asks of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from bot.turn.memory import Remembered, conversation_language, in_flow, last_menu, note_between, with_language
from bot.turn.recent import Absence, Aside, Finished
from bot.turn.types import Memory, Say
from tests.turn.scene import MONDAY, Phone, Script, scripted


def _asked() -> Phone:
    phone = Phone(Script({"kind is ziek": scripted("report_absence")}))
    phone.write("kind is ziek")
    return phone


def test_there_and_back() -> None:
    """Nothing is lost between turns."""
    memory = _asked().known.memory
    assert Remembered.unpack(memory).pack() == memory


def test_what_is_over_comes_back_too() -> None:
    """An absence, a flow that is done, one put aside, an agreement that was read."""
    flow = Remembered.unpack(_asked().known.memory).flow
    kept = Remembered(
        aside=Aside(flow, MONDAY, offered=True),
        finished=Finished("report_absence", {"child": "11"}, MONDAY),
        absences=(Absence("11", True, MONDAY.date()),),
        agreed_on=MONDAY.date(),
    )
    assert Remembered.unpack(kept.pack()) == kept


def test_another_version_begins_afresh() -> None:
    """After an upgrade an old memory keeps the language and that we have met, and no open question."""
    old = Memory(
        {**_asked().known.memory.data, "version": 0, "language": "tr", "language_locked": True, "flow": "nonsense"}
    )
    kept = Remembered.unpack(old)
    assert (kept.language, kept.language_locked, kept.introduced, kept.flow.stack) == ("tr", True, True, ())


def test_a_flow_is_open_until_it_ends() -> None:
    """What flows have kept (which child) is no open flow."""
    phone = _asked()
    assert in_flow(phone.known.memory)
    phone.write("laat maar")
    assert not in_flow(phone.known.memory)
    assert phone.known.memory.data["flow"] == {}


def test_menus_are_numbered() -> None:
    """A button's payload is the menu's number and a position, so numbers never come back."""
    phone = _asked()
    first = last_menu(phone.known.memory)
    phone.write("1")
    second = last_menu(phone.known.memory)
    assert first is not None
    assert second is not None
    assert (first.number, second.number) == (1, 2)
    assert first.since == MONDAY


def test_a_message_between() -> None:
    """A notice or a person's word after the menu: a bare digit is read back first."""
    phone = Phone()
    phone.write("menu")
    noted = note_between(phone.known.memory)
    menu = last_menu(noted)
    assert menu is not None
    assert menu.between
    assert note_between(Memory()) == Memory()


def test_languages_from_elsewhere() -> None:
    """The language read goes before the one spoken."""
    assert conversation_language(Memory()) == "nl"
    assert conversation_language(with_language(Memory(), "tr")) == "tr"
    assert conversation_language(with_language(Memory(), "so", read="en", locked=True)) == "en"


def test_a_yes_brings_the_question_along() -> None:
    """A person gets what she had asked, not only her "yes": `since` reaches back to it."""
    phone = Phone(Script({"vakantie?": scripted("ask_holidays")}))
    asked_at = phone.known.now
    phone.known = replace(phone.known, school=replace(phone.known.school, facts={}))
    phone.write("vakantie?")
    phone.later(dt.timedelta(minutes=5))
    outcome = phone.write("ja")
    passed = [event for event in outcome.events if not isinstance(event, Say)]
    assert [getattr(event, "since", None) for event in passed] == [asked_at]
