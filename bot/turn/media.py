"""Messages without words: each is answered, and what only a person can look at goes to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.turn import flowing
from bot.turn.handover import passed_on
from bot.turn.types import CaseReason
from db.types import InboundKind

if TYPE_CHECKING:
    from bot.turn.draft import Draft

FOR_A_PERSON = frozenset(
    {InboundKind.VOICE, InboundKind.PICTURE, InboundKind.VIDEO, InboundKind.DOCUMENT, InboundKind.CONTACT},
)
WORDS = frozenset({InboundKind.TEXT, InboundKind.BUTTON})


def without_words(draft: Draft) -> bool:
    """Say what happens with it. The caption goes along as her own words."""
    kind = draft.heard.kind
    if kind in WORDS and (draft.heard.text.strip() or draft.heard.button):
        return False
    kind = InboundKind.EMPTY if kind in WORDS else kind
    draft.say(f"utter_media_{kind.value}")
    if kind in FOR_A_PERSON:
        draft.emit(passed_on(draft, "media", reason=CaseReason.MEDIA, child=draft.only_child))
    flowing.repeat(draft)
    return True
