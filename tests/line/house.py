"""The line as it is composed for work: real settings, adapters, content and engine, with the web part on a real port."""

from __future__ import annotations

import asyncio
import functools
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import httpx
import uvicorn
from sqlalchemy import func, select

import nlu
from bot.content.minds import ContentMinds
from bot.content.shipped import Shipped, load_shipped
from bot.core.clock import TestClock
from bot.core.worker import Worker
from bot.people.provision import provision_accounts
from bot.settings import load_settings
from bot.staff.knocks import knock_for
from bot.staff.replies import Replied, Reply, compose, reply
from bot.tls import trusted
from bot.wiring import Line, build
from db.base import Base
from db.queries.staff import Me
from db.tables import Address, Case, Conversation, Delivery, Inbox, Outbox, Timer, Unanswered
from db.types import ChannelName, InboxState, OutboxState
from nlu.port import Recogniser
from tests.line.school import NAME, Place, found
from tests.servers import telegram, twilio_webhooks
from tests.servers.telegram import FakeTelegram
from tests.servers.twilio import FakeTwilio
from web.app import create_app

T = TypeVar("T", bound=Base)
SECRET = "the secret of a test"
LONGEST_WAIT = 10
MESSAGES: tuple[type[Base], ...] = (Inbox, Outbox, Delivery, Case, Conversation, Timer, Unanswered)


@functools.cache
def shipped() -> Shipped:
    """The shipped content, read once."""
    return load_shipped()


@functools.cache
def recogniser() -> Recogniser:
    """The embedded engine, loaded (on a cold machine trained) once."""
    return nlu.load()


@dataclass
class House:
    """A line, its application on a port, its school, and the providers it talks to."""

    line: Line
    worker: Worker
    web: httpx.AsyncClient
    clock: TestClock
    place: Place
    telegram: FakeTelegram
    twilio: FakeTwilio

    @property
    def url(self) -> str:
        """Where the providers find us."""
        return self.line.settings.own_url

    async def rows(self, table: type[T]) -> list[T]:
        """All rows of a table, by key."""
        async with self.line.database.read() as session:
            return list((await session.execute(select(table).order_by(table.id))).scalars())  # type: ignore[attr-defined]

    async def counts(self) -> dict[str, int]:
        """How many rows everything has that a message leaves behind; the rota's own conversation does not count."""
        async with self.line.database.read() as session:
            counted = {
                table.__tablename__: await session.scalar(select(func.count()).select_from(table)) or 0
                for table in MESSAGES
            }
        return counted | {"conversation": counted["conversation"] - 1}

    async def said_to(self, channel: ChannelName, number: str) -> list[Outbox]:
        """What was put into the outbox for an address, in order."""
        async with self.line.database.read() as session:
            rows = await session.execute(
                select(Outbox)
                .join(Conversation, Conversation.id == Outbox.conversation_id)
                .join(Address, Address.id == Conversation.address_id)
                .where(Address.channel == channel, Address.external_id == number)
                .order_by(Outbox.seq)
            )
            return list(rows.scalars())

    async def settle(self) -> None:
        """Let everything happen that is due within the next minute; rates and breaths take their seconds of the clock."""
        for _ in range(30):
            await self.worker.drain()
            if not await self._busy():
                return
            self.clock.move(seconds=2)
        message = "something stays open"
        raise AssertionError(message)

    async def _busy(self) -> bool:
        waiting = (OutboxState.QUEUED, OutboxState.SENDING)
        async with self.line.database.read() as session:
            open_in = await session.scalar(
                select(func.count()).select_from(Inbox).where(Inbox.state == InboxState.OPEN)
            )
            open_out = await session.scalar(select(func.count()).select_from(Outbox).where(Outbox.state.in_(waiting)))
        return bool(open_in or open_out)

    async def answers(self, case: Case, text: str, *, language: str, channel: ChannelName, phrase: str = "") -> Replied:
        """The person who has the case answers from the inbox."""
        database, me = self.line.database, self._me(case)
        async with database.read() as session:
            view = await self.line.scenes.view(session, case.school_id)
        mind = await self.line.minds.of(case.school_id)
        letters = compose(mind, view, Reply(text, phrase), language=language, channel=channel, name=me.name)
        token, knocking = f"form-{case.id}-{len(text)}-{phrase}", knock_for(mind, view, language)
        return await database.write(
            lambda s: reply(
                s, me, case.id, letters, token=token, language=language, knocking=knocking, now=self.clock.now()
            )
        )

    def _me(self, case: Case) -> Me:
        assert case.assignee_id is not None
        return Me(case.assignee_id, case.school_id, "mevrouw De Wit", False, (), NAME, "Europe/Amsterdam", "")


async def until(what: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something that another task or thread does."""
    ends = time.monotonic() + LONGEST_WAIT
    while not await what():
        assert time.monotonic() < ends, "it never happened"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def a_line(
    url: str, public_url: str, clock: TestClock, providers: tuple[FakeTelegram, FakeTwilio], **more: object
) -> AsyncIterator[Line]:
    """A line on a database, with the settings that an operator would write."""
    ours, theirs = providers
    settings = load_settings(
        _env_file=None,
        database_url=url,
        public_url=public_url,
        secret_key=SECRET,
        demo=False,
        telegram_token=telegram.TOKEN,
        telegram_secret=telegram.SECRET,
        telegram_api_url=ours.url,
        twilio_account_sid=twilio_webhooks.ACCOUNT,
        twilio_auth_token=twilio_webhooks.TOKEN,
        twilio_signing_key=twilio_webhooks.SIGNING_KEY,
        twilio_api_url=theirs.url,
        twilio_whatsapp_from=twilio_webhooks.WHATSAPP_FROM,
        twilio_sms_from=twilio_webhooks.SMS_FROM,
        **more,
    )
    line = await build(settings, clock=clock)
    line.minds = ContentMinds(line.database, shipped(), recogniser)
    try:
        yield line
    finally:
        await line.close()


@asynccontextmanager
async def open_house(
    url: str, clock: TestClock, providers: tuple[FakeTelegram, FakeTwilio], **more: object
) -> AsyncIterator[House]:
    """Everything, on an empty database."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        public_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with (
            a_line(url, public_url, clock, providers, **more) as line,
            _served(line, listening),
            httpx.AsyncClient(
                base_url=public_url, limits=httpx.Limits(max_connections=60), timeout=60, verify=trusted()
            ) as web,
        ):
            place = await line.database.write(lambda s: found(s, SECRET, clock.now()))
            await line.database.write(lambda s: provision_accounts(s, line.settings))
            yield House(line, line.worker(), web, clock, place, *providers)


@asynccontextmanager
async def _served(line: Line, listening: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(create_app(line), log_config=None, access_log=False, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve([listening]))
    while not server.started:  # noqa: ASYNC110 - it sets no event
        await asyncio.sleep(0.005)
    yield
    server.should_exit = True
    await task
