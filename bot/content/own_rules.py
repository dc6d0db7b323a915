"""What an answer of a school's own must satisfy, whether it is typed on the page or comes in a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.content import own
from bot.content.phrases import Phrasebook
from bot.content.rules import refuse_bad
from bot.content.shipped import Edited, Overlay
from bot.errors import Refusal
from bot.turn.answers import wants_to_know
from bot.turn.explaining import MORE
from locales.languages import SOURCE

MENU = "help"
"""The intent whose answer is the menu."""
_EMPTY = Edited("", "")


def ground(overlay: Overlay, intents: Iterable[str]) -> Overlay:
    """The school's sentences with room for these answers: what is not there yet is looked at like what is."""
    contexts = (context for intent in intents for context in (own.text_of(intent), own.title_of(intent)))
    return {(context, SOURCE): _EMPTY for context in contexts} | dict(overlay)


def refuse_half(phrases: Phrasebook, context: str, dutch: Mapping[str, str]) -> None:
    """Raise Refusal where an answer lacks its text or its name in menus, or one of them cannot be taken."""
    intent = own.intent_of(context)
    for part in (own.text_of(intent), own.title_of(intent)) if intent else ():
        try:
            refuse_bad(phrases, part, SOURCE, dutch.get(part, ""))
        except Refusal:
            if part != context:
                raise Refusal(
                    "An answer of the school's own needs both its text and its name in menus, in Dutch."
                ) from None
            raise


def places(phrases: Phrasebook) -> dict[str, str]:
    """Where a button may stand: the menu first, then answers that only tell; each with what menus call it, in Dutch."""
    found = {}
    for response in phrases.book.domain.responses:
        intent = response.removeprefix("utter_")
        errand = phrases.book.started_by(intent) or phrases.book.started_by(intent.removeprefix(MORE))
        name = phrases.named(response) if wants_to_know(intent) and (intent == MENU or not errand) else ""
        if name:
            found[response] = name
    return dict(sorted(found.items(), key=lambda pair: (pair[0] != f"utter_{MENU}", pair[1].casefold())))


def refuse_bad_place(phrases: Phrasebook, intent: str, host: str) -> None:
    """Raise Refusal where a button that leads to this answer cannot stand there."""
    if host not in places(phrases) or host == f"utter_{intent}":
        raise Refusal("A button cannot stand there. Choose a place from the list.")
    if own.host_of(phrases.book, intent) != host and own.room(phrases.book.domain.responses[host]) < 1:
        raise Refusal(
            "There is no room for another button there: WhatsApp shows 10 choices at most. Choose another place."
        )
