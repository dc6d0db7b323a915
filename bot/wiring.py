"""The composition root: builds everything from the settings, once. Nothing else reads the environment."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import nlu
from bot.calendar.fetching import Fetcher
from bot.calendar.keeping import Refresh
from bot.channels.mailbox import Mailbox
from bot.channels.port import Channel
from bot.content.minds import ContentMinds
from bot.core.accounts import Accounts
from bot.core.clock import Clock, SystemClock, Timing
from bot.core.handlers import HANDLERS
from bot.core.known import Scenes
from bot.core.lookout import Lookout
from bot.core.mind import Minds
from bot.core.reconcile import Reconciler
from bot.core.release import Releaser
from bot.core.sending import Sender
from bot.core.timers import Timers
from bot.core.turns import Turns
from bot.core.unsaid import Unsaid
from bot.core.worker import Worker
from bot.people.nightly import Nightly
from bot.rasa import RasaServer
from bot.settings import Engine, Settings, Translator
from bot.staff.answering import Answering
from bot.staff.coming_of_age import ComingOfAge
from bot.staff.desk import Desk
from bot.staff.expanding import Expansion
from bot.staff.mail_in import MailIn
from bot.staff.notices import Notices
from bot.staff.promises import Promises
from bot.staff.undelivered import Undelivered
from bot.staff.windows import Windows
from bot.translation.counted import Counter
from bot.translation.inward import Inward
from bot.translation.nothing import NoEngine
from bot.translation.port import Engine as TranslationEngine
from bot.translation.service import Translation
from bot.turn.who import UNSAID
from db.engine import Database
from db.tables import ProviderAccount
from db.types import Provider
from nlu.port import Recogniser


@dataclass(slots=True)
class Line:
    """The whole line, ready to be used by the web, the worker and the commands. `await close()` it."""

    settings: Settings
    secret: str
    database: Database
    clock: Clock
    timing: Timing
    accounts: Accounts
    minds: Minds
    scenes: Scenes
    rasa: RasaServer | None = None
    demo: bool = False
    translation: Translation = field(default_factory=lambda: Translation(NoEngine()))
    fetcher: Fetcher = field(default_factory=Fetcher)
    """Looks at the calendars of schools."""

    @property
    def desk(self) -> Desk:
        """Where colleagues are told and answer from."""
        mailbox = self.settings.imap_url
        return Desk(self.secret, self.settings.own_url, answers=bool(mailbox), plus="plus=no" not in mailbox)

    def worker(self) -> Worker:
        """The loops that claim, send and fire."""
        return Worker(
            database=self.database,
            accounts=self.accounts,
            clock=self.clock,
            timing=self.timing,
            turns=Turns(self.database, self.minds, self.scenes, self.clock, self.timing),
            lookout=Lookout(self.database, self.minds, self.scenes, self.clock),
            sender=Sender(self.database, self.accounts, self.clock, self.timing),
            reconciler=Reconciler(self.database, self.accounts, self.clock, self.timing),
            releaser=Releaser(self.database, self.clock),
            timers=Timers(
                self.database,
                self.clock,
                self.timing,
                {**HANDLERS, UNSAID: Unsaid(self.minds, self.scenes)},
            ),
            webhook=telegram_webhook(self.settings),
            nightly=Nightly(self.database, self.clock, self.secret),
            parts=(
                Expansion(self.database, self.minds, self.scenes, self.clock),
                Windows(self.database, self.minds, self.scenes, self.clock),
                Undelivered(self.database, self.clock),
                Promises(self.database, self.minds, self.scenes, self.clock),
                ComingOfAge(self.database, self.minds, self.scenes, self.clock),
                Refresh(self.database, self.clock, self.fetcher),
                Notices(self.database, self.scenes, self.clock, self.desk),
                MailIn(self.database, self.clock, self.desk, mailbox_of(self.settings)),
                Answering(self.database, self.minds, self.scenes, self.clock, self.desk, self.translation),
                Inward(self.database, self.clock, self.translation),
            ),
        )

    async def close(self) -> None:
        """Let go of everything."""
        if self.rasa is not None:
            self.rasa.close()
        await self.translation.close()
        await self.accounts.close()
        await self.database.close()


async def build(
    settings: Settings, *, clock: Clock | None = None, timing: Timing | None = None, minds: Minds | None = None
) -> Line:
    """Build the line on an existing, migrated database."""
    os.environ["PTB_TIMEDELTA"] = "true"  # or python-telegram-bot warns at every 429
    secret = settings.secret_key or own_secret(settings.var)
    database = Database(settings.database_url)
    await database.open()
    time = clock or SystemClock()
    rasa = RasaServer(settings.rasa_url) if settings.nlu is Engine.RASA else None
    return Line(
        settings=settings,
        secret=secret,
        database=database,
        clock=time,
        timing=timing or Timing(),
        accounts=Accounts(database, lambda account: channel_of(account, settings, time)),
        minds=minds or ContentMinds.shipped(database, recogniser_of(settings, rasa)),
        scenes=Scenes(secret),
        rasa=rasa,
        translation=Translation(translator_of(settings), Counter(database, time)),
    )


def recogniser_of(settings: Settings, rasa: RasaServer | None) -> Callable[[], Recogniser]:
    """What makes the engine of understanding that the settings name; it may have to learn first."""
    serve = partial(nlu.serve, settings.embedder_folder) if settings.embedder_folder else nlu.serve
    if rasa is not None:
        from nlu.rasa.recogniser import RasaRecogniser

        return lambda: RasaRecogniser(serve(), rasa)
    return nlu.load if settings.nlu is Engine.NGRAM else serve


def translator_of(settings: Settings) -> TranslationEngine:
    """The adapter of the translator that the settings name."""
    url, key = settings.translator_url, settings.translator_key
    match settings.translator:
        case Translator.LIBRETRANSLATE:
            from bot.translation.libretranslate import LibreTranslate

            return LibreTranslate(url, key)
        case Translator.DEEPL:
            from bot.translation.deepl import DeepL

            return DeepL(key, url)
        case Translator.OPENAI:
            from bot.translation.openai import OpenAI

            return OpenAI(key, url, settings.translator_model)
        case _:
            return NoEngine()


def channel_of(account: ProviderAccount, settings: Settings, clock: Clock) -> Channel | None:
    """The adapter of an account with the credentials we have; None without. Vendors are imported here, when needed."""
    match account.provider:
        case Provider.WEB:
            from bot.channels.web import WebChannel

            return WebChannel()
        case Provider.TERMINAL:
            from bot.channels.terminal import TerminalChannel

            return TerminalChannel()
        case Provider.SMTP if settings.smtp_url:
            from bot.channels.smtp import MailChannel

            return MailChannel(settings.smtp_url, now=clock.now)
        case Provider.TELEGRAM if settings.telegram_token:
            from bot.channels.telegram import TelegramChannel

            return TelegramChannel(
                token=settings.telegram_token,
                secret=settings.telegram_secret,
                api_url=settings.telegram_api_url,
                now=clock.now,
            )
        case Provider.TWILIO if settings.twilio:
            from bot.channels.twilio import TwilioChannel

            return TwilioChannel(
                account_sid=settings.twilio_account_sid,
                auth_token=settings.twilio_auth_token,
                signing_key=settings.twilio_signing_key,
                api_url=settings.twilio_api_url,
                whatsapp_from=account.whatsapp_from,
                sms_from=account.sms_from,
                messaging_service_sid=account.service_sid,
                public_url="" if settings.loopback and not settings.twilio_api_url else settings.public_url,
                now=clock.now,
            )
        case _:
            return None


def mailbox_of(settings: Settings) -> Mailbox | None:
    """Where colleagues' answers arrive; None where nobody reads them."""
    return Mailbox(settings.imap_url) if settings.imap_url else None


def telegram_webhook(settings: Settings) -> str:
    """Where Telegram is to post: a public https address and a secret are needed, else the line asks for news itself."""
    if not (settings.telegram_secret and settings.public_url.startswith("https://")):
        return ""
    return f"{settings.public_url}/webhooks/telegram"


def own_secret(folder: Path) -> str:
    """The installation's secret, made once and kept beside the database, readable by us only.

    Web and worker may start at the same moment: the first to link its file there wins, and both read that one.
    """
    path = folder / "secret"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f"secret.{secrets.token_hex(8)}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text().strip()
