"""Whom a class reaches: by which addresses, and when somebody last really spoke with whom. Sent is not reached."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.cases import readable
from db.queries.staff import Me
from db.tables import Address, Binding, Call, Case, Conversation, Delivery, Inbox, Outbox, ProviderAccount
from db.types import Author, ChannelName, DeliveryStatus, OutboxState, Provider

Pair = tuple[int, int]
"""A guardian and a pupil."""
_NEVER = (OutboxState.DEAD, OutboxState.CANCELLED)
_OPEN = (OutboxState.WAITING, OutboxState.QUEUED, OutboxState.SENDING)


@dataclass(frozen=True, slots=True)
class Bound:
    """An address that was proven to be hers, and the conversation on it."""

    conversation_id: int
    channel: ChannelName
    provider: Provider
    alive: bool
    stopped: bool
    blocked: bool
    language: str | None
    last_inbound_at: dt.datetime | None
    window_until: dt.datetime | None
    doubted: bool = False
    """She has to prove again who she is there (bot/people/doubting.py)."""


@dataclass(slots=True)
class Spoken:
    """When she was last really spoken with about this pupil, by message or by telephone; and the last good word."""

    contact: dt.datetime | None = None
    good: dt.datetime | None = None
    good_on_its_way: bool = False
    not_answered: dt.datetime | None = None
    """When she was called last, if nobody answered since."""


@dataclass(frozen=True, slots=True)
class Reach:
    """All of it for some guardians."""

    bound: Mapping[int, Sequence[Bound]]
    spoken: Mapping[Pair, Spoken] = field(default_factory=dict)
    greeted: frozenset[int] = frozenset()
    """Guardians to whom hello was said, whether or not it has arrived yet; not those for whom it never left."""

    def wrote(self, guardian_id: int) -> dt.datetime | None:
        """When she last wrote anything, anywhere."""
        moments = (each.last_inbound_at for each in self.bound.get(guardian_id, ()))
        return max((at for at in moments if at is not None), default=None)


async def reach(session: AsyncSession, me: Me, pairs: Collection[Pair], good: Collection[str], *, hello: str) -> Reach:
    """Of these guardians about these pupils; from cases that this person may read.

    `good`: responses that are good words; `hello`: the one that greets.
    """
    guardians = sorted({guardian for guardian, _ in pairs})
    spoken: dict[Pair, Spoken] = {pair: Spoken() for pair in pairs}
    for pair, at, response in await _reached(session, me, guardians):
        for each in _about(pair, pairs):
            spoken[each].contact = _later(spoken[each].contact, at)
            if response in good:
                spoken[each].good = _later(spoken[each].good, at)
    for pair, at in await _answered(session, me, guardians):
        for each in _about(pair, pairs):
            spoken[each].contact = _later(spoken[each].contact, at)
    for pair in await _on_their_way(session, me, guardians, good):
        for each in _about(pair, pairs):
            spoken[each].good_on_its_way = True
    await _calls(session, me.school_id, spoken, guardians)
    greeted = frozenset(who for who in await session.scalars(_greeted(me, guardians, hello)) if who is not None)
    return Reach(await bound_of(session, me.school_id, guardians), spoken, greeted)


async def bound_of(session: AsyncSession, school_id: int, guardians: Iterable[int]) -> Mapping[int, Sequence[Bound]]:
    """The proven addresses of each."""
    rows = await session.execute(
        select(Binding.guardian_id, Address, Conversation, ProviderAccount.provider, Binding.doubted_at)
        .join(Address, Address.id == Binding.address_id)
        .join(Conversation, and_(Conversation.school_id == school_id, Conversation.address_id == Address.id))
        .join(ProviderAccount, ProviderAccount.id == Conversation.account_id)
        .where(Binding.school_id == school_id, Binding.guardian_id.in_(sorted(guardians)), Binding.ended_at.is_(None))
        .order_by(Binding.guardian_id, Conversation.id)
    )
    found: dict[int, list[Bound]] = defaultdict(list)
    for guardian, address, conversation, provider, doubted_at in rows:
        found[guardian].append(
            Bound(
                conversation.id,
                address.channel,
                provider,
                alive=not address.dead_reason,
                stopped=conversation.opted_out_at is not None,
                blocked=conversation.blocked_at is not None,
                language=conversation.language,
                last_inbound_at=conversation.last_inbound_at,
                window_until=conversation.window_until,
                doubted=doubted_at is not None,
            )
        )
    return found


def _hers(me: Me, guardians: Sequence[int]) -> ColumnElement[bool]:
    return and_(readable(me), Case.guardian_id.in_(guardians), Case.verified.is_(True))


_OF_IT = and_(Delivery.school_id == Outbox.school_id, Delivery.outbox_id == Outbox.id)
_DELIVERED = exists().where(_OF_IT, Delivery.status.in_((DeliveryStatus.DELIVERED, DeliveryStatus.READ)))


async def _reached(
    session: AsyncSession, me: Me, guardians: Sequence[int]
) -> list[tuple[tuple[int, int | None], dt.datetime, str]]:
    """Messages of colleagues that were delivered, or after which she wrote."""
    rows = await session.execute(
        select(Case.guardian_id, Case.pupil_id, Outbox.response, func.max(Outbox.sent_at))
        .select_from(Outbox)
        .join(Case, Case.id == Outbox.case_id)
        .join(Conversation, Conversation.id == Outbox.conversation_id)
        .where(
            _hers(me, guardians),
            Outbox.author == Author.STAFF,
            Outbox.sent_at.is_not(None),
            or_(_DELIVERED, Conversation.last_inbound_at > Outbox.sent_at),
        )
        .group_by(Case.guardian_id, Case.pupil_id, Outbox.response)
    )
    return [((guardian, pupil), at, response) for guardian, pupil, response, at in rows if guardian is not None and at]


async def _answered(
    session: AsyncSession, me: Me, guardians: Sequence[int]
) -> list[tuple[tuple[int, int | None], dt.datetime]]:
    """What she wrote to a person: in a case, after a colleague's word in it."""
    before = exists().where(
        Outbox.case_id == Case.id, Outbox.author == Author.STAFF, Outbox.sent_at < Inbox.received_at
    )
    rows = await session.execute(
        select(Case.guardian_id, Case.pupil_id, func.max(Inbox.received_at))
        .select_from(Inbox)
        .join(Case, Case.id == Inbox.case_id)
        .where(_hers(me, guardians), before)
        .group_by(Case.guardian_id, Case.pupil_id)
    )
    return [((guardian, pupil), at) for guardian, pupil, at in rows if guardian is not None]


