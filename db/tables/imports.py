"""People brought in: who did it, when, what came of it; and which column was said to mean what."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import TECHNICAL, Base, SchoolRow, holds, of_school
from db.types import DataClass, ImportState, Instant, Key, enum

FILE_DAYS = 1
"""A file waits that long for a yes. When it was brought in it goes at once."""


class PeopleImport(Base, SchoolRow):
    """One import, from the file to its counts. Without names: whom it changed stands in their own rows."""

    __tablename__ = "people_import"
    __table_args__ = of_school(staff_id="staff")

    staff_id: Mapped[int | None] = mapped_column(Key, comment="None: from the command line.")
    at: Mapped[dt.datetime] = mapped_column(Instant)
    done_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    state: Mapped[ImportState] = mapped_column(enum(ImportState), default=ImportState.LOOKED_AT)
    kind: Mapped[str] = mapped_column(String(20), default="", info=TECHNICAL, comment="csv, magister, oneroster 1.2 ..")
    org: Mapped[str] = mapped_column(
        String(80), default="", info=TECHNICAL, comment="Which school of a OneRoster set, by its sourcedId."
    )
    part: Mapped[bool] = mapped_column(default=False, comment="Said to be a part of the school: nobody has left.")
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=TECHNICAL, comment="Figures, no names.")
    file_name: Mapped[str] = mapped_column(
        String(120), default="", info=holds(DataClass.IDENTITY, FILE_DAYS), comment="May name a person."
    )
    file: Mapped[bytes | None] = mapped_column(LargeBinary, info=holds(DataClass.IDENTITY, FILE_DAYS))


class ImportColumns(Base, SchoolRow):
    """What somebody said the columns of a file mean, by a hash of its headings."""

    __tablename__ = "import_columns"
    __table_args__ = of_school(UniqueConstraint("school_id", "fingerprint"))

    fingerprint: Mapped[str] = mapped_column(String(64), info=TECHNICAL)
    columns: Mapped[list[str]] = mapped_column(JSON, default=list, info=TECHNICAL, comment="Our fields, in order.")
