"""How long a provider waits for our acknowledgement, while the worker answers in the same process."""

from __future__ import annotations

import asyncio

from benchmarks.common import emit, percentile
from benchmarks.served import served

SECONDS = 20
RATE = 10


def main() -> None:
    """Signed posts, ten a second; the last line is the 95th percentile."""
    with served() as line:
        done = asyncio.run(line.post(SECONDS * RATE, rate=RATE))
    waits = [1000 * (entry.acknowledged - entry.posted) for entry in done]
    for part in (50, 99, 95):
        emit("ack" if part == 95 else f"ack.p{part}", percentile(waits, part), f"ms, p{part}")


if __name__ == "__main__":
    main()
