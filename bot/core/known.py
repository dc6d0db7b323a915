"""Everything a turn may know, read in one go before it thinks; and what its commit needs beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.quoting import quoted
from bot.core.school_facts import about, known_school, with_mentors
from bot.people.availability import on_rota
from bot.people.proving import Proof, prove
from bot.people.routing import choose
from bot.turn.memory import conversation_language, writer_of
from bot.turn.names import only_named
from bot.turn.types import Child, Guardian, Heard, HumanCase, Known, Memory, Mentor, ProvenBy, School, Sharer
from db.queries.door import BoundGuardian, ChildFacts, children_of_each, guardians_of_addresses
from db.queries.school import Colleague, SchoolView, school_version, school_view
from db.tables import Address, Case, Conversation, Inbox, Outbox
from db.tables import School as SchoolRow
from db.types import Author, CaseState, ChannelName, OutboxState, Role

HUMAN_WORD = dt.timedelta(hours=72)
"""So long after a person's word her next message belongs to that person's case."""
FLOW_KEEPS = dt.timedelta(days=1)
MACHINE_WINDOW = dt.timedelta(minutes=10)
IDENTICAL = 6


# Questions that each turn asks are put together once: that costs more than asking them (docs/benchmarks.md).
_ANSWERS = (
    select(func.count())
    .select_from(Outbox)
    .where(
        Outbox.conversation_id == Conversation.id,
        Outbox.author == Author.BOT,
        Outbox.created_at > bindparam("since"),
        Outbox.state != OutboxState.CANCELLED,
    )
    .correlate(Conversation)
    .scalar_subquery()
)
_WHO = (
    select(Conversation, Address, SchoolRow.version, SchoolRow.content_revision, _ANSWERS.label("answers"))
    .join(Address, Address.id == Conversation.address_id)
    .join(SchoolRow, SchoolRow.id == Conversation.school_id)
    .where(Conversation.id.in_(bindparam("ids", expanding=True)))
    .execution_options(populate_existing=True)
)
_BEFORE = (
    select(Inbox.text)
    .where(
        Inbox.conversation_id == bindparam("conversation_id"),
        Inbox.id != bindparam("inbox_id"),
        Inbox.received_at > bindparam("since"),
        Inbox.state != "open",
    )
    .order_by(Inbox.seq.desc())
    .limit(IDENTICAL)
)


@dataclass(frozen=True, slots=True)
class Scene:
    """What was read: for the turn (`known`) and for the commit after it."""

    known: Known
    version: int
    revision: int
    """The content revision to think with: the published one, or (`keeps_revision`) the one that the flow began with."""
    keeps_revision: bool
    school_id: int
    address_id: int
    channel: ChannelName
    language: str
    view: SchoolView
    children: tuple[ChildFacts, ...]
    guardian_id: int | None
    code: tuple[int, int] | None
    """A bind code that this message proves: (code's id, guardian's id)."""
    number: int | None
    """The guardian whom this message proves by a number that the school's records give her."""
    changes_hands: bool
    """That code is another guardian's than the one bound before."""
    doubted: bool
    """Somebody is bound here who has to prove it again."""
    joins: bool
    """That code is of a second guardian on the same phone: the first stays."""
    invented: bool
    sharers: Mapping[int, tuple[ChildFacts, ...]] = field(default_factory=dict)
    """The children of each, where several guardians share this phone."""

    def by(self, writer: int | None) -> Scene:
        """The same for the one of several who turned out to write."""
        if not self.sharers:
            return self
        children = self.sharers.get(writer or 0, ())
        return replace(self, guardian_id=writer if writer in self.sharers else None, children=children)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a scene is wanted for: a message, as it is heard."""

    conversation_id: int
    inbox_id: int
    heard: Heard


@dataclass(frozen=True, slots=True)
class _Draft:
    """A scene of which the children are still to be read."""

    asked: Asked
    conversation: Conversation
    address: Address
    view: SchoolView
    live: tuple[BoundGuardian, ...]
    """Who is bound to the address; after a code that changes hands only its guardian."""
    proof: Proof
    answers: int
    doubted: bool
    """Somebody is bound there who has to prove it again."""

    def today(self, now: dt.datetime) -> dt.date:
        """The day at school."""
        return now.astimezone(ZoneInfo(self.view.timezone)).date()


class Scenes:
    """Reads scenes; keeps each school's view until its version changes."""

    def __init__(self, secret: str) -> None:
        """`secret` keys the hashes of bind codes."""
        self._secret = secret
        self._views: dict[int, SchoolView] = {}
        self._schools: dict[int, tuple[SchoolView, dt.datetime, dict[tuple[str, ...], School]]] = {}

    async def view(self, session: AsyncSession, school_id: int) -> SchoolView:
        """The school's view, read again only if it changed."""
        return await self._view(session, school_id, *await school_version(session, school_id))

    async def _view(self, session: AsyncSession, school_id: int, version: int, revision: int) -> SchoolView:
        view = self._views.get(school_id)
        if view is None or view.version != version or view.content_revision != revision:
            view = self._views[school_id] = await school_view(session, school_id)
        return view

    def _school(self, view: SchoolView, children: tuple[ChildFacts, ...], now: dt.datetime, text: str) -> School:
        """`known_school`; what depends on no more than the classes of the children that the text names is kept for a minute."""
        minute = now.replace(second=0, microsecond=0)
        kept = self._schools.get(view.school_id)
        if kept is None or kept[0] is not view or kept[1] != minute:
            kept = self._schools[view.school_id] = (view, minute, {(): known_school(view, (), now)})
        by_classes = kept[2]
        classes = tuple(dict.fromkeys(child.class_name for child in spoken_of(children, text)))
        if classes not in by_classes:
            by_classes[classes] = about(by_classes[()], view, classes, now)
        return with_mentors(by_classes[classes], view, children, now) if children else by_classes[()]

    async def load(
        self, session: AsyncSession, conversation_id: int, inbox_id: int, heard: Heard, *, now: dt.datetime
    ) -> Scene:
        """Read all that a turn on this conversation may know at this moment."""
        return (await self.load_all(session, [Asked(conversation_id, inbox_id, heard)], now=now))[0]

    async def load_all(self, session: AsyncSession, asked: Sequence[Asked], *, now: dt.datetime) -> list[Scene]:
        """The same for several conversations, with as many questions as for one."""
        who = {"ids": [each.conversation_id for each in asked], "since": now - MACHINE_WINDOW}
        found = {row[0].id: row for row in await session.execute(_WHO, who)}
        addresses = {row[1].id: row[1].school_id for row in found.values()}
        bound = await guardians_of_addresses(session, addresses)
        drafts: list[_Draft] = []
        for each in asked:
            conversation, address, version, revision, answers = found[each.conversation_id]
            view = await self._view(session, conversation.school_id, version, revision)
            here = bound.get(address.id, ())
            live = tuple(each for each in here if not each.doubted)
            proof = await prove(
                session,
                address,
                conversation,
                live,
                _writer(live, conversation, now),
                each.inbox_id,
                each.heard.text,
                doubted=tuple(each for each in here if each.doubted),
                secret=self._secret,
                now=now,
                today=now.astimezone(ZoneInfo(view.timezone)).date(),
            )
            doubted = len(here) > len(live)
            drafts.append(_Draft(each, conversation, address, view, _after(live, proof), proof, answers or 0, doubted))
        proven = {
            person.guardian_id: (draft.view.school_id, draft.today(now)) for draft in drafts for person in draft.live
        }
        children = await children_of_each(session, proven)
        return [await self._scene(session, draft, children, now) for draft in drafts]

    async def _scene(
        self, session: AsyncSession, draft: _Draft, all_children: Mapping[int, tuple[ChildFacts, ...]], now: dt.datetime
    ) -> Scene:
        conversation, address, view, proof = draft.conversation, draft.address, draft.view, draft.proof
        heard, guardian, changes, today = draft.asked.heard, proof.guardian, proof.changes_hands, draft.today(now)
        children = all_children[guardian.guardian_id] if guardian else ()
        # A machine that writes the same again and again has been answered before.
        identical = await _identical(session, conversation, draft.asked.inbox_id, heard, now) if draft.answers else 0
        memory = Memory({} if changes else conversation.memory)
        sharers = {each.guardian_id: all_children[each.guardian_id] for each in draft.live if len(draft.live) > 1}
        seen = children or tuple({c.pupil_id: c for theirs in sharers.values() for c in theirs}.values())
        kept = _flow_revision(conversation, now)
        known = Known(
            now=now,
            channel=address.channel,
            memory=memory,
            school=self._school(view, seen, now, heard.text),
            guardian=Guardian(guardian.guardian_id, guardian.name, guardian.language) if guardian else None,
            children=tuple(as_child(view, child, today) for child in children),
            sharers=tuple(
                Sharer(
                    Guardian(each.guardian_id, each.name, each.language),
                    each.given_name or each.name,
                    tuple(as_child(view, child, today) for child in sharers[each.guardian_id]),
                )
                for each in draft.live
                if sharers
            ),
            case=None if changes else await _human_case(session, conversation, view, now),
            quoted=None if changes or draft.doubted else await quoted(session, conversation, view, heard),
            first_contact=changes or conversation.introduced_at is None,
            opted_out=conversation.opted_out_at is not None,
            bind_child=_names(children) if proof.good or proof.number else None,
            bound_by=ProvenBy.NUMBER if proof.number else ProvenBy.CODE if proof.code else ProvenBy.AGAIN,
            code_unknown=proof.good is False,
            code_slip=proof.slip,
            code_closed=proof.closed,
            silenced=conversation.silenced_until is not None and conversation.silenced_until > now,
            recent_answers=draft.answers,
            identical=identical,
        )
        return Scene(
            known=known,
            version=conversation.version,
            revision=view.content_revision if kept is None else kept,
            keeps_revision=kept is not None,
            school_id=conversation.school_id,
            address_id=address.id,
            channel=address.channel,
            language=conversation_language(memory) or (guardian.language if guardian else None) or "nl",
            view=view,
            children=children,
            guardian_id=guardian.guardian_id if guardian else None,
            code=proof.code,
            number=proof.number,
            changes_hands=changes,
            doubted=draft.doubted,
            joins=proof.joins,
            sharers=sharers,
            invented=address.invented,
        )


