"""A batch of letters: printed, then their codes become good, then the paper is handed out; a crash between harms nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import select

from bot.core.accounts import Accounts
from bot.core.clock import Clock
from bot.core.known import Scenes
from bot.core.mind import Minds
from bot.errors import Misconfigured, NotDelivered, Refusal
from bot.people.letters.addressees import Addressee, keep_codes
from bot.people.letters.doorways import Doorway, doorways
from bot.people.letters.writing import Printed, Scribe
from bot.staff.marks import N_
from db.engine import Database
from db.tables import ProviderAccount
from db.types import Provider

_PATIENCE = 10.0
"""Seconds that Telegram gets to say what our bot is called."""


class Office(Protocol):
    """What of the line this needs."""

    database: Database
    accounts: Accounts
    scenes: Scenes
    minds: Minds
    clock: Clock
    secret: str
    demo: bool


class TelegramSilent(Refusal):
    """Telegram does not say what our bot is called, so its QR code cannot be made."""


async def scribe_of(office: Office, school_id: int, *, own_url: str, telegram: bool = True) -> Scribe:
    """Whoever writes this school's letters today; refuses where a letter would lead nowhere."""
    async with office.database.read() as session:
        view = await office.scenes.view(session, school_id)
    name = await _telegram_name(office, school_id) if telegram else ""
    # Invented people have only the web phone.
    web = f"{own_url}/phone" if office.demo and view.demo else ""
    async with office.database.read() as session:
        doors: Sequence[Doorway] = await doorways(session, school_id, telegram=name, web=web)
    if not doors:
        raise Refusal(N_("No channel is set up yet, so a letter would lead nowhere. Look under settings, Channels."))
    return Scribe(await office.minds.of(school_id), view, doors, office.clock.now())


async def print_letters(office: Office, scribe: Scribe, people: Sequence[Addressee], *, replace: bool) -> Printed:
    """One PDF, of which every code is good from now on; `replace`: earlier letters of these guardians are not."""
    printed = await asyncio.to_thread(scribe.write, people)
    until, now = scribe.until, scribe.now
    await office.database.write(
        lambda session: keep_codes(
            session, scribe.view.school_id, printed.codes, until=until, secret=office.secret, now=now, replace=replace
        )
    )
    return printed


async def _telegram_name(office: Office, school_id: int) -> str:
    async with office.database.read() as session:
        account = await session.scalar(
            select(ProviderAccount.id).where(
                ProviderAccount.school_id == school_id, ProviderAccount.provider == Provider.TELEGRAM
            )
        )
    if account is None:
        return ""
    try:
        channel = await office.accounts.channel(account)
        return (await asyncio.wait_for(channel.check(), _PATIENCE)).partition("@")[2]
    except Misconfigured:
        return ""  # a bot that does not work is no way in
    except (NotDelivered, TimeoutError) as error:
        raise TelegramSilent(N_("Telegram does not answer. Try again in a few minutes.")) from error
