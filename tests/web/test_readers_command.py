"""`python -m bot people readers`: who read what a guardian wrote."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.commands import run_bot


@pytest.mark.timeout(280)
def test_by_role_and_without_names(tmp_path: Path) -> None:
    """A line for each reader of each case; a number that nobody has is refused in words."""
    loaded = run_bot(tmp_path, "demo", "load")
    with sqlite3.connect(tmp_path / "line.db") as database:
        guardian, number, school = database.execute("SELECT id, number, school_id FROM guardian LIMIT 1").fetchone()
        conversation = database.execute(
            "INSERT INTO conversation (school_id, address_id, account_id, last_seq, version, memory)"
            " SELECT a.school_id, a.id, p.id, 0, 0, '{}' FROM address a, provider_account p LIMIT 1 RETURNING id"
        ).fetchone()[0]
        staff, role = database.execute("SELECT staff_id, role FROM staff_role WHERE role = 'finance'").fetchone()
        family = database.execute("SELECT family_name FROM staff WHERE id = ?", [staff]).fetchone()[0]
        at = "2026-11-20 10:00:00.000000"
        database.execute(
            'INSERT INTO "case" (id, school_id, conversation_id, guardian_id, topic, sensitivity, role, why, summary, reason,'
            " verified, state, opened_at) VALUES (900, ?, ?, ?, 'complaint', 'special', 'team_leader', '{}', '{}', 'asked', 1,"
            " 'open', ?)",
            [school, conversation, guardian, at],
        )
        database.execute(
            "INSERT INTO case_read (school_id, case_id, staff_id, at) VALUES (?, 900, ?, ?)", [school, staff, at]
        )
    database.close()
    told, nobody = run_bot(tmp_path, "people", "readers", number), run_bot(tmp_path, "people", "readers", "nobody")
    assert (loaded.returncode, told.returncode, nobody.returncode) == (0, 0, 1), told.stderr[-500:]
    head, line = told.stdout.splitlines()
    assert head == "case,opened,about,role,first,last"
    assert line.split(",")[1:3] == ["2026-11-20", "confidential"]
    assert role in line.split(",")[3].split("+")
    assert family not in told.stdout
