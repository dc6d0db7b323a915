"""The vocabulary of our columns: enumerations, instants, classes of personal data."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, DateTime, Dialect, Enum, Float, Integer, TypeDecorator, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class ChannelName(StrEnum):
    """What a person holds in her hand. Who carries it is the provider, another column."""

    WHATSAPP = "whatsapp"
    SMS = "sms"
    TELEGRAM = "telegram"
    WEB = "web"
    TERMINAL = "terminal"
    MAIL = "mail"


class Provider(StrEnum):
    """Who carries a channel."""

    TWILIO = "twilio"
    TELEGRAM = "telegram"
    WEB = "web"
    TERMINAL = "terminal"
    SMTP = "smtp"


class InboundKind(StrEnum):
    """What a parent sent."""

    TEXT = "text"
    BUTTON = "button"
    VOICE = "voice"
    PICTURE = "picture"
    VIDEO = "video"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT = "contact"
    EMPTY = "empty"
    UNKNOWN = "unknown"


class Lane(StrEnum):
    """Urgent overtakes all, reply overtakes proactive; order holds within a conversation and lane."""

    URGENT = "urgent"
    REPLY = "reply"
    PROACTIVE = "proactive"


class InboxState(StrEnum):
    """An inbound message is open until a turn has answered it, or five attempts have failed.

    One of a colleague waits for the staff side instead: no turn ever reads it.
    """

    OPEN = "open"
    STAFF = "staff"
    DONE = "done"
    DEAD = "dead"


class OutboxState(StrEnum):
    """Where an outbound message stands. Only queued, sending and unknown hold back what follows."""

    WAITING = "waiting"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    HELD = "held"
    DEAD = "dead"
    CANCELLED = "cancelled"


class WaitReason(StrEnum):
    """Why an outbound message waits. A waiting row blocks nothing."""

    WINDOW = "window"
    QUIET_HOURS = "quiet_hours"
    TIME = "time"
    PERSON = "person"
    PROOF = "proof"


class BroadcastState(StrEnum):
    """A broadcast waits for release, is put into the outbox slice by slice, and is then all there."""

    DRAFT = "draft"
    RELEASED = "released"
    EXPANDED = "expanded"
    CANCELLED = "cancelled"


class LeftOut(StrEnum):
    """Why a guardian gets no message of a broadcast."""

    RIGHTS = "rights"
    STOPPED = "stopped"
    ENOUGH = "enough"
    NOWHERE = "nowhere"
    BLOCKED = "blocked"
    SAME_PHONE = "same_phone"
    UNPROVEN = "unproven"


class Author(StrEnum):
    """Who wrote an outbound message."""

    BOT = "bot"
    STAFF = "staff"


class DeliveryStatus(StrEnum):
    """What the provider says became of a message; ranked, and never going back."""

    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    UNDELIVERED = "undelivered"
    FAILED = "failed"


class Rights(StrEnum):
    """What a guardian may know of a pupil (art. 1:377b and 377c BW)."""

    FULL = "full"
    LIMITED = "limited"
    NONE = "none"


class Role(StrEnum):
    """Who at school a topic belongs to."""

    MENTOR = "mentor"
    TEAM_LEADER = "team_leader"
    ABSENCE_DESK = "absence_desk"
    CARE_COORDINATOR = "care_coordinator"
    SAFETY_COORDINATOR = "safety_coordinator"
    FINANCE = "finance"
    ADMINISTRATION = "administration"
    CONFIDENTIAL_COUNSELLOR = "confidential_counsellor"
    PARENT_COUNCIL = "parent_council"
    LAST_RESORT = "last_resort"
    """Who gets what nobody else can see to; no topic belongs to it."""


class Sensitivity(StrEnum):
    """How far a topic may travel: special content reaches staff in the web inbox only."""

    OPEN = "open"
    PERSONAL = "personal"
    SPECIAL = "special"


class CaseState(StrEnum):
    """A case is in a person's hands until closed."""

    OPEN = "open"
    WAITING = "waiting"
    CLOSED = "closed"


class Told(StrEnum):
    """Why a colleague is told of a case."""

    GIVEN = "given"
    WROTE = "wrote"
    REMINDED = "reminded"
    ESCALATED = "escalated"


class Medium(StrEnum):
    """How a colleague hears that a parent waits."""

    MAIL = "mail"
    TELEGRAM = "telegram"
    NONE = "none"


class MediaState(StrEnum):
    """What became of something attached."""

    OPEN = "open"
    KEPT = "kept"
    GONE = "gone"


class EventKind(StrEnum):
    """What an entry of the school's calendar is to parents; `other` is nothing that the line tells."""

    PARENTS_EVENING = "parents_evening"
    SHORT_TALKS = "short_talks"
    REPORT = "report"
    TEST_WEEK = "test_week"
    SCHOOL_EXAM = "school_exam"
    RESIT = "resit"
    EXAM = "exam"
    DAY_OFF = "day_off"
    CLOSED = "closed"
    HOLIDAY = "holiday"
    TRIP = "trip"
    OPEN_DAY = "open_day"
    COUNCIL = "council"
    OTHER = "other"


class ImportState(StrEnum):
    """A file that was handed in is looked at, then brought in or put aside. All of it or nothing."""

    LOOKED_AT = "looked_at"
    DONE = "done"
    ASIDE = "aside"


class DataClass(StrEnum):
    """What kind of personal data a column can hold; stands in `Column.info['data']`, a test holds that none is unmarked."""

    MESSAGE = "message"
    IDENTITY = "identity"
    CASE = "case"
    SAFETY = "safety"
    TECHNICAL = "technical"


class Instant(TypeDecorator[dt.datetime]):
    """A moment in UTC. Naive values are refused; SQLite's naive answers get their zone back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Refuse what has no zone, store UTC."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"a moment without a time zone cannot be stored: {value!r}"
            raise ValueError(message)
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Give UTC back."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


Key = BigInteger().with_variant(Integer, "sqlite")
"""An integer key; plain INTEGER on SQLite, or it would not number them."""


def enum(kind: type[StrEnum]) -> Enum:
    """A column that holds one of `kind`, stored as its value (not as a database type, which is hard to extend)."""
    return Enum(
        kind,
        native_enum=False,
        length=32,
        create_constraint=False,
        values_callable=lambda e: [m.value for m in e],
    )


class database_time(FunctionElement[dt.datetime]):  # noqa: N801 - reads as a SQL function
    """The database's own clock, moved by some seconds. Leases use it, so that workers need not agree on the time."""

    type = Instant()
    inherit_cache = True
    name = "database_time"

    def __init__(self, seconds: float | ColumnElement[float] = 0) -> None:
        """`seconds` from now, may be negative."""
        super().__init__(seconds if isinstance(seconds, ColumnElement) else literal(float(seconds), Float))


@compiles(database_time, "sqlite")
def _sqlite_time(element: database_time, compiler: SQLCompiler, **kw: Any) -> str:
    seconds = compiler.process(element.clauses, **kw)
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', printf('%+.3f seconds', {seconds}))"


@compiles(database_time)
def _database_time(element: database_time, compiler: SQLCompiler, **kw: Any) -> str:
    seconds = compiler.process(element.clauses, **kw)
    return f"(clock_timestamp() + make_interval(secs => {seconds}))"
