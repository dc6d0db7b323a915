"""What is held about a conversation, a guardian, a pupil: found by following the tables' own references."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Table, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Refusal
from db.tables import Address, Base, Binding, Conversation, Guardian, Pupil

Rows = dict[str, set[int]]
"""Ids by table."""
CUT = {("address", "known_guardian_id")}
"""Not followed: an address may be shared, so `of_guardian` chooses the addresses."""
_CHUNK = 500


async def export_conversation(session: AsyncSession, school_id: int, conversation_id: int) -> dict[str, Any]:
    """Everything said on one address, and the address."""
    return await _export(
        session, await held(session, school_id, await of_conversation(session, school_id, conversation_id))
    )


async def export_guardian(session: AsyncSession, school_id: int, guardian_id: int) -> dict[str, Any]:
    """Everything about a guardian. Of an address that she shares with others: the address, and her own cases there."""
    rows = await held(session, school_id, await of_guardian(session, school_id, guardian_id))
    rows["address"] = rows.get("address", set()) | await addresses_of(session, school_id, guardian_id)
    return await _export(session, rows)


async def export_pupil(session: AsyncSession, school_id: int, pupil_id: int) -> dict[str, Any]:
    """Everything about a pupil: who is a guardian, and the cases with what was said in them."""
    return await _export(session, await held(session, school_id, await of_pupil(session, school_id, pupil_id)))


async def of_conversation(session: AsyncSession, school_id: int, conversation_id: int) -> Rows:
    """The rows it starts with: the conversation and its address, unless that is a member of staff's."""
    query = (
        select(Address.id, Address.staff_id)
        .join(Conversation, Conversation.address_id == Address.id)
        .where(Conversation.school_id == school_id, Conversation.id == conversation_id)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        raise Refusal("There is nothing with this number.")
    return {"conversation": {conversation_id}, "address": {found.id} if found.staff_id is None else set()}


async def of_guardian(session: AsyncSession, school_id: int, guardian_id: int) -> Rows:
    """The rows it starts with: the guardian, and the addresses that have never been anybody else's."""
    await _there(session, Guardian, school_id, guardian_id)
    hers = await addresses_of(session, school_id, guardian_id)
    others = exists().where(Binding.address_id == Address.id, Binding.guardian_id != guardian_id)
    alone = select(Address.id).where(
        Address.school_id == school_id,
        Address.id.in_(hers),
        Address.staff_id.is_(None),
        or_(Address.known_guardian_id.is_(None), Address.known_guardian_id == guardian_id),
        ~others,
    )
    return {"guardian": {guardian_id}, "address": set((await session.execute(alone)).scalars())}


async def addresses_of(session: AsyncSession, school_id: int, guardian_id: int) -> set[int]:
    """Every address that was bound to her, or that the school's records say is hers."""
    bound = exists().where(Binding.address_id == Address.id, Binding.guardian_id == guardian_id)
    query = select(Address.id).where(
        Address.school_id == school_id, or_(Address.known_guardian_id == guardian_id, bound)
    )
    return set((await session.execute(query)).scalars())


async def of_pupil(session: AsyncSession, school_id: int, pupil_id: int) -> Rows:
    """The row it starts with."""
    await _there(session, Pupil, school_id, pupil_id)
    return {"pupil": {pupil_id}}


async def held(session: AsyncSession, school_id: int, start: Mapping[str, set[int]]) -> Rows:
    """The rows to start with, and all that refer to them, and so on: a new table is found by its references."""
    rows: Rows = {name: set(ids) for name, ids in start.items() if ids}
    for table in Base.metadata.sorted_tables:  # what is referred to comes first
        for column, target in references(table):
            for ids in chunks(rows.get(target, set())):
                query = select(table.c.id).where(table.c.school_id == school_id, table.c[column].in_(ids))
                rows.setdefault(table.name, set()).update((await session.execute(query)).scalars())
    return {name: ids for name, ids in rows.items() if ids}


def references(table: Table) -> Iterator[tuple[str, str]]:
    """Column and table of each reference to a row of the same school that is followed."""
    for key in table.constraints:
        if isinstance(key, ForeignKeyConstraint) and len(key.column_keys) > 1:
            column = next(name for name in key.column_keys if name != "school_id")
            if (table.name, column) not in CUT:
                yield column, key.referred_table.name


def chunks(ids: set[int]) -> Iterator[list[int]]:
    """Few enough at a time for one statement."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]


async def _there(session: AsyncSession, table: type[Guardian | Pupil], school_id: int, row_id: int) -> None:
    query = select(table.id).where(table.school_id == school_id, table.id == row_id)
    if (await session.execute(query)).first() is None:
        raise Refusal("There is nothing with this number.")


async def _export(session: AsyncSession, rows: Rows) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, ids in sorted(rows.items()):
        table = Base.metadata.tables[name]
        told[name] = [
            {key: _plain(value) for key, value in row.items()}
            for chunk in chunks(ids)
            for row in (
                await session.execute(select(*table.c).where(table.c.id.in_(chunk)).order_by(table.c.id))
            ).mappings()
        ]
    return told


def _plain(value: Any) -> Any:
    """As JSON has it: moments as ISO 8601, files as base64."""
    if isinstance(value, dt.date):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value
