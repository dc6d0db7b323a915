"""The one place that commits what a turn says happened: words, cases, timers, memory, all in the caller's transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.alarms import raise_alarm
from bot.core.cases import add_to_case, open_case
from bot.core.conversations import add_outbox
from bot.core.known import Scene
from bot.core.mind import Mind
from bot.turn.types import (
    AddToCase,
    Alarm,
    CancelTimer,
    NotUnderstood,
    OptOut,
    Outcome,
    PassOn,
    Say,
    SetTimer,
    Silence,
)
from db.engine import ring
from db.tables import BindCode, Binding, Case, Conversation, Inbox, Outbox, Timer, Unanswered
from db.types import InboxState, Lane


@dataclass(frozen=True, slots=True)
class Applied:
    """The rows a commit works on, all locked: the conversation, those of the rota, and the messages of the breath."""

    conversation: Conversation
    locked: Mapping[int, Conversation]
    inbox: tuple[Inbox, ...]
    now: dt.datetime


async def apply(session: AsyncSession, rows: Applied, scene: Scene, mind: Mind, outcome: Outcome) -> None:
    """Do all of it, or (by an error) nothing."""
    conversation, now = rows.conversation, rows.now
    await _bind(session, rows, scene)
    language = str(outcome.memory.data.get("language") or scene.language)
    flowing = bool(outcome.memory.data.get("flow"))
    if flowing and conversation.flow_since is None:
        conversation.flow_since = rows.inbox[0].seq
    case: Case | None = None
    said: list[Say] = []
    for event in outcome.events:
        match event:
            case Say():
                said.append(event)
            case PassOn():
                case = await open_case(session, scene, conversation, event, now=now)
                await _attach(session, rows, case, since=conversation.flow_since)
            case AddToCase():
                case = await add_to_case(session, event.case_id, now=now)
                await _attach(session, rows, case, since=None)
            case Alarm():
                await raise_alarm(session, scene, rows.locked, rows.inbox[0].id, now=now)
            case SetTimer() | CancelTimer():
                await _timer(session, conversation, event)
            case OptOut():
                conversation.opted_out_at = now if event.stopped else None
            case Silence():
                conversation.silenced_until = event.until
            case NotUnderstood():
                session.add(_unanswered(scene, rows, event, language, now))
    await _say(session, rows, scene, mind, said, language, case)
    _finish(rows, outcome, language)
    if not flowing:
        conversation.flow_since = None
    ring(session, "outbox", "case", "timer")


async def _say(
    session: AsyncSession,
    rows: Applied,
    scene: Scene,
    mind: Mind,
    said: list[Say],
    language: str,
    case: Case | None,
) -> None:
    conversation, head = rows.conversation, rows.inbox[0]
    menu = int((conversation.memory or {}).get("menu_number") or 0)
    number = 0
    for say in said:
        words = mind.words(
            say, language=say.language or language, channel=scene.channel, school=scene.known.school, menu=menu + 1
        )
        for index, text in enumerate(words.texts):
            number += 1
            urgent = say.lane is Lane.URGENT
            key = f"safety:{head.id}" if urgent and number == 1 else f"reply:{head.id}:{number}"
            if urgent and await _exists(session, scene.school_id, key):
                continue  # the look-ahead for danger was quicker (bot/core/lookout.py)
            last = index == len(words.texts) - 1
            add_outbox(
                session,
                conversation,
                key=key,
                text=text,
                now=rows.now,
                lane=say.lane,
                payload={"choices": [[c.payload, c.title] for c in words.choices]} if last and words.choices else {},
                response=say.response,
                language=words.language,
                inbox_id=head.id,
                case_id=case.id if case else None,
                repeatable=say.repeatable,
            )


async def _exists(session: AsyncSession, school_id: int, key: str) -> bool:
    found = await session.execute(select(Outbox.id).where(Outbox.school_id == school_id, Outbox.key == key))
    return found.first() is not None


def _finish(rows: Applied, outcome: Outcome, language: str) -> None:
    conversation = rows.conversation
    conversation.memory = dict(outcome.memory.data)
    conversation.language = language
    conversation.version += 1
    if any(isinstance(event, Say) for event in outcome.events):
        conversation.introduced_at = conversation.introduced_at or rows.now
    for row in rows.inbox:
        row.state = InboxState.DONE
        row.done_at = rows.now
        row.lease_token = None
        row.lease_until = None
        row.language = outcome.understood.language.language if outcome.understood else language
        row.trace = dict(outcome.trace)


async def _bind(session: AsyncSession, rows: Applied, scene: Scene) -> None:
    """A code proves the address, once; a code used meanwhile binds nobody (the turn is thought again)."""
    if scene.code is None:
        return
    code_id, guardian_id = scene.code
    used = await session.execute(
        update(BindCode)
        .where(BindCode.id == code_id, BindCode.used_at.is_(None))
        .values(used_at=rows.now)
        .returning(BindCode.id)
        .execution_options(synchronize_session=False)
    )
    if used.first() is None:
        raise LookupError("the code was used by another message meanwhile")
    await session.execute(
        update(Binding)
        .where(Binding.address_id == scene.address_id, Binding.ended_at.is_(None))
        .values(ended_at=rows.now)
        .execution_options(synchronize_session=False)
    )
    session.add(
        Binding(
            school_id=scene.school_id,
            address_id=scene.address_id,
            guardian_id=guardian_id,
            proof="code",
            bound_at=rows.now,
        )
    )


async def _attach(session: AsyncSession, rows: Applied, case: Case, *, since: int | None) -> None:
    """Her messages of this breath belong to the case, and so does what she wrote since the flow began."""
    await session.flush()
    for row in rows.inbox:
        row.case_id = case.id
    if since is not None:
        await session.execute(
            update(Inbox)
            .where(
                Inbox.conversation_id == rows.conversation.id,
                Inbox.seq >= since,
                Inbox.seq < rows.inbox[0].seq,
                Inbox.case_id.is_(None),
            )
            .values(case_id=case.id)
            .execution_options(synchronize_session=False)
        )


async def _timer(session: AsyncSession, conversation: Conversation, event: SetTimer | CancelTimer) -> None:
    await session.execute(
        update(Timer)
        .where(Timer.conversation_id == conversation.id, Timer.kind == event.kind, Timer.state == "open")
        .values(state="cancelled")
        .execution_options(synchronize_session=False)
    )
    if isinstance(event, SetTimer):
        session.add(
            Timer(
                school_id=conversation.school_id,
                conversation_id=conversation.id,
                kind=event.kind,
                payload=dict(event.payload),
                due_at=event.at,
            )
        )


def _unanswered(scene: Scene, rows: Applied, event: NotUnderstood, language: str, now: dt.datetime) -> Unanswered:
    return Unanswered(
        school_id=scene.school_id,
        language=language,
        text="\n".join(row.text for row in rows.inbox)[:500],
        offered=list(event.offered),
        chosen=event.chosen,
        at=now,
    )
