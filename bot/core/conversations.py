"""The conversation's row: the lock under which everything about it happens, and where `seq` comes from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Update, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.turn.memory import without
from bot.turn.types import Memory
from db.tables import Address, Binding, Case, Conversation, Outbox
from db.types import Author, ChannelName, Lane, OutboxState, Provider, WaitReason
from db.upsert import insert_new

# Questions that each message asks are put together once: that costs more than asking them (docs/benchmarks.md).
_LOCK = (
    select(Conversation)
    .where(Conversation.id == bindparam("id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_FREE = (
    select(Conversation)
    .where(Conversation.id.in_(bindparam("ids", expanding=True)))
    .order_by(Conversation.id)
    .with_for_update(skip_locked=True)
    .execution_options(populate_existing=True)
)
_AT_ADDRESS = (
    select(Conversation, Address)
    .join(Address, Address.id == Conversation.address_id)
    .where(
        Address.school_id == bindparam("school_id"),
        Address.channel == bindparam("channel"),
        Address.external_id == bindparam("external_id"),
    )
    .with_for_update(of=Conversation)
    .execution_options(populate_existing=True)
)


FEW = 5
"""From so many on one statement takes them all; fewer are cheaper by the one that is put together already."""


async def lock(session: AsyncSession, conversation_id: int) -> Conversation:
    """Take the conversation's row for the rest of the transaction, as it is now."""
    return (await session.execute(_LOCK, {"id": conversation_id})).scalar_one()


