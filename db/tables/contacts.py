"""Calls: what colleagues said to guardians by telephone, beside the line. Who and when, never what about."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Boolean, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, SchoolRow, of_school
from db.types import Instant, Key


class Call(Base, SchoolRow):
    """A colleague called a guardian about a pupil."""

    __tablename__ = "call"
    __table_args__ = of_school(
        Index("ix_call_guardian_id", "guardian_id"), guardian_id="guardian", pupil_id="pupil", staff_id="staff"
    )

    guardian_id: Mapped[int] = mapped_column(Key)
    pupil_id: Mapped[int] = mapped_column(Key)
    staff_id: Mapped[int] = mapped_column(Key)
    spoken: Mapped[bool] = mapped_column(Boolean, comment="Or nobody answered.")
    at: Mapped[dt.datetime] = mapped_column(Instant)
