"""The names that others rely on: docs/interfaces.md has all of them, and none that is not there."""

from __future__ import annotations

import re

import httpx
import pytest
import typer
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from bot.cli.main import COMMANDS, GROUPS, build
from bot.core.clock import TestClock
from bot.settings import ROOT
from db.engine import Database
from tests.web.world import make_pages
from web.app import create_app

PAGE = (ROOT / "docs" / "interfaces.md").read_text()
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def part(heading: str) -> str:
    """What stands under a heading of the page."""
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def first_words(text: str, pattern: str) -> list[str]:
    """What the first column of the tables names."""
    return re.findall(rf"^\| `{pattern}`", text, re.MULTILINE)


async def app_of(database: Database, clock: TestClock) -> FastAPI:
    line = (await make_pages(database, clock)).line
    line.demo = True
    return create_app(line)


@SQLITE
@pytest.mark.asyncio
async def test_every_path_and_none_besides(database: Database, clock: TestClock) -> None:
    """Each with its methods."""
    there: dict[str, set[str]] = {}
    for route in iter_route_contexts((await app_of(database, clock)).routes):
        there.setdefault(route.path or "", set()).update((getattr(route, "methods", None) or set()) - {"HEAD"})
    rows = re.findall(r"^\| \**`(/[^`]*)`\** \| ([A-Z ]*)\|", part("HTTP"), re.MULTILINE)
    assert len(there) > 80
    assert {path: set(methods.split()) for path, methods in rows} == there
    assert len(rows) == len(there)


def test_every_command_and_none_besides() -> None:
    """Those of a group with the group's name."""
    there = [*COMMANDS]
    for group in GROUPS:
        commands = typer.main.get_command(build(group)).commands[group].commands  # type: ignore[attr-defined]
        there += [f"{group} {name}" for name in commands]
    assert len(there) > 25
    assert sorted(first_words(part("Commands"), r"([a-z -]+)")) == sorted(
        [*there, *(f"make {target}" for target in targets())]
    )


def targets() -> list[str]:
    """What the Makefile offers, as its own comments say."""
    return re.findall(r"^(\w+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)


@SQLITE
@pytest.mark.asyncio
async def test_every_metric_and_none_besides(database: Database, clock: TestClock) -> None:
    """As Prometheus reads them."""
    transport = httpx.ASGITransport(await app_of(database, clock))
    async with httpx.AsyncClient(transport=transport, base_url="https://test") as client:
        told = (await client.get("/metrics")).text
    assert first_words(part("Metrics"), r"(ouderlijn_\w+)(?:\{\w+\})?") == re.findall(
        r"^# HELP (\w+)", told, re.MULTILINE
    )
