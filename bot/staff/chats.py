"""A colleague's own Telegram chat: bound by a code from their own page, used once, within the hour.

A chat is a colleague's or a parent's, never both. One that a parent is bound to stays hers; a colleague's is read by the staff side
alone until it is given up, or its owner has left.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.conversations import lock
from bot.core.ingress import STAFF_CODE
from bot.staff.desk import Desk
from bot.staff.notices import TELEGRAM
from db.queries.staff import Me
from db.tables import Address, Binding, Case, SchoolFact, StaffMedium
from db.types import CaseState, ChannelName, Medium
from db.upsert import insert_new

LASTS = dt.timedelta(hours=1)
STOPS = frozenset({"stop", "/stop"})


def is_code(text: str) -> bool:
    """Whether somebody opened the link of a code, or typed it."""
    return text.strip().startswith(STAFF_CODE)


async def medium_of(session: AsyncSession, school_id: int, staff_id: int) -> StaffMedium:
    """The row of a colleague's choices, made if there is none."""
    values = {
        "school_id": school_id,
        "staff_id": staff_id,
        "medium": Medium.MAIL,
        "opens": "",
        "closes": "",
        "code_hash": "",
    }
    await insert_new(session, StaffMedium, values, unique=("school_id", "staff_id"))
    found = await session.execute(
        select(StaffMedium)
        .where(StaffMedium.school_id == school_id, StaffMedium.staff_id == staff_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.scalar_one()


async def new_code(session: AsyncSession, me: Me, desk: Desk, now: dt.datetime) -> str:
    """What is to be sent to the bot: `staff_..`. Only its keyed hash is kept; an older one no longer works."""
    code = secrets.token_hex(10)
    row = await medium_of(session, me.school_id, me.staff_id)
    row.code_hash, row.code_until = _hash(desk, code), now + LASTS
    return STAFF_CODE.removeprefix("/start ") + code


async def bind_chat(
    session: AsyncSession, school_id: int, conversation_id: int, text: str, desk: Desk, now: dt.datetime
) -> str:
    """Make the chat a colleague's; returns the name of what to say."""
    conversation = await lock(session, conversation_id)
    address = await session.get_one(Address, conversation.address_id)
    code = text.strip().removeprefix(STAFF_CODE).strip()
    row = (
        await session.execute(
            select(StaffMedium)
            .where(StaffMedium.school_id == school_id, StaffMedium.code_hash == _hash(desk, code))
            .with_for_update()
        )
    ).scalar_one_or_none()
    if row is None or row.code_until is None or row.code_until < now:
        return "bound" if row is None and await _just_bound(session, address) else "bad_code"
    allowed = await session.scalar(
        select(SchoolFact.value).where(SchoolFact.school_id == school_id, SchoolFact.name == TELEGRAM)
    )
    if allowed != "yes":
        return "not_allowed"
    if await _is_a_parents(session, address, conversation_id):
        return "parent_chat"
    await give_up(session, school_id, row.staff_id)
    address.staff_id, address.dead_reason, conversation.blocked_at = row.staff_id, "", None
    row.medium, row.code_hash, row.code_until = Medium.TELEGRAM, "", None
    return "bound"


async def give_up(session: AsyncSession, school_id: int, staff_id: int) -> None:
    """The colleague's chat is nobody's any more: what is written there next is read as anybody's."""
    await session.execute(
        update(Address)
        .where(Address.school_id == school_id, Address.staff_id == staff_id, Address.channel == ChannelName.TELEGRAM)
        .values(staff_id=None)
    )


async def by_mail_again(session: AsyncSession, me: Me) -> None:
    """They want no more of it here. The chat stays theirs, so that a late answer reaches no parent's conversation.

    Who chose mail, or the inbox only, keeps that.
    """
    row = await medium_of(session, me.school_id, me.staff_id)
    if row.medium is Medium.TELEGRAM:
        row.medium = Medium.MAIL


async def _just_bound(session: AsyncSession, address: Address) -> bool:
    """The link opened twice: it worked the first time."""
    if address.staff_id is None:
        return False
    chosen = await session.scalar(
        select(StaffMedium.medium).where(
            StaffMedium.school_id == address.school_id, StaffMedium.staff_id == address.staff_id
        )
    )
    return chosen is Medium.TELEGRAM


async def _is_a_parents(session: AsyncSession, address: Address, conversation_id: int) -> bool:
    if address.known_guardian_id is not None:
        return True
    bound = exists().where(Binding.address_id == address.id, Binding.ended_at.is_(None))
    asked = exists().where(Case.conversation_id == conversation_id, Case.state != CaseState.CLOSED)
    return bool(await session.scalar(select(bound | asked)))


def _hash(desk: Desk, code: str) -> str:
    return hmac.new(desk.secret.encode(), f"staff-chat:{code}".encode(), hashlib.sha256).hexdigest()
