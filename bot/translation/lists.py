"""The word lists of `names.yml`, folded."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from nlu.text import fold

_DATA = Path(__file__).with_name("names.yml")


@cache
def listed(name: str) -> frozenset[str]:
    """One of its lists."""
    return frozenset(fold(str(word)) for word in _data()[name])


@cache
def _data() -> dict[str, list[str]]:
    content: dict[str, list[str]] = yaml.safe_load(_DATA.read_text(encoding="utf-8"))
    return content
