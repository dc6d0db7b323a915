"""`python -m bot doctor`: one line for each thing that must be right, and what to do where it is not.

Changes nothing, and says no secret, name or number.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.core.clock import SystemClock
from bot.errors import Misconfigured, NotDelivered, WrongSetting
from bot.settings import Engine, Settings, load_settings
from db.engine import Database, driver_url

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession
    from sqlalchemy.orm import Session

PATIENCE = 10
"""Seconds that a provider has to answer."""
SEEN = dt.timedelta(seconds=60)
SHORTEST_SECRET = 32


class Level(StrEnum):
    """How bad it is; only a problem makes the command fail."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and what to do."""

    level: Level
    what: str
    do: str = ""

    def __str__(self) -> str:
        return f"{self.level:8} {self.what}" + (f": {self.do}" if self.do else "")


def ok(what: str) -> Finding:
    """It is as it should be."""
    return Finding(Level.OK, what)


def warning(what: str, do: str) -> Finding:
    """It works without, up to a point."""
    return Finding(Level.WARNING, what, do)


def problem(what: str, do: str) -> Finding:
    """The line does not work like this."""
    return Finding(Level.PROBLEM, what, do)


def doctor() -> None:
    """Check settings, database, understanding and providers, and say what to do."""
    try:
        settings = load_settings()
    except WrongSetting as error:
        print(problem("settings", str(error)))
        raise typer.Exit(code=1) from error
    bad = asyncio.run(_examine(settings))
    raise typer.Exit(code=1 if bad else 0)


async def _examine(settings: Settings) -> bool:
    bad = False
    async for finding in findings(settings):
        print(finding, flush=True)
        bad = bad or finding.level is Level.PROBLEM
    return bad


async def findings(settings: Settings) -> AsyncIterator[Finding]:
    """Everything that was looked at, the quick things first."""
    yield ok("settings can be read")
    for name in settings.set_in_vain:
        yield warning(f"{name} is set, and nothing uses it yet", "leave it out, or wait for a version that does")
    for check in (_secret, _reachable, _catalogues, _understanding, _rasa, _browser):
        for finding in check(settings):
            yield finding
    async for finding in _database(settings):
        yield finding
    async for finding in _providers(settings):
        yield finding
    async for finding in _mail(settings):
        yield finding
    async for finding in _whatsapp(settings):
        yield finding
    async for finding in _translation(settings):
        yield finding


def _secret(settings: Settings) -> Iterator[Finding]:
    kept = settings.var / "secret"
    if settings.secret_key:
        if len(settings.secret_key) < SHORTEST_SECRET:
            yield warning("the secret key is short", "set OUDERLIJN_SECRET_KEY to 32 or more random characters")
        else:
            yield ok("secret key set")
    elif settings.database_url.startswith("postgresql"):
        yield warning("no secret key", "set OUDERLIJN_SECRET_KEY to the same value for every process on this database")
    elif kept.exists() and kept.stat().st_mode & 0o077:
        yield problem("others can read the secret beside the database", "chmod 600 it")
    else:
        yield ok("secret key: made at the first start, beside the database")


def _reachable(settings: Settings) -> Iterator[Finding]:
    url = settings.public_url
    if not url:
        if settings.twilio:
            yield problem("no public URL", "set OUDERLIJN_PUBLIC_URL to the https address that Twilio is to call")
        else:
            yield ok("no public URL: only this machine, and Telegram by polling")
        return
    if not url.startswith("https://") and not settings.loopback:
        yield problem("the public URL is not https", "providers call https addresses only: put a proxy before the line")
    else:
        yield ok("public URL set")
    if settings.twilio:
        yield ok(f"at Twilio, for each sender: incoming messages POST {url}/webhooks/twilio")
    if settings.telegram_token and settings.telegram_secret:
        yield ok(f"at Telegram, if not polled: setWebhook {url}/webhooks/telegram with your OUDERLIJN_TELEGRAM_SECRET")


def _catalogues(settings: Settings) -> Iterator[Finding]:
    del settings
    from locales.catalogs import BadCatalogue, load_content
    from locales.languages import shipped

    try:
        load_content()
    except BadCatalogue as error:
        yield problem("a catalogue cannot be read", str(error))
    else:
        yield ok(f"catalogues: {len(shipped())} languages, read as they are: nothing to compile")


