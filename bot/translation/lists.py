"""The word lists of `names.yml`, folded."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from nlu.text import fold

_DATA = Path(__file__).with_name("names.yml")


@cache
def listed(name: str) -> frozenset[str]:
    """One of its lists."""
    return frozenset(fold(str(word)) for word in _data()[name])


@cache
def places() -> Mapping[str, frozenset[str]]:
    """Each name of a town with all that others call it."""
    alike: dict[str, frozenset[str]] = {}
    for each in _data()["places"]:
        forms = frozenset(str(form) for form in each)
        alike |= dict.fromkeys((fold(form) for form in forms), forms)
    return alike


@cache
def _data() -> dict[str, list[Any]]:
    content: dict[str, list[Any]] = yaml.safe_load(_DATA.read_text(encoding="utf-8"))
    return content
