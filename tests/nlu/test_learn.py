"""Learning in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nlu import embedded, examples, learn, store


def test_another_process_learns(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it kept is served here; nothing is fitted in the process that serves."""
    cache = tmp_path / "cache"
    learn.ahead(small, cache)
    monkeypatch.setattr(embedded, "train", None)

    assert embedded.load(small, cache=cache).understand("mijn zoon is ziek").intent == "report_absence"


def test_what_is_kept_is_not_learnt_again(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No process is started: there would be none by this name."""
    store.cache_file(small, tmp_path).touch()
    monkeypatch.setattr(sys, "executable", "no such program")

    learn.ahead(small, tmp_path)


def test_where_nothing_can_be_kept_no_process_learns_in_vain(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would all be done twice."""
    (tmp_path / "cache").write_text("a file where the folder should be")
    monkeypatch.setattr(sys, "executable", "no such program")

    learn.ahead(small, tmp_path / "cache")


def test_who_serves_loads_nothing_that_fits(small: Path, tmp_path: Path) -> None:
    """scikit-learn, scipy and py3langid's own model would take 200 MB more."""
    embedded.load(small, cache=tmp_path)
    asked = (
        "import sys; from pathlib import Path; from nlu import deepen, embedded\n"
        "embedded.load(Path(sys.argv[1]), cache=Path(sys.argv[2])).understand('mijn zoon is ziek')\n"
        "print(sorted({'sklearn', 'scipy', 'py3langid'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", asked, str(small), str(tmp_path)]
    said = subprocess.run(command, cwd=examples.FOLDER.parents[1], capture_output=True, text=True, check=True)

    assert said.stdout == "[]\n"
