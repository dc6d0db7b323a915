"""Arrays kept in a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nlu import arrays

FACTS = {"labels": ["ziek", "مريض"], "step": 0.25}


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A file with numbers of several kinds, and none."""
    path = tmp_path / "model.arrays"
    with path.open("wb") as file:
        arrays.write(
            file,
            FACTS,
            {
                "small": np.arange(-3, 4, dtype=np.int8),
                "halves": np.linspace(0, 1, 12, dtype=np.float16).reshape(3, 4),
                "keys": np.array([0, 2**64 - 1], dtype=np.uint64),
                "none": np.empty((0, 384), dtype=np.float32),
            },
        )
    return path


def test_what_was_written_is_read(kept: Path) -> None:
    """Facts, kinds of numbers and shapes come back as they were."""
    facts, found = arrays.read(kept)

    assert facts == FACTS
    assert {name: (array.dtype.name, array.shape) for name, array in found.items()} == {
        "small": ("int8", (7,)),
        "halves": ("float16", (3, 4)),
        "keys": ("uint64", (2,)),
        "none": ("float32", (0, 384)),
    }
    assert found["keys"].tolist() == [0, 2**64 - 1]
    assert found["small"].tolist() == [-3, -2, -1, 0, 1, 2, 3]


def test_what_is_mapped_cannot_be_changed(kept: Path) -> None:
    """All who serve share it."""
    _, found = arrays.read(kept)

    with pytest.raises(ValueError, match="read-only"):
        found["small"][0] = 1


@pytest.mark.parametrize("damage", ["cut off", "one byte", "emptied", "another file", "no JSON"])
def test_a_damaged_file_is_not_served(kept: Path, damage: str) -> None:
    """Whatever a full disk or a power cut leaves behind is noticed before it is believed."""
    whole = kept.read_bytes()
    kept.write_bytes(
        {
            "cut off": whole[:-10],
            "one byte": whole[:-70] + bytes([whole[-70] ^ 1]) + whole[-69:],
            "emptied": b"",
            "another file": b"PK\x03\x04" + bytes(200),
            "no JSON": whole[:19] + b"\xff" * 20 + b"\n",
        }[damage]
    )

    with pytest.raises(arrays.Damaged, match=r"model\.arrays is damaged"):
        arrays.read(kept)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    """It is made then; a damaged one is complained of first."""
    with pytest.raises(FileNotFoundError):
        arrays.read(tmp_path / "none.arrays")
