"""What a flow of a school's own may ask of the turn: a guard, and a person at its end."""

from __future__ import annotations

from dataclasses import replace

from bot.turn.memory import Remembered
from bot.turn.take import take_turn
from bot.turn.types import Heard, Known, Outcome, PassOn, Say
from db.types import InboundKind
from flows.load import read_book
from flows.model import Book
from tests.turn.scene import LANGUAGES, Phone, Script, book, mind, scripted

OWN = """
flows:
  borrow_laptop:
    name: laptop lenen
    description: A pupil of this school borrows a laptop.
    if: slots.bound and slots.children_count > 0
    nlu_trigger: [{intent: ask_laptop}]
    steps:
      - collect: need
      - link: pattern_human_handoff
responses:
  utter_ask_need: [{text: "Waarvoor?"}]
  utter_ask_laptop: [{text: "Laptops zijn voor onze leerlingen."}]
"""


def _book() -> Book:
    own = read_book({"own.yml": OWN})
    domain = book().domain
    responses = {**domain.responses, **own.domain.responses}
    return replace(book(), flows={**book().flows, **own.flows}, domain=replace(domain, responses=responses))


def _write(known: Known, text: str) -> Outcome:
    recogniser = Script({"een laptop": scripted("ask_laptop")})
    heard = Heard(text, InboundKind.TEXT, known.now)
    return take_turn(heard, known, book=_book(), recogniser=recogniser, languages=LANGUAGES, wording=mind().wording)


def _said(outcome: Outcome) -> list[str]:
    return [event.response for event in outcome.events if isinstance(event, Say)]


def test_a_guard_lets_in_whom_it_holds_for() -> None:
    """A guardian of a pupil begins it; somebody whom the school does not know reads the intent's response."""
    known = Phone().known
    stranger = replace(known, guardian=None, children=())
    assert _said(_write(known, "een laptop")) == ["utter_ask_need"]
    assert _said(_write(stranger, "een laptop")) == ["utter_ask_laptop"]


def test_an_open_flow_answers_the_guarded_intent_and_goes_on() -> None:
    """The guard does not hold in the middle of another flow either: the answer, and the open question again."""
    phone = Phone(Script({"te veel berichten": scripted("stop_messages")}))
    phone.known = replace(phone.known, guardian=None, children=())
    phone.write("te veel berichten")
    assert _said(_write(phone.known, "een laptop")) == ["utter_ask_laptop", "utter_back_to", "utter_stop_what"]


def test_a_flow_ends_at_a_person() -> None:
    """Who gets what she told, once; nothing stays open."""
    known = Phone().known
    begun = replace(known, memory=_write(known, "een laptop").memory)
    outcome = _write(begun, "voor thuis")
    (passed,) = [event for event in outcome.events if isinstance(event, PassOn)]
    assert (passed.reason.value, passed.summary["need"]) == ("wants_person", "voor thuis")
    assert _said(outcome) in (["utter_handed_over"], ["utter_handed_over_role"])
    assert Remembered.unpack(outcome.memory).flow.stack == ()
