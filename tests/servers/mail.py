"""A mail server on 127.0.0.1: SMTP by aiosmtpd, which puts each mail into its receiver's Maildir, as a real one would."""

from __future__ import annotations

import asyncio
import mailbox
import os
import socket
from collections import deque
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from aiosmtpd.controller import Controller

if TYPE_CHECKING:
    from typing import Self

    from aiosmtpd.smtp import SMTP, Envelope, Session

OWNER = 5000
"""Whose the mailboxes are."""
LINE = "lijn@waterland.example"
"""The line's own address, under which its mailbox lies too."""


@dataclass
class FakeSmtp:
    """Takes mail. `taken` holds each as it came over the wire; `faults` are answers to the next RCPT or DATA instead."""

    folder: Path
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    rcpt_faults: deque[str] = field(default_factory=deque)
    data_faults: deque[str] = field(default_factory=deque)
    drop: int = 0
    """So many mails are taken, and the connection cut instead of an answer."""

    def __post_init__(self) -> None:
        """Choose a port: the library cannot."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"smtp://127.0.0.1:{port}?from={LINE}"
        self._controller = Controller(self, hostname="127.0.0.1", port=port)

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a receiver, or refuse."""
        del server, session, options
        if self.rcpt_faults:
            return self.rcpt_faults.popleft()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """Keep it, then answer."""
        del session
        if self.data_faults:
            return self.data_faults.popleft()
        raw = cast("bytes", envelope.content)
        for address in envelope.rcpt_tos:
            self.taken.append((address, raw))
            deliver(self.folder, address, raw)
        if self.drop:
            self.drop -= 1
            cast("asyncio.Transport", server.transport).abort()
            await asyncio.sleep(0.01)
        return "250 OK"

    def mails_to(self, address: str) -> list[EmailMessage]:
        """What somebody got, in order."""
        return [read(raw) for to, raw in self.taken if to == address]

    def reset(self) -> None:
        """Forget all that came."""
        self.taken.clear()
        self.rcpt_faults.clear()
        self.data_faults.clear()
        self.drop = 0

    def __enter__(self) -> Self:
        """Start."""
        self._controller.start()
        return self

    def __exit__(self, *exception: object) -> None:
        """Stop."""
        self._controller.stop()


def read(raw: bytes) -> EmailMessage:
    """A mail as its reader sees it."""
    return cast("EmailMessage", message_from_bytes(raw, policy=cast("Any", policy.default)))


def deliver(folder: Path, address: str, raw: bytes | None) -> None:
    """Lay a mail into a mailbox; what stands behind a plus belongs to the name before it. None: only the box."""
    name, _, domain = address.partition("@")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name.partition('+')[0]}@{domain}"
    box = mailbox.Maildir(path, create=True)
    if raw is not None:
        box.add(raw)
    if os.geteuid() == 0:  # the IMAP server reads mail as nobody in particular, never as root
        for each in (path, *path.rglob("*")):
            os.chown(each, OWNER, OWNER)
