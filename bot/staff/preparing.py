"""An answer made ready: translated where it can be, and looked at before it leaves where something in it is doubtful.

The inbox shows a preview; whoever answers by mail or from elsewhere cannot look, and is sent to the inbox instead.
"""

from __future__ import annotations

import hashlib

from bot.core.mind import Mind
from bot.errors import Refusal
from bot.staff.marks import N_
from bot.staff.replies import Letter, Reply, compose
from bot.translation.outward import render
from bot.translation.service import Translation
from db.engine import Database
from db.queries.school import SchoolView
from db.types import ChannelName


class LookFirst(Refusal):
    """A person has to look at the translation before it is sent. `letters` is what the parent would read."""

    def __init__(self, letters: tuple[Letter, ...]) -> None:
        """Nothing was saved."""
        super().__init__(N_("Something in the translation is doubtful. Look at it, and then send it."))
        self.letters = letters


async def prepare(
    database: Database,
    translation: Translation,
    mind: Mind,
    view: SchoolView,
    reply: Reply,
    *,
    school_id: int,
    case_id: int,
    language: str,
    channel: ChannelName,
    name: str,
) -> tuple[Letter, ...]:
    """The messages she will read. Asks the translator, so nothing of it belongs into a transaction."""
    rendered = await render(
        database, translation, school_id=school_id, case_id=case_id, text=reply.text.strip(), language=language
    )
    return compose(mind, view, reply, language=language, channel=channel, name=name, rendered=rendered)


def looked_at(letters: tuple[Letter, ...], seen: str = "") -> tuple[Letter, ...]:
    """The same; refuses what is doubtful unless just this was seen before (`seen`: the mark of the preview)."""
    if any(letter.look_first for letter in letters) and seen != mark(letters):
        raise LookFirst(letters)
    return letters


def mark(letters: tuple[Letter, ...]) -> str:
    """What a preview showed, in a few signs."""
    shown = "\0".join(text for letter in letters for text in letter.texts)
    return hashlib.sha256(shown.encode()).hexdigest()[:32]
