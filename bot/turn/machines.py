"""Law 3's end: answering goes on against people and stops against machines."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from bot.turn.handover import passed_on
from bot.turn.types import CaseReason, Silence
from db.types import InboundKind

if TYPE_CHECKING:
    from bot.turn.draft import Draft

ANSWERS = 20
"""This many answers to one address in ten minutes are a machine's."""
IDENTICAL = 5
"""The same text this often in a row is a machine's."""
HOUR = dt.timedelta(hours=1)


def machine_guard(draft: Draft) -> bool:
    """One last word, a case, and silence for an hour; what comes then lies with the case."""
    if draft.known.silenced:
        draft.emit(passed_on(draft, "question", reason=CaseReason.MACHINE, child=draft.only_child))
        draft.introduce = False
        return True
    if draft.known.recent_answers < ANSWERS and not _parrot(draft):
        return False
    draft.say("utter_machine_stop")
    draft.emit(passed_on(draft, "question", reason=CaseReason.MACHINE, child=draft.only_child))
    draft.emit(Silence(draft.known.now + HOUR))
    draft.introduce = False
    return True


def _parrot(draft: Draft) -> bool:
    """The same text again and again. Five times "1" through the menus of a flow is a person who goes on."""
    if draft.heard.kind is not InboundKind.TEXT or draft.known.identical + 1 < IDENTICAL:
        return False
    menu = draft.memory.menu
    position = draft.meant(menu) if menu else None
    return menu is None or position is None or menu.between or menu.option(position) is None
