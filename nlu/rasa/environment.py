"""Where Rasa lives: a Python 3.10 and an environment in the user's cache folder, built once for each lock.

Needs nothing but Python: it also runs inside that environment, and in the image.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = Path(__file__).with_name("requirements.txt")
PYTHON = (3, 10)
_READY = "ready"  # a file that is written last: half an environment is none
_KEY_LENGTH = 16
_STDERR = 2

QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",  # nothing is told to anybody
    "RASA_MAX_CACHE_SIZE": "0",  # its cache of trained parts is ten times the model, in whatever folder it stands
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONWARNINGS": "ignore",
}
"""The environment variables under which Rasa is started."""


class NoPython(Exception):
    """There is no Python 3.10 here; the text says what to do."""


class NotBuilt(Exception):
    """The environment could not be built; the text says why."""


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/ouderlijn/rasa`, by default below `~/.cache`: environments by their lock, and `models`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ouderlijn" / "rasa"


def python() -> Path:
    """A Python 3.10 on PATH or under pyenv; raises `NoPython`."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    version = ".".join(map(str, PYTHON))
    found = [shutil.which(f"python{version}"), *sorted(root.glob(f"versions/{version}.*/bin/python"), reverse=True)]
    for candidate in (Path(each) for each in found if each):
        if _is_it(candidate):
            return candidate
    message = (
        f"Rasa needs Python {version}, and none was found: neither python{version} on PATH nor one under pyenv. "
        f"Install it (pyenv install {version}), or use the image: docker compose --profile rasa up --build"
    )
    raise NoPython(message)


def _is_it(candidate: Path) -> bool:
    """Whether it really is that Python: pyenv's shims are on PATH without being it."""
    return run(candidate, "-c", f"import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != {PYTHON})", quiet=True)


def built() -> Path | None:
    """The Python of the environment of this lock, if it is there; this very one, if it has Rasa (in the image)."""
    if sys.version_info[:2] == PYTHON and importlib.util.find_spec("rasa"):
        return Path(sys.executable)
    folder = _folder()
    return folder / "bin" / "python" if (folder / _READY).exists() else None


def build() -> Path:
    """The same, built now where it is missing: 2.5 GB, half a minute with uv and some minutes with pip."""
    if there := built():
        return there
    base = python()
    folder = _folder()
    with alone():
        if there := built():  # by another process, while we waited
            return there
        say(f"Building Rasa's environment in {folder} (2.5 GB, once) ..")
        inside = folder / "bin" / "python"
        if not (run(base, "-m", "venv", "--clear", folder) and (_by_uv(inside) or _by_pip(inside))):
            raise NotBuilt("Rasa's environment could not be built: see what is said above")
        (folder / _READY).touch()
    return inside


_LOCKED = ("--require-hashes", "-r", LOCK)


def _by_uv(inside: Path) -> bool:
    uv = Path(sys.executable).with_name("uv")
    return uv.exists() and run(uv, "pip", "install", "--quiet", "--system-certs", "--python", inside, *_LOCKED)


def _by_pip(inside: Path) -> bool:
    return run(inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *_LOCKED)


def run(*command: str | Path, folder: Path | None = None, quiet: bool = False) -> bool:
    """Run a program under `QUIET`; whether it was there and ended well. What it says goes to stderr; `quiet`: nowhere."""
    out = subprocess.DEVNULL if quiet else _STDERR
    try:
        done = subprocess.run(command, cwd=folder, env=os.environ | QUIET, stdout=out, stderr=out, check=False)  # noqa: S603 - ours
    except OSError:
        return False
    return done.returncode == 0


def _folder() -> Path:
    return cache_folder() / hashlib.sha256(LOCK.read_bytes()).hexdigest()[:_KEY_LENGTH]


@contextmanager
def alone() -> Iterator[None]:
    """One process at a time builds or trains; the others wait and find what it made."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def say(line: str) -> None:
    """Tell whoever waits."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - a command's progress
