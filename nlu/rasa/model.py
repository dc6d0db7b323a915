"""Rasa's model of our examples: trained once for each state of them, kept in the user's cache folder."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from nlu.rasa.environment import LOCK, QUIET, alone, build, cache_folder, run, say

CONFIG = Path(__file__).with_name("config.yml")
EXAMPLES = Path(__file__).parents[1] / "examples"
_KEPT = 2  # models
_KEY_LENGTH = 16


class NotTrained(Exception):
    """Rasa could not learn; it said why itself."""


def name(examples: Path = EXAMPLES, config: Path = CONFIG) -> str:
    """The model's file name: it holds a hash of everything the model is made from, and a server tells it (`/status`)."""
    digest = hashlib.sha256()
    for source in (LOCK, config, *sorted(examples.glob("*.yml"))):
        content = source.read_bytes()
        digest.update(f"\n{source.name} {len(content)}\n".encode() + content)
    return f"ouderlijn-{digest.hexdigest()[:_KEY_LENGTH]}.tar.gz"


def train(examples: Path = EXAMPLES, config: Path = CONFIG, *, models: Path | None = None) -> Path:
    """The model's file, trained now (with progress on stderr) where it is missing."""
    python = build()
    folder = models or cache_folder() / "models"
    kept = folder / name(examples, config)
    if kept.exists():
        return kept
    with alone():
        if kept.exists():  # by another process, while we waited
            return kept
        say(f"Rasa learns from {examples}; this takes a while ..")
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as new:
            given = ("--nlu", examples.resolve(), "--config", config.resolve(), "--fixed-model-name", kept.name)
            # Its working folder is an empty one: Rasa looks for code and settings of its own where it stands.
            if not run(python, "-m", "rasa", "train", "nlu", *given, "--out", new, folder=Path(new)):
                raise NotTrained("Rasa could not learn from the examples: see what it says above")
            (Path(new) / kept.name).replace(kept)
        _prune(folder)
    return kept


def serve(model: Path, *, host: str, port: int) -> None:
    """Become Rasa's server: does not return. Whoever reaches its address may also give it another model: keep it inside."""
    python = build()
    os.chdir(model.parent)
    given = ["--enable-api", "--model", str(model), "--interface", host, "--port", str(port)]
    os.execve(python, [str(python), "-m", "rasa", "run", *given], os.environ | QUIET)  # noqa: S606 - no shell is the point


def _prune(folder: Path) -> None:
    """Every change of the examples makes a new model."""
    kept = sorted(folder.glob("ouderlijn-*.tar.gz"), key=lambda file: file.stat().st_mtime, reverse=True)
    for old in kept[_KEPT:]:
        old.unlink(missing_ok=True)
