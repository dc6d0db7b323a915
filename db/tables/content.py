"""A school's own edits on top of the shipped content, and what the line could not answer."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import JSON, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import MESSAGE, TECHNICAL, Base, SchoolRow, of_school
from db.types import Instant, Key


class ContentRevision(Base, SchoolRow):
    """A set of edits: one draft at most, the published ones numbered and never changed."""

    __tablename__ = "content_revision"
    __table_args__ = of_school(UniqueConstraint("school_id", "number"), staff_id="staff")

    number: Mapped[int] = mapped_column(Integer, comment="1, 2, ..; the draft has the next one.")
    staff_id: Mapped[int | None] = mapped_column(Key)
    note: Mapped[str] = mapped_column(String(300), default="", info=TECHNICAL)
    made_at: Mapped[dt.datetime] = mapped_column(Instant)
    published_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    rolled_back_to: Mapped[int | None] = mapped_column(Integer)


class ContentSentence(Base, SchoolRow):
    """One sentence in one language as a school wrote it, complete in each revision that has it."""

    __tablename__ = "content_sentence"
    __table_args__ = of_school(UniqueConstraint("revision_id", "context", "language"), revision_id="content_revision")

    revision_id: Mapped[int] = mapped_column(Key)
    context: Mapped[str] = mapped_column(String(160), info=TECHNICAL, comment="response/variant")
    language: Mapped[str] = mapped_column(String(10), info=TECHNICAL)
    text: Mapped[str] = mapped_column(Text, info=TECHNICAL)
    source_hash: Mapped[str] = mapped_column(String(16), info=TECHNICAL, comment="Of the Dutch it was made from.")


class ContentExample(Base, SchoolRow):
    """One message as a parent may write it, and the intent it has for a school; complete in each revision that has it.

    An administrator chose it and took out what names a person: it is the school's own, and stays as long as its revision.
    """

    __tablename__ = "content_example"
    __table_args__ = of_school(UniqueConstraint("revision_id", "language", "text"), revision_id="content_revision")

    revision_id: Mapped[int] = mapped_column(Key)
    intent: Mapped[str] = mapped_column(String(60), info=TECHNICAL)
    language: Mapped[str] = mapped_column(String(10), info=TECHNICAL)
    text: Mapped[str] = mapped_column(String(500), info=TECHNICAL)


class Unanswered(Base, SchoolRow):
    """A message that was not understood, kept without the person, for the administrator."""

    __tablename__ = "unanswered"
    __table_args__ = of_school(settled_by_id="staff")

    language: Mapped[str] = mapped_column(String(10), info=TECHNICAL, comment="Hers, or `other`.")
    text: Mapped[str] = mapped_column(Text, info=MESSAGE, comment="Known names and numbers are masked.")
    offered: Mapped[list[str]] = mapped_column(
        JSON, default=list, info=TECHNICAL, comment="Up to three guesses, the best first."
    )
    decision: Mapped[str] = mapped_column(
        String(10),
        default="person",
        info=TECHNICAL,
        comment="offer: she was asked about them; person: it was passed on.",
    )
    chosen: Mapped[str | None] = mapped_column(
        String(60), info=TECHNICAL, comment="The intent that she then chose, or person."
    )
    at: Mapped[dt.datetime] = mapped_column(Instant, comment="When she wrote it.")
    settled_at: Mapped[dt.datetime | None] = mapped_column(Instant, comment="When an administrator put it aside.")
    settled_by_id: Mapped[int | None] = mapped_column(Key)
