"""What the core asks of the thinking part: one pure turn, and the words for what it said. Implemented by `bot.content`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from bot.messages import Choice
from bot.turn.types import Heard, Known, Outcome, Say, School
from db.types import ChannelName
from nlu.port import SafetyLevel


@dataclass(frozen=True, slots=True)
class Words:
    """One response in her language, as her channel shows it; long ones are several. Choices belong to the last.

    `opener` stands on the button of a list of choices, where the channel has such lists.
    """

    texts: tuple[str, ...]
    choices: tuple[Choice, ...]
    language: str
    opener: str = ""

    @property
    def payload(self) -> dict[str, Any]:
        """What the last message's row keeps of its choices."""
        if not self.choices:
            return {}
        kept: dict[str, Any] = {"choices": [[choice.payload, choice.title] for choice in self.choices]}
        return kept | {"opener": self.opener} if self.opener else kept


class Mind(Protocol):
    """One school's content revision, in every language. Immutable: an edit makes a new one."""

    revision: int

    def turn(self, heard: Heard, known: Known, *, allow_wait: bool) -> Outcome:
        """Think. Pure; raises only for a fault of ours."""

    def scan(self, text: str) -> SafetyLevel | None:
        """Look for danger alone, fast, whatever else is going on."""

    def words(self, say: Say, *, language: str, channel: ChannelName, school: School, menu: int) -> Words:
        """Put a response into words. `menu` numbers the choices' payloads (`<menu>.<n>`)."""


class Minds(Protocol):
    """Where minds come from."""

    async def of(self, school_id: int, revision: int | None = None) -> Mind:
        """The school's mind at its published revision, loaded if a newer one was published; or at the one asked for."""

    async def warm(self) -> None:
        """Load what the first message would otherwise wait for."""
