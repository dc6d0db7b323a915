"""The message core's tables: conversation, inbox, outbox, delivery, timer (`docs/decisions/0001-message-core.md`)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Boolean, Float, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import MESSAGE, TECHNICAL, Base, SchoolRow, of_school
from db.types import (
    Author,
    DeliveryStatus,
    InboundKind,
    InboxState,
    Instant,
    Key,
    Lane,
    OutboxState,
    WaitReason,
    enum,
)

_OPEN_INBOX = "state = 'open'"
_STAFF_INBOX = "state = 'staff'"
_UNTRANSLATED = "case_id IS NOT NULL AND (dutch_state IS NULL OR dutch_state = 'later')"
_OPEN_OUTBOX = "state IN ('queued', 'sending', 'unknown')"
_WAITING_OUTBOX = "state = 'waiting'"
_PROACTIVE_OUTBOX = "state IN ('waiting', 'queued')"
OPEN_INBOX, OPEN_OUTBOX, WAITING_OUTBOX = text(_OPEN_INBOX), text(_OPEN_OUTBOX), text(_WAITING_OUTBOX)
STAFF_INBOX, UNTRANSLATED = text(_STAFF_INBOX), text(_UNTRANSLATED)
PROACTIVE_OUTBOX = text(f"lane = 'proactive' AND {_PROACTIVE_OUTBOX}")
FAILED_OUTBOX = text("code IS NOT NULL")

INBOX_OPEN = text(f"inbox.{_OPEN_INBOX}")
"""SQLite sees that a partial index will do only where a question says the same in the same letters, not in bound values."""
INBOX_STAFF = text(f"inbox.{_STAFF_INBOX}")
INBOX_UNTRANSLATED = text("inbox.case_id IS NOT NULL AND (inbox.dutch_state IS NULL OR inbox.dutch_state = 'later')")
INBOX_LATER = text("inbox.dutch_state = 'later'")
OUTBOX_OPEN = text(f"outbox.{_OPEN_OUTBOX}")
OUTBOX_WAITING = text(f"outbox.{_WAITING_OUTBOX}")
OUTBOX_PROACTIVE = text(f"outbox.lane = 'proactive' AND outbox.{_PROACTIVE_OUTBOX}")


class Conversation(Base, SchoolRow):
    """All that is said on one address. Its row is the lock under which `seq` is numbered."""

    __tablename__ = "conversation"
    __table_args__ = of_school(
        UniqueConstraint("school_id", "address_id"), address_id="address", account_id="provider_account"
    )

    address_id: Mapped[int] = mapped_column(Key)
    account_id: Mapped[int] = mapped_column(Key, comment="The account it last came in through; answers leave by it.")
    last_seq: Mapped[int] = mapped_column(Integer, default=0)
    version: Mapped[int] = mapped_column(Integer, default=0, comment="Raised by every change a turn must know of.")
    memory: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=MESSAGE)
    language: Mapped[str | None] = mapped_column(
        String(10), info=TECHNICAL, comment="As the memory has it, for questions."
    )
    flow_since: Mapped[int | None] = mapped_column(Integer, comment="The seq with which the running flow began.")
    flow_revision: Mapped[int | None] = mapped_column(Integer, comment="The content revision it began with, and keeps.")
    flow_began_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    window_until: Mapped[dt.datetime | None] = mapped_column(
        Instant, comment="WhatsApp: until when free text may leave."
    )
    last_inbound_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    human_at: Mapped[dt.datetime | None] = mapped_column(Instant, comment="When a person had the last word to her.")
    human_case_id: Mapped[int | None] = mapped_column(Key)
    introduced_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    opted_out_at: Mapped[dt.datetime | None] = mapped_column(Instant, comment="STOP: nothing proactive.")
    blocked_at: Mapped[dt.datetime | None] = mapped_column(Instant, comment="The provider refuses for her (21610).")
    silenced_until: Mapped[dt.datetime | None] = mapped_column(Instant, comment="Law 3's end, against machines.")
    paused_until: Mapped[dt.datetime | None] = mapped_column(
        Instant, comment="After a 429; urgent does not wait for it."
    )
    next_send_at: Mapped[dt.datetime | None] = mapped_column(Instant, comment="The conversation's own rate limit.")


class Inbox(Base, SchoolRow):
    """A message that came in. Open until a turn has answered it or five attempts have failed."""

    __tablename__ = "inbox"
    __table_args__ = of_school(
        UniqueConstraint("account_id", "provider_id"),
        UniqueConstraint("conversation_id", "seq"),
        Index("ix_inbox_open", "conversation_id", "seq", sqlite_where=OPEN_INBOX, postgresql_where=OPEN_INBOX),
        Index("ix_inbox_case_id", "case_id"),
        Index("ix_inbox_staff", "id", sqlite_where=STAFF_INBOX, postgresql_where=STAFF_INBOX),
        Index("ix_inbox_untranslated", "id", sqlite_where=UNTRANSLATED, postgresql_where=UNTRANSLATED),
        conversation_id="conversation",
        account_id="provider_account",
        case_id="case",
    )

    conversation_id: Mapped[int] = mapped_column(Key)
    account_id: Mapped[int] = mapped_column(Key)
    seq: Mapped[int] = mapped_column(Integer)
    provider_id: Mapped[str] = mapped_column(String(120), info=TECHNICAL)
    kind: Mapped[InboundKind] = mapped_column(enum(InboundKind))
    text: Mapped[str] = mapped_column(Text, default="", info=MESSAGE)
    button: Mapped[str | None] = mapped_column(String(200), info=MESSAGE)
    payload: Mapped[dict[str, Any]] = mapped_column(
        JSON, default=dict, info=MESSAGE, comment="Media, quote, opt-out type."
    )
    sent_at: Mapped[dt.datetime] = mapped_column(Instant)
    received_at: Mapped[dt.datetime] = mapped_column(Instant)
    late: Mapped[bool] = mapped_column(Boolean, default=False)
    state: Mapped[InboxState] = mapped_column(enum(InboxState), default=InboxState.OPEN)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    not_before: Mapped[dt.datetime] = mapped_column(Instant, comment="The next attempt after a failure.")
    breath_until: Mapped[dt.datetime | None] = mapped_column(Instant, comment="Waits for what follows in one breath.")
    lease_until: Mapped[dt.datetime | None] = mapped_column(Instant)
    lease_token: Mapped[str | None] = mapped_column(String(40), info=TECHNICAL)
    done_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    case_id: Mapped[int | None] = mapped_column(Key)
    language: Mapped[str | None] = mapped_column(String(10), info=TECHNICAL)
    trace: Mapped[dict[str, Any]] = mapped_column(
        JSON, default=dict, info=MESSAGE, comment="What was understood and done."
    )
    dutch: Mapped[str] = mapped_column(
        Text, default="", server_default="", info=MESSAGE, comment="Her words in Dutch, by a computer."
    )
    dutch_doubts: Mapped[dict[str, Any]] = mapped_column(
        JSON,
        default=dict,
        server_default="{}",
        info=MESSAGE,
        comment="What may be wrong in it: [kind, words, in hers].",
    )
    dutch_state: Mapped[str | None] = mapped_column(
        String(10), info=TECHNICAL, comment="done, later, cannot, none (needs none); empty: not looked at."
    )
    dutch_why: Mapped[str] = mapped_column(
        String(20), default="", server_default="", info=TECHNICAL, comment="Why there is none."
    )
    dutch_tries: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    dutch_at: Mapped[dt.datetime | None] = mapped_column(Instant, comment="When it is tried again.")


class Outbox(Base, SchoolRow):
    """A message on its way out. `key` names its cause; a second row of the same cause cannot exist."""

    __tablename__ = "outbox"
    __table_args__ = of_school(
        UniqueConstraint("school_id", "key"),
        UniqueConstraint("conversation_id", "seq"),
        Index(
            "ix_outbox_open", "conversation_id", "lane", "seq", sqlite_where=OPEN_OUTBOX, postgresql_where=OPEN_OUTBOX
        ),
        Index(
            "ix_outbox_waiting", "conversation_id", "seq", sqlite_where=WAITING_OUTBOX, postgresql_where=WAITING_OUTBOX
        ),
        Index("ix_outbox_proactive", "school_id", sqlite_where=PROACTIVE_OUTBOX, postgresql_where=PROACTIVE_OUTBOX),
        Index("ix_outbox_failed", "id", sqlite_where=FAILED_OUTBOX, postgresql_where=FAILED_OUTBOX),
        Index("ix_outbox_provider_sid", "provider_sid"),
        Index("ix_outbox_case_id", "case_id"),
        conversation_id="conversation",
        staff_id="staff",
        case_id="case",
    )

    conversation_id: Mapped[int] = mapped_column(Key)
    seq: Mapped[int] = mapped_column(Integer)
    key: Mapped[str] = mapped_column(String(120), info=TECHNICAL)
    lane: Mapped[Lane] = mapped_column(enum(Lane))
    state: Mapped[OutboxState] = mapped_column(enum(OutboxState), default=OutboxState.QUEUED)
    wait_reason: Mapped[WaitReason | None] = mapped_column(enum(WaitReason))
    not_before: Mapped[dt.datetime] = mapped_column(Instant)
    text: Mapped[str] = mapped_column(Text, info=MESSAGE)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=MESSAGE, comment="Choices, template.")
    response: Mapped[str] = mapped_column(String(120), default="", info=TECHNICAL, comment="The content's name for it.")
    language: Mapped[str | None] = mapped_column(String(10), info=TECHNICAL)
    author: Mapped[Author] = mapped_column(enum(Author), default=Author.BOT)
    staff_id: Mapped[int | None] = mapped_column(Key)
    staff_text: Mapped[str] = mapped_column(Text, default="", info=MESSAGE, comment="What the person at school wrote.")
    case_id: Mapped[int | None] = mapped_column(Key)
    inbox_id: Mapped[int | None] = mapped_column(Key)
    repeatable: Mapped[bool] = mapped_column(Boolean, default=True)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    lease_until: Mapped[dt.datetime | None] = mapped_column(Instant)
    lease_token: Mapped[str | None] = mapped_column(String(40), info=TECHNICAL)
    provider_sid: Mapped[str | None] = mapped_column(String(120), info=TECHNICAL)
    created_at: Mapped[dt.datetime] = mapped_column(Instant)
    tried_at: Mapped[dt.datetime | None] = mapped_column(Instant, comment="When the last attempt began.")
    sent_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    unknown_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    code: Mapped[str | None] = mapped_column(
        String(40), info=TECHNICAL, comment="The provider's code of the last failure."
    )
    doubled: Mapped[int] = mapped_column(
        Integer, default=0, comment="How often it was sent again after an unknown end."
    )


class Delivery(Base, SchoolRow):
    """What the provider said became of a message, each status once, in whatever order it came."""

    __tablename__ = "delivery"
    __table_args__ = of_school(
        UniqueConstraint("school_id", "outbox_id", "provider_sid", "status"),
        outbox_id="outbox",
    )

    outbox_id: Mapped[int] = mapped_column(Key)
    provider_sid: Mapped[str] = mapped_column(String(120), info=TECHNICAL)
    status: Mapped[DeliveryStatus] = mapped_column(enum(DeliveryStatus))
    code: Mapped[str | None] = mapped_column(String(40), info=TECHNICAL)
    at: Mapped[dt.datetime] = mapped_column(Instant)
    delay: Mapped[float | None] = mapped_column(Float, comment="Seconds since it was handed over.")


class Timer(Base, SchoolRow):
    """Something to look at later. A wall-clock time keeps its local time, zone and rule, so that a calendar change moves it.

    `local_time` is `2027-03-29 08:00`; without a `zone` it is the school's.
    """

    __tablename__ = "timer"
    __table_args__ = of_school(
        Index("ix_timer_due", "state", "due_at"),
        conversation_id="conversation",
    )

    conversation_id: Mapped[int] = mapped_column(Key)
    kind: Mapped[str] = mapped_column(String(60), info=TECHNICAL)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=MESSAGE)
    due_at: Mapped[dt.datetime] = mapped_column(Instant)
    local_time: Mapped[str | None] = mapped_column(String(20), info=TECHNICAL)
    zone: Mapped[str | None] = mapped_column(String(60), info=TECHNICAL)
    rule: Mapped[str | None] = mapped_column(String(60), info=TECHNICAL)
    state: Mapped[str] = mapped_column(String(12), default="open", info=TECHNICAL, comment="open, fired or cancelled")
    firing: Mapped[int] = mapped_column(Integer, default=0)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
