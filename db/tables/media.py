"""What parents attached, copied while the provider still has it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Index, Integer, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import TECHNICAL, Base, SchoolRow, holds, of_school
from db.types import DataClass, Instant, Key, MediaState, enum

MEDIA_DAYS = 60
"""Longer than the summer holidays: by then somebody has heard it. The words beside it stay as long as all words."""
_OPEN = text("state = 'open'")


class Media(Base, SchoolRow):
    """One attachment of a message. Where it is at the provider stands in the message's payload, at `position`."""

    __tablename__ = "media"
    __table_args__ = of_school(
        UniqueConstraint("school_id", "inbox_id", "position"),
        Index("ix_media_open", "not_before", sqlite_where=_OPEN, postgresql_where=_OPEN),
        inbox_id="inbox",
    )

    inbox_id: Mapped[int] = mapped_column(Key)
    position: Mapped[int] = mapped_column(Integer)
    content_type: Mapped[str] = mapped_column(
        String(100), default="", info=TECHNICAL, comment="As announced, without parameters: a claim of the sender."
    )
    size: Mapped[int | None] = mapped_column(Integer, comment="Bytes: as announced, then as copied.")
    data: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True, info=holds(DataClass.MESSAGE, MEDIA_DAYS))
    state: Mapped[MediaState] = mapped_column(enum(MediaState), default=MediaState.OPEN)
    attempts: Mapped[int] = mapped_column(Integer, default=0, comment="Also tells a late copier that it is late.")
    not_before: Mapped[dt.datetime] = mapped_column(Instant, comment="The next attempt; while one runs, its end.")
    fault: Mapped[str | None] = mapped_column(String(40), info=TECHNICAL, comment="Why the last attempt failed.")
