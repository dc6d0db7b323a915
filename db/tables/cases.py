"""Cases: what is in a person's hands, and what happened to it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Boolean, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import CASE, TECHNICAL, Base, SchoolRow, of_school
from db.types import CaseState, Instant, Key, Role, Sensitivity, enum

_OPEN = text("state = 'open'")


class Case(Base, SchoolRow):
    """Conversation x topic, with guardian and pupil where known."""

    __tablename__ = "case"
    __table_args__ = of_school(
        Index("ix_case_assignee", "school_id", "assignee_id", "state"),
        Index("ix_case_conversation", "school_id", "conversation_id", "topic"),
        Index("ix_case_look", "look_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        conversation_id="conversation",
        guardian_id="guardian",
        pupil_id="pupil",
        assignee_id="staff",
        merged_into_id="case",
    )

    conversation_id: Mapped[int] = mapped_column(Key)
    topic: Mapped[str] = mapped_column(String(40), info=TECHNICAL)
    sensitivity: Mapped[Sensitivity] = mapped_column(enum(Sensitivity))
    guardian_id: Mapped[int | None] = mapped_column(Key)
    pupil_id: Mapped[int | None] = mapped_column(Key)
    role: Mapped[Role] = mapped_column(enum(Role))
    assignee_id: Mapped[int | None] = mapped_column(Key)
    why: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=CASE, comment="Why it came to this person.")
    summary: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=CASE, comment="What the flow collected.")
    reason: Mapped[str] = mapped_column(String(40), info=TECHNICAL)
    verified: Mapped[bool] = mapped_column(Boolean, default=True)
    state: Mapped[CaseState] = mapped_column(enum(CaseState), default=CaseState.OPEN)
    opened_at: Mapped[dt.datetime] = mapped_column(Instant)
    waiting_since: Mapped[dt.datetime | None] = mapped_column(
        Instant, comment="Her first word without a person's answer."
    )
    promise_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    told_at: Mapped[dt.datetime | None] = mapped_column(Instant, comment="The latest moment that she was promised.")
    look_at: Mapped[dt.datetime | None] = mapped_column(
        Instant, comment="When the line looks at it next (bot/staff/promises.py); nothing: at once."
    )
    step: Mapped[int] = mapped_column(Integer, default=0, comment="How far its silence has come: bot/people/steps.py.")
    reckoned: Mapped[int] = mapped_column(
        Integer, default=-1, comment="The version of the school with which its promise was reckoned."
    )
    snoozed_until: Mapped[dt.datetime | None] = mapped_column(Instant)
    closed_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    merged_into_id: Mapped[int | None] = mapped_column(Key, comment="The case that goes on in its place.")


class CaseEvent(Base, SchoolRow):
    """One thing that happened to a case: opened, handed over, closed .."""

    __tablename__ = "case_event"
    __table_args__ = of_school(
        Index("ix_case_event_case_id", "case_id"), case_id="case", staff_id="staff", to_id="staff"
    )

    case_id: Mapped[int] = mapped_column(Key)
    kind: Mapped[str] = mapped_column(String(40), info=TECHNICAL)
    staff_id: Mapped[int | None] = mapped_column(Key, comment="Who did it; nobody: the line itself.")
    to_id: Mapped[int | None] = mapped_column(Key)
    note: Mapped[str] = mapped_column(String(500), default="", info=CASE)
    detail: Mapped[dict[str, Any]] = mapped_column(
        JSON,
        default=dict,
        info=TECHNICAL,
        comment="Which messages went where: numbers of rows, so that it can be undone.",
    )
    at: Mapped[dt.datetime] = mapped_column(Instant)


class CaseNote(Base, SchoolRow):
    """What colleagues tell each other about a case. It never leaves: nothing of it is ever put into the outbox."""

    __tablename__ = "case_note"
    __table_args__ = of_school(Index("ix_case_note_case_id", "case_id"), case_id="case", staff_id="staff")

    case_id: Mapped[int] = mapped_column(Key)
    staff_id: Mapped[int] = mapped_column(Key)
    text: Mapped[str] = mapped_column(Text, info=CASE)
    at: Mapped[dt.datetime] = mapped_column(Instant)


class CaseWriter(Base, SchoolRow):
    """Who is writing an answer just now, so that two colleagues do not answer at once."""

    __tablename__ = "case_writer"
    __table_args__ = of_school(UniqueConstraint("school_id", "case_id", "staff_id"), case_id="case", staff_id="staff")

    case_id: Mapped[int] = mapped_column(Key)
    staff_id: Mapped[int] = mapped_column(Key)
    at: Mapped[dt.datetime] = mapped_column(Instant)


class CaseRead(Base, SchoolRow):
    """Who read a thread, and when."""

    __tablename__ = "case_read"
    __table_args__ = of_school(Index("ix_case_read_case_id", "case_id"), case_id="case", staff_id="staff")

    case_id: Mapped[int] = mapped_column(Key)
    staff_id: Mapped[int] = mapped_column(Key)
    at: Mapped[dt.datetime] = mapped_column(Instant)
