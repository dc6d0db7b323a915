"""Erasing a conversation, a guardian, a pupil: who they are and what they wrote goes, the rows and their order stay."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, Table, UniqueConstraint, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.conversations import lock_all
from bot.people.held import Rows, addresses_of, chunks, held, of_conversation, of_guardian, of_pupil
from bot.people.keeping import KEYS, TABLES, WHEN, empty, finish, hash_keys
from db.engine import ring
from db.scrub import overwrite
from db.tables import Address, BindCode, Binding, Case, Conversation, Guardianship, Pupil
from db.types import CaseState, DataClass

REPEATS = dt.timedelta(days=7)
"""A provider may still repeat a message so young: its id is known again until then, and hashed by the purge."""
_NOBODY = "erased"


async def erase_conversation(
    session: AsyncSession, school_id: int, conversation_id: int, *, now: dt.datetime, secret: str
) -> None:
    """Forget what was said on one address, and the address: whoever writes from it next is unknown."""
    start = await of_conversation(session, school_id, conversation_id)
    await _erase(session, school_id, start, {conversation_id}, now=now, secret=secret)


async def erase_guardian(
    session: AsyncSession, school_id: int, guardian_id: int, *, now: dt.datetime, secret: str
) -> None:
    """Forget a guardian. On an address that she shares with others their messages stay; hers in her cases go."""
    start = await of_guardian(session, school_id, guardian_id)
    hers = await addresses_of(session, school_id, guardian_id)
    await _erase(session, school_id, start, await _conversations_at(session, hers), now=now, secret=secret)
    await session.execute(
        update(Address)
        .where(Address.school_id == school_id, Address.known_guardian_id == guardian_id)
        .values(known_guardian_id=None)
        .execution_options(synchronize_session=False)
    )


async def erase_pupil(session: AsyncSession, school_id: int, pupil_id: int, *, now: dt.datetime, secret: str) -> None:
    """Forget a pupil: who it is, the cases about it with their messages, and what conversations remember just now."""
    start = await of_pupil(session, school_id, pupil_id)
    query = (
        select(Binding.address_id)
        .join(Guardianship, Guardianship.guardian_id == Binding.guardian_id)
        .where(Guardianship.school_id == school_id, Guardianship.pupil_id == pupil_id)
    )
    theirs = set((await session.execute(query)).scalars())
    await _erase(session, school_id, start, await _conversations_at(session, theirs), now=now, secret=secret)


async def _erase(
    session: AsyncSession, school_id: int, start: Rows, remember: set[int], *, now: dt.datetime, secret: str
) -> None:
    """`remember`: conversations whose memory may hold something of it, beside those found."""
    await overwrite(session)
    found = await held(session, school_id, start)
    locked = remember | await _conversations_in(session, found)
    await lock_all(session, locked)
    rows = await held(session, school_id, start)  # again: what came in before the lock is hers too
    for name, ids in rows.items():
        table = TABLES[name]
        unique = [column for column in personal(table) if column.name in _unique(table)]
        provider = [table.c[key] for key in KEYS.get(name, ())]
        for chunk in chunks(ids):
            await finish(session, table, chunk, now=now)
            await empty(session, table, [c for c in personal(table) if c not in unique], chunk)
            await hash_keys(session, unique, chunk, secret, by_row=True)
            if provider:
                old = select(table.c.id).where(table.c.id.in_(chunk), WHEN[name] < now - REPEATS)
                await hash_keys(session, provider, (await session.execute(old)).scalars().all(), secret)
    await _end(session, rows, now)
    await _forget_memory(session, locked)
    ring(session, "case")


def personal(table: Table) -> list[Column[Any]]:
    """The columns that hold something of a person."""
    return [c for c in table.c if c.info.get("data") not in {None, DataClass.TECHNICAL}]


def _unique(table: Table) -> set[str]:
    return {name for c in table.constraints if isinstance(c, UniqueConstraint) for name in c.columns.keys()}  # noqa: SIM118


async def _end(session: AsyncSession, rows: Rows, now: dt.datetime) -> None:
    """Nothing of it works any more: no letter's code, no binding, no address, no case, no pupil at school."""
    ends: Iterable[tuple[Any, dict[str, Any], tuple[Any, ...]]] = (
        (Binding, {"ended_at": now}, (Binding.ended_at.is_(None),)),
        (BindCode, {"expires_at": now}, (BindCode.expires_at > now,)),
        (Address, {"dead_reason": _NOBODY, "known_guardian_id": None}, ()),
        (Case, {"state": CaseState.CLOSED, "closed_at": now, "waiting_since": None}, (Case.closed_at.is_(None),)),
        (Pupil, {"left_at": func.coalesce(Pupil.left_at, now)}, ()),
    )
    for table, values, where in ends:
        for chunk in chunks(rows.get(table.__tablename__, set())):
            await session.execute(
                update(table)
                .where(table.id.in_(chunk), *where)
                .values(values)
                .execution_options(synchronize_session=False)
            )


async def _forget_memory(session: AsyncSession, conversations: set[int]) -> None:
    """A turn that is thinking just now meets another version, and thinks again without it."""
    for chunk in chunks(conversations):
        await session.execute(
            update(Conversation)
            .where(Conversation.id.in_(chunk))
            .values(
                memory={},
                version=Conversation.version + 1,
                flow_since=None,
                flow_revision=None,
                flow_began_at=None,
            )
            .execution_options(synchronize_session=False)
        )


async def _conversations_at(session: AsyncSession, addresses: set[int]) -> set[int]:
    found: set[int] = set()
    for chunk in chunks(addresses):
        query = select(Conversation.id).where(Conversation.address_id.in_(chunk))
        found.update((await session.execute(query)).scalars())
    return found


async def _conversations_in(session: AsyncSession, rows: Rows) -> set[int]:
    """Those found, and those to which anything found belongs."""
    found = set(rows.get("conversation", ()))
    for name, ids in rows.items():
        if "conversation_id" in TABLES[name].c:
            for chunk in chunks(ids):
                table = TABLES[name]
                found.update(
                    (await session.execute(select(table.c.conversation_id).where(table.c.id.in_(chunk)))).scalars()
                )
    return found
