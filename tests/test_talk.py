"""Commands of the demo, as an operator runs them: subprocesses on a database of their own."""

from __future__ import annotations

import re
from pathlib import Path

from bot.core.presence import WorkerLock
from tests.commands import run_bot as _run


def test_a_piped_conversation(tmp_path: Path) -> None:
    """Each line is answered before the next is sent, a digit answers the menu, and the end of the input is the end."""
    talked = _run(tmp_path, "talk", "--as", "G001", typed="Wie is de mentor van mijn kind?\n1\n")
    asked, told = talked.stdout.split("> 1\n")
    assert talked.returncode == 0, talked.stderr
    assert asked.startswith("> Wie is de mentor van mijn kind?\n< ")
    assert "meneer Haddou" in asked
    assert told.startswith("< ")


def test_nobody_of_that_name(tmp_path: Path) -> None:
    """Who is not there cannot be spoken for; the list says who is."""
    unknown = _run(tmp_path, "talk", "--as", "G999", typed="hallo\n")
    listed = _run(tmp_path, "talk", "--list")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "talk --list" in unknown.stderr
    assert len(listed.stdout.splitlines()) == 90


def test_demo_begins_anew_only_when_nobody_works(tmp_path: Path) -> None:
    """Loading twice changes nothing; a reset is refused while a worker holds the database."""
    loaded, again = _run(tmp_path, "demo", "load"), _run(tmp_path, "demo", "load")
    assert (loaded.stdout, again.stdout) == ("the demo school is loaded\n", "the demo school is there already\n")
    lock = WorkerLock(tmp_path / "line.db")
    lock.take()
    refused = _run(tmp_path, "demo", "reset")
    lock.release()
    reset = _run(tmp_path, "demo", "reset")
    assert (refused.returncode, reset.returncode) == (1, 0), reset.stderr


def test_demo_stays_on_this_machine(tmp_path: Path) -> None:
    """Where the line can be reached from outside, or demo mode is off, no demo school is loaded."""
    off = _run(tmp_path, "demo", "load", DEMO="0")
    outside = _run(tmp_path, "demo", "load", DEMO="1", PUBLIC_URL="https://lijn.example")
    assert (off.returncode, outside.returncode) == (1, 1)


def test_codes_and_counts(tmp_path: Path) -> None:
    """One fresh code for each guardian without a live binding, with links for what is set up; nothing is imported from no file."""
    made = _run(tmp_path, "people", "codes", TWILIO_WHATSAPP_FROM="+31850000000").stdout.splitlines()
    counted = _run(tmp_path, "people", "list")
    importing = _run(tmp_path, "people", "import", "school.csv")
    assert made[0] == "number,code,whatsapp,telegram,sms"
    assert len(made) == 91
    assert all(re.fullmatch(r"G\d{3},(OL-\w{5}-\w{5}),https://wa\.me/31850000000\?text=\1,,", row) for row in made[1:])
    assert "90 guardians, 0 of them bound" in counted.stdout
    assert (importing.returncode, importing.stdout, len(importing.stderr.splitlines())) == (1, "", 1)


def test_doctor_changes_nothing(tmp_path: Path) -> None:
    """On a fresh machine it warns, makes no database, and ends well."""
    fresh = _run(tmp_path, "doctor", DATABASE_URL=f"sqlite:///{tmp_path / 'none' / 'o.db'}")
    assert fresh.returncode == 0, fresh.stdout
    assert "no database yet" in fresh.stdout
    assert list(tmp_path.iterdir()) == []


def test_doctor_says_what_is_wrong_and_no_secret(tmp_path: Path) -> None:
    """Each problem is one line with what to do, the command fails, and nothing secret is on the screen."""
    ill = _run(
        tmp_path,
        "doctor",
        DATABASE_URL="postgresql://u:wachtwoord@127.0.0.1:1/x",
        TELEGRAM_TOKEN="1:geheim-token",
        TELEGRAM_API_URL="http://127.0.0.1:1",
        TWILIO_ACCOUNT_SID="AC0000000000",
        TWILIO_AUTH_TOKEN="geheim-token",
        TWILIO_API_URL="http://127.0.0.1:1",
        TWILIO_SMS_FROM="+31850000000",
    )
    problems = [line for line in ill.stdout.splitlines() if line.startswith("problem")]
    assert ill.returncode == 1
    assert len(problems) == 4
    for secret in ("geheim-token", "AC0000000000", "31850000000", "wachtwoord"):
        assert secret not in ill.stdout + ill.stderr
