"""The one place that commits what a turn says happened: words, cases, timers, memory, all in the caller's transaction."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.port import ABILITIES
from bot.core.alarms import raise_alarm
from bot.core.cases import add_to_case, open_case
from bot.core.conversations import add_outbox, start_afresh
from bot.core.known import Scene
from bot.core.mind import Mind, Words
from bot.core.unanswered import note_choice, too_private, unanswered
from bot.people.doubting import proven_again
from bot.people.introduced import mark_introduced
from bot.turn.bound import INTRODUCED
from bot.turn.memory import afterwards, conversation_language, in_flow, writer_of
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
    Withdraw,
)
from db.engine import ring
from db.queries.school import renew
from db.tables import Address, BindCode, Binding, Case, Conversation, Inbox, Outbox, Timer
from db.types import InboxState, Lane, OutboxState


@dataclass(frozen=True, slots=True)
class Applied:
    """The rows a commit works on, all locked: the conversation, those of the rota, and the messages of the breath."""

    conversation: Conversation
    warned: tuple[Conversation, ...]
    inbox: tuple[Inbox, ...]
    now: dt.datetime


async def apply(  # noqa: C901 - one case for each kind of event
    session: AsyncSession, rows: Applied, scene: Scene, mind: Mind, outcome: Outcome
) -> None:
    """Do all of it, or (by an error) nothing."""
    conversation, now = rows.conversation, rows.now
    if not any(isinstance(event, Silence) for event in outcome.events):  # a machine's code is not used up
        await _bind(session, rows, scene)
    scene = scene.by(writer_of(outcome.memory, now))
    language = conversation_language(outcome.memory) or scene.language
    flowing = in_flow(outcome.memory)
    if flowing and conversation.flow_since is None:
        conversation.flow_since = rows.inbox[0].seq
        conversation.flow_revision, conversation.flow_began_at = mind.revision, now
    case: Case | None = None
    said: list[Say] = []
    left = False
    for event in outcome.events:
        match event:
            case Say():
                said.append(event)
            case PassOn():
                case = await open_case(session, scene, conversation, event, now=now)
                await _attach(session, rows, case, since=conversation.flow_since, written=event.since)
            case AddToCase():
                case = await add_to_case(session, scene, event.case_id, now=now)
                await _attach(session, rows, case)
            case Alarm():
                await raise_alarm(session, rows.warned, rows.inbox[0].id, now=now)
            case SetTimer() | CancelTimer():
                await _timer(session, conversation, event)
            case OptOut():
                await _opt_out(session, conversation, event, now)
            case Silence() | Withdraw():
                left = await _end(session, conversation, scene, event, now)
            case NotUnderstood():
                await _unanswered(session, scene, rows, event, outcome)
    await _say(session, rows, scene, mind, said, outcome, language, case)
    _finish(rows, outcome, language, left=left)
    if not flowing:
        conversation.flow_since = conversation.flow_revision = conversation.flow_began_at = None
    ring(session, "outbox", "case")


async def _say(
    session: AsyncSession,
    rows: Applied,
    scene: Scene,
    mind: Mind,
    said: list[Say],
    outcome: Outcome,
    language: str,
    case: Case | None,
) -> None:
    """Put what was said into the outbox; what belongs together goes as one message."""
    head, number = rows.inbox[0], 0
    menu = int(outcome.memory.data.get("menu_number") or 0)
    messages: list[tuple[Say, Words]] = []
    for say in said:
        words = mind.words(
            say, language=say.language or language, channel=scene.channel, school=scene.known.school, menu=menu
        )
        before = messages[-1] if messages else None
        if before is not None and (joined := _join(before[0], before[1], say, words, scene)):
            messages[-1] = (say, joined)
        else:
            messages.append((say, words))
    for say, words in messages:
        for index, text in enumerate(words.texts):
            number += 1
            urgent = say.lane is Lane.URGENT
            key = f"safety:{head.id}" if urgent and number == 1 else f"reply:{head.id}:{number}"
            if urgent and await _exists(session, scene.school_id, key):
                continue  # the look-out for danger was quicker (bot/core/lookout.py)
            last = index == len(words.texts) - 1
            add_outbox(
                session,
                rows.conversation,
                key=key,
                text=text,
                now=rows.now,
                lane=say.lane,
                payload=words.payload if last else {},
                response=say.response,
                language=words.language,
                inbox_id=head.id,
                case_id=case.id if case else None,
                repeatable=say.repeatable,
            )


def _join(one: Say, words: Words, other: Say, following: Words, scene: Scene) -> Words | None:
    """One message of two, where they go the same way and the first asks nothing; else None."""
    offers = one.language is not None and other.language is not None
    if (one.lane, one.repeatable) != (other.lane, other.repeatable):
        return None
    if words.language != following.language and not offers:
        return None
    if one.options or words.choices or len(words.texts) != 1 or len(following.texts) != 1:
        return None
    text = f"{words.texts[0]}\n\n{following.texts[0]}"
    if not ABILITIES[scene.channel].holds(text, len(following.choices)):
        return None
    return replace(following, texts=(text,))


async def _exists(session: AsyncSession, school_id: int, key: str) -> bool:
    found = await session.execute(select(Outbox.id).where(Outbox.school_id == school_id, Outbox.key == key))
    return found.first() is not None


def _finish(rows: Applied, outcome: Outcome, language: str, *, left: bool) -> None:
    conversation = rows.conversation
    memory = outcome.memory
    if left:  # whoever is there now is another
        memory = afterwards(memory, asked=any(isinstance(event, Say) and event.options for event in outcome.events))
    conversation.memory = dict(memory.data)
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
    again = await _proven_again(session, rows, scene) if scene.doubted else False
    if scene.number is not None and not again:
        session.add(
            Binding(
                school_id=scene.school_id,
                address_id=scene.address_id,
                guardian_id=scene.number,
                proof="known_number",
                bound_at=rows.now,
            )
        )
    if scene.code is None:
        return
    code_id, guardian_id = scene.code
    used = await session.execute(
        update(BindCode)
        .where(BindCode.id == code_id, BindCode.used_at.is_(None))
        .values(used_at=rows.now)
        .returning(BindCode.guardian_id)
        .execution_options(synchronize_session=False)
    )
    if used.scalar() != guardian_id:  # or she was found to be another guardian
        raise LookupError("the code was used by another message meanwhile")
    if scene.changes_hands:
        await start_afresh(session, rows.conversation)
    await session.execute(
        update(Binding)
        .where(
            Binding.address_id == scene.address_id,
            Binding.ended_at.is_(None),
            *((Binding.guardian_id == guardian_id,) if scene.joins or guardian_id in scene.sharers else ()),
        )
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
    introduced = [child.pupil_id for child in scene.children if child.mentor_ids]
    if len(introduced) <= INTRODUCED:
        await mark_introduced(session, scene.school_id, guardian_id, introduced, rows.now)


async def _proven_again(session: AsyncSession, rows: Applied, scene: Scene) -> bool:
    """She who was in doubt here is not any more; a code of somebody else's ends what was hers, and nothing of it leaves."""
    proven = scene.number or (scene.code[1] if scene.code else None)
    if proven is None:
        return False
    if await proven_again(session, rows.conversation, proven, now=rows.now):
        return True
    if scene.code is not None:
        await start_afresh(session, rows.conversation)
    return False


