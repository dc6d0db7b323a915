"""One trained engine for all tests of understanding."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from nlu import embedded

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def recogniser() -> embedded.EmbeddedRecogniser:
    """The engine as shipped: from the cache, or trained now."""
    return embedded.load()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder with a few examples in two languages, to train on in no time and to change at will."""
    return Path(shutil.copytree(DATA / "small", tmp_path / "examples"))


def lines(name: str) -> list[dict[str, Any]]:
    """The objects of a JSON Lines file of test data."""
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]
