"""A small world for the core's tests: one school, one provider that does as it is told, one mind that answers plainly."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.port import Webhook
from bot.core.accounts import Accounts
from bot.core.clock import TestClock, Timing
from bot.core.conversations import add_outbox, lock
from bot.core.ingress import store
from bot.core.known import Scenes
from bot.core.lookout import Lookout
from bot.core.mind import Mind, Words
from bot.core.reconcile import Reconciler
from bot.core.release import Releaser
from bot.core.sending import Sender
from bot.core.timers import Handler, Timers
from bot.core.turns import Turns
from bot.core.worker import Worker
from bot.messages import Found, Inbound, Outbound, Status
from bot.turn.types import Alarm, Heard, Known, Memory, Outcome, PassOn, Say, School
from db.engine import Database
from db.tables import Case, Conversation, Inbox, Outbox, ProviderAccount, RotaShift, Staff, StaffRole
from db.tables import School as SchoolRow
from db.types import Author, CaseState, ChannelName, DeliveryStatus, InboundKind, Lane, OutboxState, Provider, Role
from nlu.port import SafetyLevel

T = TypeVar("T")


class PlainMind:
    """Answers "re: .." to everything; `112` is danger, `boom` raises, `..` may go on, `help me` opens a case."""

    revision = 0

    def turn(self, heard: Heard, known: Known, *, allow_wait: bool) -> Outcome:
        """Think, plainly."""
        count = int(known.memory.data.get("count", 0)) + 1
        memory = Memory({"count": count, "language": "nl"})
        if "112" in heard.text:
            return Outcome(memory, (Say("danger", {"text": "bel 112"}, lane=Lane.URGENT), Alarm(SafetyLevel.NOW)))
        if "boom" in heard.text:
            raise ValueError(heard.text)
        if heard.text.endswith("..") and allow_wait:
            return Outcome(memory, wait=True)
        events: tuple[Say | PassOn, ...] = (Say("plain", {"text": f"re: {heard.text}"}),)
        if "help me" in heard.text:
            events = (*events, PassOn("human", "administration"))
        return Outcome(memory, events)

    def scan(self, text: str) -> SafetyLevel | None:
        """`112` is danger."""
        return SafetyLevel.NOW if "112" in text else None

    def words(self, say: Say, *, language: str, channel: ChannelName, school: School, menu: int) -> Words:
        """The text itself."""
        del channel, school, menu
        return Words(texts=(str(say.values.get("text", say.response)),), choices=(), language=language)


class PlainMinds:
    """The same mind for every school."""

    def __init__(self) -> None:
        """One mind."""
        self.mind = PlainMind()

    async def of(self, school_id: int, revision: int | None = None) -> Mind:
        """The one."""
        del school_id, revision
        return self.mind

    async def warm(self) -> None:
        """Nothing to load."""


@dataclass
class Scripted:
    """A provider in memory that does what `script` says for the next sends: an error to raise, or None to take it.

    `accepted` is what it took (also where it then failed to say so: wrap the error in `AfterAccepting`).
    """

    lookup: bool = True
    script: deque[Exception | None] = field(default_factory=deque)
    accepted: list[Outbound] = field(default_factory=list)
    inbound: list[Inbound] = field(default_factory=list)

    def read(self, webhook: Webhook) -> Sequence[Inbound | Status]:
        """Not used here."""
        del webhook
        return ()

    async def send(self, message: Outbound) -> str:
        """Take it, or do as the script says."""
        planned = self.script.popleft() if self.script else None
        if isinstance(planned, AfterAccepting):
            self.accepted.append(message)
            raise planned.error
        if planned is not None:
            raise planned
        self.accepted.append(message)
        return f"SM{len(self.accepted)}"

    async def find(self, message: Outbound, since: dt.datetime) -> Sequence[Found] | None:
        """By recipient and text, as Twilio can."""
        if not self.lookup:
            return None
        return [
            Found(f"SM{n}", taken.text, DeliveryStatus.SENT, since)
            for n, taken in enumerate(self.accepted, 1)
            if (taken.external_id, taken.text) == (message.external_id, message.text)
        ]

    async def missed(self, since: dt.datetime) -> Sequence[Inbound]:
        """What `inbound` holds."""
        return [message for message in self.inbound if message.sent_at >= since]

    async def check(self) -> str:
        """Always well."""
        return "a provider in memory"

    async def close(self) -> None:
        """Nothing to close."""


class AfterAccepting(Exception):
    """The provider takes the message, and then this goes wrong."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