async def _attach(
    session: AsyncSession, rows: Applied, case: Case, *, since: int | None = None, written: dt.datetime | None = None
) -> None:
    """Her messages of this breath belong to the case; so do those since the flow began, or since the turn says."""
    await session.flush()
    for row in rows.inbox:
        row.case_id = case.id
    await session.flush()
    earlier = []
    if since is not None:
        earlier.append(Inbox.seq >= since)
    if written is not None:
        earlier.append(Inbox.sent_at >= written)
    if earlier:
        await session.execute(
            update(Inbox)
            .where(
                Inbox.conversation_id == rows.conversation.id,
                or_(*earlier),
                Inbox.seq < rows.inbox[0].seq,
                Inbox.case_id.is_(None),
            )
            .values(case_id=case.id)
            .execution_options(synchronize_session=False)
        )
    # What the line asked stands beside her answers: a bare "1" says nothing without its question.
    await session.execute(
        update(Outbox)
        .where(
            Outbox.conversation_id == rows.conversation.id,
            Outbox.case_id.is_(None),
            Outbox.inbox_id.in_(select(Inbox.id).where(Inbox.case_id == case.id)),
        )
        .values(case_id=case.id)
        .execution_options(synchronize_session=False)
    )


async def _opt_out(session: AsyncSession, conversation: Conversation, event: OptOut, now: dt.datetime) -> None:
    """From now on nothing that the school begins itself: what of that has not left yet never does."""
    conversation.opted_out_at = now if event.stopped else None
    address = await session.get_one(Address, conversation.address_id)
    if address.staff_id is not None:
        await renew(session, address.school_id)
    if event.stopped:
        await session.execute(
            update(Outbox)
            .where(
                Outbox.conversation_id == conversation.id,
                Outbox.lane == Lane.PROACTIVE,
                Outbox.state.in_((OutboxState.WAITING, OutboxState.QUEUED)),
            )
            .values(state=OutboxState.CANCELLED, wait_reason=None)
            .execution_options(synchronize_session=False)
        )


async def _end(
    session: AsyncSession, conversation: Conversation, scene: Scene, event: Silence | Withdraw, now: dt.datetime
) -> bool:
    """For a while, against machines; or for good, of hers: what others have on the same phone stays. Whether anybody left.

    Whoever holds the phone may take it away: where it is none of those who share it, all of them end. What still waits to
    leave there is then held for a person.
    """
    if isinstance(event, Silence):
        conversation.silenced_until = event.until
        return False
    hers = () if scene.guardian_id is None else (Binding.guardian_id == scene.guardian_id,)
    ended = await session.execute(
        update(Binding)
        .where(
            Binding.school_id == scene.school_id,
            Binding.address_id == scene.address_id,
            Binding.ended_at.is_(None),
            *hers,
        )
        .values(ended_at=now)
        .returning(Binding.id)
        .execution_options(synchronize_session=False)
    )
    if not ended.all():
        return False
    await start_afresh(session, conversation, gone=scene.guardian_id)
    return True


async def _timer(session: AsyncSession, conversation: Conversation, event: SetTimer | CancelTimer) -> None:
    await session.execute(
        update(Timer)
        .where(Timer.conversation_id == conversation.id, Timer.kind == event.kind, Timer.state == "open")
        .values(state="cancelled")
        .execution_options(synchronize_session=False)
    )
    if isinstance(event, SetTimer):
        ring(session, "timer")
        session.add(
            Timer(
                school_id=conversation.school_id,
                conversation_id=conversation.id,
                kind=event.kind,
                payload=dict(event.payload),
                due_at=event.at,
            )
        )


async def _unanswered(
    session: AsyncSession, scene: Scene, rows: Applied, event: NotUnderstood, outcome: Outcome
) -> None:
    if event.chosen is not None:
        await note_choice(session, scene.school_id, event.at, event.chosen)
    elif not await too_private(session, scene, rows.conversation.id, rows.inbox, outcome):
        session.add(unanswered(scene, rows.inbox, event, outcome))
