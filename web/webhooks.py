"""Webhooks: find the account, verify, store, commit, and only then 2xx. Nothing is understood here, nothing is sent."""

from __future__ import annotations

import json
import logging

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.background import BackgroundTask

from bot.channels.port import Webhook
from bot.channels.twilio_reading import addressing
from bot.core.accounts import find_telegram, find_twilio
from bot.core.arrivals import acknowledge
from bot.core.callbacks import receive
from bot.core.ingress import store
from bot.errors import BadWebhook, ForgedWebhook, MalformedWebhook, Misconfigured, UnknownAccount
from bot.messages import Inbound, Status
from bot.wiring import Line
from db.tables import ProviderAccount

log = logging.getLogger(__name__)
router = APIRouter(prefix="/webhooks", include_in_schema=False)
_REFUSED: dict[type[BadWebhook], int] = {ForgedWebhook: 403, MalformedWebhook: 400, UnknownAccount: 403}


@router.post("/twilio")
@router.post("/twilio/status")
async def twilio(request: Request) -> Response:
    """Inbound WhatsApp and SMS, and status callbacks: any order, repeated."""
    line: Line = request.app.state.line
    webhook = _webhook(line, request, await request.body())
    try:
        # Read only to find the account: what it says is believed after its signature has been checked.
        claimed = addressing(webhook)
    except MalformedWebhook as error:
        return _refuse(error)
    async with line.database.read() as session:
        account = await find_twilio(session, claimed.account_sid, claimed.ours, claimed.service_sid)
    return await _take(line, account, webhook)


@router.post("/telegram")
async def telegram(request: Request) -> Response:
    """Telegram updates."""
    line: Line = request.app.state.line
    body = await request.body()
    async with line.database.read() as session:
        account = await find_telegram(session, request.headers.get("x-telegram-bot-api-secret-token", ""))
    return await _take(line, account, _webhook(line, request, body))


def _webhook(line: Line, request: Request, body: bytes) -> Webhook:
    """The request with our public URL: behind a proxy its own is another than the provider signed."""
    query = f"?{request.url.query}" if request.url.query else ""
    return Webhook(f"{line.settings.own_url}{request.url.path}{query}", dict(request.headers), body)


async def _take(line: Line, account: ProviderAccount | None, webhook: Webhook) -> Response:
    try:
        if account is None:
            raise UnknownAccount("no account of ours")
        channel = await line.accounts.channel(account.id)
        messages = channel.read(webhook)
    except BadWebhook as error:
        return _refuse(error)
    except Misconfigured:
        return Response(status_code=503)
    if messages:
        await line.database.write(lambda session: _keep(session, line, account, list(messages)))
    inbound = [message for message in messages if isinstance(message, Inbound)]
    return Response(status_code=204, background=BackgroundTask(acknowledge, channel, inbound))


async def _keep(session: AsyncSession, line: Line, account: ProviderAccount, messages: list[Inbound | Status]) -> None:
    now = line.clock.now()
    for message in messages:
        if isinstance(message, Status):
            await receive(session, account, message, now=now)
        else:
            await store(session, account, [message], now=now)


def _refuse(error: BadWebhook) -> Response:
    log.warning("a webhook was refused: %s", type(error).__name__)
    code = _REFUSED.get(type(error), 400)
    return Response(json.dumps({"error": type(error).__name__}), status_code=code, media_type="application/json")
