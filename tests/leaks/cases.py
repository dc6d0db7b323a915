"""The cases of a school by chance: several on one phone, confidential ones, of nobody, of who left, quotes across them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from bot.turn.topics import TOPICS
from db.tables import Address, Case, CaseEvent, CaseNote, Conversation, Inbox, Media, Outbox
from db.types import (
    Author,
    CaseState,
    ChannelName,
    InboundKind,
    InboxState,
    Lane,
    MediaState,
    OutboxState,
    Role,
)
from tests.leaks.people import ACase, AGuardian
from tests.leaks.rights import mentors_of
from tests.leaks.school import TOPIC_NAMES, Builder

STATES = (CaseState.OPEN, CaseState.OPEN, CaseState.OPEN, CaseState.WAITING, CaseState.CLOSED)
LETTERS = "CONTENT-OF-A-FILE "


async def add_cases(builder: Builder, count: int) -> None:
    """So many, over the phones of the school; and strangers' among them."""
    conversations: dict[str, Conversation] = {}
    for number in range(count):
        stranger = number % 6 == 5
        guardian = None if stranger else builder.chance.choice(builder.school.guardians)
        key = builder.marks.mobile() if guardian is None else guardian.numbers[0]
        if key not in conversations:
            conversations[key] = await _conversation(builder, key)
        await _case(builder, conversations[key], guardian, number)


async def _conversation(builder: Builder, number: str) -> Conversation:
    session = builder.session
    address = await session.scalar(select(Address).where(Address.external_id == number))
    if address is None:
        address = Address(**builder.here, channel=ChannelName.WHATSAPP, external_id=number)
        session.add(address)
        await session.flush()
    conversation = Conversation(
        **builder.here,
        address_id=address.id,
        account_id=builder.account_id,
        language=builder.chance.choice(("tr", "ar", "nl", "pl")),
        window_until=builder.now + dt.timedelta(hours=20),
        memory={"said": builder.marks.word()},
    )
    session.add(conversation)
    await session.flush()
    return conversation


def _child(builder: Builder, guardian: AGuardian | None) -> int | None:
    if guardian is None or builder.chance.random() < 0.2:
        return None
    return builder.chance.choice(sorted(guardian.children))


async def _case(builder: Builder, conversation: Conversation, guardian: AGuardian | None, number: int) -> None:
    session, chance, marks, school = builder.session, builder.chance, builder.marks, builder.school
    name = chance.choice(TOPIC_NAMES)
    topic, pupil_id, word = TOPICS[name], _child(builder, guardian), marks.word()
    role = topic.role if pupil_id else topic.without_child if topic.role is Role.MENTOR else topic.role
    group = next((c for c in school.classes if (p := school.pupil(pupil_id)) and p.class_id == c.class_id), None)
    instead = marks.word()
    case = Case(
        **builder.here,
        conversation_id=conversation.id,
        topic=name,
        sensitivity=topic.sensitivity,
        guardian_id=guardian.guardian_id if guardian else None,
        pupil_id=pupil_id,
        role=role,
        assignee_id=_assignee(builder, role, pupil_id),
        why={"why": "role", "role": role.value, "class": group.name if group else "", "by": instead},
        summary={"message": word, "child_text": (child_text := marks.word())},
        reason="asked",
        verified=guardian is not None,
        state=chance.choice(STATES),
        opened_at=builder.now - dt.timedelta(days=number),
        waiting_since=builder.now if chance.random() < 0.7 else None,
        promise_at=builder.now + dt.timedelta(hours=number),
        closed_at=builder.now,
    )
    session.add(case)
    await session.flush()
    plain = ACase(
        case.id, conversation.id, case.guardian_id, pupil_id, case.sensitivity, role, case.assignee_id, case.state,
        name, case.verified, [word, child_text, instead],
    )  # fmt: skip
    school.cases.append(plain)
    for _ in range(2):
        await _hers(builder, conversation, plain)
    await _ours(builder, conversation, plain)
    note, event = marks.word(), marks.word()
    someone = school.staff[0].staff_id
    session.add(CaseNote(**builder.here, case_id=case.id, staff_id=someone, text=note, at=builder.now))
    session.add(
        CaseEvent(
            **builder.here, case_id=case.id, kind="handed_over", staff_id=someone, to_id=someone, note=event,
            at=builder.now,
        )
    )  # fmt: skip
    plain.words += [note, event]


def _assignee(builder: Builder, role: Role, pupil_id: int | None) -> int | None:
    """Whoever has the role or the class; now and then a substitute, or nobody."""
    if builder.chance.random() < 0.25:
        return None
    if builder.chance.random() < 0.2:
        return next(person.staff_id for person in builder.school.staff if person.kind == "substitute")
    if role is Role.MENTOR:
        mentors = mentors_of(builder.school, builder.school.pupil(pupil_id))
        return builder.chance.choice(sorted(mentors)) if mentors else None
    held = [person.staff_id for person in builder.school.staff if role in person.roles and not person.left]
    return held[0] if held else None


async def _hers(builder: Builder, conversation: Conversation, case: ACase) -> None:
    """A message, which may quote one of another case on the same phone; every third with a file."""
    session, marks = builder.session, builder.marks
    word, trace = marks.word(), marks.word()
    others = await session.scalars(select(Inbox.provider_id).where(Inbox.conversation_id == conversation.id))
    quoted = [number for number in others if number]
    row = Inbox(
        **builder.here,
        conversation_id=conversation.id,
        account_id=builder.account_id,
        seq=_next(conversation),
        provider_id=f"in-{conversation.id}-{conversation.last_seq}",
        kind=InboundKind.TEXT,
        text=word,
        payload={"quoted": builder.chance.choice(quoted)} if quoted else {},
        sent_at=builder.now,
        received_at=builder.now,
        not_before=builder.now,
        state=InboxState.DONE,
        case_id=case.case_id,
        language="tr",
        trace={"intent": "contact_mentor", "slots": {"message": trace}},
    )
    session.add(row)
    await session.flush()
    case.words += [word, trace]
    if builder.chance.random() < 0.3:
        file = marks.word()
        media = Media(
            **builder.here,
            inbox_id=row.id,
            position=0,
            content_type="application/pdf",
            data=(LETTERS + file).encode(),
            state=MediaState.KEPT,
            not_before=builder.now,
        )
        session.add(media)
        await session.flush()
        case.words.append(file)
        case.media.append(media.id)


async def _ours(builder: Builder, conversation: Conversation, case: ACase) -> None:
    session, marks = builder.session, builder.marks
    read, written = marks.word(), marks.word()
    session.add(
        Outbox(
            **builder.here,
            conversation_id=conversation.id,
            seq=_next(conversation),
            key=f"case:{case.case_id}",
            lane=Lane.REPLY,
            state=OutboxState.SENT,
            not_before=builder.now,
            text=read,
            author=Author.STAFF,
            staff_id=builder.school.staff[0].staff_id,
            staff_text=written,
            case_id=case.case_id,
            created_at=builder.now,
            language="tr",
        )
    )
    case.words += [read, written]


def _next(conversation: Conversation) -> int:
    conversation.last_seq = (conversation.last_seq or 0) + 1
    return conversation.last_seq