def _writer(live: Sequence[BoundGuardian], conversation: Conversation, now: dt.datetime) -> BoundGuardian | None:
    """The one of them who writes: the only one, or whoever said so within a day."""
    if len(live) < 2:  # noqa: PLR2004 - several
        return live[0] if live else None
    writer = writer_of(Memory(conversation.memory), now)
    return next((each for each in live if each.guardian_id == writer), None)


def _after(live: tuple[BoundGuardian, ...], proof: Proof) -> tuple[BoundGuardian, ...]:
    """Who is bound, now that this message proves what it does."""
    if proof.guardian is None or proof.guardian.guardian_id in {each.guardian_id for each in live}:
        return live
    return (*live, proof.guardian) if proof.joins else (proof.guardian,)


def _flow_revision(conversation: Conversation, now: dt.datetime) -> int | None:
    began = conversation.flow_began_at
    return conversation.flow_revision if began is not None and began > now - FLOW_KEEPS else None


def as_child(view: SchoolView, child: ChildFacts, today: dt.date) -> Child:
    """A pupil as a turn knows it, with today's mentors."""
    return Child(
        pupil_id=child.pupil_id,
        given_name=child.given_name,
        family_name=child.family_name,
        class_name=child.class_name,
        rights=child.rights,
        mentors=tuple(_mentor(view, view.staff[i], today) for i in child.mentor_ids if i in view.staff),
    )


