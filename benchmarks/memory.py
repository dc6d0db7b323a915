"""What `python -m bot run` holds in memory after 300 messages in all its languages."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

from benchmarks.common import MESSAGES, emit
from benchmarks.served import served

RATE = 25


def main() -> None:
    """The last line is the resident memory after the last answer."""
    with served() as line:
        asyncio.run(line.post(MESSAGES, rate=RATE))
        now = resident(line.pid)
    emit("memory", now, "MB")


def resident(pid: int) -> float:
    """Resident megabytes of a process: from /proc, elsewhere from ps."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        kilobytes = next(row.split()[1] for row in status.read_text().splitlines() if row.startswith("VmRSS"))
    else:
        command = ["ps", "-o", "rss=", "-p", str(pid)]
        kilobytes = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    return int(kilobytes) / 1024


if __name__ == "__main__":
    main()
