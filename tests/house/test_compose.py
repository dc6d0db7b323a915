"""The compose file: no engine runs it here, so what it names is checked against what is there."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from bot.cli.main import COMMANDS
from bot.settings import ROOT, Settings


def compose() -> dict[str, Any]:
    """As YAML, anchors merged."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


def test_services_start_commands_that_exist() -> None:
    """postgres, web, worker and, where it is asked for, rasa; ours through `python -m bot COMMAND`."""
    services = compose()["services"]
    started = {name: service["command"] for name, service in services.items() if "command" in service}
    assert (set(services), started) == (
        {"postgres", "web", "worker", "rasa"},
        {name: ["python", "-m", "bot", name] for name in ("web", "worker")},
    )
    assert set(started) <= set(COMMANDS)


def test_its_settings_are_ours() -> None:
    """Every variable it sets is read, and nothing is published beyond loopback."""
    services = compose()["services"]
    names = set(services["web"]["environment"])
    known = {
        str(field.validation_alias or f"OUDERLIJN_{name.upper()}") for name, field in Settings.model_fields.items()
    }
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert (names - known, len(names) >= 4, [p for p in ports if not p.startswith("127.0.0.1:")]) == (set(), True, [])


def test_rasa_stays_inside() -> None:
    """It starts only by its profile, publishes no port (it asks nobody for a password), and is made for Python 3.10."""
    rasa = compose()["services"]["rasa"]
    made = (ROOT / rasa["build"]["dockerfile"]).read_text()
    assert (rasa["profiles"], rasa.get("ports", []), rasa.get("network_mode")) == (["rasa"], [], None)
    assert ("FROM python:3.10" in made, '"-m", "nlu.rasa", "serve"' in made) == (True, True)


@pytest.mark.parametrize("name", ["Dockerfile", "nlu/rasa/Dockerfile"])
def test_an_image_is_made_of_what_is_here(name: str) -> None:
    """Each file that a Dockerfile copies exists (a lone dot is the project itself)."""
    lines = [line.split() for line in (ROOT / name).read_text().splitlines() if line.startswith("COPY")]
    copied = [source for line in lines for source in line[1:-1] if not source.startswith("--")]
    assert copied
    assert [source for source in copied if not (ROOT / source).exists()] == []
