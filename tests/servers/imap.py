"""Debian's own IMAP server (dovecot-imapd) as an ordinary process on a free port of 127.0.0.1, over the Maildirs of `mail.py`."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.mail import OWNER

if TYPE_CHECKING:
    from typing import Self

PASSWORD = "a_password_of_nobody"
_DOVECOT = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
CONFIG = """
base_dir = {run}/base
state_dir = {run}/state
log_path = {run}/log
protocols = imap
ssl = no
disable_plaintext_auth = no
listen = 127.0.0.1
mail_location = maildir:{mails}/%u
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={owner} gid={owner} home={mails}/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


def why_not() -> str:
    """Why there is no real IMAP server here; empty: there is one."""
    if _DOVECOT is None:
        return "mail answers are not tested with a real IMAP server: dovecot is not here (apt install dovecot-imapd)"
    if os.geteuid() != 0:
        return "mail answers are not tested with a real IMAP server: dovecot starts as root only"
    version = subprocess.run([_DOVECOT, "--version"], capture_output=True, text=True, check=False).stdout
    if not version.startswith("2.3"):
        return f"mail answers are not tested with a real IMAP server: dovecot {version.split()[0]} has other settings"
    return ""


class Dovecot:
    """The server. Mails lie in `folder/<address>`."""

    def __init__(self, folder: Path, run: Path) -> None:
        """`run` must be short: its sockets' names may have about a hundred letters."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        run.mkdir(parents=True, exist_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        self._config = run / "imap.conf"
        self._config.write_text(CONFIG.format(run=run, mails=folder, owner=OWNER, port=self.port, password=PASSWORD))
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, address: str) -> str:
        """The setting for a mailbox."""
        user = address.replace("@", "%40")
        return f"imap://{user}:{PASSWORD}@127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        """Start, and wait until it greets."""
        assert _DOVECOT is not None
        self._process = subprocess.Popen([_DOVECOT, "-F", "-c", str(self._config)])
        ends = time.monotonic() + 10
        while time.monotonic() < ends:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1) as tried:
                if tried.recv(4) == b"* OK":
                    return self
            time.sleep(0.05)
        self.__exit__()
        raise TimeoutError((self._config.parent / "log").read_text()[-2000:])

    def __exit__(self, *exception: object) -> None:
        """Stop."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=10)
            self._process = None
