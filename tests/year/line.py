"""What stands for the rest of the line in a year: a mind that passes everything on, and a provider with a window."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.core.clock import TestClock
from bot.core.mind import Mind, Words
from bot.errors import WindowClosed
from bot.messages import Outbound
from bot.turn.topics import topic
from bot.turn.types import AddToCase, CaseReason, Heard, Known, Memory, Outcome, PassOn, Say, School
from db.types import ChannelName
from nlu.port import SafetyLevel
from tests.core.world import Scripted
from tests.year.naive import minute

TOPICS: tuple[str, ...] = (
    *("mentor_message",) * 8,
    *("appointment", "appointment", "concern", "absence", "question", "finance", "leave"),
    *("complaint", "bullying", "human"),
)
WINDOW = 24 * 60


class YearMind:
    """Passes everything on to whom its topic belongs, or to the person who spoke last."""

    revision = 0

    def turn(self, heard: Heard, known: Known, *, allow_wait: bool) -> Outcome:
        """The text is the topic."""
        del allow_wait
        memory = Memory({"language": "nl"})
        if known.case is not None:
            return Outcome(memory, (AddToCase(known.case.case_id),))
        if heard.text not in TOPICS:
            return Outcome(memory, (Say("plain", {"text": "ok"}),))
        child = known.children[0]
        role = topic(heard.text).role_for(child).value
        event = PassOn(heard.text, role, pupil_id=child.pupil_id, reason=CaseReason.ASKED)
        return Outcome(memory, (event, Say("plain", {"text": "passed on"})))

    def scan(self, text: str) -> SafetyLevel | None:
        """There is no danger in this year."""
        del text
        return None

    def words(self, say: Say, *, language: str, channel: ChannelName, school: School, menu: int) -> Words:
        """The name of what is said."""
        del channel, school, menu
        return Words(texts=(str(say.values.get("text", say.response)),), choices=(), language=language)


class YearMinds:
    """The same for every school."""

    async def of(self, school_id: int, revision: int | None = None) -> Mind:
        """The one."""
        del school_id, revision
        return YearMind()

    async def warm(self) -> None:
        """Nothing to load."""


@dataclass
class Provider(Scripted):
    """Twilio as far as its window goes: more than a day after her last word only a template leaves."""

    clock: TestClock | None = None
    heard: dict[str, int] = field(default_factory=dict)

    async def send(self, message: Outbound) -> str:
        """Take it, or refuse."""
        assert self.clock is not None
        last = self.heard.get(message.external_id, 0)
        closed = minute(self.clock.now()) >= last + WINDOW
        if message.channel is ChannelName.WHATSAPP and message.template is None and closed:
            raise WindowClosed("outside the window", code="63016")
        return await super().send(message)
