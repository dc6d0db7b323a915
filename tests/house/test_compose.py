"""The compose file: no engine runs it here, so what it names is checked against what is there."""

from __future__ import annotations

from typing import Any

import yaml

from bot.cli.main import COMMANDS
from bot.settings import ROOT, Settings


def compose() -> dict[str, Any]:
    """As YAML, anchors merged."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


def test_services_start_commands_that_exist() -> None:
    """postgres, web and worker; ours through `python -m bot COMMAND`."""
    services = compose()["services"]
    started = {name: service["command"] for name, service in services.items() if "command" in service}
    assert (set(services), started) == (
        {"postgres", "web", "worker"},
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


def test_the_image_is_made_of_what_is_here() -> None:
    """Each file that the Dockerfile copies by name exists."""
    copied = [
        line.split()[1]
        for line in (ROOT / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY") and "--" not in line
    ]
    assert copied
    assert [name for name in copied if not (ROOT / name).exists()] == []