def _understanding(settings: Settings) -> Iterator[Finding]:
    from nlu import embedding, examples, store

    cache = store.cache_folder()
    if store.cache_file(examples.FOLDER, cache).exists():
        yield ok("understanding: learnt and kept")
    else:
        yield warning(
            "understanding: not learnt yet", "the first start does it in some twenty seconds; or run: make setup"
        )
    folder = settings.embedder_folder
    why_not = "" if folder else embedding.why_not()
    if settings.nlu is Engine.NGRAM:
        why_not = "OUDERLIJN_NLU=ngram asks for it"
    if why_not:
        yield warning("understanding: by n-grams alone", why_not)
    elif store.dense_file(examples.FOLDER, cache, embedding.name(folder)).exists():
        yield ok("understanding: the points of sentences are there")
    else:
        fix = "the first start computes them in the background, which takes twenty minutes or more"
        yield warning("understanding: the points of sentences are not there yet", fix)


def _rasa(settings: Settings) -> Iterator[Finding]:
    if settings.nlu is not Engine.RASA:
        return
    from bot.cli.doctor_rasa import rasa

    for level, what, do in rasa(settings):
        yield Finding(Level(level), what, do)


async def _translation(settings: Settings) -> AsyncIterator[Finding]:
    from bot.cli.doctor_translation import translation

    async for level, what, do in translation(settings):
        yield Finding(Level(level), what, do)


def _browser(settings: Settings) -> Iterator[Finding]:
    del settings
    named = (os.environ.get("CHROMIUM"), *map(shutil.which, ("chromium", "google-chrome")))
    if any(path and Path(path).exists() for path in named):
        yield ok("Chromium for the tests")
    else:
        yield warning("no Chromium", "only the browser tests need it: install it, or set CHROMIUM= to its path")


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    if _absent(settings):
        yield warning("no database yet", "the first start makes it, or run: python -m bot migrate")
        return
    database = Database(settings.database_url)
    try:
        async with database.read() as session:
            behind, missing = await session.run_sync(_shape)
        yield ok("database reachable")
        if behind:
            yield problem("the database is not up to date", "run: python -m bot migrate")
            return
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            yield problem(
                f"the database is at the newest revision but lacks {missing[0]}{more}",
                "it was made by an older development version: move it away, or set OUDERLIJN_DATABASE_URL to another",
            )
            return
        yield ok("database up to date")
        async with database.read() as session:
            async for finding in _running(session):
                yield finding
    except Exception as error:  # noqa: BLE001 - whatever it is, the operator gets one line, and no URL with a password
        yield problem(f"the database does not answer ({type(error).__name__})", "look at OUDERLIJN_DATABASE_URL")
    finally:
        await database.close()


def _absent(settings: Settings) -> bool:
    url = driver_url(settings.database_url)
    return url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()


def _shape(session: Session) -> tuple[bool, list[str]]:
    from db.migrate import behind, missing

    connection = session.connection()
    return behind(connection), missing(connection)


async def _running(session: AsyncSession) -> AsyncIterator[Finding]:
    from sqlalchemy import select

    from db.queries.operations import operations
    from db.queries.school import school_view
    from db.tables import ProviderAccount, School
    from db.types import Role

    state = await operations(session, dt.datetime.now(dt.UTC))
    if state.worker_seen is None or state.worker_seen < dt.datetime.now(dt.UTC) - SEEN:
        yield warning("no worker seen in the past minute", "run: make run, or python -m bot worker")
    else:
        yield ok("a worker is running")
    schools = (await session.scalars(select(School.id).order_by(School.id))).all()
    if not schools:
        yield warning("no school yet", "python -m bot staff add EMAIL --new-school NAME, or make run (a demo school)")
    views = [await school_view(session, number) for number in schools]
    alone = [view.school_id for view in views if not view.rota]
    for number in alone:
        yield problem(
            f"school {number}: danger warns nobody",
            "put a colleague with a mobile number on the safety rota, under /settings; alarms go by SMS, which needs a sender",
        )
    for view in views:
        if not view.holders.get(Role.LAST_RESORT):
            yield warning(
                f"school {view.school_id}: nobody is the last resort, so an administrator gets what nobody answers",
                "name somebody under /settings, Roles: they get what nobody else has answered",
            )
    if state.cases_without_anybody:
        yield problem(f"{state.cases_without_anybody} cases are with nobody", "hand them over, in the inbox")
    if state.cases_overdue:
        yield warning(f"{state.cases_overdue} parents were not answered in time", "look at the inbox")
    if schools and not alone:
        yield ok("danger warns somebody")
    for fault in (await session.scalars(select(ProviderAccount.provider).where(ProviderAccount.fault != ""))).all():
        yield problem(f"{fault}: nothing leaves through this account", "see what its check says below")


