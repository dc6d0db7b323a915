"""What a turn may know, and what it may say happened. All of it plain, frozen and free of the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from db.types import ChannelName, InboundKind, Lane, Rights
from nlu.port import SafetyLevel, Understood

# --------------------------------------------------------------------------- what a turn is given


@dataclass(frozen=True, slots=True)
class Heard:
    """What a person wrote in one breath: one message, or a few fragments read together."""

    text: str
    kind: InboundKind
    at: dt.datetime
    button: str | None = None
    late: bool = False
    fragments: int = 1
    stop_handled: bool = False
    """The provider itself has already answered a STOP, START or HELP."""
    quoted: str | None = None
    """The provider's number of the message that she quotes; what that one is stands in `Known.quoted`."""
    received: dt.datetime | None = None
    """By our own clock; `at` is by the provider's."""


@dataclass(frozen=True, slots=True)
class Mentor:
    """A mentor as a parent meets her: `name` with title ("mevrouw De Wit"), `weekdays` 0 (Monday) to 6 she works."""

    staff_id: int
    name: str
    say_as: str
    female: bool | None
    weekdays: tuple[int, ...]
    away_until: dt.date | None = None
    """The last day of an absence that has begun."""
    stand_in: str | None = None
    """Who stands in meanwhile, by name."""


@dataclass(frozen=True, slots=True)
class Child:
    """A pupil, as far as this guardian's rights go."""

    pupil_id: int
    given_name: str
    family_name: str
    class_name: str
    rights: Rights
    mentors: tuple[Mentor, ...]


@dataclass(frozen=True, slots=True)
class Guardian:
    """Whom a binding proves us to be talking to."""

    guardian_id: int
    name: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Sharer:
    """One of several people who are bound to this address, with the children of whom she may know."""

    guardian: Guardian
    given_name: str
    children: tuple[Child, ...]


