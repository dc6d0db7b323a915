"""My own page: how and when I hear that a parent waits."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import NotDelivered, Refusal
from bot.staff import chats
from bot.staff.notices import TELEGRAM
from bot.staff.preferences import Wish, save_wish, send_test
from db.queries.settings import fact_values
from db.queries.staff import Me
from db.queries.telling import mail_account, ways_of_staff
from db.tables import ProviderAccount
from db.types import Medium, Provider
from web.templating import page, translate
from web.views.inputs import Typed
from web.views.session import Staff, line_of

router = APIRouter(prefix="/me")
PATIENCE = 4.0
"""Seconds that Telegram gets to say the bot's name."""


@router.get("")
async def my_page(request: Request, me: Staff, said: str = "") -> Response:
    """How I am told now."""
    return await _show(request, me, said=said)


@router.post("")
async def save(
    request: Request,
    me: Staff,
    medium: Annotated[Medium, Form()],
    opens: Annotated[Typed, Form(max_length=10)] = "",
    closes: Annotated[Typed, Form(max_length=10)] = "",
) -> Response:
    """From now on like this."""
    try:
        await line_of(request).database.write(lambda s: save_wish(s, me, Wish(medium, opens, closes)))
    except Refusal as error:
        return await _show(request, me, fault=translate(str(error)), status=422)
    return RedirectResponse("/me?said=saved", status_code=303)


@router.post("/test")
async def test(request: Request, me: Staff) -> Response:
    """A message to try it, at once."""
    line = line_of(request)
    try:
        await line.database.write(lambda s: send_test(s, me, line.desk, line.clock.now()))
    except Refusal as error:
        return await _show(request, me, fault=translate(str(error)), status=422)
    return RedirectResponse("/me?said=tested", status_code=303)


@router.post("/telegram")
async def code(request: Request, me: Staff) -> Response:
    """A code that makes a Telegram chat mine; shown once."""
    line = line_of(request)
    async with line.database.read() as session:
        bot = await _telegram(session, me)
    if bot is None:
        return await _show(request, me, fault=translate("Your school does not use Telegram for this."), status=422)
    made = await line.database.write(lambda s: chats.new_code(s, me, line.desk, line.clock.now()))
    return await _show(request, me, code=made, name=await _name(request, bot))


@router.post("/telegram/remove")
async def remove(request: Request, me: Staff) -> Response:
    """The chat is mine no more."""

    async def work(session: AsyncSession) -> None:
        await chats.by_mail_again(session, me)
        await chats.give_up(session, me.school_id, me.staff_id)

    await line_of(request).database.write(work)
    return RedirectResponse("/me?said=removed", status_code=303)


async def _show(
    request: Request, me: Me, *, said: str = "", fault: str = "", code: str = "", name: str = "", status: int = 200
) -> Response:
    line = line_of(request)
    async with line.database.read() as session:
        ways = await ways_of_staff(session, me.school_id, me.staff_id)
        mail = await mail_account(session, me.school_id)
        bot = await _telegram(session, me)
    return page(
        request,
        "me.html",
        me=me,
        status=status,
        ways=ways,
        mail=mail is not None,
        telegram=bot is not None,
        answers=line.desk.answers,
        said=said,
        fault=fault,
        code=code,
        bot=name,
    )


async def _telegram(session: AsyncSession, me: Me) -> int | None:
    """The school's bot, where the school lets colleagues use it."""
    if (await fact_values(session, me.school_id)).get(TELEGRAM) != "yes":
        return None
    found: int | None = await session.scalar(
        select(ProviderAccount.id)
        .where(ProviderAccount.school_id == me.school_id, ProviderAccount.provider == Provider.TELEGRAM)
        .limit(1)
    )
    return found


async def _name(request: Request, account_id: int) -> str:
    """The bot's name, for a link; without it the code is typed."""
    try:
        channel = await line_of(request).accounts.channel(account_id)
        async with asyncio.timeout(PATIENCE):
            return (await channel.check()).rpartition("@")[2]
    except (NotDelivered, TimeoutError):
        return ""