@dataclass
class World:
    """Everything a test needs; `worker.drain()` runs it."""

    database: Database
    clock: TestClock
    provider: Scripted
    worker: Worker
    account: ProviderAccount
    timing: Timing

    async def write(
        self, text: str, *, who: str = "+31600000001", number: str | None = None, **more: object
    ) -> int | None:
        """A parent writes; the new row's id, or None for a repeat."""
        message = Inbound(
            channel=ChannelName.WHATSAPP,
            external_id=who,
            provider_id=number or f"in{id(object())}{text[:20]}{self.clock.now():%H%M%S%f}{who}",
            kind=InboundKind.TEXT,
            sent_at=self.clock.now(),
            text=text,
            **more,  # type: ignore[arg-type]
        )
        ids = await self.database.write(lambda s: store(s, self.account, [message], now=self.clock.now()))
        return ids[0] if ids else None

    async def rows(self, table: type[T]) -> list[T]:
        """All rows of a table, by key."""
        async with self.database.read() as session:
            return list((await session.execute(select(table).order_by(table.id))).scalars())  # type: ignore[attr-defined]

    async def change(self, outbox_id: int, **values: object) -> None:
        """Set an outbox row's columns, as a test's preparation."""

        async def work(session: AsyncSession) -> None:
            row = await session.get_one(Outbox, outbox_id)
            for name, value in values.items():
                setattr(row, name, value)

        await self.database.write(work)

    async def staff_answers(self, *, repeatable: bool) -> None:
        """A parent asks for help, and a person at school answers in the case that this opens."""
        await self.write("help me")
        await self.worker.drain()
        case = (await self.rows(Case))[0]

        async def work(session: AsyncSession) -> None:
            add_outbox(
                session,
                await lock(session, case.conversation_id),
                key="case:1",
                text="from a person",
                now=self.clock.now(),
                author=Author.STAFF,
                case_id=case.id,
                staff_id=case.assignee_id,
                repeatable=repeatable,
            )
            (await session.get_one(Case, case.id)).state = CaseState.WAITING

        await self.database.write(work)

    def texts(self) -> list[str]:
        """What the provider took, in order."""
        return [message.text for message in self.provider.accepted]

    async def states(self) -> list[OutboxState]:
        """The outbox's states, by key."""
        return [row.state for row in await self.rows(Outbox)]


async def make_world(
    database: Database,
    clock: TestClock,
    *,
    timing: Timing | None = None,
    handlers: dict[str, Handler] | None = None,
    rota: bool = False,
) -> World:
    """One school with an administrator, one account, one worker."""
    provider, timing = Scripted(), timing or Timing()

    async def fill(session: AsyncSession) -> ProviderAccount:
        school = SchoolRow(name="Voorbeeldcollege")
        session.add(school)
        await session.flush()
        staff = Staff(
            school_id=school.id, title="mevrouw", given_name="Ans", family_name="Bos", email="ans@example.org"
        )
        account = ProviderAccount(
            school_id=school.id, provider=Provider.TWILIO, external_id="AC1", whatsapp_from="+31850000000"
        )
        session.add_all([staff, account])
        await session.flush()
        session.add(StaffRole(school_id=school.id, staff_id=staff.id, role=Role.ADMINISTRATION))
        if rota:
            from db.tables import Address

            session.add(RotaShift(school_id=school.id, staff_id=staff.id))
            address = Address(
                school_id=school.id, channel=ChannelName.SMS, external_id="+31611111111", staff_id=staff.id
            )
            session.add(address)
            await session.flush()
            session.add(Conversation(school_id=school.id, address_id=address.id, account_id=account.id))
        return account

    account = await database.write(fill)
    accounts = Accounts(database, lambda _account: provider)
    minds, scenes = PlainMinds(), Scenes("secret")
    worker = Worker(
        database=database,
        accounts=accounts,
        clock=clock,
        timing=timing,
        turns=Turns(database, minds, scenes, clock, timing),
        lookout=Lookout(database, minds, scenes, clock),
        sender=Sender(database, accounts, clock, timing),
        reconciler=Reconciler(database, accounts, clock, timing),
        releaser=Releaser(database, clock),
        timers=Timers(database, clock, timing, handlers or {}),
    )
    return World(database, clock, provider, worker, account, timing)


async def inbox(world: World) -> list[Inbox]:
    """The inbox, by key."""
    return await world.rows(Inbox)
