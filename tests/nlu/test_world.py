"""py3langid's model, rewritten."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from nlu import store
from nlu.world import World
from tests.nlu.conftest import lines

NEAR = 0.02


@pytest.fixture(scope="module")
def world() -> World:
    """As it is kept."""
    return store.world()


def test_it_says_what_py3langid_says(world: World) -> None:
    """On sentences in over forty languages: every chance the same but for rounding."""
    theirs = LanguageIdentifier.from_model_file(  # type: ignore[no-untyped-call]
        MODEL_FILE, norm_probs=True
    )
    texts = [line["text"].casefold() for name in ("heldout.jsonl", "other.jsonl") for line in lines(name)]
    furthest = 0.0
    for text in [*texts, "ok", "a", "👍"]:
        ours: dict[str, float] = defaultdict(float)
        for language, chance in zip(world.languages, world.chances(text).tolist(), strict=True):
            ours[language] += chance
        furthest = max(furthest, *(abs(ours[language] - chance) for language, chance in theirs.rank(text)))

    assert len(texts) >= 160
    assert furthest < NEAR


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "٠" * 3_000])
def test_any_text_has_chances(world: World, text: str) -> None:
    """They are always one together."""
    chances = world.chances(text)

    assert len(chances) == len(world.languages)
    assert np.isclose(chances.sum(), 1, atol=1e-4)


def test_it_is_small(world: World) -> None:
    """Less than a fifth of what py3langid holds."""
    size = world.weights.nbytes + world.runs.keys.nbytes + world.runs.rows.nbytes

    assert size < 16_000_000
