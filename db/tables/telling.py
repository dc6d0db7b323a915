"""What colleagues are told outside the inbox: what there is to tell, how each wants to hear it, and what came of their mail."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import TECHNICAL, Base, SchoolRow, of_school
from db.types import Instant, Key, Medium, Told, enum


class StaffNotice(Base, SchoolRow):
    """Something to tell a colleague of a case, written where it happened. No words: these are read when it leaves."""

    __tablename__ = "staff_notice"
    __table_args__ = of_school(
        Index("ix_staff_notice_open", "state", "due_at"),
        Index("ix_staff_notice_case_id", "case_id", "staff_id"),
        Index("ix_staff_notice_outbox_id", "outbox_id"),
        case_id="case",
        staff_id="staff",
    )

    case_id: Mapped[int] = mapped_column(Key)
    staff_id: Mapped[int] = mapped_column(Key)
    what: Mapped[Told] = mapped_column(enum(Told))
    at: Mapped[dt.datetime] = mapped_column(Instant, comment="When it happened.")
    due_at: Mapped[dt.datetime] = mapped_column(
        Instant, comment="Not before; moved while the colleague is not at work."
    )
    state: Mapped[str] = mapped_column(
        String(12), default="open", info=TECHNICAL, comment="open, told, then sent; or moot, nowhere, failed"
    )
    done_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    told_id: Mapped[int | None] = mapped_column(Key, comment="Who was told: a substitute, where somebody is away.")
    outbox_id: Mapped[int | None] = mapped_column(Key, comment="With which message; a reply to it belongs to the case.")
    tries: Mapped[int] = mapped_column(
        Integer, default=0, server_default="0", comment="How often a message with it was refused for good."
    )


class StaffMedium(Base, SchoolRow):
    """How a colleague wants to be told, where it is not as usual: by mail, in school hours."""

    __tablename__ = "staff_medium"
    __table_args__ = of_school(UniqueConstraint("school_id", "staff_id"), staff_id="staff")

    staff_id: Mapped[int] = mapped_column(Key)
    medium: Mapped[Medium] = mapped_column(enum(Medium), default=Medium.MAIL)
    opens: Mapped[str] = mapped_column(
        String(5), default="", info=TECHNICAL, comment="HH:MM; empty: as the school opens."
    )
    closes: Mapped[str] = mapped_column(String(5), default="", info=TECHNICAL)
    code_hash: Mapped[str] = mapped_column(
        String(64), default="", info=TECHNICAL, comment="Of the code that binds a chat, keyed."
    )
    code_until: Mapped[dt.datetime | None] = mapped_column(Instant)


class StaffMailCount(Base, SchoolRow):
    """What became of colleagues' answers and of the rest of the mailbox, counted. A stranger's mail leaves nothing else."""

    __tablename__ = "staff_mail_count"
    __table_args__ = of_school(UniqueConstraint("school_id", "reason"))

    reason: Mapped[str] = mapped_column(String(40), info=TECHNICAL)
    count: Mapped[int] = mapped_column(Integer, default=0)
