"""The settings of the channels: is each well, may it rest for an hour, and what knocks on WhatsApp."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, HTTPException, Request, Response

from bot.channels.port import Channel
from bot.errors import NotDelivered, Refusal
from bot.staff import knocks
from bot.staff import settings as verbs
from bot.staff.knocks import FACT, Look
from bot.staff.typed import WrongFields
from bot.wiring import Line
from db.queries.settings import AccountRow, account_rows, fact_values
from db.queries.staff import Me
from db.types import ChannelName, Provider
from locales.languages import LANGUAGES
from web.templating import translate
from web.views.content_desk import content_of, phrasebook
from web.views.session import Administrator, line_of
from web.views.settings import Number, attempt, done, posted, show

router = APIRouter(prefix="/settings/channels")
PATIENCE = 12.0
"""Seconds that a provider gets to say who we are, or how our templates are."""
PAUSE = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class KnockField:
    """One language's template as its form shows it: the words to hand in, and what Twilio says of it, if it was asked."""

    name: str
    language: str
    endonym: str
    sid: str
    words: str
    look: Look | None


@router.get("")
async def channels_page(request: Request, me: Administrator) -> Response:
    """The accounts that carry messages."""
    return await _channels(request, me)


@router.post("/{account_id}/check")
async def check(request: Request, me: Administrator, account_id: Number) -> Response:
    """Ask the provider who we are, now; what it says is kept as the account's fault, or clears it."""
    line = line_of(request)
    async with line.database.read() as session:
        account = next((row for row in await account_rows(session, me.school_id) if row.id == account_id), None)
        facts = await fact_values(session, me.school_id)
    if account is None:
        raise HTTPException(404)
    answer, fault = "", ""
    try:
        channel: Channel = await line.accounts.channel(account_id)
        async with asyncio.timeout(PATIENCE):
            answer = await channel.check()
    except NotDelivered as error:
        fault = f"{error} ({error.code})" if error.code else str(error)
    except TimeoutError:
        fault = translate("The provider did not answer in time.")
    await attempt(request, me, "a channel's check", lambda s: verbs.checked(s, me.school_id, account_id, fault))
    looks = await _looks(line, account, knocks.templates_of(facts)) if answer else {}
    return await _channels(request, me, checked=account_id, answer=answer, looks=looks)


@router.post("/{account_id}/pause")
async def pause(request: Request, me: Administrator, account_id: Number) -> Response:
    """Hold back what is not urgent for an hour, or go on."""
    form = await posted(request)
    until = line_of(request).clock.now() + PAUSE if form.get("do") == "pause" else None
    await attempt(request, me, "a channel's pause", lambda s: verbs.pause(s, me.school_id, account_id, until))
    return done("channels")


@router.post("/knock")
async def save_knock(request: Request, me: Administrator) -> Response:
    """Keep the templates, all or none; Twilio is asked about each first, and its refusals stand at the fields."""
    line, form = line_of(request), await posted(request)
    typed = {code: str(form[FACT + code]) for code in content_of(line).catalogues.languages if FACT + code in form}
    async with line.database.read() as session:
        account = _whatsapp(await account_rows(session, me.school_id))
    if account is None:
        raise HTTPException(404)
    try:
        given = knocks.read(typed)
        looks = await _looks(line, account, given)
        knocks.accept(looks)
    except WrongFields as error:
        return await _channels(request, me, typed=typed, error=error)
    await attempt(request, me, "the knock", lambda s: knocks.save(s, me.school_id, given))
    return await _channels(request, me, looks=looks, kept=True)


async def _looks(line: Line, account: AccountRow, templates: Mapping[str, str]) -> Mapping[str, Look]:
    """What Twilio says of each; nothing where it cannot be asked."""
    try:
        channel = await line.accounts.channel(account.id)
        async with asyncio.timeout(PATIENCE):
            return await knocks.examine(channel, templates)
    except (NotDelivered, TimeoutError):
        return {}


async def _channels(
    request: Request,
    me: Me,
    *,
    checked: int | None = None,
    answer: str = "",
    looks: Mapping[str, Look] | None = None,
    typed: Mapping[str, str] | None = None,
    kept: bool = False,
    error: Refusal | None = None,
) -> Response:
    line = line_of(request)
    async with line.database.read() as session:
        accounts = await account_rows(session, me.school_id)
        templates = {**knocks.templates_of(await fact_values(session, me.school_id)), **(typed or {})}
        phrases = await phrasebook(session, line, me.school_id, draft=False)
    fields = [
        KnockField(
            name=FACT + language,
            language=language,
            endonym=LANGUAGES[language].endonym,
            sid=templates.get(language, ""),
            words=knocks.wording(phrases, language),
            look=(looks or {}).get(language),
        )
        for language in phrases.languages
    ]
    return show(
        request,
        me,
        "channels",
        error=error,
        accounts=accounts,
        carried=carried,
        checked=checked,
        answer=answer,
        knocks=fields if _whatsapp(accounts) else [],
        blank=knocks.BLANK,
        kept=kept,
    )


def _whatsapp(accounts: tuple[AccountRow, ...]) -> AccountRow | None:
    return next((row for row in accounts if row.provider is Provider.TWILIO and row.whatsapp_from), None)


def carried(account: AccountRow) -> list[tuple[ChannelName, str]]:
    """The channels of an account, each with our number on it."""
    match account.provider:
        case Provider.TWILIO:
            both = ((ChannelName.WHATSAPP, account.whatsapp_from), (ChannelName.SMS, account.sms_from))
            return [(channel, number) for channel, number in both if number]
        case Provider.SMTP:
            return [(ChannelName.MAIL, "")]
        case _:
            return [(ChannelName(account.provider.value), "")]
