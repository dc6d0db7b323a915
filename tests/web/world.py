"""Two schools with the same names in them, people who may see different things, and a browser for each."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar, cast

import httpx
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.mind import ContentMind
from bot.content.phrases import Phrasebook
from bot.content.shipped import load_shipped
from bot.core.accounts import Accounts
from bot.core.clock import TestClock, Timing
from bot.core.known import Scenes
from bot.core.mind import Mind
from bot.settings import Settings
from bot.staff.login import hash_token
from bot.wiring import Line
from db.engine import Database
from db.tables import (
    Address,
    Binding,
    Case,
    ClassMentor,
    Conversation,
    Guardian,
    Guardianship,
    Inbox,
    ProviderAccount,
    Pupil,
    School,
    SchoolClass,
    Session,
    Staff,
    StaffLogin,
    StaffRole,
)
from db.types import CaseState, ChannelName, InboundKind, InboxState, Provider, Role, Sensitivity
from nlu.port import Recogniser
from web.app import create_app

T = TypeVar("T")
OURS = {"sec-fetch-site": "same-origin"}
NOBODY = cast("Recogniser", None)
"""Pages put answers into words; they never understand anything."""


@functools.cache
def spoken() -> Mind:
    """The shipped words, in every language."""
    return ContentMind(Phrasebook(load_shipped()), NOBODY)


class Spoken:
    """The same words for every school."""

    async def of(self, school_id: int, revision: int | None = None) -> Mind:
        """The shipped ones."""
        del school_id, revision
        return spoken()

    async def warm(self) -> None:
        """Nothing is understood here."""


@dataclass
class Place:
    """One school: its people by name, its pupils, its addresses."""

    school_id: int
    staff: dict[str, int] = field(default_factory=dict)
    pupils: dict[str, int] = field(default_factory=dict)
    guardians: dict[str, int] = field(default_factory=dict)
    account_id: int = 0
    telegram_id: int = 0


@dataclass
class Pages:
    """The application and everything behind it."""

    line: Line
    app: FastAPI
    clock: TestClock
    one: Place
    two: Place

    @property
    def database(self) -> Database:
        """The database."""
        return self.line.database

    @asynccontextmanager
    async def browser(self, staff_id: int | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """A browser on our own pages, logged in as this person."""
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="https://test", headers=OURS) as client:
            if staff_id is not None:
                token = f"token-of-{staff_id}-{id(client)}"
                await self.database.write(lambda s: _enter(s, staff_id, token, self.clock.now()))
                client.cookies.set("__Host-ouderlijn", token)
            yield client

    async def rows(self, table: type[T]) -> list[T]:
        """All rows of a table, by key."""
        async with self.database.read() as session:
            return list((await session.execute(select(table).order_by(table.id))).scalars())  # type: ignore[attr-defined]

    async def count(self, table: type[object]) -> int:
        """How many rows a table has."""
        async with self.database.read() as session:
            return await session.scalar(select(func.count()).select_from(table)) or 0

    async def change(self, table: type[T], key: int, **values: object) -> None:
        """Set columns, as a test's preparation."""

        async def work(session: AsyncSession) -> None:
            row = await session.get_one(table, key)
            for name, value in values.items():
                setattr(row, name, value)

        await self.database.write(work)

    async def case(self, place: Place, **columns: object) -> int:
        """A case with one message of hers; see `_case` for what may be said about it."""
        return await self.database.write(lambda s: _case(s, place, self.clock.now(), dict(columns)))


async def make_pages(database: Database, clock: TestClock) -> Pages:
    """Build it."""
    line = Line(
        settings=Settings(_env_file=None),  # type: ignore[call-arg]
        secret="secret",
        database=database,
        clock=clock,
        timing=Timing(),
        accounts=Accounts(database, lambda _account: None),
        minds=Spoken(),
        scenes=Scenes("secret"),
    )
    app = create_app(line)
    one = await database.write(lambda s: _school(s, "Voorbeeldcollege", "voorbeeld"))
    two = await database.write(lambda s: _school(s, "Anderlyceum", "ander"))
    return Pages(line, app, clock, one, two)