async def _on_their_way(
    session: AsyncSession, me: Me, guardians: Sequence[int], good: Collection[str]
) -> list[tuple[int, int | None]]:
    rows = await session.execute(
        select(Case.guardian_id, Case.pupil_id)
        .select_from(Outbox)
        .join(Case, Case.id == Outbox.case_id)
        .where(_hers(me, guardians), Outbox.response.in_(sorted(good)), Outbox.state.in_(_OPEN))
        .distinct()
    )
    return [(guardian, pupil) for guardian, pupil in rows if guardian is not None]


def _greeted(me: Me, guardians: Sequence[int], hello: str) -> Select[int | None]:
    return (
        select(Case.guardian_id)
        .join(Outbox, Outbox.case_id == Case.id)
        .where(_hers(me, guardians), Outbox.response == hello, Outbox.state.not_in(_NEVER))
    )


async def _calls(
    session: AsyncSession, school_id: int, spoken: Mapping[Pair, Spoken], guardians: Sequence[int]
) -> None:
    rows = await session.execute(
        select(Call.guardian_id, Call.pupil_id, Call.spoken, func.max(Call.at))
        .where(Call.school_id == school_id, Call.guardian_id.in_(guardians))
        .group_by(Call.guardian_id, Call.pupil_id, Call.spoken)
    )
    vain: dict[Pair, dt.datetime] = {}
    for guardian, pupil, reached, at in rows:
        if (found := spoken.get((guardian, pupil))) is None:
            continue
        if reached:
            found.contact = _later(found.contact, at)
        else:
            vain[guardian, pupil] = at
    for pair, at in vain.items():
        if spoken[pair].contact is None or spoken[pair].contact < at:  # type: ignore[operator]
            spoken[pair].not_answered = at


def _about(pair: tuple[int, int | None], pairs: Collection[Pair]) -> list[Pair]:
    """A case about no pupil in particular is about each of hers."""
    guardian, pupil = pair
    if pupil is not None:
        return [(guardian, pupil)] if (guardian, pupil) in pairs else []
    return [each for each in pairs if each[0] == guardian]


def _later(one: dt.datetime | None, other: dt.datetime | None) -> dt.datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)
