"""What is done for each school by night."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import TECHNICAL, Base, SchoolRow, of_school
from db.types import Instant


class Chore(Base, SchoolRow):
    """Something that is done for a school each night: when it was last done to the end, and which worker is at it."""

    __tablename__ = "chore"
    __table_args__ = of_school(UniqueConstraint("school_id", "name"))

    name: Mapped[str] = mapped_column(String(40), info=TECHNICAL, comment="purge")
    done_at: Mapped[dt.datetime] = mapped_column(Instant, comment="At first: when the school was first seen.")
    emptied: Mapped[int] = mapped_column(Integer, default=0, comment="How many rows that time.")
    held_by: Mapped[str | None] = mapped_column(String(40), info=TECHNICAL, comment="The one worker that is at it.")
    held_until: Mapped[dt.datetime | None] = mapped_column(Instant, comment="By the database's clock.")
