"""What the docs promise exists: settings and commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from bot.cli.main import COMMANDS, GROUPS, build
from bot.settings import NOT_YET, ROOT, Settings, load_settings

PAGE = ROOT / "docs" / "settings.md"
PROMISED = ["run", "web", "worker", "migrate", "talk", "doctor", "nlu", "content", "people", "staff", "demo"]
"""The commands that operators' scripts rely on."""
ROW = re.compile(r"^\| `(?P<name>[A-Z_]+)` \| (?P<default>[^|]*) \| (?P<does>[^|]+) \|$", re.MULTILINE)


def rows() -> dict[str, str]:
    return {match["name"]: match["default"].strip().strip("`") for match in ROW.finditer(PAGE.read_text())}


def setting(name: str) -> str:
    """A setting's name in the environment."""
    alias = Settings.model_fields[name].validation_alias
    return alias if isinstance(alias, str) else f"OUDERLIJN_{name.upper()}"


def test_the_page_lists_every_setting() -> None:
    """Each setting that is read, and none that is not, in the order of the code."""
    assert list(rows()) == [setting(name) for name in Settings.model_fields]


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_the_page_has_the_default(name: str) -> None:
    """As it is in the code; folders from the project's root."""
    default = Settings.model_fields[name].default
    shown = "" if default is None else str(default).replace(f"{ROOT}/", "")
    assert rows()[setting(name)] == shown


def test_what_is_not_used_yet_is_marked_so() -> None:
    """What the page promises is read by somebody; what nobody reads is marked, there and by the doctor."""
    marked = [setting(name) for name in NOT_YET]
    code = "\n".join(path.read_text() for folder in ("bot", "web") for path in (ROOT / folder).rglob("*.py"))
    read = [name for name in NOT_YET if re.search(rf"settings\.{name}\b", code)]
    said = [match["name"] for match in ROW.finditer(PAGE.read_text()) if match["does"].startswith("Not used yet.")]
    in_vain = load_settings(_env_file=None, speech="whisper", speech_model="small").set_in_vain
    assert (said, read) == (marked, [])
    assert in_vain == ["OUDERLIJN_SPEECH", "OUDERLIJN_SPEECH_MODEL"]


def test_the_folder_holds_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no database is named, it lies in the folder that is; folders are counted from the root."""
    monkeypatch.delenv("OUDERLIJN_DATABASE_URL", raising=False)
    moved, below = (load_settings(_env_file=None, var=folder) for folder in (tmp_path, "elsewhere"))
    assert moved.database_url == f"sqlite:///{tmp_path / 'ouderlijn.db'}"
    assert (below.var, below.database_url) == (
        ROOT / "elsewhere",
        f"sqlite:///{ROOT / 'elsewhere' / 'ouderlijn.db'}",
    )


def test_the_commands_that_others_rely_on_are_there() -> None:
    """`python -m bot --help` names them."""
    shown = CliRunner().invoke(build(None), ["--help"]).output
    assert [name for name in PROMISED if not re.search(rf"^\W*{name}\s", shown, re.MULTILINE)] == []


@pytest.mark.parametrize("name", [*COMMANDS, *GROUPS])
def test_a_command_can_be_asked_for_help(name: str) -> None:
    """What is listed can be imported, and explains itself."""
    result = CliRunner().invoke(build(name), [name, "--help"])
    assert (result.exit_code, "Usage" in result.output) == (0, True), result.output[-500:]
    assert isinstance(build(name), typer.Typer)