def _mentor(view: SchoolView, person: Colleague, today: dt.date) -> Mentor:
    """With who stands in, while she is away: the same person to whom a case would go."""
    female = {"mevrouw": True, "meneer": False}.get(person.title)
    mentor = Mentor(person.staff_id, person.name, person.say_as, female, tuple(sorted(person.weekdays)))
    absence = next((each for each in person.absences if each[0] <= today <= each[1]), None)
    if absence is None:
        return mentor
    chosen = choose(view, Role.MENTOR, (person.staff_id,), today)
    stand_in = chosen.person.name if chosen.person and chosen.why == "stands_in" else None
    return replace(mentor, away_until=absence[1], stand_in=stand_in)


def _names(children: tuple[ChildFacts, ...]) -> str:
    return ", ".join(child.given_name for child in children)


def spoken_of(children: Sequence[ChildFacts], text: str) -> Sequence[ChildFacts]:
    """The one child whose given name is in a text; else all."""
    named = only_named(children, text)
    return children if named is None else (named,)


async def _identical(
    session: AsyncSession, conversation: Conversation, inbox_id: int, heard: Heard, now: dt.datetime
) -> int:
    """How often this very text came before, in a row (law 3)."""
    if not heard.text.strip():
        return 0
    here = {"conversation_id": conversation.id, "since": now - MACHINE_WINDOW, "inbox_id": inbox_id}
    before = (await session.execute(_BEFORE, here)).scalars().all()
    return next((count for count, text in enumerate(before) if text != heard.text), len(before))


async def _human_case(
    session: AsyncSession, conversation: Conversation, view: SchoolView, now: dt.datetime
) -> HumanCase | None:
    if conversation.human_at is None or conversation.human_case_id is None or conversation.human_at < now - HUMAN_WORD:
        return None
    case = await session.get(Case, conversation.human_case_id)
    if case is None or case.state is CaseState.CLOSED:
        return None
    person = view.staff.get(case.assignee_id or 0)
    return HumanCase(
        case.id, case.topic, person.name if person else view.name, conversation.human_at, guardian_id=case.guardian_id
    )


async def alarm_conversations(session: AsyncSession, view: SchoolView, now: dt.datetime) -> tuple[int, ...]:
    """The conversations of those on the rota: they must be locked with this one, in sorted order."""
    people = [person.staff_id for person in on_rota(view, now)]
    if not people:
        return ()
    rows = await session.execute(
        select(Conversation.id)
        .join(Address, Address.id == Conversation.address_id)
        .where(Address.school_id == view.school_id, Address.staff_id.in_(people), Address.dead_reason == "")
        .where(Address.channel == ChannelName.SMS)  # a colleague's mail and Telegram are for what can wait
        .where(Conversation.blocked_at.is_(None))
        .order_by(Conversation.id)
    )
    return tuple(rows.scalars())
