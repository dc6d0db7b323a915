"""By which addresses a guardian can be reached: those bound to her, and those that only the school's records give her."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, exists, literal, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Address, Binding, Conversation, ProviderAccount
from db.types import ChannelName, Provider
from db.upsert import insert_all_new

NUMBERS = (ChannelName.SMS, ChannelName.WHATSAPP)
"""Where a school may write first, in this order; a Telegram bot cannot."""


GENERAL = ("", "silent")
"""Who was only silent still gets what is for everybody; where the number changed, perhaps nobody of this school reads it."""


@dataclass(frozen=True, slots=True)
class Way:
    """An address of hers. Without a conversation nothing was ever said there; not `alive`: nobody is there any more."""

    address_id: int
    channel: ChannelName
    alive: bool
    conversation_id: int | None
    provider: Provider | None
    doubted: bool = False
    """Only for what is for everybody."""


async def ways_of(session: AsyncSession, school_id: int, guardians: Iterable[int]) -> Mapping[int, Sequence[Way]]:
    """Her addresses, by guardian. One that was once proven to be somebody's is hers only while she is bound to it."""
    wanted = sorted(guardians)
    columns = (
        Binding.guardian_id.label("guardian_id"),
        Binding.address_id.label("address_id"),
        Binding.doubt.label("doubt"),
    )
    bound = select(*columns).where(
        Binding.school_id == school_id,
        Binding.guardian_id.in_(wanted),
        Binding.ended_at.is_(None),
        Binding.doubt.in_(GENERAL),
    )
    known = select(Address.known_guardian_id, Address.id, literal("")).where(
        Address.school_id == school_id,
        Address.known_guardian_id.in_(wanted),
        ~exists().where(Binding.school_id == school_id, Binding.address_id == Address.id),
    )
    hers = union(bound, known).subquery()
    rows = await session.execute(
        select(
            hers.c.guardian_id,
            Address.id,
            Address.channel,
            Address.dead_reason,
            Conversation.id,
            ProviderAccount.provider,
            hers.c.doubt,
        )
        .join(Address, Address.id == hers.c.address_id)
        .outerjoin(Conversation, and_(Conversation.school_id == school_id, Conversation.address_id == Address.id))
        .outerjoin(ProviderAccount, ProviderAccount.id == Conversation.account_id)
        .where(Address.staff_id.is_(None))
        .order_by(hers.c.guardian_id, Address.id)
    )
    ways: dict[int, list[Way]] = defaultdict(list)
    for guardian, address, channel, dead, conversation, provider, doubt in rows:
        ways[guardian].append(Way(address, channel, not dead, conversation, provider, doubted=bool(doubt)))
    return ways


async def open_ways(session: AsyncSession, school_id: int, address_ids: Iterable[int]) -> None:
    """Conversations on these numbers, so that they can be written to first; in a transaction of their own.

    Whoever opens one while holding another would stand in the way of messages that come in.
    """
    found = await session.scalars(
        select(ProviderAccount).where(ProviderAccount.school_id == school_id).order_by(ProviderAccount.id)
    )
    accounts = found.all()
    addresses = await session.scalars(
        select(Address).where(Address.school_id == school_id, Address.id.in_(sorted(address_ids))).order_by(Address.id)
    )
    carried = [
        {"school_id": school_id, "address_id": address.id, "account_id": account.id}
        for address in addresses.all()
        if (account := next((account for account in accounts if _carries(account, address)), None))
    ]
    await insert_all_new(session, Conversation, carried, unique=("school_id", "address_id"))


def unopened(ways: Mapping[int, Sequence[Way]]) -> list[int]:
    """The addresses among them that could be written to first, and never were."""
    return [
        way.address_id
        for hers in ways.values()
        for way in hers
        if way.conversation_id is None and way.alive and way.channel in NUMBERS
    ]


def _carries(account: ProviderAccount, address: Address) -> bool:
    """Invented people's addresses deliver to the web phone only."""
    if address.invented:
        return account.provider is Provider.WEB
    if account.provider is not Provider.TWILIO:
        return False
    sms = account.sms_from or account.service_sid
    return bool(account.whatsapp_from if address.channel is ChannelName.WHATSAPP else sms)
