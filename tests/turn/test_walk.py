"""Random walks over the shipped conversations: whatever somebody does, the laws hold."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass, field, replace

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.turn.memory import Remembered, last_menu
from bot.turn.sentences import wording
from bot.turn.types import AddToCase, HumanCase, Known, Option, Outcome, PassOn, Quoted, Say, SentenceRef, Silence
from db.types import ChannelName, InboundKind, Rights
from nlu.port import Decision, Errand, LanguageGuess, SafetyLevel, Understood
from tests.turn.scene import CAN, ELIF, FATMA, LANGUAGES, ROOT, Phone, book, mind, scripted

EXAMPLES = yaml.safe_load((ROOT / "nlu" / "examples" / "nl.yml").read_text(encoding="utf-8"))
INTENTS = sorted({entry["intent"] for entry in EXAMPLES["nlu"]} | {"out_of_scope"})
WORDS = (
    "ja",
    "nee",
    "1",
    "2",
    "3",
    "٢",
    "9",
    "42",
    "mens",
    "stop",
    "start",
    "menu",
    "taal",
    "Türkçe",
    "laat maar",
    "Elif",
)
HIDDEN = replace(ELIF, pupil_id=99, given_name="Verborgen", family_name="Geheim", class_name="9Z", rights=Rights.NONE)


@dataclass
class Whim:
    """Understands whatever was drawn last."""

    next: Understood = field(default_factory=lambda: scripted("greet"))
    name: str = "whim"

    def understand(self, text: str, *, known_language: str | None = None) -> Understood:
        """The drawn understanding, whatever the text."""
        del text, known_language
        return self.next


understandings = st.builds(
    lambda intent, others, decision, language, sure, safety, second: replace(
        scripted(intent, decision=decision, others=tuple(others)),
        language=LanguageGuess(language, 0.8, sure=sure),
        safety=safety,
        two=(Errand(intent, 0.9, "Elif .."), Errand(second, 0.9, "morgen ..")) if second and not safety else None,
    ),
    st.sampled_from(INTENTS),
    st.lists(st.sampled_from(INTENTS), min_size=2, max_size=2),
    st.sampled_from(Decision),
    st.sampled_from([*LANGUAGES, "other", "pt"]),
    st.booleans(),
    st.sampled_from([None] * 12 + list(SafetyLevel)),
    st.sampled_from([None] * 100 + INTENTS),
)
texts = st.one_of(st.sampled_from(WORDS), st.sampled_from(WORDS), st.text(max_size=60))
moves = st.one_of(
    st.tuples(st.just("text"), texts, understandings),
    st.tuples(st.just("text"), texts, understandings),
    st.tuples(st.just("late"), texts, understandings),
    st.tuples(st.just("early"), texts, understandings),
    st.tuples(st.just("tap"), st.builds("{}.{}".format, st.integers(0, 12), st.integers(0, 9)), understandings),
    st.tuples(st.just("tap"), st.text(max_size=9), understandings),
    st.tuples(st.just("kind"), st.sampled_from([kind.value for kind in InboundKind]), understandings),
    st.tuples(st.just("hours"), st.sampled_from(["1", "11", "13", "30"]), understandings),
    st.tuples(st.just("person"), st.just(""), understandings),
    st.tuples(st.sampled_from(["menu 1", "menu 2", "menu 3", "case"]), texts, understandings),
)
families = st.sampled_from([(FATMA, (ELIF, CAN, HIDDEN)), (FATMA, (ELIF,)), (FATMA, (HIDDEN,)), (None, ())])


Steps = list[tuple[str, str, Understood]]
Family = tuple[object, tuple[object, ...]]
walks = (
    families,
    st.sampled_from([ChannelName.WEB, ChannelName.SMS]),
    st.sampled_from(["facts", ""]),
    st.lists(moves, max_size=14),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(*walks)
def test_walk(family: Family, channel: ChannelName, facts: str, steps: Steps) -> None:
    """Never an exception, never silence, one menu a turn, nothing of a hidden child, and a person one word away."""
    _walk(family, channel, facts, steps)


@pytest.mark.long
@pytest.mark.timeout(3600)
@settings(max_examples=4000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(*walks)
def test_the_long_walk(family: Family, channel: ChannelName, facts: str, steps: Steps) -> None:
    """The same, some 28,000 turns long."""
    _walk(family, channel, facts, steps)


def _walk(family: Family, channel: ChannelName, facts: str, steps: Steps) -> None:
    whim = Whim()
    phone = Phone(whim)
    school = phone.known.school if facts else replace(phone.known.school, facts={}, staff_names={})
    phone.known = replace(phone.known, guardian=family[0], children=family[1], channel=channel, school=school)  # type: ignore[arg-type]
    phone.new()
    for kind, what, understood in steps:
        whim.next = understood
        before = phone.known
        outcome = _move(phone, kind, what)
        if outcome is not None:
            _laws(before, outcome)
            _person_is_one_word_away(phone.known, whim)


def _move(phone: Phone, kind: str, what: str) -> Outcome | None:
    match kind:
        case "text" | "late" | "early":
            return phone.write(what, late=kind == "late", allow_wait=kind == "early")
        case "tap":
            return phone.write(kind=InboundKind.BUTTON, button=what)
        case "kind":
            return phone.write(kind=InboundKind(what))
        case "hours":
            phone.later(dt.timedelta(hours=int(what)))
        case "person":
            phone.person_spoke()
        case _:
            return _quote(phone, kind, what)
    return None


def _quote(phone: Phone, kind: str, what: str) -> Outcome:
    """She quotes menu 1, 2 or 3, or a person."""
    number, case = kind.rpartition(" ")[2], HumanCase(8, "absence", "de verzuimbalie", quoted=True)
    quoted = Quoted(case=case) if kind == "case" else Quoted("utter_help", int(number))
    phone.known = replace(phone.known, quoted=quoted)
    outcome = phone.write(what)
    phone.known = replace(phone.known, quoted=None)
    return outcome


def _laws(before: Known, outcome: Outcome) -> None:
    if outcome.wait:
        assert (outcome.events, outcome.memory) == ((), before.memory)
        return
    says = [event for event in outcome.events if isinstance(event, Say)]
    assert says or any(isinstance(event, AddToCase) for event in outcome.events)
    for say in says:
        assert say.response in book().domain.responses
        known = {name for name, value in say.values.items() if value not in {None, ""}}
        assert set(_needed(say.response)) <= known
        for sentence in _named(say):
            assert mind().phrases.dutch(sentence)  # else it could not be said in any language
    with_choices = [say for say in says if say.options]
    assert len(with_choices) <= 1
    menu = last_menu(outcome.memory)
    if with_choices:
        assert menu is not None
        assert menu.options == with_choices[0].options
        assert menu.number == Remembered.unpack(before.memory).menu_number + 1
    assert "Verborgen" not in repr(says)
    assert "9Z" not in repr(says)
    assert json.loads(json.dumps(outcome.memory.data)) == outcome.memory.data
    assert Remembered.unpack(outcome.memory).pack() == outcome.memory


def _named(say: Say) -> list[str]:
    """The sentences that stand on its choices and in its blanks."""
    values = [option for option in say.options if not option.plain]
    values += [value for value in say.values.values() if isinstance(value, Option) and not value.plain]
    refs = [value.id for value in say.values.values() if isinstance(value, SentenceRef)]
    return [*(option.title for option in values), *refs]


def _needed(response: str) -> list[str]:
    """What the first sentence of a response cannot do without; later ones are left out where a fact is missing."""
    said = wording(book(), response)
    return re.findall(r"{(\w+)}", re.split(r"(?<=[.!?])\s", said.text, maxsplit=1)[0]) if said else []


def _person_is_one_word_away(known: Known, whim: Whim) -> None:
    whim.next = scripted("out_of_scope", decision=Decision.PERSON)
    outcome = Phone(whim, known).write("mens")
    assert any(isinstance(event, PassOn | AddToCase) for event in outcome.events)
    assert not any(isinstance(event, Silence) for event in outcome.events)


@pytest.mark.parametrize("intent", INTENTS)
def test_every_intent_gets_an_answer(intent: str) -> None:
    """An intent that we are sure of is answered, or asked about, by name or by its flow; only `out_of_scope` goes unanswered."""
    phone = Phone(Whim(scripted(intent)))
    outcome = phone.write("...")
    says = [event.response for event in outcome.events if isinstance(event, Say)]
    assert says
    assert "utter_not_understood_person" not in says or intent == "out_of_scope"


def test_the_intents_are_there() -> None:
    """A walk over no intents proves nothing."""
    assert len(INTENTS) >= 40


def test_the_same_turn_twice_is_the_same() -> None:
    """A turn is pure: repeated after a crash it says the same."""
    first, second = Phone(Whim(scripted("report_absence"))), Phone(Whim(scripted("report_absence")))
    assert first.write("Elif is ziek") == second.write("Elif is ziek")
