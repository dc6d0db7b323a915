"""A colleague's message and the case it belongs to: a token in the mail's own headers, which only we can make.

It says which case and which colleague, and nothing more; there is no table of them. Whoever guesses one still has to write from
that colleague's own address, and may read no case by it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(r"\bc(\d{1,15})s(\d{1,15})x([a-z2-7]{16})(?![a-z2-7])", re.IGNORECASE)
_BYTES = 10
NO_CASE = 0
"""In a token that names a colleague only: nothing can be answered with it, but a bounce says whose it is."""


@dataclass(frozen=True, slots=True)
class Thread:
    """What a token says: the case, and whom it was told."""

    case_id: int
    staff_id: int


@dataclass(frozen=True, slots=True)
class Desk:
    """What telling colleagues needs of this installation.

    `answers`: a mailbox is read, so a mail may be answered; `plus`: it takes `line+token@school.nl` too.
    """

    secret: str
    url: str
    answers: bool = False
    plus: bool = True

    def token(self, school_id: int, thread: Thread) -> str:
        """Letters and digits, lower case: mail servers and people may change the case of an address."""
        return f"c{thread.case_id}s{thread.staff_id}x{self._mark(school_id, thread)}"

    def threads(self, school_id: int, *places: str) -> Iterator[Thread]:
        """The tokens of ours in some headers, in their order; what only looks like one is passed over."""
        for place in places:
            for found in _TOKEN.finditer(place):
                thread = Thread(int(found[1]), int(found[2]))
                if hmac.compare_digest(self._mark(school_id, thread), found[3].lower()):
                    yield thread

    def reply_to(self, address: str, token: str) -> str:
        """Where an answer goes: to the token's own address, where the mailbox knows such."""
        name, _, domain = address.partition("@")
        return f"{name}+{token}@{domain}" if self.plus and token else address

    def _mark(self, school_id: int, thread: Thread) -> str:
        said = f"staff-mail:{school_id}:{thread.case_id}:{thread.staff_id}"
        digest = hmac.new(self.secret.encode(), said.encode(), hashlib.sha256).digest()
        return base64.b32encode(digest[:_BYTES]).decode().lower()


def message_id(token: str, number: str, address: str) -> str:
    """A mail's own name; `number` is unique among ours."""
    return f"<{token}.{number}@{address.partition('@')[2]}>"


def root_id(token: str, address: str) -> str:
    """What all mails of one case to one colleague refer to, so that they stand together. No mail has this name."""
    return f"<{token}@{address.partition('@')[2]}>"