@dataclass(frozen=True, slots=True)
class HumanCase:
    """The case that her message is for: a person had the last word to her within the past 72 hours, or she quotes it."""

    case_id: int
    topic: str
    staff_name: str
    at: dt.datetime | None = None
    """When the person spoke: a question that the bot asked after that is still the bot's."""
    guardian_id: int | None = None
    """Whose it is: on a shared phone it is nobody else's."""
    quoted: bool = False
    """She quotes a message of it: what she writes is for that person, whatever the bot has asked since."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """The message of this conversation that she quotes. `response` is what the bot said with it (empty: people's words)."""

    response: str = ""
    menu: int | None = None
    """The number of the menu that it showed."""
    case: HumanCase | None = None


@dataclass(frozen=True, slots=True)
class Rota:
    """Who is warned when there is danger: nobody (`names` empty) outside its hours, then `opens_at` is the next start."""

    names: tuple[str, ...]
    opens_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class School:
    """What a turn knows of the school. `facts`: the values for the placeholders of `flows/facts.yml`, as typed there."""

    name: str
    timezone: str
    facts: Mapping[str, str]
    rota: Rota
    promise: Mapping[str, dt.datetime]
    """Role name to the moment before which the parent hears from that role, computed from the calendar."""
    staff_names: Mapping[str, str]
    """Role name to the name of the person who now stands for it ("mevrouw Yilmaz"); a role nobody holds is missing."""
    no_lessons: frozenset[dt.date] = frozenset()
    """Days without lessons for her children, as far as the calendar says."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What the conversation remembers between turns: small, versioned, JSON. See `bot/turn/memory.py`."""

    data: Mapping[str, Any] = field(default_factory=dict)


class ProvenBy(StrEnum):
    """How a message has just proved who writes."""

    CODE = "code"
    AGAIN = "again"
    """The code that had proved her before: nothing has changed."""
    NUMBER = "number"
    """The school's records give her this number, and she named her child."""


@dataclass(frozen=True, slots=True)
class Known:
    """All a turn may know. No clock, no randomness, no database, no network."""

    now: dt.datetime
    channel: ChannelName
    memory: Memory
    school: School
    guardian: Guardian | None = None
    children: tuple[Child, ...] = ()
    sharers: tuple[Sharer, ...] = ()
    """Those who share this phone, where they are several; `guardian` is the one of them who writes, if that is known."""
    case: HumanCase | None = None
    quoted: Quoted | None = None
    first_contact: bool = False
    opted_out: bool = False
    bind_child: str | None = None
    """Set where this message has just proved the binding: the given name(s) of the child(ren) it is for."""
    bound_by: ProvenBy = ProvenBy.CODE
    code_unknown: bool = False
    """The message carries a code that proves nothing: mistyped, used or too old."""
    code_slip: bool = False
    """The message carries a code that was written down wrongly: no letter can have it."""
    code_closed: bool = False
    """The message carries a code that was not tried: too many before it were wrong."""
    silenced: bool = False
    """Law 3's end was said, and its hour is not over."""
    recent_answers: int = 0
    """Answers to this address in the past 10 minutes."""
    identical: int = 0
    """How often exactly this text came before, in a row."""


# --------------------------------------------------------------------------- what a turn says happened


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a menu. `payload` is what it means to us, `title` a sentence id (`utter_x/0/b1`) or a plain text."""

    payload: str
    title: str
    plain: bool = False


@dataclass(frozen=True, slots=True)
class SentenceRef:
    """A value that is a sentence of ours (`utter_ask_x/0/b1`): shown in her language, never as the slot's raw value."""

    id: str


class Ours(str):
    """A value that is a whole text of ours, put into her words before: the signs that fence off its names and numbers stay."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Weekdays:
    """A value that is a list of weekdays, 0 (Monday) to 6."""

    days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Say:
    """Words for the parent: a response's name and what its placeholders hold; rendered by one place.

    `values` holds raw values (str, date, datetime, list of str, SentenceRef ..); the phrase layer formats them in her language.
    """

    response: str
    values: Mapping[str, Any] = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    lane: Lane = Lane.REPLY
    repeatable: bool = True
    language: str | None = None
    """Another language than the conversation's, for offers such as the list of languages."""


class CaseReason(StrEnum):
    """Why a case came about; the sentence for staff is made from it."""

    ASKED = "asked"
    NOT_UNDERSTOOD = "not_understood"
    WANTS_PERSON = "wants_person"
    MEDIA = "media"
    SAFETY = "safety"
    MACHINE = "machine"
    FAILED = "failed"
    OF_AGE = "of_age"
    SHARED_PHONE = "shared_phone"


@dataclass(frozen=True, slots=True)
class PassOn:
    """Bring this to a person: opens the case of this topic and pupil, or adds to the open one."""

    topic: str
    role: str
    summary: Mapping[str, str] = field(default_factory=dict)
    """What the flow collected, slot name to value, for the staff side: shown in Dutch beside her own words."""
    pupil_id: int | None = None
    reason: CaseReason = CaseReason.ASKED
    verified: bool = True
    since: dt.datetime | None = None
    """Her messages from this moment on belong to it (the question before her "yes"); None: this one, or the flow's."""


@dataclass(frozen=True, slots=True)
class AddToCase:
    """Her message belongs to this case: a person had the last word."""

    case_id: int


@dataclass(frozen=True, slots=True)
class Alarm:
    """Warn the rota at once (or, where nobody is on, leave it to what the parent was told)."""

    level: SafetyLevel


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Fire `kind` for this conversation at `at`, unless cancelled; one open timer per kind and conversation."""

    kind: str
    at: dt.datetime
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """The open timer of this kind is no longer needed."""

    kind: str


@dataclass(frozen=True, slots=True)
class OptOut:
    """She stopped (or, False, resumed) what the school sends of itself."""

    stopped: bool


@dataclass(frozen=True, slots=True)
class Withdraw:
    """She takes her phone back: this address is bound to her no more."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Law 3's end: no answers to this address until then."""

    until: dt.datetime


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Kept for the administrator, without the person; and again, with what she then chose (an intent, or `person`)."""

    at: dt.datetime
    """When she wrote what was not understood."""
    offered: tuple[str, ...] = ()
    """Up to three guesses, the best first."""
    asked: bool = False
    """She was asked which of them she meant; else a person has it."""
    chosen: str | None = None


Event = Say | PassOn | AddToCase | Alarm | SetTimer | CancelTimer | OptOut | Withdraw | Silence | NotUnderstood


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened, in order. `wait` (alone) means: nothing yet, she may go on; read it again with what follows."""

    memory: Memory
    events: tuple[Event, ...] = ()
    understood: Understood | None = None
    wait: bool = False
    trace: Mapping[str, Any] = field(default_factory=dict)
    """For the web phone's right-hand side and the tests: language, intent, ranking, flow, step, decision."""
