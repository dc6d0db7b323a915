"""A parent may call a language as her own does, whichever that is."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml

from bot.turn import languages
from bot.turn.words import exact
from locales.languages import LANGUAGES


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("по-русски", "ru"),
        ("На русском!", "ru"),
        ("Türkisch", "tr"),
        ("turc", "tr"),
        ("árabe", "ar"),
        ("engleză", "en"),
        ("ENGLEZA", "en"),
        ("холандски", "nl"),
        ("دری", "fa"),
        ("af-soomaali", "so"),
        ("ዓረብኛ", "ar"),
        ("土耳其语", "tr"),
        ("hulandes", "nl"),
        ("marocain", "ary"),
        ("Papiamentu", "pap"),
    ],
)
def test_a_language_is_known_by_what_others_call_it(said: str, code: str) -> None:
    """The whole message, however it is spelt."""
    assert languages.named(said) == code


def test_a_name_is_of_one_language() -> None:
    """Two codes under one name: the last would win silently. What stands in the source needs no second mention."""
    listed = yaml.safe_load(Path(languages.__file__).with_name("languages.yml").read_text(encoding="utf-8"))
    built_in = {exact(name) for known in LANGUAGES.values() for name in (known.endonym, known.dutch, known.english)}
    names = Counter(exact(name) for called in listed.values() for name in called)

    assert set(listed) == {code for code, known in LANGUAGES.items() if known.script_of is None}
    assert [name for name, times in names.items() if times > 1 or name in built_in] == []
