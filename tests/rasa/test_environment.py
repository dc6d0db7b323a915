"""Where Rasa lives: the Python that is looked for, an environment built once, a model named by what it is made of."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from bot.settings import ROOT
from nlu.rasa import environment, model
from nlu.rasa.environment import LOCK, NoPython


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without Python 3.10 and with an empty cache."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.mark.usefixtures("nowhere")
def test_a_machine_without_python_3_10_is_told_so() -> None:
    """What is missing, where was looked, and what to do; no trace of Python's."""
    result = subprocess.run(
        [sys.executable, "-m", "nlu.rasa", "serve"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert re.fullmatch(
        r"Rasa needs Python 3\.10, and none was found.*docker compose --profile rasa.*\n", result.stderr
    )


def test_a_shim_is_no_python(nowhere: Path) -> None:
    """What pyenv puts on PATH may only say that it is not there; the real one is under its versions."""
    script(nowhere / "python3.10", "echo 'pyenv: python3.10: command not found' >&2; exit 127")
    with pytest.raises(NoPython):
        environment.python()
    real = script(nowhere / "pyenv/versions/3.10.99/bin/python", "exit 0")
    assert environment.python() == real


def test_half_an_environment_is_none(nowhere: Path) -> None:
    """Only what was finished counts."""
    folder = nowhere / "cache" / "ouderlijn" / "rasa"
    inside = script(folder / environment._folder().name / "bin/python", "exit 0")
    assert environment.built() is None
    (inside.parents[1] / "ready").touch()
    assert environment.built() == inside


def test_another_lock_is_another_environment(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed lock is never served by yesterday's libraries."""
    before = environment._folder()
    changed = Path(shutil.copy(LOCK, nowhere / "requirements.txt"))
    changed.write_text(changed.read_text() + "\n# changed\n")
    monkeypatch.setattr(environment, "LOCK", changed)
    assert environment._folder() != before


def test_a_model_is_named_by_what_it_is_made_of(tmp_path: Path) -> None:
    """Another example or another configuration: another name; the same ones: the same."""
    (tmp_path / "nl.yml").write_text("version: '3.1'")
    config = Path(shutil.copy(model.CONFIG, tmp_path / "config"))
    first, again = model.name(tmp_path, config), model.name(tmp_path, config)
    (tmp_path / "nl.yml").write_text("version: '3.0'")
    second = model.name(tmp_path, config)
    config.write_text(config.read_text() + "\n")
    third = model.name(tmp_path, config)
    assert (first == again, len({first, second, third})) == (True, 3)


def test_the_lock_names_no_registry_and_every_hash() -> None:
    """It installs from whatever registry a machine has, exactly what was locked, with the Rasa that the project names."""
    lines = LOCK.read_text().splitlines()
    pins = [line for line in lines if re.match(r"^[a-z0-9-]+==", line)]
    assert [
        line for line in lines if not re.match(r"^([a-z0-9-]+==\S+ \\|    --hash=sha256:[0-9a-f]{64}( \\)?)$", line)
    ] == []
    named = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["rasa"]
    wanted = LOCK.with_suffix(".in").read_text().strip()
    assert (len(pins) > 100, f"{wanted} \\" in pins, named) == (True, True, [f"{wanted}; python_version < '3.11'"])


def test_every_intent_is_ranked() -> None:
    """Our thresholds are of all intents' chances, and the examples are in languages that Rasa has no names for."""
    pipeline = {step["name"]: step for step in yaml.safe_load(model.CONFIG.read_text())["pipeline"]}
    assert pipeline["DIETClassifier"]["ranking_length"] == 0
    assert model.EXAMPLES == ROOT / "nlu" / "examples"
