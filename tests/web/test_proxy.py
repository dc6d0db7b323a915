"""Behind a proxy: whose word for a client's address is believed, since the limit on guessed passwords counts by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import web.app
from bot.cli.serve import _server
from bot.core.clock import TestClock
from bot.settings import load_settings
from bot.wiring import build

OURS, THEIRS = "203.0.113.9", "198.51.100.7"


@pytest.mark.parametrize(
    ("public_url", "host", "peer", "expected", "proxy"),
    [
        ("https://lijn.example", "0.0.0.0", "172.18.0.2", THEIRS, "172.18.0.0/16, fd00::/8"),
        ("https://lijn.example", "0.0.0.0", OURS, OURS, "172.18.0.0/16"),
        ("https://lijn.example", "127.0.0.1", "127.0.0.1", THEIRS, ""),
        ("https://lijn.example", "127.0.0.1", OURS, OURS, ""),
        ("", "127.0.0.1", "127.0.0.1", "127.0.0.1", ""),
        ("", "0.0.0.0", "127.0.0.1", "127.0.0.1", ""),
        ("https://lijn.example", "0.0.0.0", "127.0.0.1", "127.0.0.1", ""),
        ("https://lijn.example", "0.0.0.0", OURS, OURS, ""),
    ],
    ids=["set", "not the one set", "proxy here", "somebody else", "no proxy", "open", "open but public", "elsewhere"],
)
@pytest.mark.asyncio
async def test_whose_word_is_believed(
    clock: TestClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    public_url: str,
    host: str,
    peer: str,
    expected: str,
    proxy: str,
) -> None:
    """A proxy on this machine, where we are told that there is one; whatever the environment says to uvicorn."""
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    settings = load_settings(
        _env_file=None,
        database_url=f"sqlite:///{tmp_path / 'line.db'}",
        var=tmp_path,
        public_url=public_url,
        proxy=proxy,
        HOST=host,
    )
    seen: list[Any] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope["client"][0])

    monkeypatch.setattr(web.app, "create_app", lambda _line: app)
    line = await build(settings, clock=clock)
    config = _server(line).config
    config.load()
    scope = {"type": "http", "client": (peer, 1), "headers": [(b"x-forwarded-for", f"10.0.0.1, {THEIRS}".encode())]}
    await config.loaded_app(scope, None, None)
    await line.close()
    assert seen == [expected]
