"""Several people on one phone: who is writing, asked where it matters, remembered for a day, changed by a word.

Each of them has conversations of her own: what one left open, and the person who spoke with her, is not there for the other.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.turn import answers
from bot.turn.memory import WRITER_LASTS
from bot.turn.types import CancelTimer, Option, SetTimer
from bot.turn.words import exact
from db.types import InboundKind
from nlu.port import Decision

if TYPE_CHECKING:
    from bot.turn.draft import Draft
    from bot.turn.menu import Menu

UNSAID = "unsaid"
"""The timer's kind (bot/core/unsaid.py)."""
PATIENCE = dt.timedelta(minutes=15)
"""So long what she wrote waits for a name; then a person reads it as a stranger's."""
NOBODY = 0
"""Somebody else than those who are bound: for a day she is a stranger."""
ELSE = Option(f"/who:{NOBODY}", "utter_title_somebody_else/0")
UNSAID_AT_MOST = 1000
"""Characters of what waits."""
_OF_A_CHILD = frozenset({"who_is_mentor"})


def recognise(draft: Draft) -> None:
    """Where nobody has said for a day who writes, what waits is nobody's; and a person's word was for one of them only."""
    known = draft.known
    if not known.sharers:
        draft.memory = replace(draft.memory, writer=None, writer_at=None, unsaid="")
    elif _stale(draft):
        _forget(draft, None)  # once: what she opens from now on, before it is known who she is, stays open
    elif draft.memory.writer is not None:
        draft.memory = replace(draft.memory, writer_at=known.now)
    _keep_apart(draft)


def who_writes(draft: Draft) -> bool:
    """Ask, where an answer may depend on it; her message waits meanwhile."""
    known = draft.known
    if not known.sharers or draft.heard.kind is not InboundKind.TEXT:
        return False
    if exact(draft.heard.text) and draft.heard.text.strip().casefold() in draft.titles(ELSE):
        _ask(draft, "")
        return True
    if draft.memory.writer is not None:
        return False
    sure = draft.intent_if(Decision.ANSWER)
    if sure and sure not in _OF_A_CHILD and (answers.wants_to_know(sure) or sure in answers.SMALL_TALK):
        return False
    _ask(draft, draft.heard.text)
    return True


def chosen(draft: Draft, who: str) -> None:
    """She said who she is; what she had written is read now."""
    unsaid = draft.memory.unsaid
    becomes(draft, int(who) if who.isdigit() else NOBODY)
    draft.unsaid = unsaid
    if unsaid:
        draft.emit(CancelTimer(UNSAID))
    else:
        draft.say("utter_anything_else")


def becomes(draft: Draft, guardian_id: int) -> None:
    """From now on this one of them writes."""
    sharer = next((each for each in draft.known.sharers if each.guardian.guardian_id == guardian_id), None)
    if draft.memory.writer != guardian_id:
        _forget(draft, guardian_id if sharer else NOBODY)
    draft.memory = replace(draft.memory, writer_at=draft.known.now, unsaid="")
    guardian, children = (sharer.guardian, sharer.children) if sharer else (None, ())
    draft.known = replace(draft.known, guardian=guardian, children=children)
    _keep_apart(draft)


def _ask(draft: Draft, unsaid: str) -> None:
    """By the given names of those who proved themselves on this phone: they are no secret to each other here."""
    names = [Option(f"/who:{each.guardian.guardian_id}", each.given_name, plain=True) for each in draft.known.sharers]
    draft.say("utter_ask_who_writes", options=(*names, ELSE))
    if unsaid and not draft.memory.unsaid:  # what waits already has its timer
        since = draft.heard.received or draft.known.now
        draft.emit(SetTimer(UNSAID, draft.known.now + PATIENCE, {"since": since.isoformat()}))
    waits = _waits(draft)
    if waits is not None:
        draft.since = waits.since
        unsaid = "\n".join(filter(None, (draft.memory.unsaid, unsaid)))
    draft.memory = replace(draft.memory, unsaid=unsaid[:UNSAID_AT_MOST])


def _waits(draft: Draft) -> Menu | None:
    """The question who writes that is still open, if she wrote before answering it: all of that is one person's."""
    if not draft.memory.unsaid:
        return None
    asked = next((menu for menu in draft.memory.menus if menu.asks == "utter_ask_who_writes"), None)
    return asked if asked is not None and draft.known.now - asked.since < WRITER_LASTS else None


def _stale(draft: Draft) -> bool:
    """Sharing has just begun, or who wrote is silent for a day, or is here no more."""
    at, writer = draft.memory.writer_at, draft.memory.writer
    if at is None or writer is None:
        return at is None
    ids = {NOBODY, *(each.guardian.guardian_id for each in draft.known.sharers)}
    return draft.known.now - at >= WRITER_LASTS or writer not in ids


def _forget(draft: Draft, writer: int | None) -> None:
    """What one of them left open is not the other's: but a question about danger, and the one who she is, stay."""
    kept = tuple(
        menu
        for menu in draft.memory.menus
        if menu.urgent or any(option.payload.startswith("/who:") for option in menu.options)
    )
    draft.memory = replace(draft.memory.of_nobody(kept), writer=writer, writer_at=draft.known.now)


def _keep_apart(draft: Draft) -> None:
    """A case of one guardian is not there for another who writes on the same phone."""
    known = draft.known
    hers = known.guardian.guardian_id if known.guardian else None
    case, quoted = known.case, known.quoted
    if case is not None and case.guardian_id not in {None, hers}:
        draft.known = replace(draft.known, case=None)
    if quoted is not None and quoted.case is not None and quoted.case.guardian_id not in {None, hers}:
        draft.known = replace(draft.known, quoted=replace(quoted, case=None))
