"""Schools, what they say of themselves, and the accounts that carry their messages."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Boolean, Float, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import IDENTITY, TECHNICAL, Base, SchoolRow, of_school
from db.types import Instant, Key, Provider, enum


class School(Base):
    """One school. Global: a school belongs to nobody."""

    __tablename__ = "school"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), info=TECHNICAL)
    timezone: Mapped[str] = mapped_column(String(60), default="Europe/Amsterdam", info=TECHNICAL)
    accent: Mapped[str] = mapped_column(String(20), default="#1d5c63", info=TECHNICAL, comment="The pages' one colour.")
    demo: Mapped[bool] = mapped_column(Boolean, default=False)
    version: Mapped[int] = mapped_column(
        Integer, default=0, comment="Raised by every change of facts, staff, roles, rota or mentors."
    )
    translation: Mapped[str] = mapped_column(
        String(10),
        default="",
        server_default="",
        info=TECHNICAL,
        comment="What a machine may translate: none, ordinary, all; empty: special content only in the house.",
    )
    content_revision: Mapped[int] = mapped_column(
        Integer, default=0, comment="Number of the published content revision; 0 is what is shipped."
    )


class SchoolFact(Base, SchoolRow):
    """One fact of a school that answers name: a time, a date, an amount, a phone number."""

    __tablename__ = "school_fact"
    __table_args__ = of_school(UniqueConstraint("school_id", "name"))

    name: Mapped[str] = mapped_column(String(80), info=TECHNICAL)
    value: Mapped[str] = mapped_column(String(400), info=IDENTITY, comment="May name a person.")


class TranslationUse(Base, SchoolRow):
    """What a school's machine translation cost in a month."""

    __tablename__ = "translation_use"
    __table_args__ = of_school(UniqueConstraint("school_id", "month"))

    month: Mapped[str] = mapped_column(String(7), info=TECHNICAL, comment="2026-11, in UTC.")
    calls: Mapped[int] = mapped_column(Integer, default=0)
    characters: Mapped[int] = mapped_column(Integer, default=0)


class ProviderAccount(Base):
    """An account at a provider, which one school uses. Global: a webhook finds it before it knows the school."""

    __tablename__ = "provider_account"
    __table_args__ = (
        UniqueConstraint("provider", "external_id"),
        UniqueConstraint("school_id", "id"),
        Index("ix_provider_account_secret_hash", "secret_hash"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    school_id: Mapped[int] = mapped_column(Key, ForeignKey("school.id"), index=True)
    provider: Mapped[Provider] = mapped_column(enum(Provider))
    external_id: Mapped[str] = mapped_column(
        String(120), info=TECHNICAL, comment="AccountSid, bot id, or our own name."
    )
    whatsapp_from: Mapped[str] = mapped_column(String(40), default="", info=TECHNICAL)
    sms_from: Mapped[str] = mapped_column(String(40), default="", info=TECHNICAL)
    service_sid: Mapped[str] = mapped_column(String(40), default="", info=TECHNICAL)
    secret_hash: Mapped[str] = mapped_column(
        String(64), default="", info=TECHNICAL, comment="SHA-256 of Telegram's webhook secret."
    )
    credentials: Mapped[str] = mapped_column(
        String(2000), default="", info=TECHNICAL, comment="Encrypted; empty: from the environment."
    )
    paused_until: Mapped[dt.datetime | None] = mapped_column(Instant, comment="After two conversations met a 429.")
    limited_at: Mapped[dt.datetime | None] = mapped_column(Instant, comment="When the last 429 came.")
    limited_conversation: Mapped[int | None] = mapped_column(Key, comment="On which conversation it came.")
    polled_by: Mapped[str | None] = mapped_column(String(40), info=TECHNICAL, comment="The one worker that polls it.")
    polled_until: Mapped[dt.datetime | None] = mapped_column(Instant)
    caught_up_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    fault: Mapped[str] = mapped_column(String(200), default="", info=TECHNICAL, comment="Why nothing leaves, if so.")


class Bucket(Base):
    """Tokens left for one account or conversation, so that several senders share one limit."""

    __tablename__ = "bucket"
    __table_args__ = (UniqueConstraint("school_id", "id"), UniqueConstraint("account_id", "name"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    school_id: Mapped[int] = mapped_column(Key, ForeignKey("school.id"), index=True)
    account_id: Mapped[int] = mapped_column(Key, ForeignKey("provider_account.id"))
    name: Mapped[str] = mapped_column(String(40), info=TECHNICAL, comment="The channel it limits.")
    tokens: Mapped[float] = mapped_column(Float)
    at: Mapped[dt.datetime] = mapped_column(Instant)


class ChoiceTemplate(Base, SchoolRow):
    """A template at the provider through which an account shows choices: its name says which, `sid` where it lies."""

    __tablename__ = "choice_template"
    __table_args__ = of_school(UniqueConstraint("account_id", "name"), account_id="provider_account")

    account_id: Mapped[int] = mapped_column(Key)
    name: Mapped[str] = mapped_column(String(120), info=TECHNICAL, comment="Ends in the hash of its definition.")
    sid: Mapped[str] = mapped_column(String(40), default="", info=TECHNICAL, comment="Empty until it is made.")
    claimed_until: Mapped[dt.datetime | None] = mapped_column(Instant, comment="Until then one process makes it.")
    refused: Mapped[int] = mapped_column(Integer, default=0, comment="How often in a row, soon after each other.")
    refused_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    refused_code: Mapped[str] = mapped_column(String(40), default="", info=TECHNICAL)


class Worker(Base):
    """A process that claims, sends and fires, and when it was last seen. Global."""

    __tablename__ = "worker"

    id: Mapped[str] = mapped_column(String(40), primary_key=True, info=TECHNICAL)
    started_at: Mapped[dt.datetime] = mapped_column(Instant)
    seen_at: Mapped[dt.datetime] = mapped_column(Instant)
