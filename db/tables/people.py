"""Pupils, guardians, what joins them, and the addresses they write from."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Date, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import IDENTITY, TECHNICAL, Base, SchoolRow, of_school
from db.types import ChannelName, Instant, Key, Rights, enum


class SchoolClass(Base, SchoolRow):
    """A class, such as 2B."""

    __tablename__ = "school_class"
    __table_args__ = of_school(UniqueConstraint("school_id", "name"))

    name: Mapped[str] = mapped_column(String(40), info=TECHNICAL)


class ClassMentor(Base, SchoolRow):
    """A mentor of a class, or of one pupil (whose own mentors win over the class's)."""

    __tablename__ = "class_mentor"
    __table_args__ = of_school(staff_id="staff", class_id="school_class", pupil_id="pupil")

    staff_id: Mapped[int] = mapped_column(Key)
    class_id: Mapped[int | None] = mapped_column(Key)
    pupil_id: Mapped[int | None] = mapped_column(Key)
    position: Mapped[int] = mapped_column(Integer, default=1)


class Pupil(Base, SchoolRow):
    """A child at school. Left pupils stay, marked, until they are purged."""

    __tablename__ = "pupil"
    __table_args__ = of_school(UniqueConstraint("school_id", "number"), class_id="school_class")

    number: Mapped[str] = mapped_column(String(80), info=IDENTITY, comment="The school system's own number.")
    given_name: Mapped[str] = mapped_column(String(120), info=IDENTITY)
    family_name: Mapped[str] = mapped_column(String(120), info=IDENTITY)
    birthday: Mapped[dt.date | None] = mapped_column(Date, info=IDENTITY)
    class_id: Mapped[int | None] = mapped_column(Key)
    left_at: Mapped[dt.datetime | None] = mapped_column(Instant)


class Guardian(Base, SchoolRow):
    """A parent or carer."""

    __tablename__ = "guardian"
    __table_args__ = of_school(
        UniqueConstraint("school_id", "number"),
        Index("ix_guardian_merged_into_id", "merged_into_id"),
        merged_into_id="guardian",
        merged_by_id="staff",
    )

    number: Mapped[str] = mapped_column(String(80), info=IDENTITY)
    given_name: Mapped[str] = mapped_column(String(120), info=IDENTITY)
    family_name: Mapped[str] = mapped_column(String(120), info=IDENTITY)
    language: Mapped[str | None] = mapped_column(String(10), info=IDENTITY, comment="As the school knows it.")
    merged_into_id: Mapped[int | None] = mapped_column(
        Key, comment="The same person: number and name stay, so that an import finds her; all else is there."
    )
    merged_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    merged_by_id: Mapped[int | None] = mapped_column(Key, comment="Who said so.")


class Guardianship(Base, SchoolRow):
    """One guardian's relation to one pupil, with rights."""

    __tablename__ = "guardianship"
    __table_args__ = of_school(
        UniqueConstraint("school_id", "guardian_id", "pupil_id"),
        guardian_id="guardian",
        pupil_id="pupil",
        consent_by_id="staff",
    )

    guardian_id: Mapped[int] = mapped_column(Key)
    pupil_id: Mapped[int] = mapped_column(Key)
    relation: Mapped[str] = mapped_column(String(40), default="", info=IDENTITY, comment="mother, father, carer ..")
    rights: Mapped[Rights] = mapped_column(enum(Rights), default=Rights.FULL)
    consent_at: Mapped[dt.datetime | None] = mapped_column(
        Instant, comment="Since when the pupil, of age, wants the guardian told."
    )
    consent_by_id: Mapped[int | None] = mapped_column(Key, comment="Who recorded it; nobody: on the command line.")
    introduced_at: Mapped[dt.datetime | None] = mapped_column(
        Instant, comment="When the line told her who the pupil's mentor is, after she was bound."
    )


class Address(Base, SchoolRow):
    """One way to reach somebody: a channel and an external id. A phone number is an address, never an identity."""

    __tablename__ = "address"
    __table_args__ = of_school(
        UniqueConstraint("school_id", "channel", "external_id"),
        Index("ix_address_guardian_id", "school_id", "known_guardian_id"),
        known_guardian_id="guardian",
        staff_id="staff",
    )

    channel: Mapped[ChannelName] = mapped_column(enum(ChannelName))
    external_id: Mapped[str] = mapped_column(String(254), info=IDENTITY)
    alias: Mapped[str] = mapped_column(String(200), default="", info=IDENTITY, comment="WhatsApp's business-scoped id.")
    known_guardian_id: Mapped[int | None] = mapped_column(
        Key, comment="Whose address the school's own records say it is."
    )
    staff_id: Mapped[int | None] = mapped_column(Key, comment="Set for a member of staff's own address.")
    invented: Mapped[bool] = mapped_column(
        default=False, comment="Of an invented person: delivers to the web phone only."
    )
    dead_reason: Mapped[str] = mapped_column(String(60), default="", info=TECHNICAL)


class Binding(Base, SchoolRow):
    """An address proven to belong to a guardian; ended, never deleted."""

    __tablename__ = "binding"
    __table_args__ = of_school(
        Index("ix_binding_address_id", "school_id", "address_id"),
        address_id="address",
        guardian_id="guardian",
        ended_by_id="staff",
    )

    address_id: Mapped[int] = mapped_column(Key)
    guardian_id: Mapped[int] = mapped_column(Key)
    proof: Mapped[str] = mapped_column(String(40), info=TECHNICAL, comment="code, known_number or staff")
    bound_at: Mapped[dt.datetime] = mapped_column(Instant)
    ended_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    ended_by_id: Mapped[int | None] = mapped_column(
        Key, comment="Who ended it; nobody: the guardian herself, or the line."
    )
    doubted_at: Mapped[dt.datetime | None] = mapped_column(
        Instant, comment="Since when it proves nothing until she proves it again (bot/people/doubting.py)."
    )
    doubt: Mapped[str] = mapped_column(String(20), default="", info=TECHNICAL, comment="silent, revived or moved")


class BindCode(Base, SchoolRow):
    """The code in a guardian's letter; only its keyed hash is kept."""

    __tablename__ = "bind_code"
    __table_args__ = of_school(UniqueConstraint("school_id", "code_hash"), guardian_id="guardian", made_by_id="staff")

    guardian_id: Mapped[int] = mapped_column(Key)
    code_hash: Mapped[str] = mapped_column(String(64), info=TECHNICAL)
    expires_at: Mapped[dt.datetime] = mapped_column(Instant)
    used_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    made_by_id: Mapped[int | None] = mapped_column(Key, comment="Who read it out; nobody: it stands in a letter.")
