"""Conversations as conversations: each file in `tests/transcripts` is replayed against the shipped content."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.turn.replay import read, replay
from tests.turn.scene import ROOT

FILES = sorted((ROOT / "tests" / "transcripts").glob("*.txt"))
AT_LEAST = 25


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_transcript(path: Path) -> None:
    """What is written down is what happens, no more and no less."""
    transcript = read(path)
    assert transcript.law
    wrong = [
        f"{path.name}:{line.number} {line.said}\n    {fault}" for line, faults in replay(transcript) for fault in faults
    ]

    assert not wrong, "\n".join(wrong)


def test_there_are_transcripts() -> None:
    """An empty folder proves nothing."""
    assert len(FILES) >= AT_LEAST
