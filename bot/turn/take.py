"""One turn: what happens when somebody writes. Pure: all it may know is handed in, and it returns what happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.turn import flowing, second, stale
from bot.turn.again import again
from bot.turn.answers import anew
from bot.turn.bound import bound
from bot.turn.choices import is_ours, pointed, tapped, typed
from bot.turn.commands import commanded, human_case
from bot.turn.correction import afterwards
from bot.turn.draft import Draft, Wording
from bot.turn.gone import forget_gone
from bot.turn.languages import follow_script, guess
from bot.turn.machines import machine_guard
from bot.turn.media import without_words
from bot.turn.memory import Remembered
from bot.turn.open_question import open_question
from bot.turn.safety import safety_first
from bot.turn.types import Heard, Known, Outcome
from bot.turn.who import recognise, who_writes
from db.types import InboundKind
from flows.model import Book
from nlu.port import Recogniser


def take_turn(
    heard: Heard,
    known: Known,
    *,
    book: Book,
    recogniser: Recogniser,
    languages: Sequence[str],
    wording: Wording,
    allow_wait: bool = False,
) -> Outcome:
    """Decide what happens. `allow_wait`: the two seconds in which she may go on are not over yet."""
    if heard.button and not is_ours(heard.button) and heard.text.strip():
        heard = replace(heard, kind=InboundKind.TEXT, button=None)  # a template's quick reply: its words count
    draft = Draft(heard, known, book, recogniser, languages, Remembered.unpack(known.memory), allow_wait, wording)
    _listen(draft)
    for step in STEPS:
        if step(draft):
            break
    if draft.unsaid:
        _read_again(draft)
    second.offer(draft)
    stale.offer(draft)
    follow_script(draft)
    return draft.outcome()


def _listen(draft: Draft) -> None:
    """Understand her words; a tap says by itself what it means."""
    flowing.forget_stale(draft)
    recognise(draft)
    forget_gone(draft)
    _follow_quote(draft)
    if draft.heard.text.strip() and not draft.heard.button:
        understood = draft.recogniser.understand(draft.heard.text, known_language=draft.memory.language)
        draft.understood = second.first_of_two(understood)
    guess(draft)


def _read_again(draft: Draft) -> None:
    """What waited until it was known who wrote it: as if she had written it now."""
    draft.heard = replace(draft.heard, text=draft.unsaid, kind=InboundKind.TEXT, button=None, quoted=None)
    draft.understood = second.first_of_two(
        draft.recogniser.understand(draft.unsaid, known_language=draft.memory.language)
    )
    for step in STEPS[STEPS.index(human_case) :]:
        if step(draft):
            break


def _follow_quote(draft: Draft) -> None:
    """Her message belongs where the quoted one does, unless that is only the question which she is answering."""
    quoted = draft.known.quoted
    if quoted is None or quoted.case is None:
        return
    if not quoted.response or quoted.response != flowing.asked_with(draft):
        draft.known = replace(draft.known, case=quoted.case)


def _late(draft: Draft) -> bool:
    """It was sent while we were away: say sorry first."""
    if draft.heard.late:
        draft.say("utter_late")
    return False


STEPS: Sequence[Callable[[Draft], bool]] = (
    safety_first,
    machine_guard,
    _late,
    bound,
    commanded,
    tapped,
    pointed,
    typed,
    who_writes,
    human_case,
    without_words,
    open_question,
    afterwards,
    again,
    anew,
)
"""In this order; the first that answers ends the turn."""
