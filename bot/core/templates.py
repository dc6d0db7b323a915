"""Templates for choices: made once for each account, found again after that, and put aside for a while where they are refused.

The adapter has them in memory; sending asks no question about them. What is not there goes with digits.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.port import Templated
from bot.channels.templates import name_of, shape_of
from bot.core.accounts import Accounts
from bot.core.clock import Clock
from bot.errors import NotDelivered, TemplateGone, TemplateRefused, TryLater
from bot.messages import Choice
from db.engine import Database
from db.tables import ChoiceTemplate, Outbox, ProviderAccount
from db.types import database_time
from db.upsert import insert_new

log = logging.getLogger(__name__)
CLAIM = 300
"""Seconds that a process may take to make what is missing, before another tries."""
ASIDE = dt.timedelta(hours=1)
"""So long a template that was refused is left alone; then it is looked for at the provider, and tried again."""
OFTEN = 3
"""So many refusals, each within ASIDE of the one before, are the template's fault and not one message's."""
AGAIN_SOON, AGAIN_LATE = dt.timedelta(minutes=5), dt.timedelta(hours=1)
"""After a passing fault of the provider, and after a refusal."""


@dataclass(frozen=True, slots=True)
class State:
    """How an account's templates are, for whoever looks."""

    wanted: int
    ready: int
    refused: str
    """The provider's code for those put aside, if there are any."""


class Templates:
    """Keeps the templates of every account that shows choices through them."""

    def __init__(self, database: Database, accounts: Accounts, clock: Clock) -> None:
        """Nothing is started here."""
        self._db, self._accounts, self._clock = database, accounts, clock
        self._again: dict[int, dt.datetime] = {}

    async def once(self) -> int:
        """Offer what is there, make what is missing; returns how many were made or found."""
        made = 0
        for account in await self._accounts.all():
            try:
                channel = await self._accounts.channel(account.id)
            except NotDelivered:
                continue
            if isinstance(channel, Templated) and (wanted := channel.wanted()):
                made += await self._keep(account, channel, wanted)
        return made

    async def _keep(self, account: ProviderAccount, channel: Templated, wanted: Sequence[str]) -> int:
        ready, lacking = await self._known(account.id, wanted)
        channel.offer(ready)
        if not lacking or self._clock.now() < self._again.get(account.id, self._clock.now()):
            return 0
        claimed = await self._db.write(lambda s: _claim(s, account, lacking, self._clock.now()))
        if not claimed:
            return 0
        made = 0
        try:
            there = await channel.found()
            for name in claimed:
                sid = there.get(name) or await channel.make(name)
                await self._db.write(lambda s, name=name, sid=sid: _keep(s, account.id, name, sid))  # type: ignore[misc]
                made += 1
        except NotDelivered as error:
            log.warning("templates for choices: %s (%s); digits meanwhile", type(error).__name__, error.code)
            self._again[account.id] = self._clock.now() + (AGAIN_SOON if isinstance(error, TryLater) else AGAIN_LATE)
        finally:
            await self._db.write(lambda s: _let_go(s, account.id, claimed))
        channel.offer((await self._known(account.id, wanted))[0])
        return made

    async def _known(self, account_id: int, wanted: Sequence[str]) -> tuple[dict[str, str], list[str]]:
        """The templates that may be used, and the names of those that have to be made or looked for."""
        async with self._db.read() as session:
            found = await session.scalars(select(ChoiceTemplate).where(ChoiceTemplate.account_id == account_id))
            rows = {row.name: row for row in found}
        before = self._clock.now() - ASIDE
        ready, lacking = {}, []
        for name in wanted:
            row = rows.get(name)
            if row is None or not row.sid or (_aside(row) and row.refused_at is not None and row.refused_at <= before):
                lacking.append(name)
            elif not _aside(row):
                ready[name] = row.sid
        return ready, lacking


def _aside(row: ChoiceTemplate) -> bool:
    return row.refused >= OFTEN


async def _claim(session: AsyncSession, account: ProviderAccount, names: Sequence[str], now: dt.datetime) -> list[str]:
    """The right to make these, or some of them, before the claim ends: two processes never make one twice."""
    for name in names:
        values = {"school_id": account.school_id, "account_id": account.id, "name": name}
        await insert_new(session, ChoiceTemplate, values, unique=("account_id", "name"))
    claimed = await session.execute(
        update(ChoiceTemplate)
        .where(
            ChoiceTemplate.account_id == account.id,
            ChoiceTemplate.name.in_(names),
            or_(
                ChoiceTemplate.sid == "",
                and_(ChoiceTemplate.refused >= OFTEN, ChoiceTemplate.refused_at <= now - ASIDE),
            ),
            or_(ChoiceTemplate.claimed_until.is_(None), ChoiceTemplate.claimed_until < database_time()),
        )
        .values(claimed_until=database_time(CLAIM))
        .returning(ChoiceTemplate.name)
        .execution_options(synchronize_session=False)
    )
    mine = set(claimed.scalars())
    return [name for name in names if name in mine]


async def _keep(session: AsyncSession, account_id: int, name: str, sid: str) -> None:
    await session.execute(
        update(ChoiceTemplate)
        .where(ChoiceTemplate.account_id == account_id, ChoiceTemplate.name == name)
        .values(sid=sid, claimed_until=None, refused=0, refused_at=None, refused_code="")
        .execution_options(synchronize_session=False)
    )


async def _let_go(session: AsyncSession, account_id: int, names: Sequence[str]) -> None:
    await session.execute(
        update(ChoiceTemplate)
        .where(ChoiceTemplate.account_id == account_id, ChoiceTemplate.name.in_(names))
        .values(claimed_until=None)
        .execution_options(synchronize_session=False)
    )


async def without_template(
    session: AsyncSession, account_id: int, row: Outbox, error: TemplateRefused, *, now: dt.datetime
) -> bool:
    """Let a row whose template was refused go with digits, once; False where it did already, or shows no choices."""
    if not row.payload.get("choices") or row.payload.get("digits"):
        return False
    row.payload = {**row.payload, "digits": True}
    choices = [Choice(payload, title) for payload, title in row.payload["choices"]]
    shape = shape_of(row.text, choices)
    found = shape and await session.scalar(
        select(ChoiceTemplate)
        .where(ChoiceTemplate.account_id == account_id, ChoiceTemplate.name == name_of(shape))
        .with_for_update()
    )
    if found:
        soon = found.refused_at is not None and found.refused_at > now - ASIDE
        found.refused = OFTEN if isinstance(error, TemplateGone) else found.refused + 1 if soon else 1
        found.refused_at, found.refused_code = now, error.code or ""
    return True


async def states(session: AsyncSession, wanted: Mapping[int, int]) -> Mapping[int, State]:
    """How the templates of these accounts are; `wanted` says how many each can use."""
    rows = (await session.scalars(select(ChoiceTemplate).where(ChoiceTemplate.account_id.in_(wanted)))).all()
    return {
        account_id: State(
            wanted=count,
            ready=sum(row.account_id == account_id and bool(row.sid) and not _aside(row) for row in rows),
            refused=next((row.refused_code for row in rows if row.account_id == account_id and _aside(row)), ""),
        )
        for account_id, count in wanted.items()
    }
