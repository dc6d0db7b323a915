"""A local server that answers as the translators do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.translators import FakeTranslator


@pytest.fixture(scope="session")
def _translator() -> Iterator[FakeTranslator]:
    with FakeTranslator() as server:
        yield server


@pytest.fixture
def translator(_translator: FakeTranslator) -> FakeTranslator:
    """A server that has forgotten the test before."""
    _translator.reset()
    return _translator
