"""The thinking part at one content revision: the turn, the look for danger, the words."""

from __future__ import annotations

from bot.content.phrases import Phrasebook
from bot.core.mind import Words
from bot.turn.take import take_turn
from bot.turn.types import Heard, Known, Outcome, Say, School
from db.types import ChannelName
from locales.languages import LANGUAGES
from nlu import safety
from nlu.port import Recogniser, SafetyLevel


class ContentMind:
    """Implements `bot.core.mind.Mind`."""

    def __init__(self, phrases: Phrasebook, recogniser: Recogniser, revision: int = 0) -> None:
        """`revision` 0 is what is shipped."""
        self.revision = revision
        self.phrases = phrases
        self._recogniser = recogniser
        self._languages = tuple(code for code in phrases.languages if LANGUAGES[code].script_of is None)

    def turn(self, heard: Heard, known: Known, *, allow_wait: bool) -> Outcome:
        """Think."""
        return take_turn(
            heard,
            known,
            book=self.phrases.book,
            recogniser=self._recogniser,
            languages=self._languages,
            wording=self.wording,
            allow_wait=allow_wait,
        )

    def wording(self, sentence: str, language: str) -> str | None:
        """What a sentence says in a language, where it is fresh there."""
        try:
            found = self.phrases.sentence(sentence, language)
        except LookupError:  # a menu of yesterday's content
            return None
        return found.text if found is not None and found.fresh else None

    def scan(self, text: str) -> SafetyLevel | None:
        """Look for danger by the word lists alone."""
        return safety.scan(text)

    def words(self, say: Say, *, language: str, channel: ChannelName, school: School, menu: int) -> Words:
        """Put a response into words."""
        return self.phrases.render(say, language=language, channel=channel, school=school, menu=menu)