async def _school(session: AsyncSession, name: str, domain: str) -> Place:
    school = School(name=name)
    session.add(school)
    await session.flush()
    place = Place(school.id)
    people: dict[str, tuple[str, str, str, tuple[Role, ...], bool]] = {
        "mentor": ("mevrouw", "Anna", "de Wit", (), False),
        "comentor": ("meneer", "Bas", "Bakker", (), False),
        "stranger": ("meneer", "Chris", "Vreemd", (), False),
        "desk": ("mevrouw", "Dina", "Balie", (Role.ABSENCE_DESK,), False),
        "leader": ("meneer", "Evert", "Leider", (Role.TEAM_LEADER,), False),
        "safety": ("mevrouw", "Feray", "Yilmaz", (Role.SAFETY_COORDINATOR,), False),
        "office": ("mevrouw", "Gerda", "Kantoor", (Role.ADMINISTRATION,), False),
        "chief": ("meneer", "Henk", "Beheer", (), True),
    }
    for key, (title, given, family, roles, administrator) in people.items():
        login = StaffLogin(email=f"{key}@{domain}.example", password_hash="x")
        session.add(login)
        await session.flush()
        staff = Staff(
            school_id=school.id,
            login_id=login.id,
            title=title,
            given_name=given,
            family_name=family,
            email=login.email,
            administrator=administrator,
        )
        session.add(staff)
        await session.flush()
        place.staff[key] = staff.id
        session.add_all([StaffRole(school_id=school.id, staff_id=staff.id, role=role) for role in roles])
    group = SchoolClass(school_id=school.id, name="2B")
    session.add(group)
    account = ProviderAccount(
        school_id=school.id, provider=Provider.TWILIO, external_id=f"AC{domain}", whatsapp_from="+31850000000"
    )
    telegram = ProviderAccount(school_id=school.id, provider=Provider.TELEGRAM, external_id=f"T{domain}")
    session.add_all([account, telegram])
    await session.flush()
    place.account_id, place.telegram_id = account.id, telegram.id
    for position, key in enumerate(("mentor", "comentor"), 1):
        session.add(ClassMentor(school_id=school.id, staff_id=place.staff[key], class_id=group.id, position=position))
    for number, (given, family, child) in enumerate((("Fatma", "Demir", "Elif"), ("Yusuf", "Arslan", "Amin")), 1):
        pupil = Pupil(school_id=school.id, number=f"P{number}", given_name=child, family_name=family, class_id=group.id)
        guardian = Guardian(
            school_id=school.id, number=f"G{number}", given_name=given, family_name=family, language="tr"
        )
        session.add_all([pupil, guardian])
        await session.flush()
        place.pupils[child], place.guardians[given] = pupil.id, guardian.id
        session.add(Guardianship(school_id=school.id, guardian_id=guardian.id, pupil_id=pupil.id, relation="mother"))
    return place


async def _case(session: AsyncSession, place: Place, now: dt.datetime, said: dict[str, object]) -> int:
    """`text`, `channel`, `known` (bound and verified), `language`, `number`, and any column of the case."""
    text, known = str(said.pop("text", "Merhaba")), bool(said.pop("known", True))
    channel = cast("ChannelName", said.pop("channel", ChannelName.WHATSAPP))
    language, child = cast("str | None", said.pop("language", "tr")), str(said.pop("child", "Elif"))
    guardian = {"Elif": "Fatma", "Amin": "Yusuf"}[child]
    number = await session.scalar(select(func.count()).select_from(Address)) or 0
    address = Address(school_id=place.school_id, channel=channel, external_id=f"+3160000{number:04}")
    session.add(address)
    await session.flush()
    if known:
        session.add(
            Binding(
                school_id=place.school_id,
                address_id=address.id,
                guardian_id=place.guardians[guardian],
                proof="code",
                bound_at=now,
            )
        )
    conversation = Conversation(
        school_id=place.school_id,
        address_id=address.id,
        account_id=place.account_id if channel is not ChannelName.TELEGRAM else place.telegram_id,
        last_seq=1,
        language=language,
        last_inbound_at=now,
        window_until=now + dt.timedelta(hours=24) if channel is ChannelName.WHATSAPP else None,
    )
    session.add(conversation)
    await session.flush()
    columns: dict[str, object] = {
        "topic": "mentor_message",
        "sensitivity": Sensitivity.PERSONAL,
        "role": Role.MENTOR,
        "assignee_id": place.staff["mentor"],
        "why": {"why": "role", "role": "mentor", "class": "2B"},
        "summary": {"message": text},
        "reason": "asked",
        "state": CaseState.OPEN,
        "opened_at": now,
        "waiting_since": now,
        "promise_at": now + dt.timedelta(days=2),
        "verified": known,
        "guardian_id": place.guardians[guardian] if known else None,
        "pupil_id": place.pupils[child] if known else None,
    }
    case = Case(school_id=place.school_id, conversation_id=conversation.id, **{**columns, **said})
    session.add(case)
    await session.flush()
    session.add(
        Inbox(
            school_id=place.school_id,
            conversation_id=conversation.id,
            account_id=conversation.account_id,
            seq=1,
            provider_id=f"in{case.id}",
            kind=InboundKind.TEXT,
            text=text,
            sent_at=now,
            received_at=now,
            not_before=now,
            state=InboxState.DONE,
            case_id=case.id,
            language=language,
            trace={"intent": "contact_mentor", "ranking": [["contact_mentor", 0.92]], "decision": "answer"},
        )
    )
    return case.id


async def _enter(session: AsyncSession, staff_id: int, token: str, now: dt.datetime) -> None:
    staff = await session.get_one(Staff, staff_id)
    session.add(
        Session(
            token_hash=hash_token(token),
            login_id=staff.login_id,
            staff_id=staff_id,
            made_at=now,
            seen_at=now,
            expires_at=now + dt.timedelta(hours=12),
        )
    )
