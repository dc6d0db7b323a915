"""The web phone's verbs: writing as an invented parent, her phone's receipts, a letter's code, logging in as a colleague.

All of it works on the demo school only. The pages offer it on loopback and in demo mode only; see `web/views/phone.py`.
"""

from __future__ import annotations

import datetime as dt
import functools
import secrets
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.callbacks import receive
from bot.core.ingress import store
from bot.errors import Refusal
from bot.messages import Inbound, Status
from bot.people.codes import hash_code, new_code
from bot.staff.login import SLIDING, hash_password, hash_token
from db.engine import Database
from db.queries.phone import Bubble
from db.tables import Address, BindCode, Binding, Guardian, ProviderAccount, School, Session, Staff, StaffLogin
from db.types import ChannelName, DeliveryStatus, InboundKind, Provider
from db.upsert import insert_new

SUGGESTIONS = Path(__file__).with_name("suggestions.yml")
CODE_LASTS = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Handset:
    """A phone in somebody's hand: the address that messages come from."""

    channel: ChannelName
    external_id: str


@functools.cache
def suggestions() -> Mapping[str, tuple[str, ...]]:
    """Things to type, by language; Dutch is always there."""
    read = yaml.safe_load(SUGGESTIONS.read_text(encoding="utf-8"))
    return {str(code): tuple(map(str, texts)) for code, texts in read.items()}


async def web_account(session: AsyncSession) -> ProviderAccount:
    """The demo school's account that delivers to the web phone only."""
    account = (
        await session.execute(
            select(ProviderAccount)
            .join(School, School.id == ProviderAccount.school_id)
            .where(School.demo.is_(True), ProviderAccount.provider == Provider.WEB)
        )
    ).scalar_one_or_none()
    if account is None:
        raise Refusal("There is no demo school yet. Load it with: python -m bot demo load")
    return account


async def say(
    session: AsyncSession,
    handset: Handset,
    *,
    now: dt.datetime,
    kind: InboundKind = InboundKind.TEXT,
    text: str = "",
    button: str | None = None,
) -> int:
    """Write as the person who holds this phone; the inbox row's id. It takes the way that every message takes."""
    account = await web_account(session)
    # An unknown address must be marked as invented before the first message makes it.
    await insert_new(
        session,
        Address,
        {
            "school_id": account.school_id,
            "channel": handset.channel,
            "external_id": handset.external_id,
            "invented": True,
        },
        unique=("school_id", "channel", "external_id"),
    )
    message = Inbound(
        channel=handset.channel,
        external_id=handset.external_id,
        provider_id=uuid.uuid4().hex,
        kind=kind,
        sent_at=now,
        text=text,
        button=button,
    )
    stored = (await store(session, account, [message], now=now))[0]
    await _known(session, account.school_id, handset, now)
    return stored


async def _known(session: AsyncSession, school_id: int, handset: Handset, now: dt.datetime) -> None:
    """An invented parent named her child long ago: nobody who tries the demo should have to."""
    address = (
        await session.execute(
            select(Address).where(
                Address.school_id == school_id,
                Address.channel == handset.channel,
                Address.external_id == handset.external_id,
                Address.invented.is_(True),
                Address.known_guardian_id.is_not(None),
                ~exists().where(Binding.address_id == Address.id),
            )
        )
    ).scalar_one_or_none()
    if address is not None:
        binding = {"address_id": address.id, "guardian_id": address.known_guardian_id, "proof": "known_number"}
        session.add(Binding(school_id=school_id, **binding, bound_at=now))


async def arrived(session: AsyncSession, bubbles: Iterable[Bubble], *, now: dt.datetime) -> None:
    """Her phone has shown these: say so, as a provider's callback would."""
    account = await web_account(session)
    for bubble in bubbles:
        status = Status(bubble.provider_sid, DeliveryStatus.DELIVERED, key=bubble.key)
        await receive(session, account, status, now=now)


async def letter(session: AsyncSession, secret: str, *, now: dt.datetime) -> tuple[str, Guardian]:
    """A fresh code as it stands in a letter, and the demo guardian whom the letter is for."""
    account = await web_account(session)
    guardian = (
        await session.execute(
            select(Guardian).where(Guardian.school_id == account.school_id).order_by(Guardian.id).limit(1)
        )
    ).scalar_one()
    code = new_code()
    session.add(
        BindCode(
            school_id=account.school_id,
            guardian_id=guardian.id,
            code_hash=hash_code(code, secret),
            expires_at=now + CODE_LASTS,
        )
    )
    return code, guardian


async def open_as(database: Database, staff_id: int, *, now: dt.datetime) -> str:
    """The token of a session as this member of the demo school's staff; nobody else can be opened so."""
    # A password that nobody knows: the login exists for its sessions only.
    unknown = await hash_password(secrets.token_urlsafe(32))
    token = secrets.token_urlsafe(32)

    async def enter(session: AsyncSession) -> None:
        staff = (
            await session.execute(
                select(Staff)
                .join(School, School.id == Staff.school_id)
                .where(Staff.id == staff_id, School.demo.is_(True), Staff.left_at.is_(None))
            )
        ).scalar_one_or_none()
        if staff is None:
            raise Refusal("This is nobody of the demo school.")
        if staff.login_id is None:
            await insert_new(session, StaffLogin, {"email": staff.email, "password_hash": unknown}, unique=("email",))
            staff.login_id = (
                await session.execute(select(StaffLogin.id).where(StaffLogin.email == staff.email))
            ).scalar_one()
        session.add(
            Session(
                token_hash=hash_token(token),
                login_id=staff.login_id,
                staff_id=staff.id,
                made_at=now,
                seen_at=now,
                expires_at=now + SLIDING,
            )
        )

    await database.write(enter)
    return token
