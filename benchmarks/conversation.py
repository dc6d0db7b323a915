"""What a turn costs without understanding, and what the content of 18 languages does: time of the processor, and memory.

Replays every transcript of `tests/transcripts`: deciding what happens, and putting it into words for SMS. Understanding is
written down there, reading days, names and yeses is not: it is in the figure.
"""

from __future__ import annotations

import gc
import os
import time
from typing import Any, ClassVar

from benchmarks.common import emit, percentile
from benchmarks.memory import resident
from bot.content.shipped import load_shipped
from bot.turn.memory import conversation_language
from bot.turn.types import Outcome, Say
from db.types import ChannelName
from tests.turn import replay
from tests.turn.scene import ROOT, Phone, mind

ROUNDS = 3
"""The first warms up what is kept, and does not count."""


class TimedPhone(Phone):
    """A phone that knows what each of its turns took."""

    taken: ClassVar[list[float]] = []

    def write(self, *words: Any, **more: Any) -> Outcome:
        """As ever, with a look at the clock before and after."""
        school, begun = self.known.school, time.process_time()
        outcome = super().write(*words, **more)
        language = conversation_language(outcome.memory)
        for event in outcome.events:
            if isinstance(event, Say):
                mind().words(event, language=event.language or language, channel=ChannelName.SMS, school=school, menu=1)
        self.taken.append((time.process_time() - begun) * 1000)
        return outcome


def main() -> None:
    """The last line is the 95th percentile of a turn."""
    gc.collect()
    before, begun = resident(os.getpid()), time.process_time()
    load_shipped()
    emit("conversation.content", time.process_time() - begun, "s")
    gc.collect()
    emit("conversation.memory", resident(os.getpid()) - before, "MB")
    vars(replay)["Phone"] = TimedPhone
    transcripts = [replay.read(path) for path in sorted((ROOT / "tests" / "transcripts").rglob("*.txt"))]
    for _ in range(ROUNDS):
        first = len(TimedPhone.taken)
        for transcript in transcripts:
            for _exchange, _differences in replay.replay(transcript):
                pass
    emit("conversation.turns", len(TimedPhone.taken) - first, "turns")
    for part in (50, 99, 95):
        emit(f"conversation.p{part}", percentile(TimedPhone.taken[first:], part), "ms")


if __name__ == "__main__":
    main()
