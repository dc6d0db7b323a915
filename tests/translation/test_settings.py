"""What an operator sets for the translator: a wrong set stops the start, a right one makes the adapter; the doctor asks it."""

from __future__ import annotations

import pytest

from bot.cli.doctor_translation import translation
from bot.errors import WrongSetting
from bot.settings import load_settings
from bot.wiring import translator_of
from tests.servers.base import Fault
from tests.servers.translators import FakeTranslator

URL = "http://127.0.0.1:5000"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"translator": "libretranslate"}, "OUDERLIJN_TRANSLATOR_URL"),
        ({"translator": "deepl"}, "OUDERLIJN_TRANSLATOR_KEY"),
        ({"translator": "openai"}, "OUDERLIJN_TRANSLATOR_KEY"),
        ({"translator": "openai", "translator_url": "127.0.0.1"}, "OUDERLIJN_TRANSLATOR_URL"),
        ({"translator": "babel"}, "OUDERLIJN_TRANSLATOR"),
    ],
)
def test_what_is_missing_is_named(given: dict[str, str], named: str) -> None:
    """One line, at the start."""
    with pytest.raises(WrongSetting, match=named):
        load_settings(_env_file=None, **given)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("given", "name", "home"),
    [
        ({}, "none", True),
        ({"translator": "libretranslate", "translator_url": URL}, "libretranslate", True),
        ({"translator": "deepl", "translator_key": "k:fx"}, "deepl", False),
        ({"translator": "openai", "translator_key": "k"}, "openai", False),
        ({"translator": "openai", "translator_url": f"{URL}/v1"}, "openai", True),
    ],
)
async def test_the_adapter_of_a_setting(given: dict[str, str], name: str, home: bool) -> None:  # noqa: FBT001
    """And whether it is in the house."""
    engine = translator_of(load_settings(_env_file=None, **given))
    await engine.close()
    assert (engine.name, engine.home) == (name, home)


@pytest.mark.asyncio
@pytest.mark.enable_socket
async def test_the_doctor_asks_it(translator: FakeTranslator) -> None:
    """Which languages, or why not; never worse than a warning, and no address."""
    settings = load_settings(_env_file=None, translator="libretranslate", translator_url=translator.url)
    well = [found async for found in translation(settings)]
    translator.fail("translate", Fault(403, {"error": "no"}))
    ill = [found async for found in translation(settings)]
    off = [found async for found in translation(load_settings(_env_file=None))]
    assert [level for level, _, _ in (*well, *ill)] == ["ok", "warning"]
    assert "13 languages (in the house)" in well[0][1]
    assert ("HTTP 403" in ill[0][1], translator.url in str(ill), off) == (True, False, [])
