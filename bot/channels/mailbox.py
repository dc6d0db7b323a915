"""The mailbox in which colleagues' answers arrive, through imap-tools, which is imported here only.

The library waits for its server, so it works in a thread. One connection a look: a broken one is no state to mend.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from imap_tools import AND, BaseMailBox, MailBox, MailboxLoginError, MailBoxStartTls, MailBoxUnencrypted

from bot.channels.mail_reading import MOST
from bot.errors import Misconfigured, NotDelivered, TryLater
from bot.tls import trusted

T = TypeVar("T")
DONE, REFUSED = "Ouderlijn", "Ouderlijn-geweigerd"
"""Where mails go once they are stored, and those that were not."""
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Fetched:
    """A mail as it lies there; at most its first `MOST` bytes."""

    uid: str
    raw: bytes


class Mailbox:
    """One mailbox, as `imap://user:password@host:143` (STARTTLS) or `imaps://..` (TLS from the start) names it."""

    def __init__(self, url: str, *, limit: dt.timedelta = dt.timedelta(seconds=20)) -> None:
        """`?folder=` where it is not INBOX, `&tls=no` for a server in your own network that has none."""
        parts = urlsplit(url)
        asked = parse_qs(parts.query)
        self._host, self._limit = parts.hostname or "", limit.total_seconds()
        self._implicit = parts.scheme == "imaps"
        self._port = parts.port or (993 if self._implicit else 143)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._plain = self._host in _LOOPBACK or asked.get("tls", [""])[0] == "no"
        self._folder = asked.get("folder", ["INBOX"])[0]
        self.trusted = asked.get("auth", [""])[0]
        """The name under which the server writes `Authentication-Results`; empty: the topmost is believed."""

    async def fetch(self) -> tuple[Sequence[Fetched], bool]:
        """The oldest mails that lie there, unmarked, and whether these are all."""
        return await self._in_thread(self._fetch)

    async def file(self, uids: Collection[str], folder: str) -> None:
        """Move what is stored (or refused): only after that was committed."""
        if uids:
            await self._in_thread(lambda box: self._move(box, uids, folder))

    async def tidy(self, before: dt.date) -> None:
        """Delete what was moved before that day: it stands in the case."""
        await self._in_thread(lambda box: self._tidy(box, before))

    async def check(self) -> str:
        """Log in and look whether the folder is there."""
        return await self._in_thread(lambda box: f"IMAP: {self._host}:{self._port} {box.folder.get()}")

    async def _in_thread(self, work: Callable[[BaseMailBox], T]) -> T:
        try:
            return await asyncio.to_thread(self._with_box, work)
        except NotDelivered:
            raise
        except MailboxLoginError:
            raise Misconfigured("the mailbox does not let us in", code="auth") from None
        except Exception as error:  # noqa: BLE001 - without the cause: an answer of the server may quote a mail
            raise TryLater(f"the mailbox does not answer ({type(error).__name__})") from None

    def _with_box(self, work: Callable[[BaseMailBox], T]) -> T:
        with self._opened() as box:
            return work(box)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[BaseMailBox]:
        tls = trusted()
        box: BaseMailBox
        if self._implicit:
            box = MailBox(self._host, self._port, timeout=self._limit, ssl_context=tls)
        elif self._plain:
            box = MailBoxUnencrypted(self._host, self._port, timeout=self._limit)
        else:
            box = MailBoxStartTls(self._host, self._port, timeout=self._limit, ssl_context=tls)
        try:
            box.login(self._user, self._password, initial_folder=self._folder)
            yield box
        finally:
            with contextlib.suppress(Exception):  # a rude goodbye changes nothing
                box.logout()

    def _fetch(self, box: BaseMailBox) -> tuple[Sequence[Fetched], bool]:
        uids = sorted(box.uids(), key=int)
        found = []
        for uid in uids[:AT_ONCE]:
            # PEEK leaves the mail as unread as it was; only so many bytes, whatever somebody has sent.
            status, data = box.client.uid("fetch", uid, f"(BODY.PEEK[]<0.{MOST}>)")
            raw = next((part[1] for part in data if isinstance(part, tuple)), None)
            if status == "OK" and isinstance(raw, bytes):
                found.append(Fetched(uid, raw))
        return found, len(uids) <= AT_ONCE

    def _move(self, box: BaseMailBox, uids: Collection[str], folder: str) -> None:
        box.move(list(uids), self._own(box, folder, make=True))

    def _tidy(self, box: BaseMailBox, before: dt.date) -> None:
        for name in (DONE, REFUSED):
            folder = self._own(box, name, make=False)
            if folder:
                box.folder.set(folder)
                if old := box.uids(AND(date_lt=before)):
                    box.delete(old)

    def _own(self, box: BaseMailBox, name: str, *, make: bool) -> str:
        """Our folder; some servers keep all folders below INBOX."""
        names = {folder.name: folder.delim for folder in box.folder.list()}
        below = f"INBOX{next(iter(names.values()), '.')}{name}"
        found = next((each for each in (name, below) if each in names), "")
        if found or not make:
            return found
        try:
            box.folder.create(name)
        except Exception:  # noqa: BLE001 - it says so in its own words
            box.folder.create(below)
            return below
        return name
