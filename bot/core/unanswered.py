"""What was not understood, kept for the administrator without the person: no conversation, no names, nothing private."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.known import Scene
from bot.core.masking import mask
from bot.turn.memory import Remembered
from bot.turn.types import NotUnderstood, Outcome
from db.tables import Case, Inbox, Unanswered
from db.types import CaseState
from nlu import safety

LONGEST = 500
_DANGER = ("safety", "bullying")
"""Topics of cases: what she writes while one is open may be about it."""


def unanswered(scene: Scene, inbox: Sequence[Inbox], event: NotUnderstood, outcome: Outcome) -> Unanswered:
    """Its row: her words, masked, in her language."""
    heard = outcome.understood.language if outcome.understood else None
    return Unanswered(
        school_id=scene.school_id,
        language=heard.language if heard and heard.sure else scene.language,
        text=mask(_text(inbox), _names(scene))[:LONGEST],
        offered=list(event.offered),
        decision="offer" if event.asked else "person",
        at=event.at,
    )


async def too_private(
    session: AsyncSession, scene: Scene, conversation_id: int, inbox: Sequence[Inbox], outcome: Outcome
) -> bool:
    """Whether it may speak of danger, or answers the question of a flow."""
    before = Remembered.unpack(scene.known.memory)
    if before.flow.stack or any(menu.urgent for menu in before.menus):
        return True
    level = outcome.understood.safety if outcome.understood else None
    if level is not None or safety.scan(_text(inbox)) is not None:
        return True
    about = select(Case.id).where(
        Case.conversation_id == conversation_id, Case.topic.in_(_DANGER), Case.state != CaseState.CLOSED
    )
    return bool(await session.scalar(select(exists(about))))


async def note_choice(session: AsyncSession, school_id: int, at: dt.datetime, chosen: str) -> None:
    """What she chose of what was offered for the message she wrote then. Her first choice counts."""
    row = (
        select(Unanswered.id)
        .where(
            Unanswered.school_id == school_id,
            Unanswered.at == at,
            Unanswered.decision == "offer",
            Unanswered.chosen.is_(None),
        )
        .order_by(Unanswered.id.desc())
        .limit(1)
    )
    await session.execute(
        update(Unanswered)
        .where(Unanswered.id == row.scalar_subquery())
        .values(chosen=chosen)
        .execution_options(synchronize_session=False)
    )


def _text(inbox: Sequence[Inbox]) -> str:
    return "\n".join(row.text for row in inbox)


def _names(scene: Scene) -> list[str]:
    children = [name for child in scene.children for name in (child.given_name, child.family_name)]
    return [*children, scene.known.guardian.name if scene.known.guardian else ""]
