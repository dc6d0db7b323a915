"""Provider accounts and the adapters that carry them. A webhook finds its account first, and only then knows the school."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.port import Channel
from bot.errors import Misconfigured
from db.engine import Database
from db.tables import ProviderAccount
from db.types import Provider

Build = Callable[[ProviderAccount], Channel | None]


def secret_hash(secret: str) -> str:
    """What is stored of Telegram's webhook secret: enough to find the account."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Accounts:
    """The adapter of each account, built once by the composition root's `build` and kept."""

    def __init__(self, database: Database, build: Build) -> None:
        """`build` returns None for an account that this installation has no credentials for."""
        self._db, self._build = database, build
        self._channels: dict[int, Channel] = {}

    async def channel(self, account_id: int) -> Channel:
        """The adapter of an account; `Misconfigured` where there is none."""
        if account_id not in self._channels:
            async with self._db.read() as session:
                account = await session.get_one(ProviderAccount, account_id)
            if account_id not in self._channels:  # several ask at once at the first send: one is built, and closed
                channel = self._build(account)
                if channel is None:
                    raise Misconfigured(f"no credentials for provider account {account_id} ({account.provider})")
                self._channels[account_id] = channel
        return self._channels[account_id]

    async def all(self) -> list[ProviderAccount]:
        """Every account."""
        async with self._db.read() as session:
            return list((await session.execute(select(ProviderAccount).order_by(ProviderAccount.id))).scalars())

    async def close(self) -> None:
        """Let go of all connections."""
        for channel in self._channels.values():
            await channel.close()
        self._channels.clear()


def bare(address: str) -> str:
    """A Twilio address without its channel: `whatsapp:+31..` becomes `+31..`."""
    return address.removeprefix("whatsapp:")


async def find_twilio(session: AsyncSession, account_sid: str, ours: str, service_sid: str) -> ProviderAccount | None:
    """By (AccountSid, our number); where that is missing or a service's, by its MessagingServiceSid."""
    number = bare(ours)
    if not account_sid:
        return None
    rows = (
        (
            await session.execute(
                select(ProviderAccount)
                .where(
                    ProviderAccount.provider == Provider.TWILIO,
                    # Several senders of one account are several rows: `AC..`, `AC..:2`.
                    ProviderAccount.external_id.startswith(account_sid, autoescape=True),
                )
                .order_by(ProviderAccount.id)
            )
        )
        .scalars()
        .all()
    )
    by_number = [row for row in rows if number and number in {row.whatsapp_from, row.sms_from}]
    by_service = [row for row in rows if service_sid and service_sid == row.service_sid]
    return next(iter(by_number or by_service), None)


async def find_telegram(session: AsyncSession, secret: str) -> ProviderAccount | None:
    """By the hash of the secret that came with the update."""
    if not secret:
        return None
    return (
        await session.execute(
            select(ProviderAccount).where(
                ProviderAccount.provider == Provider.TELEGRAM, ProviderAccount.secret_hash == secret_hash(secret)
            )
        )
    ).scalar_one_or_none()
