"""A database that is away or of another shape is one line for the operator, never a traceback, and the doctor says what to do."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pytest

from bot.cli.main import main

AWAY = "postgresql://u:wachtwoord@127.0.0.1:1/x"
UNUSABLE = "The database cannot be used (OperationalError). Ask what to do: python -m bot doctor"


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # without the .env of whoever runs the tests
    monkeypatch.setenv("OUDERLIJN_DATABASE_URL", f"sqlite:///{tmp_path / 'line.db'}")
    monkeypatch.setenv("OUDERLIJN_DEMO", "0")


def ended(monkeypatch: pytest.MonkeyPatch, *words: str) -> object:
    """What `python -m bot WORDS` ends with: an exit code, or the one line that goes to stderr with code 1."""
    monkeypatch.setattr(sys, "argv", ["bot", *words])
    with pytest.raises(SystemExit) as end:
        main()
    return end.value.code


@pytest.mark.parametrize("words", [("migrate",), ("staff", "list"), ("people", "list")])
def test_a_database_that_is_away_is_one_line(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    """Its kind and the next step, without the address, its password, or anything that was to be stored."""
    monkeypatch.setenv("OUDERLIJN_DATABASE_URL", AWAY)
    assert ended(monkeypatch, *words) == UNUSABLE


def test_a_file_of_an_older_development_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The newest revision without its columns: commands stop in one line, and the doctor names what is missing."""
    ended(monkeypatch, "migrate")
    with sqlite3.connect(tmp_path / "line.db") as file:
        file.execute("ALTER TABLE provider_account DROP COLUMN polled_by")
        file.execute("ALTER TABLE staff DROP COLUMN title")
    file.close()
    stopped = ended(monkeypatch, "staff", "list")
    examined = ended(monkeypatch, "doctor")
    problem = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("problem"))
    assert (stopped, examined) == (UNUSABLE, 1)
    assert "lacks provider_account.polled_by and 1 more: it was made by an older development version" in problem


def test_what_is_no_trouble_of_the_database_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours is not hidden behind a sentence about the database."""
    monkeypatch.setattr("bot.cli.main.COMMANDS", {"migrate": ("bot.cli.serve", "nothing", "")})
    monkeypatch.setattr(sys, "argv", ["bot", "migrate"])
    with pytest.raises(AttributeError):
        main()
