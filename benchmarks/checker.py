"""How much of what others altered in a translation the checker doubts, and how much of what they translated well."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks.common import emit
from bot.translation.checking import check

DATA = Path(__file__).parent.parent / "tests" / "translation" / "data"
HALVES = ("even", "odd")
"""Lines 0, 2, 4 .. and 1, 3, 5 ..: docs/translation.md says which were seen while the checker was made."""


def main() -> None:
    """The last line is the share of right translations that are doubted, over all files."""
    right = doubted = 0
    for path in sorted(DATA.glob("*.jsonl")):
        pairs = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for half, name in enumerate(HALVES):
            begun = time.process_time()
            found = counted(pairs[half::2])
            seconds = time.process_time() - begun
            for kind, (hits, many) in sorted(found.items()):
                emit(f"checker.{path.stem}.{name}.{kind}", hits, f"of {many} doubted")
            emit(f"checker.{path.stem}.{name}", 1000 * seconds / len(pairs[half::2]), "ms a pair")
            hits, many = found["right"]
            doubted, right = doubted + hits, right + many
    emit("checker", doubted / right, "share of right ones doubted")


def counted(pairs: list[dict[str, Any]]) -> dict[str, tuple[int, int]]:
    """Doubted, and all, by what was altered; `right` where nothing was."""
    found: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for pair in pairs:
        doubts = check(pair["before"], pair["after"], pair["source"], pair["target"], pair["names"])
        hits, many = found[kind := pair["altered"] or "right"]
        found[kind] = (hits + bool(doubts), many + 1)
    return found


if __name__ == "__main__":
    main()