async def _providers(settings: Settings) -> AsyncIterator[Finding]:
    from bot.wiring import channel_of
    from db.tables import ProviderAccount
    from db.types import Provider

    if settings.twilio and not (
        settings.twilio_whatsapp_from or settings.twilio_sms_from or settings.twilio_messaging_service_sid
    ):
        yield problem("Twilio has no sender", "set OUDERLIJN_TWILIO_WHATSAPP_FROM or OUDERLIJN_TWILIO_SMS_FROM")
    names = {Provider.TELEGRAM: "Telegram", Provider.TWILIO: "Twilio"}
    secret = {
        Provider.TELEGRAM: "OUDERLIJN_TELEGRAM_TOKEN",
        Provider.TWILIO: "OUDERLIJN_TWILIO_ACCOUNT_SID and _AUTH_TOKEN",
    }
    for provider, name in names.items():
        account = ProviderAccount(
            provider=provider,
            whatsapp_from=settings.twilio_whatsapp_from,
            sms_from=settings.twilio_sms_from,
            service_sid=settings.twilio_messaging_service_sid,
        )
        channel = channel_of(account, settings, SystemClock())
        if channel is None:
            yield ok(f"{name}: not set up")
            continue
        try:
            async with asyncio.timeout(PATIENCE):
                await channel.check()
            yield ok(f"{name} answers")
        except Misconfigured as error:
            yield problem(f"{name} refuses us ({error})", f"look at {secret[provider]}")
        except (NotDelivered, TimeoutError) as error:
            yield problem(f"{name} does not answer ({type(error).__name__})", "try again; look at the way out to it")
        finally:
            await channel.close()


async def _mail(settings: Settings) -> AsyncIterator[Finding]:
    """Both servers, with TLS and login as at work; nothing is sent or marked."""
    from bot.channels.smtp import MailChannel
    from bot.wiring import mailbox_of

    out = MailChannel(settings.smtp_url) if settings.smtp_url else None
    box = mailbox_of(settings)
    if box is not None and out is None:
        yield problem("a mailbox for answers, and no mail goes out", "set OUDERLIJN_SMTP_URL too")
    if out is not None and box is None:
        yield warning("colleagues cannot answer their mails", "set OUDERLIJN_IMAP_URL (docs/mail.md)")
    for name, server in (("SMTP", out), ("IMAP", box)):
        if server is None:
            yield ok(f"{name}: not set up")
            continue
        try:
            async with asyncio.timeout(PATIENCE):
                await server.check()
            yield ok(f"{name} answers")
        except Misconfigured as error:
            yield problem(f"{name} refuses us ({error})", f"look at OUDERLIJN_{name}_URL")
        except (NotDelivered, TimeoutError) as error:
            yield problem(f"{name} does not answer ({error})", f"look at OUDERLIJN_{name}_URL and the way out to it")


async def _whatsapp(settings: Settings) -> AsyncIterator[Finding]:
    if not (settings.twilio and settings.twilio_whatsapp_from) or _absent(settings):
        return
    from bot.cli.doctor_whatsapp import whatsapp

    try:
        async for level, what, do in whatsapp(settings):
            yield Finding(Level(level), what, do)
    except Exception as error:  # noqa: BLE001 - what is wrong with the database was said before
        yield warning(f"WhatsApp could not be looked at ({type(error).__name__})", "see what is said above")
