"""What the benchmarks share: what parents write, a line of their own on an empty database, and the line of output."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import json
import os
import random
import statistics
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.web import WebChannel
from bot.core.accounts import Accounts
from bot.demo.school import load
from bot.messages import Inbound, Outbound
from bot.settings import Settings
from bot.wiring import Line, build
from db.migrate import migrate
from db.tables import Address, Binding, Conversation, Guardian, ProviderAccount
from db.types import ChannelName, InboundKind, Provider
from nlu.examples import read_folder

MESSAGES = 300
ADDRESSES = 60
PROVIDER_TAKES = 0.01
"""Seconds."""
_ACCOUNTS = 10  # WhatsApp allows 60 a second for each account: with ten, our rate limit is not what is measured
_WORDS = 5  # so long a message is never waited for (`bot/turn/answers.py`: a few unclear words are)
_numbers = itertools.count(1)


def emit(name: str, value: float, unit: str) -> None:
    """One figure, as one line of JSON."""
    print(json.dumps({"name": name, "value": round(value, 3), "unit": unit}), flush=True)


def percentile(values: Sequence[float], part: int) -> float:
    """The value that `part` percent do not exceed."""
    return statistics.quantiles(values, n=100, method="inclusive")[part - 1]


def questions(count: int, people: int = ADDRESSES, seed: int = 1) -> list[tuple[int, str]]:
    """(person, text) `count` times, the people in turn; each writes her own language, none writes a text twice."""
    by_language: dict[str, list[str]] = {}
    for example in read_folder():
        wants_to_know = example.intent.startswith("ask_") or example.intent == "who_is_mentor"
        if wants_to_know and len(example.text.split()) >= _WORDS:
            by_language.setdefault(example.language, []).append(example.text)
    for texts in by_language.values():
        random.Random(seed).shuffle(texts)
    languages = sorted(by_language)
    assert len(languages) >= 6, "the examples should cover six languages"
    supply = {language: itertools.cycle(texts) for language, texts in by_language.items()}
    return [(n % people, next(supply[languages[n % people % len(languages)]])) for n in range(count)]


class SlowProvider(WebChannel):
    """A provider in memory that takes 10 ms for each message."""

    async def send(self, message: Outbound) -> str:
        """Take it."""
        await asyncio.sleep(PROVIDER_TAKES)
        return await super().send(message)


@asynccontextmanager
async def shipped_line(database_url: str) -> AsyncIterator[Line]:
    """The line as it is shipped, on an empty database with the demo school; only the provider is ours."""
    await migrate(database_url)
    with tempfile.TemporaryDirectory(prefix="olbench") as folder:
        line = await build(Settings(database_url=database_url, secret_key="b" * 32, var=Path(folder)))
        try:
            line.accounts = Accounts(line.database, lambda _account: SlowProvider())
            await line.database.write(_school)
            yield line
        finally:
            await line.close()


async def _school(session: AsyncSession) -> None:
    school = await load(session, dt.datetime.now(dt.UTC).date())
    session.add_all(
        ProviderAccount(
            school_id=school.id, provider=Provider.TWILIO, external_id=f"AC{n}", whatsapp_from=f"+3185000{n:04d}"
        )
        for n in range(_ACCOUNTS)
    )


async def accounts_of(session: AsyncSession) -> list[ProviderAccount]:
    """The WhatsApp accounts."""
    found = select(ProviderAccount).where(ProviderAccount.provider == Provider.TWILIO).order_by(ProviderAccount.id)
    return list((await session.execute(found)).scalars())


async def new_parents(session: AsyncSession) -> list[str]:
    """Numbers of guardians of the demo school that are bound to them, as if they had written long ago."""
    accounts = await accounts_of(session)
    guardians = (await session.execute(select(Guardian).order_by(Guardian.id).limit(ADDRESSES))).scalars().all()
    assert len(guardians) == ADDRESSES
    numbers = [f"+3162{next(_numbers):07d}" for _ in guardians]
    for index, (guardian, number) in enumerate(zip(guardians, numbers, strict=True)):
        school_id = guardian.school_id
        address = Address(school_id=school_id, channel=ChannelName.WHATSAPP, external_id=number)
        session.add(address)
        await session.flush()
        account = accounts[index % len(accounts)]
        session.add_all(
            [
                Conversation(school_id=school_id, address_id=address.id, account_id=account.id),
                Binding(
                    school_id=school_id,
                    address_id=address.id,
                    guardian_id=guardian.id,
                    proof="known_number",
                    bound_at=dt.datetime.now(dt.UTC),
                ),
            ]
        )
    return numbers


def written(number: str, text: str) -> Inbound:
    """A WhatsApp message of this moment."""
    return Inbound(
        channel=ChannelName.WHATSAPP,
        external_id=number,
        provider_id=f"SM{next(_numbers):032d}",
        kind=InboundKind.TEXT,
        sent_at=dt.datetime.now(dt.UTC),
        text=text,
    )


def quiet_environment() -> None:
    """Nothing of the caller's own settings takes part."""
    for name in [name for name in os.environ if name.startswith("OUDERLIJN_") and name != "OUDERLIJN_NLU"]:
        del os.environ[name]
