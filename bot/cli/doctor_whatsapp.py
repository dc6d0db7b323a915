"""What `doctor` says about WhatsApp: the templates for choices, and those that knock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.port import Channel, Templated
from bot.core.clock import SystemClock
from bot.core.templates import State, states
from bot.settings import Settings
from bot.staff.knocks import Look, examine, templates_of
from bot.wiring import channel_of
from db.engine import Database
from db.queries.settings import fact_values
from db.tables import ProviderAccount
from db.types import Provider

PATIENCE = 10
Said = tuple[str, str, str]
"""How bad it is (ok, warning or problem), what was looked at, and what to do."""


async def whatsapp(settings: Settings) -> AsyncIterator[Said]:
    """Each school's account in turn. The database is there and up to date."""
    database = Database(settings.database_url)
    try:
        async with database.read() as session:
            accounts = await session.scalars(
                select(ProviderAccount)
                .where(ProviderAccount.provider == Provider.TWILIO, ProviderAccount.whatsapp_from != "")
                .order_by(ProviderAccount.id)
            )
            for account in accounts.all():
                async for said in _account(session, settings, account):
                    yield said
    finally:
        await database.close()


async def _account(session: AsyncSession, settings: Settings, account: ProviderAccount) -> AsyncIterator[Said]:
    channel = channel_of(account, settings, SystemClock())
    if channel is None or not isinstance(channel, Templated):
        return
    try:
        wanted = len(channel.wanted())
        yield _buttons((await states(session, {account.id: wanted}))[account.id])
        knocks = templates_of(await fact_values(session, account.school_id))
        if not knocks:
            yield (
                "warning",
                f"school {account.school_id}: nothing knocks on WhatsApp after 24 hours of silence",
                "an answer then waits until she writes; hand in templates and name them under /settings, Channels",
            )
            return
        for language, look in (await _looks(channel, knocks)).items():
            yield _knock(account.school_id, language, look)
    finally:
        await channel.close()


async def _looks(channel: Channel, knocks: Mapping[str, str]) -> dict[str, Look]:
    try:
        async with asyncio.timeout(PATIENCE):
            return dict(await examine(channel, knocks))
    except TimeoutError:
        return dict.fromkeys(knocks, Look())


def _buttons(state: State) -> Said:
    what = f"WhatsApp buttons: {state.ready} of {state.wanted} templates ready"
    if state.ready == state.wanted:
        return "ok", what, ""
    if state.refused:
        return (
            "warning",
            f"{what}, some refused ({state.refused})",
            "choices go with digits; it is tried again each hour",
        )
    return "warning", what, "a running worker makes them; until then choices go with digits"


def _knock(school_id: int, language: str, look: Look) -> Said:
    what = f"school {school_id}: the template that knocks in {language}"
    if look.fault:
        return "problem", f"{what} will not do", f"{look.fault} Change it under /settings, Channels."
    if look.good:
        return "ok", f"{what} is approved", ""
    if not look.status:
        return "warning", f"{what} could not be looked at", "see what is said of Twilio above"
    return (
        "warning",
        f"{what} is not approved ({look.status})",
        "WhatsApp takes a day at most; until then nothing knocks",
    )
