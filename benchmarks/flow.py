"""From her message to the answer at the provider: what a parent waits for, the provider's own time left out."""

from __future__ import annotations

import asyncio

from benchmarks.common import emit, percentile
from benchmarks.served import served

SECONDS = 15
RATE = 10


def main() -> None:
    """Messages that are clear by themselves, ten a second; the last line is the 95th percentile."""
    with served() as line:
        done = asyncio.run(line.post(SECONDS * RATE, rate=RATE))
    unanswered = sum(not entry.answered for entry in done)
    waits = [1000 * (entry.answered - entry.posted) for entry in done if entry.answered]
    emit("flow.unanswered", unanswered, "messages")
    for part in (50, 99, 95):
        emit("flow" if part == 95 else f"flow.p{part}", percentile(waits, part), f"ms, p{part}")
    assert not unanswered, "a message was not answered"


if __name__ == "__main__":
    main()
