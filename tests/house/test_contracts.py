"""The order of the packages: import-linter's contracts hold, and cover what there is."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files, folders

BESIDE = {"tests": "tests", "benchmarks": "programs that measure"}
"""Top-level folders with Python that are not part of the application."""
PARENTS_SIDE = ("bot/core", "bot/turn", "bot/content", "bot/channels")
DOOR = "db/queries/door.py"
STAFF_QUERIES = {"cases", "classes", "staff", "phone", "settings", "roster"}
"""Questions that only people at school, or the demo, may ask: their rows name pupils."""


def linter() -> dict[str, object]:
    settings: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    return settings


def imported(path: Path) -> set[str]:
    """Full names of everything a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_the_linter_knows_every_folder() -> None:
    """It cannot see what is not listed."""
    assert folders() - set(BESIDE) == set(linter()["root_packages"])  # type: ignore[call-overload]


def test_every_package_says_what_it_never_does() -> None:
    """Each top package's docstring says what it does, and what it must never do."""
    packages = sorted(folders() - set(BESIDE))
    silent = [
        name
        for name in packages
        if not any(
            w in (ast.get_docstring(ast.parse((ROOT / name / "__init__.py").read_text())) or "").lower()
            for w in ("never", "no ", "knows nobody", "neither")
        )
    ]
    assert (len(packages) >= 6, silent) == (True, [])


@pytest.mark.timeout(120)
def test_the_contracts_hold() -> None:
    """`make check` runs the same; here too, so that nobody finds out late."""
    result = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as c; c()",
            "--no-logo",
            "--no-cache",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, "0 broken" in result.stdout) == (0, True), result.stdout[-3000:] + result.stderr[-500:]


def test_only_the_door_reads_pupils_for_parents() -> None:
    """Law 5: on the parents' side nothing reads the pupil table, or a question of the staff's, but through the door."""
    paths = [path for folder in PARENTS_SIDE for path in files(".py", under=folder)]
    wrong = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in paths
        for name in imported(path)
        if name.rsplit(".", 1)[-1] in {"Pupil", "Guardianship"}
        or (name.startswith("db.queries.") and name.split(".")[2] in STAFF_QUERIES)
    }
    assert (len(paths) >= 50, wrong) == (True, set())


def test_the_door_is_what_reads_them() -> None:
    """The scan above sees what it looks for: the door itself imports it."""
    assert "db.tables.Pupil" in imported(ROOT / DOOR)


def _reads_rights(path: Path) -> bool:
    """Whether a file asks for the rights or the consent of a guardianship, under whatever name it imported the table."""
    tree = ast.parse(path.read_text())
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name == "Guardianship"
    }
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in {"rights", "consent_at"}
        and isinstance(node.value, ast.Name)
        and node.value.id in names
        for node in ast.walk(tree)
    )


def test_rights_are_read_in_one_place() -> None:
    """What is stored is not what holds today (a pupil leaves, or is of age): everybody asks `rights_on`, staff pages too."""
    paths = [path for folder in ("bot", "db/queries", "web") for path in files(".py", under=folder)]
    wrong = {path.relative_to(ROOT).as_posix() for path in paths if _reads_rights(path)}
    wrong -= {DOOR, "db/queries/roster.py"}  # an import compares what is stored with its file
    assert (len(paths) >= 150, _reads_rights(ROOT / DOOR), wrong) == (True, True, set())