async def lock_all(session: AsyncSession, conversation_ids: Iterable[int]) -> dict[int, Conversation]:
    """Take several in sorted order, so that two transactions never wait for each other."""
    wanted = sorted(set(conversation_ids))
    if len(wanted) < FEW:
        return {number: await lock(session, number) for number in wanted}
    rows = await session.scalars(
        select(Conversation)
        .where(Conversation.id.in_(wanted))
        .order_by(Conversation.id)  # PostgreSQL takes them in this order
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


async def lock_free(session: AsyncSession, conversation_ids: Iterable[int]) -> dict[int, Conversation]:
    """Take those of them that nobody else holds."""
    return {row.id: row for row in await session.scalars(_FREE, {"ids": list(conversation_ids)})}


async def find_or_open(
    session: AsyncSession,
    *,
    school_id: int,
    account_id: int,
    channel: ChannelName,
    external_id: str,
    alias: str = "",
) -> tuple[Conversation, Address]:
    """The conversation on this address, opened (with its address) if it is new, and locked."""
    where = {"school_id": school_id, "channel": channel, "external_id": external_id}
    found = (await session.execute(_AT_ADDRESS, where)).one_or_none()
    if found:
        found[0].account_id = account_id
        return found[0], found[1]
    conversation = await _by_alias(session, school_id, channel, external_id, alias)
    if conversation is None:
        conversation = await _open(
            session,
            school_id=school_id,
            account_id=account_id,
            channel=channel,
            external_id=external_id,
            alias=alias,
        )
    conversation.account_id = account_id
    return conversation, await session.get_one(Address, conversation.address_id)


async def _by_alias(
    session: AsyncSession, school_id: int, channel: ChannelName, external_id: str, alias: str
) -> Conversation | None:
    """WhatsApp may leave the number out from now on, show it again, or send a new one for the same person.

    A number that the school's records have as well gets a conversation of its own: whoever writes there proves herself there.
    """
    names = [name for name in (external_id, alias) if name and not name.startswith("+")]
    if channel is not ChannelName.WHATSAPP or not names:
        return None
    address = Address.school_id == school_id, Address.channel == channel
    if (await session.execute(select(Address.id).where(*address, Address.external_id == external_id))).first():
        return None
    known = (
        await session.execute(
            select(Conversation.id)
            .join(Address, Address.id == Conversation.address_id)
            .where(*address, or_(Address.alias.in_(names), Address.external_id.in_(names)))
            .order_by(Conversation.last_inbound_at.desc().nulls_last(), Conversation.id)
            .limit(1)
        )
    ).scalar_one_or_none()
    return None if known is None else await lock(session, known)


async def _open(
    session: AsyncSession, *, school_id: int, account_id: int, channel: ChannelName, external_id: str, alias: str
) -> Conversation:
    await insert_new(
        session,
        Address,
        {"school_id": school_id, "channel": channel, "external_id": external_id, "alias": alias},
        unique=("school_id", "channel", "external_id"),
    )
    address_id = (
        await session.execute(
            select(Address.id).where(
                Address.school_id == school_id, Address.channel == channel, Address.external_id == external_id
            )
        )
    ).scalar_one()
    await insert_new(
        session,
        Conversation,
        {"school_id": school_id, "address_id": address_id, "account_id": account_id},
        unique=("school_id", "address_id"),
    )
    known = (
        await session.execute(
            select(Conversation.id).where(Conversation.school_id == school_id, Conversation.address_id == address_id)
        )
    ).scalar_one()
    return await lock(session, known)


async def start_afresh(session: AsyncSession, conversation: Conversation, *, gone: int | None = None) -> None:
    """The address is another person's now: nothing of the one before her may reach her.

    The memory goes, her messages no longer join the other's case, and what waits to leave is held for a person. `gone`: the
    one guardian whose binding has just ended; where others are bound there still, only what is hers goes.
    """
    if gone is not None and await live_bindings(session, conversation):
        await _without(session, conversation, gone)
        return
    forget_memory(conversation)
    await session.execute(_hold(conversation))


def _hold(conversation: Conversation) -> Update:
    return (
        update(Outbox)
        .where(
            Outbox.conversation_id == conversation.id,
            Outbox.state.in_((OutboxState.WAITING, OutboxState.QUEUED)),
            Outbox.lane != Lane.URGENT,
        )
        .values(state=OutboxState.HELD, wait_reason=None)
        .execution_options(synchronize_session=False)
    )


async def live_bindings(session: AsyncSession, conversation: Conversation) -> Sequence[Binding]:
    """Whoever is bound on the address of this (locked) conversation, in doubt or not."""
    rows = await session.scalars(
        select(Binding)
        .where(
            Binding.school_id == conversation.school_id,
            Binding.address_id == conversation.address_id,
            Binding.ended_at.is_(None),
        )
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def _without(session: AsyncSession, conversation: Conversation, guardian_id: int) -> None:
    """One of several who share a phone left: what no case says to be another's is held, and hers is not remembered."""
    kept = without(Memory(conversation.memory), guardian_id)
    if kept is not None:
        conversation.memory = dict(kept.data)
        conversation.flow_since = conversation.flow_revision = conversation.flow_began_at = None
    hers = select(Case.id).where(Case.conversation_id == conversation.id, Case.guardian_id == guardian_id)
    if conversation.human_case_id is not None and await session.scalar(
        hers.where(Case.id == conversation.human_case_id)
    ):
        conversation.human_at = conversation.human_case_id = None
    await session.execute(_hold(conversation).where(or_(Outbox.case_id.is_(None), Outbox.case_id.in_(hers))))


def forget_memory(conversation: Conversation) -> None:
    """What the line remembers of whoever wrote here."""
    conversation.memory = {}
    conversation.flow_since = conversation.flow_revision = conversation.flow_began_at = None
    conversation.human_at = conversation.human_case_id = None
    conversation.introduced_at = None


def window_closed(
    conversation: Conversation, channel: ChannelName, provider: Provider | None, now: dt.datetime
) -> bool:
    """Whether only an approved template may leave: WhatsApp, more than 24 hours after her last word."""
    closed = conversation.window_until is None or conversation.window_until <= now
    return closed and channel is ChannelName.WHATSAPP and provider is Provider.TWILIO


def next_seq(conversation: Conversation) -> int:
    """The next number of a locked conversation."""
    conversation.last_seq += 1
    return conversation.last_seq


def add_outbox(
    session: AsyncSession,
    conversation: Conversation,
    *,
    key: str,
    text: str,
    now: dt.datetime,
    lane: Lane = Lane.REPLY,
    payload: Mapping[str, Any] | None = None,
    author: Author = Author.BOT,
    wait: WaitReason | None = None,
    **columns: Any,
) -> Outbox:
    """Put a message behind the others of this locked conversation."""
    row = Outbox(
        school_id=conversation.school_id,
        conversation_id=conversation.id,
        seq=next_seq(conversation),
        key=key,
        lane=lane,
        text=text,
        payload=dict(payload or {}),
        author=author,
        state=OutboxState.WAITING if wait else OutboxState.QUEUED,
        wait_reason=wait,
        not_before=columns.pop("not_before", None) or now,
        created_at=now,
        **columns,
    )
    session.add(row)
    return row


def requeue(conversation: Conversation, row: Outbox, now: dt.datetime) -> None:
    """Let a row leave (again), behind everything that was said since: it gets a new seq."""
    row.seq = next_seq(conversation)
    row.state = OutboxState.QUEUED
    row.wait_reason = None
    row.not_before = now
    row.lease_token = None
    row.lease_until = None
    row.unknown_at = None
