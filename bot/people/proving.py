"""What a message proves: by the code of a letter, or by her child's name from a number that the school's records give her.

And when neither is tried: after too many that were wrong, and against machines.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.people.claiming import names_child
from bot.people.codes import find_code, hash_code, read_code
from bot.turn.memory import Remembered
from bot.turn.types import Memory
from db.queries.door import BoundGuardian, asked_about, guardian, guardian_of_code, used_code_of
from db.tables import Address, BindCode, Binding, Conversation, Inbox, Outbox

WRONG = 5
"""So many different codes that were given to nobody, from one address within a day, ..."""
DAY = dt.timedelta(days=1)
"""... and for a day none is tried: a person at school can bind her meanwhile."""
_BACK = 3 * DAY
_MOST = 1000
_SHORTEST = 8
ASKS = ("utter_ask_child_text", "utter_ask_child_proof")
"""The questions of which an answer may prove her: which child it is about, asked of anybody whom the line does not know."""
TRIES, TRIES_IN_ALL = 3, 10
"""So many answers to them are compared within a day, and in `LONG`; the others are answered as if they were wrong."""
LONG = dt.timedelta(days=30)
_CHILD = "child_text"


@dataclass(frozen=True, slots=True)
class Proof:
    """Who writes, and what the code in her message has to do with it."""

    guardian: BoundGuardian | None
    code: tuple[int, int] | None = None
    """A code that this message proves: (code's id, guardian's id)."""
    number: int | None = None
    """The guardian whom the school's records give this number, and who has just named her child."""
    good: bool | None = None
    """Whether the code in it is hers; None: there is none, or it was not tried."""
    changes_hands: bool = False
    """It is another guardian's than the one bound before."""
    joins: bool = False
    """It is another guardian's, and that one was bound within a day: two letters on one kitchen table, one phone."""
    closed: bool = False
    """There is one, and it was not tried: too many were wrong."""
    slip: bool = False
    """She wrote one down wrongly: its own check sign says so, whatever codes there are."""


async def prove(
    session: AsyncSession,
    address: Address,
    conversation: Conversation,
    live: Sequence[BoundGuardian],
    bound: BoundGuardian | None,
    inbox_id: int,
    text: str,
    *,
    doubted: Sequence[BoundGuardian] = (),
    secret: str,
    now: dt.datetime,
    today: dt.date,
) -> Proof:
    """Look at what she wrote in message `inbox_id`; `live`: all who are bound there, `bound`: the one who writes, if known.

    `doubted`: those who have to prove it again. During a machine's silence its code is neither tried nor used up.
    """
    written = read_code(text)
    if conversation.silenced_until is not None and conversation.silenced_until > now:
        return Proof(bound)
    if written is None:
        known = None if live else await _known_number(session, address, conversation, doubted, text, now, today)
        return Proof(known, number=known.guardian_id) if known else Proof(bound)
    until = closed_until(await _wrong(session, conversation, inbox_id, secret, now))
    if until is not None and until > now:
        return Proof(bound, closed=True)
    if not written.code:
        return Proof(bound, slip=True)
    return await _by_code(session, conversation, live, bound, hash_code(written.code, secret), now)


async def _by_code(
    session: AsyncSession,
    conversation: Conversation,
    live: Sequence[BoundGuardian],
    bound: BoundGuardian | None,
    hashed: str,
    now: dt.datetime,
) -> Proof:
    """What a well written code proves."""
    found = await guardian_of_code(session, conversation.school_id, hashed, now)
    if found:
        code_id, proven = found
        other = bool(live) and proven.guardian_id not in {each.guardian_id for each in live}
        together = other and all(each.bound_at is not None and each.bound_at > now - DAY for each in live)
        code = (code_id, proven.guardian_id)
        return Proof(proven, code, good=True, changes_hands=other and not together, joins=together)
    for each in live:
        if await used_code_of(session, conversation.school_id, hashed, each.guardian_id):
            return Proof(each, good=True)  # an easy way to say who writes, too
    return Proof(bound, good=False)


async def _known_number(
    session: AsyncSession,
    address: Address,
    conversation: Conversation,
    doubted: Sequence[BoundGuardian],
    text: str,
    now: dt.datetime,
    today: dt.date,
) -> BoundGuardian | None:
    """The guardian whom the records give this number, if she answers which child it is about with a child of hers.

    Not where anybody was ever bound here: that binding ended, and a number that changed hands proves nothing. But who is in
    doubt here may prove it again, in the same way and as seldom.
    """
    asking = Remembered.unpack(Memory(conversation.memory)).asking
    if asking is None or asking[1] != _CHILD:
        return None
    claimed = await _claimed(session, address, [each.guardian_id for each in doubted], text, today)
    if claimed is None:
        return None
    asked = (
        await session.scalars(
            select(Outbox.created_at).where(
                Outbox.conversation_id == conversation.id, Outbox.response.in_(ASKS), Outbox.created_at > now - LONG
            )
        )
    ).all()
    if len(asked) > TRIES_IN_ALL or sum(at > now - DAY for at in asked) > TRIES:
        return None
    return await guardian(session, address.school_id, claimed)


async def _claimed(
    session: AsyncSession, address: Address, doubted: Sequence[int], text: str, today: dt.date
) -> int | None:
    """Whose child it names, of those who may be proven so."""
    if not doubted:
        ever = await session.execute(select(Binding.id).where(Binding.address_id == address.id).limit(1))
        if address.known_guardian_id is None or ever.first() is not None:
            return None
    for guardian_id in doubted or (address.known_guardian_id,):
        if guardian_id and names_child(text, await asked_about(session, address.school_id, guardian_id, today)):
            return guardian_id
    return None


def closed_until(wrong: Sequence[dt.datetime]) -> dt.datetime | None:
    """Until when no code is tried after these wrong ones, in order. Those that came meanwhile were not tried: no more time."""
    until: dt.datetime | None = None
    within: list[dt.datetime] = []
    for at in wrong:
        if until is not None and at < until:
            continue
        within = [*(earlier for earlier in within if earlier > at - DAY), at]
        if len(within) >= WRONG:
            until, within = at + DAY, []
    return until


async def _wrong(
    session: AsyncSession, conversation: Conversation, inbox_id: int, secret: str, now: dt.datetime
) -> list[dt.datetime]:
    """When she first sent each code that was given to nobody: read from her messages, so that none goes uncounted.

    The same mistake twice is one; an old letter, or somebody else's, is no guess. Nor is a slip, which can prove nothing.
    """
    this = select(Inbox.seq).where(Inbox.id == inbox_id).scalar_subquery()
    rows = await session.execute(
        select(Inbox.text, Inbox.received_at)
        .where(
            Inbox.conversation_id == conversation.id,
            Inbox.seq < this,
            Inbox.received_at > now - _BACK,
            func.length(Inbox.text) >= _SHORTEST,
        )
        .order_by(Inbox.seq.desc())
        .limit(_MOST)
    )
    first: dict[str, dt.datetime] = {}
    for text, at in reversed(rows.all()):
        if written := find_code(text):
            first.setdefault(hash_code(written, secret), at)
    given = await session.execute(
        select(BindCode.code_hash).where(
            BindCode.school_id == conversation.school_id, BindCode.code_hash.in_(list(first))
        )
    )
    for known in given.scalars():
        del first[known]
    return list(first.values())
