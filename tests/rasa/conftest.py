"""A local server that answers as Rasa does, and an embedded engine beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from nlu import embedded
from tests.servers.rasa import FakeRasa

if TYPE_CHECKING:
    from nlu.embedded import EmbeddedRecogniser


@pytest.fixture(scope="session")
def own() -> EmbeddedRecogniser:
    """The embedded engine as shipped, by n-grams."""
    return embedded.load()


@pytest.fixture(scope="session")
def _rasa() -> Iterator[FakeRasa]:
    with FakeRasa() as server:
        yield server


@pytest.fixture
def rasa(_rasa: FakeRasa) -> FakeRasa:
    """A server that has forgotten the test before."""
    _rasa.reset()
    return _rasa


def chances(own: EmbeddedRecogniser, **given: float) -> dict[str, float]:
    """A ranking of all our intents: those given, and the rest shares what is left."""
    others = [label for label in own.trained.intents.labels if label not in given]
    return given | dict.fromkeys(others, (1 - sum(given.values())) / len(others))
