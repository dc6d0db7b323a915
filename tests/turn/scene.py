"""A school, a family and an engine whose understanding is written down: what turns in tests are made of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import yaml

from bot.content.mind import ContentMind
from bot.content.phrases import Phrasebook
from bot.content.shipped import load_shipped
from bot.turn.memory import Remembered
from bot.turn.take import take_turn
from bot.turn.types import Child, Guardian, Heard, HumanCase, Known, Memory, Mentor, Outcome, Rota, School
from db.types import ChannelName, InboundKind, Rights
from flows.load import load_book
from flows.model import Book
from nlu.port import OUT_OF_SCOPE, Decision, Guess, LanguageGuess, Recogniser, SafetyLevel, Understood

ROOT = Path(__file__).parents[2]
LANGUAGES = ("nl", "en", "tr", "ar", "pl", "uk")
MONDAY = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
THURSDAY = dt.datetime(2026, 11, 26, 11, 0, tzinfo=dt.UTC)

DE_WIT = Mentor(1, "mevrouw De Wit", "duh wit", female=True, weekdays=(0, 1, 3, 4))
BAKKER = Mentor(2, "meneer Bakker", "", female=False, weekdays=(0, 1, 2, 3, 4))
ELIF = Child(11, "Elif", "Demir", "2B", Rights.FULL, (DE_WIT,))
CAN = Child(12, "Can", "Demir", "4A", Rights.FULL, (BAKKER,))
FATMA = Guardian(1, "Fatma Demir", None)
ROLES = ("mentor", "team_leader", "absence_desk", "care_coordinator", "safety_coordinator", "finance", "administration")


@cache
def book() -> Book:
    """The shipped conversations."""
    return load_book(ROOT / "flows")


@cache
def mind() -> ContentMind:
    """The shipped sentences; what it would understand is not asked for."""
    return ContentMind(Phrasebook(load_shipped()), Script())


@cache
def facts() -> Mapping[str, str]:
    """The demo school's facts: the examples of the shipped list."""
    listed = yaml.safe_load((ROOT / "flows" / "facts.yml").read_text(encoding="utf-8"))
    return {name: str(fact["example"]) for name, fact in listed.items()}


def school() -> School:
    """A school with everything filled in and somebody on the rota."""
    return School(
        name="Voorbeeldcollege",
        timezone="Europe/Amsterdam",
        facts=facts(),
        rota=Rota(("mevrouw Yilmaz",), None),
        promise=dict.fromkeys((*ROLES, "parent_council"), THURSDAY),
        staff_names={"absence_desk": "de verzuimbalie", "safety_coordinator": "mevrouw Yilmaz"},
    )


def scripted(
    intent: str, *, decision: Decision = Decision.ANSWER, language: str = "", others: tuple[str, ...] = ()
) -> Understood:
    """An understanding as it is wanted. A language makes the guess sure."""
    rest = (*others, OUT_OF_SCOPE, "greet")[:2]
    ranking = (Guess(intent, 0.9), *(Guess(name, 0.04) for name in rest))
    guess = LanguageGuess(language or "nl", 0.9 if language else 0.3, sure=bool(language))
    return Understood(ranking, decision, guess)


@dataclass
class Script:
    """A recogniser that understands what it was told, and everything else not at all."""

    told: dict[str, Understood] = field(default_factory=dict)
    danger: dict[str, SafetyLevel] = field(default_factory=dict)
    name: str = "script"

    def understand(self, text: str, *, known_language: str | None = None) -> Understood:
        """What was written down for this text."""
        del known_language
        understood = self.told.get(text) or scripted(OUT_OF_SCOPE, decision=Decision.PERSON)
        return replace(understood, safety=self.danger.get(text))


@dataclass
class Phone:
    """One parent's side of a conversation, with a clock of its own."""

    recogniser: Recogniser = field(default_factory=Script)
    known: Known = field(
        default_factory=lambda: Known(
            now=MONDAY,
            channel=ChannelName.WEB,
            memory=Remembered(introduced=True).pack(),
            school=school(),
            guardian=FATMA,
            children=(ELIF, CAN),
        ),
    )
    languages: Sequence[str] = LANGUAGES

    def write(
        self,
        text: str = "",
        *,
        kind: InboundKind = InboundKind.TEXT,
        button: str | None = None,
        late: bool = False,
        stop_handled: bool = False,
        allow_wait: bool = False,
    ) -> Outcome:
        """Write, and remember what came of it. A minute passes."""
        heard = Heard(text, kind, self.known.now, button=button, late=late, stop_handled=stop_handled)
        outcome = take_turn(
            heard,
            self.known,
            book=book(),
            recogniser=self.recogniser,
            languages=self.languages,
            wording=mind().wording,
            allow_wait=allow_wait,
        )
        self.known = replace(self.known, memory=outcome.memory, bind_child=None)
        self.later(dt.timedelta(minutes=1))
        return outcome

    def later(self, time: dt.timedelta) -> None:
        """Time passes."""
        self.known = replace(self.known, now=self.known.now + time)

    def new(self) -> None:
        """Nobody has written on this address before."""
        self.known = replace(self.known, memory=Memory(), first_contact=True)

    def person_spoke(self) -> None:
        """A person at school had the last word."""
        self.known = replace(self.known, case=HumanCase(7, "mentor_message", "mevrouw De Wit", self.known.now))
