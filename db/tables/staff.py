"""The people at school: who they are, what they answer for, when they work, how they log in."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Boolean, Date, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import IDENTITY, TECHNICAL, Base, SchoolRow, of_school
from db.types import Instant, Key, Role, enum


class Staff(Base, SchoolRow):
    """A member of staff of one school."""

    __tablename__ = "staff"
    __table_args__ = of_school(UniqueConstraint("school_id", "email"))

    login_id: Mapped[int | None] = mapped_column(Key, ForeignKey("staff_login.id"))
    number: Mapped[str] = mapped_column(
        String(80), default="", info=IDENTITY, comment="The school system's own number, where an import gave one."
    )
    title: Mapped[str] = mapped_column(String(40), default="", info=IDENTITY, comment="mevrouw, meneer or nothing")
    given_name: Mapped[str] = mapped_column(String(120), info=IDENTITY)
    family_name: Mapped[str] = mapped_column(String(120), info=IDENTITY)
    say_as: Mapped[str] = mapped_column(String(120), default="", info=IDENTITY, comment="How to say the name.")
    email: Mapped[str] = mapped_column(String(254), info=IDENTITY)
    mobile: Mapped[str] = mapped_column(String(40), default="", info=IDENTITY)
    weekdays: Mapped[str] = mapped_column(
        String(7), default="01234", info=TECHNICAL, comment="Days at work, 0 = Monday."
    )
    last_hours: Mapped[dict[str, Any]] = mapped_column(
        JSON, default=dict, info=TECHNICAL, comment="Not after HH:MM, by weekday; else until the school closes."
    )
    administrator: Mapped[bool] = mapped_column(Boolean, default=False)
    left_at: Mapped[dt.datetime | None] = mapped_column(Instant)


class StaffRole(Base, SchoolRow):
    """Who holds a role, first by position."""

    __tablename__ = "staff_role"
    __table_args__ = of_school(UniqueConstraint("school_id", "role", "staff_id"), staff_id="staff")

    staff_id: Mapped[int] = mapped_column(Key)
    role: Mapped[Role] = mapped_column(enum(Role))
    position: Mapped[int] = mapped_column(Integer, default=1)


class StaffAbsence(Base, SchoolRow):
    """Days (both included) on which somebody is away, and who stands in."""

    __tablename__ = "staff_absence"
    __table_args__ = of_school(staff_id="staff", substitute_id="staff")

    staff_id: Mapped[int] = mapped_column(Key)
    substitute_id: Mapped[int | None] = mapped_column(Key)
    first_day: Mapped[dt.date] = mapped_column(Date, info=IDENTITY)
    last_day: Mapped[dt.date] = mapped_column(Date, info=IDENTITY)


class RoutingRule(Base, SchoolRow):
    """What the school says of a topic, for a class or for all: which role, or which person, gets it.

    `declined`: that was offered, and an administrator does not want it.
    """

    __tablename__ = "routing_rule"
    __table_args__ = of_school(
        Index("ix_routing_rule_topic", "school_id", "topic"), staff_id="staff", class_id="school_class"
    )

    topic: Mapped[str] = mapped_column(String(40), info=TECHNICAL)
    class_id: Mapped[int | None] = mapped_column(Key, comment="Nothing: every class.")
    role: Mapped[Role | None] = mapped_column(enum(Role))
    staff_id: Mapped[int | None] = mapped_column(Key, comment="A person by name, instead of a role.")
    declined: Mapped[bool] = mapped_column(Boolean, default=False)


class RotaShift(Base, SchoolRow):
    """Who is warned when there is danger, on which weekdays and between which local hours."""

    __tablename__ = "rota_shift"
    __table_args__ = of_school(staff_id="staff")

    staff_id: Mapped[int] = mapped_column(Key)
    weekdays: Mapped[str] = mapped_column(String(7), default="01234", info=TECHNICAL)
    starts: Mapped[str] = mapped_column(String(5), default="08:00", info=TECHNICAL)
    ends: Mapped[str] = mapped_column(String(5), default="17:00", info=TECHNICAL)


class StaffLogin(Base):
    """How a person logs in; one login may serve several schools. Global."""

    __tablename__ = "staff_login"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True, info=IDENTITY)
    password_hash: Mapped[str] = mapped_column(String(300), info=TECHNICAL)
    disabled_at: Mapped[dt.datetime | None] = mapped_column(Instant)


class Session(Base):
    """A logged-in browser. Only the token's hash is kept. Global."""

    __tablename__ = "session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True, info=TECHNICAL)
    login_id: Mapped[int] = mapped_column(Key, ForeignKey("staff_login.id"))
    staff_id: Mapped[int] = mapped_column(Key, comment="As which member of staff, of which school.")
    made_at: Mapped[dt.datetime] = mapped_column(Instant)
    seen_at: Mapped[dt.datetime] = mapped_column(Instant)
    expires_at: Mapped[dt.datetime] = mapped_column(Instant)


class LoginAttempt(Base):
    """A failed login, for the limit on guessing. Global: it happens before a school is known."""

    __tablename__ = "login_attempt"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    subject_hash: Mapped[str] = mapped_column(String(64), index=True, info=TECHNICAL, comment="Of e-mail or address.")
    at: Mapped[dt.datetime] = mapped_column(Instant)
