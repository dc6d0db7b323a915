"""`people import`, as an operator runs it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.commands import run_bot
from tests.people.files import oneroster, without_rows, zipped

pytestmark = pytest.mark.timeout(120)
HEAD = "leerlingnummer;roepnaam;achternaam;klas"
COUNTS = re.compile(r"new: (\d+), changed: (\d+), unchanged: (\d+), refused: (\d+)")


def counts(output: str) -> tuple[int, ...]:
    """The last line, in figures."""
    found = COUNTS.fullmatch(output.splitlines()[-1])
    assert found, output
    return tuple(map(int, found.groups()))


def test_a_first_start_with_a_set(tmp_path: Path) -> None:
    """A dry run writes nothing; then the school is made from orgs.csv, without the demo school; again: nothing."""
    path = tmp_path / "set.zip"
    path.write_bytes(zipped(oneroster(10)))
    dry = run_bot(tmp_path, "people", "import", str(path), "--dry-run")
    done = run_bot(tmp_path, "people", "import", str(path))
    again = run_bot(tmp_path, "people", "import", str(path))
    listed = run_bot(tmp_path, "people", "list")
    assert [answer.returncode for answer in (dry, done, again, listed)] == [0] * 4, done.stderr
    assert (counts(dry.stdout), "(new)" in done.stdout) == ((34, 0, 0, 0), True)
    assert (counts(done.stdout), counts(again.stdout)) == ((34, 0, 0, 0), (0, 0, 34, 0))
    assert listed.stdout.splitlines() == ["1 Testcollege: 2 classes, 10 pupils, 20 guardians, 0 of them bound"]


def test_beside_the_demo_school(tmp_path: Path) -> None:
    """The demo school is written into only where its number is given; a CSV file makes no school."""
    path, csv = tmp_path / "set.zip", tmp_path / "leerlingen.csv"
    path.write_bytes(zipped(oneroster(4)))
    csv.write_text(f"{HEAD}\nX1;Elif;Demir;2B\n")
    run_bot(tmp_path, "demo", "load")
    none = run_bot(tmp_path, "people", "import", str(csv))
    demo = run_bot(tmp_path, "people", "import", str(csv), "--school", "1", "--part")
    made = run_bot(tmp_path, "people", "import", str(path))
    real = run_bot(tmp_path, "people", "import", str(csv), "--part")
    listed = run_bot(tmp_path, "people", "list").stdout.splitlines()
    assert (none.returncode, "There is no school yet" in none.stderr) == (1, True)
    assert (counts(demo.stdout), counts(made.stdout), counts(real.stdout)) == (
        (1, 0, 0, 0),
        (16, 0, 0, 0),
        (1, 0, 0, 0),
    )
    assert [line.split(":")[0] for line in listed] == ["1 Voorbeeldcollege", "2 Testcollege"]
    assert "61 pupils" in listed[0]
    assert "5 pupils" in listed[1]


def test_nobody_leaves_by_accident(tmp_path: Path) -> None:
    """Above a fifth: ends with 1, says how many, writes nothing; with the number it does."""
    whole, half = tmp_path / "whole.zip", tmp_path / "half.zip"
    files = oneroster(10)
    whole.write_bytes(zipped(files))
    files["users.csv"] = without_rows(files["users.csv"], "p0", "p1", "p2")
    half.write_bytes(zipped(files))
    run_bot(tmp_path, "people", "import", str(whole))
    refused = run_bot(tmp_path, "people", "import", str(half))
    before = run_bot(tmp_path, "people", "import", str(half), "--dry-run", "--left", "2")
    done = run_bot(tmp_path, "people", "import", str(half), "--left", "3")
    assert [refused.returncode, before.returncode, done.returncode] == [1, 0, 0]
    assert "--left 3" in refused.stderr
    assert counts(before.stdout)[1] == 3
    assert counts(done.stdout)[1] == 3


def test_nothing_of_a_person_is_printed(tmp_path: Path) -> None:
    """Lines and the school's own numbers, no names, no phone numbers: what is printed is kept in many places."""
    path = tmp_path / "a.csv"
    head = f"{HEAD};ouder1_voornaam;ouder1_achternaam;ouder1_rechten;ouder1_telefoon;mentor1"
    path.write_text(f"{head}\nX1;Elif;Demir;2B;Fatma;Demir;soms;0612345678;Jan Klaas\nX2;Daan;;2B;;;;;\n")
    run_bot(tmp_path, "people", "import", str(_school(tmp_path)))
    unknown = "The line knows no colleague of this mentor's name: add them under Settings, Staff, and import again."
    answer = run_bot(tmp_path, "people", "import", str(path), "--part")
    assert answer.returncode == 0, answer.stderr
    assert [line for line in answer.stdout.splitlines() if line.startswith("  a.csv:")] == [
        "  a.csv:2: A guardian's rights are neither full, limited nor none: left out, so that nobody knows too much.",
        "  a.csv:3: There is no whole name on this line.",
        f"  a.csv:2: {unknown}",
    ]
    said = answer.stdout + answer.stderr
    assert [word for word in ("Elif", "Demir", "Fatma", "Klaas", "12345678") if word in said] == []


def test_what_is_not_there(tmp_path: Path) -> None:
    """One sentence and 1, nothing else."""
    answer = run_bot(tmp_path, "people", "import", str(tmp_path / "nowhere.csv"))
    assert (answer.returncode, answer.stdout, answer.stderr.strip()) == (1, "", "There is no such file or folder.")


def _school(folder: Path) -> Path:
    path = folder / "school.zip"
    path.write_bytes(zipped(oneroster(4)))
    return path
