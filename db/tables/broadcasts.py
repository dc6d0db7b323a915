"""Broadcasts: what the school says of itself to many guardians, and what became of it for each."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import MESSAGE, TECHNICAL, Base, SchoolRow, of_school
from db.types import BroadcastState, Instant, Key, LeftOut, enum


class Broadcast(Base, SchoolRow):
    """One message to the guardians of a school or of some classes. An urgent one is released by two people."""

    __tablename__ = "broadcast"
    __table_args__ = of_school(
        CheckConstraint(
            "state IN ('draft', 'cancelled') OR (released_by IS NOT NULL AND "
            "(NOT urgent OR (released_too_by IS NOT NULL AND released_too_by <> released_by)))",
            name="released",
        ),
        Index("ix_broadcast_state", "state"),
        made_by="staff",
        released_by="staff",
        released_too_by="staff",
        cancelled_by="staff",
    )

    texts: Mapped[dict[str, str]] = mapped_column(
        JSON, default=dict, info=MESSAGE, comment="A sentence per language, Dutch among them; or there is a response."
    )
    response: Mapped[str] = mapped_column(String(120), default="", info=TECHNICAL, comment="The content's name for it.")
    values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=MESSAGE, comment="For its blanks.")
    classes: Mapped[list[int] | None] = mapped_column(
        JSON(none_as_null=True), info=TECHNICAL, comment="To these classes; empty: to the whole school."
    )
    urgent: Mapped[bool] = mapped_column(Boolean, default=False, comment="Closure, danger: at any hour, not counted.")
    until: Mapped[dt.datetime] = mapped_column(Instant, comment="What has not left by then never leaves.")
    state: Mapped[BroadcastState] = mapped_column(enum(BroadcastState), default=BroadcastState.DRAFT)
    cursor: Mapped[int] = mapped_column(Key, default=0, comment="The last guardian that was looked at.")
    made_by: Mapped[int] = mapped_column(Key)
    made_at: Mapped[dt.datetime] = mapped_column(Instant)
    released_by: Mapped[int | None] = mapped_column(Key)
    released_too_by: Mapped[int | None] = mapped_column(Key, comment="The second person, for an urgent one.")
    released_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    cancelled_by: Mapped[int | None] = mapped_column(Key)


class BroadcastRecipient(Base, SchoolRow):
    """What a broadcast means for one guardian: a message, or why there is none. Written once, with the cursor."""

    __tablename__ = "broadcast_recipient"
    __table_args__ = of_school(
        UniqueConstraint("broadcast_id", "guardian_id"),
        Index("ix_broadcast_recipient_guardian_id", "guardian_id"),
        Index("ix_broadcast_recipient_outbox_id", "outbox_id"),
        broadcast_id="broadcast",
        guardian_id="guardian",
        outbox_id="outbox",
    )

    broadcast_id: Mapped[int] = mapped_column(Key)
    guardian_id: Mapped[int] = mapped_column(Key)
    left_out: Mapped[LeftOut | None] = mapped_column(enum(LeftOut))
    outbox_id: Mapped[int | None] = mapped_column(Key, comment="Another guardian's, where both read the same phone.")
