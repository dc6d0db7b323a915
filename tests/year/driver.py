"""The year as it happens: parents write, colleagues answer or are silent, fall ill, leave; the clock goes from one to the next."""

from __future__ import annotations

import datetime as dt
import heapq
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.accounts import Accounts
from bot.core.clock import TestClock, Timing
from bot.core.ingress import store
from bot.core.known import Scenes
from bot.core.release import Releaser
from bot.core.sending import Sender
from bot.core.turns import Turns
from bot.errors import Refusal
from bot.messages import Inbound
from bot.staff import duties, handling, team
from bot.staff.knocking import Knock
from bot.staff.promises import Promises
from bot.staff.replies import Letter, reply
from bot.staff.settings import change
from bot.staff.windows import Windows
from db.engine import Database
from db.queries.school import renew
from db.queries.staff import Me
from db.tables import Case, CaseEvent, Outbox, Staff
from db.types import Author, CaseState, ChannelName, InboundKind, OutboxState, Role
from tests.year.laws import Broken, Judge
from tests.year.line import TOPICS, Provider, YearMinds
from tests.year.naive import DAY, OPENS, local, minute, moment, number
from tests.year.school import Place, closing, found
from tests.year.term import FIRST, LAST, plan

KNOCK = Knock("HX1", {}, "knock", "nl")
PATIENCE = 4 * DAY
"""So long after the last event an answer may wait for its window."""


@dataclass
class Figures:
    """What a year came to."""

    messages: int = 0
    replies: int = 0
    knocks: int = 0
    moments: int = 0


@dataclass
class Year:
    """One school year, from the first day to the last."""

    database: Database
    place: Place
    clock: TestClock
    dice: random.Random
    provider: Provider
    judge: Judge
    figures: Figures = field(default_factory=Figures)
    events: list[tuple[int, int, str, tuple[Any, ...]]] = field(default_factory=list)
    order: Any = field(default_factory=count)
    known: dict[int, int] = field(default_factory=dict)
    """Who has which case, as far as somebody has reacted to it."""
    last_event: int = 0
    taken: int = 0
    happened: bool = False
    wrote: bool = False

    def __post_init__(self) -> None:
        """The parts of the worker that a year needs."""
        timing, minds, scenes = Timing(breath=0), YearMinds(), Scenes("secret")
        accounts = Accounts(self.database, lambda _account: self.provider)
        self.turns = Turns(self.database, minds, scenes, self.clock, timing)
        self.sender = Sender(self.database, accounts, self.clock, timing)
        self.promises = Promises(self.database, minds, scenes, self.clock)
        self.releaser = Releaser(self.database, self.clock)
        self.windows = Windows(self.database, minds, scenes, self.clock)

    @property
    def now(self) -> int:
        """This minute."""
        return minute(self.clock.now())

    def at(self, when: int, kind: str, *what: Any) -> None:
        """Something will happen."""
        heapq.heappush(self.events, (max(when, self.now), next(self.order), kind, what))

    async def run(self, messages: int, *, absences: int = 2) -> None:
        """All of it. Raises Broken at the first moment at which a law does not hold."""
        plan(self, messages, absences)
        end = number(LAST) * DAY + PATIENCE
        while True:
            times = [self.events[0][0]] if self.events else []
            due = self.judge.next_due(self.now)
            look = await self.next_look()
            times += [at for at in (due, look) if at is not None and (self.events or at < end)]
            if not times:
                break
            await self.go(min(times))
        await self.go(max(end, self.now))
        await self.all_sent()

    async def go(self, at: int) -> None:
        """To that minute, and everything in it."""
        self.clock.move(seconds=(moment(at) - self.clock.now()).total_seconds())
        self.figures.moments += 1
        self.happened = bool(self.events and self.events[0][0] <= at)
        while self.events and self.events[0][0] <= at:
            _, _, kind, what = heapq.heappop(self.events)
            await getattr(self, kind)(*what)
        await self.drain()
        await self.judged()

    async def drain(self) -> None:
        """Until nothing is left to do at this moment. What has nothing to do is not asked: a year has many moments."""
        while self.wrote and await self.turns.once():
            pass
        self.wrote = False
        for _ in range(1000):
            busy = await self.promises.once()
            if busy or self.happened:
                busy += await self.releaser.once() + await self.windows.once()
            if await self.queued():
                busy += await self.sender.once()
            self.happened = False
            if not busy:
                return
        raise Broken("it never rests")

    async def queued(self) -> bool:
        """Whether a message is to leave."""
        async with self.database.read() as session:
            found = await session.scalar(select(Outbox.id).where(Outbox.state == OutboxState.QUEUED).limit(1))
        return found is not None

    async def next_look(self) -> int | None:
        """When the line itself means to look next."""
        async with self.database.read() as session:
            found = await session.scalar(
                select(Case.look_at)
                .where(Case.state == CaseState.OPEN, Case.waiting_since.is_not(None), Case.look_at.is_not(None))
                .order_by(Case.look_at)
                .limit(1)
            )
        return None if found is None else max(minute(found), self.now + 1)

    async def judged(self) -> None:
        """Have it judged, and let people react to what they got."""
        async with self.database.read() as session:
            columns = (Case.id, Case.topic, Case.role, Case.pupil_id, Case.assignee_id, Case.why)
            rows = (
                await session.execute(
                    select(*columns, Case.promise_at, Case.waiting_since).where(
                        Case.state == CaseState.OPEN, Case.waiting_since.is_not(None)
                    )
                )
            ).all()
            events = (
                await session.execute(
                    select(CaseEvent.id, CaseEvent.case_id, CaseEvent.kind, CaseEvent.to_id, CaseEvent.at)
                    .where(CaseEvent.id > self.last_event)
                    .order_by(CaseEvent.id)
                )
            ).all()
            keys = await session.scalars(
                select(Outbox.key).where(Outbox.key.startswith("later:"), Outbox.created_at == self.clock.now())
            )
            late = await session.scalar(
                select(Outbox.id)
                .where(
                    Outbox.author == Author.STAFF,
                    Outbox.state != OutboxState.SENT,
                    Outbox.created_at < self.clock.now() - dt.timedelta(minutes=PATIENCE),
                )
                .limit(1)
            )
            told = {int(case): int(at) // 60 for _, case, at, *_ in (key.split(":") for key in keys)}
        if events:
            self.last_event = events[-1].id
        if late is not None:
            raise Broken(f"an answer never left: message {late}")
        self.judge.look(self.now, rows, events, told)
        for row in rows:
            if self.known.get(row.id) != row.assignee_id:
                self.known[row.id] = row.assignee_id
                self.reacts(row.id, row.assignee_id)
        for message in self.provider.accepted[self.taken :]:
            if message.template is not None:
                self.figures.knocks += 1
                self.at(
                    self.now + self.dice.randint(30, 2 * DAY), "message", message.channel, message.external_id, "ja"
                )
        self.taken = len(self.provider.accepted)

    # --- what happens

    async def message(self, channel: ChannelName, phone: str, text: str) -> None:
        """A parent writes."""
        self.figures.messages += text in TOPICS
        self.provider.heard[phone], self.wrote = self.now, True
        inbound = Inbound(
            channel=channel,
            external_id=phone,
            provider_id=f"in{next(self.order)}",
            kind=InboundKind.TEXT,
            sent_at=self.clock.now(),
            text=text,
        )
        await self.database.write(lambda s: store(s, self.place.account, [inbound], now=self.clock.now()))

    def reacts(self, case_id: int, staff_id: int) -> None:
        """Somebody got a case: answers within two of their days, passes it on, or is silent."""
        chance, person = self.dice.random(), self.place.fingers.people[staff_id]
        if chance < 0.25 and staff_id not in self.place.holders[Role.LAST_RESORT]:
            return
        at, wanted = self.now, self.dice.choice((0, 0, 0, 1, 1, 2))
        for day in range(local(at)[0], local(at)[0] + 40):
            ends = self.place.fingers.ends(person, day)
            clock = local(at)[1] if day == local(at)[0] else 0
            if ends <= max(clock, OPENS) + 2:
                continue
            if wanted:
                wanted -= 1
                continue
            minute_of_day = self.dice.randint(max(clock + 1, OPENS), ends - 1)
            when = at + (day * DAY + minute_of_day) - (local(at)[0] * DAY + local(at)[1])
            self.at(
                when, "passes_on" if chance < 0.3 else "hands_over" if chance < 0.33 else "answers", case_id, staff_id
            )
            return

    async def _mine(self, case_id: int, staff_id: int) -> bool:
        async with self.database.read() as session:
            case = await session.get_one(Case, case_id)
            there = self.place.fingers.ends(self.place.fingers.people[staff_id], local(self.now)[0])
            return case.assignee_id == staff_id and case.state is CaseState.OPEN and bool(there)

    def me(self, staff_id: int, *, administrator: bool = False) -> Me:
        """A colleague."""
        return Me(staff_id, self.place.school_id, "x", administrator, (), "", "Europe/Amsterdam", "")

    async def answers(self, case_id: int, staff_id: int) -> None:
        """From the inbox; half of them say that this was it."""
        if not await self._mine(case_id, staff_id):
            return
        self.figures.replies += 1
        self.known.pop(case_id, None)
        letters, token = (
            (Letter(("antwoord",), "nl", "plain", "antwoord", in_her_language=True),),
            f"form-{next(self.order):06}",
        )
        now = self.clock.now()
        await self.database.write(
            lambda s: reply(s, self.me(staff_id), case_id, letters, token=token, language="nl", knocking=KNOCK, now=now)
        )
        if self.dice.random() < 0.5:
            await self.database.write(lambda s: handling.close(s, self.me(staff_id), case_id, now=now))

    async def passes_on(self, case_id: int, staff_id: int) -> None:
        """Not for me."""
        if await self._mine(case_id, staff_id):
            await self._by_hand(
                lambda s, view: handling.not_mine(
                    s, self.me(staff_id), case_id, reason="", view=view, now=self.clock.now()
                )
            )

    async def hands_over(self, case_id: int, staff_id: int) -> None:
        """To a team leader by name."""
        to = self.dice.choice(self.place.holders[Role.TEAM_LEADER])
        if to != staff_id and await self._mine(case_id, staff_id):
            await self._by_hand(
                lambda s, view: handling.hand_over(
                    s, self.me(staff_id), case_id, to=to, note="", view=view, now=self.clock.now()
                )
            )

    async def _by_hand(self, work: Any) -> None:
        async with self.database.read() as session:
            view = await self.promises._scenes.view(session, self.place.school_id)
        try:
            await self.database.write(lambda s: work(s, view))
        except Refusal:
            return

    async def _changed(self, work: Any) -> None:
        self.judge.plan += 1
        boss = self.me(self.place.holders[Role.ADMINISTRATION][0], administrator=True)
        await change(self.database, boss, "the year", work, at=self.clock.now())

    async def absence(self, staff_id: int, first: int, last: int, substitute: int | None) -> None:
        """An administrator hears of it and enters it."""
        people = self.place.fingers.people
        substitute = None if substitute in (None, staff_id) or people[substitute].left else substitute
        if people[staff_id].left:
            return
        begins, ends = (moment(day * DAY).date().isoformat() for day in (first, last))
        await self._changed(lambda s: team.add_absence(s, self.place.school_id, staff_id, begins, ends, substitute))
        people[staff_id].absences.append((first, last, substitute))

    async def other_days(self, staff_id: int) -> None:
        """Works on other days from now on."""
        days = sorted(self.dice.sample(range(5), 3))
        self.place.fingers.people[staff_id].weekdays = set(days)

        async def work(session: AsyncSession) -> None:
            (await session.get_one(Staff, staff_id)).weekdays = "".join(map(str, days))

        await self._changed(work)

    async def other_mentor(self, class_id: int, staff_id: int) -> None:
        """A class gets another mentor."""
        if self.place.fingers.people[staff_id].left:
            return
        before = self.place.mentors[class_id]
        self.place.mentors[class_id] = [staff_id, *(number for number in before[1:] if number != staff_id)]
        mentors, now = self.place.mentors[class_id], self.clock.now()
        await self._changed(lambda s: duties.set_mentors(s, self.place.school_id, class_id, mentors, now=now))
        await self._nobody_else(class_id)

    async def _nobody_else(self, class_id: int) -> None:
        """What came to a mentor of a class is with one who still is."""
        pupils = [pupil for pupil, group in self.place.class_of.items() if group == class_id]
        async with self.database.read() as session:
            rows = await session.execute(
                select(Case.id, Case.assignee_id, Case.why).where(
                    Case.role == Role.MENTOR, Case.pupil_id.in_(pupils), Case.state != CaseState.CLOSED
                )
            )
            for row in rows:
                of_itself = row.why.get("why") in {"role", "new_mentor"}
                if of_itself and row.assignee_id not in self.place.mentors[class_id]:
                    raise Broken(f"with a mentor who is none any more: case {row.id}")

    async def leaves(self, staff_id: int) -> None:
        """Does not work here any more; another mentor takes the classes."""
        person, now = self.place.fingers.people[staff_id], self.clock.now()
        if person.left:
            return
        person.left = True
        for mentors in self.place.mentors.values():
            if staff_id in mentors:
                mentors.remove(staff_id)
        by = self.place.holders[Role.ADMINISTRATION][0]
        await self._changed(lambda s: team.leave(s, self.place.school_id, staff_id, by=by, now=now))
        others = [number for numbers in self.place.mentors.values() for number in numbers]
        for class_id, mentors in self.place.mentors.items():
            if not mentors:
                await self.other_mentor(class_id, self.dice.choice(others))

    async def closes(self, day: str) -> None:
        """A storm: closed tomorrow."""
        self.judge.plan += 1
        self.place.fingers.shut([day])

        async def work(session: AsyncSession) -> None:
            session.add(closing(self.place.school_id, day))
            await renew(session, self.place.school_id)

        await self.database.write(work)

    async def all_sent(self) -> None:
        """No answer of a person is still here, and none was lost."""
        async with self.database.read() as session:
            rows = (await session.execute(select(Outbox.id, Outbox.state).where(Outbox.author == Author.STAFF))).all()
        left = [row.id for row in rows if row.state is not OutboxState.SENT]
        if left:
            raise Broken(f"{len(left)} of {len(rows)} answers never left")


async def begin(database: Database, *, seed: int, mentors: int) -> Year:
    """A school on the Sunday before its year."""
    dice = random.Random(seed)
    clock = TestClock(dt.datetime.combine(FIRST, dt.time(), dt.UTC) - dt.timedelta(days=1))
    place = await database.write(lambda s: found(s, dice, mentors))
    return Year(database, place, clock, dice, Provider(clock=clock), Judge(place))


def summary(year: Year) -> Mapping[str, int]:
    """Its figures."""
    figures = year.figures
    return {
        "messages": figures.messages,
        "replies": figures.replies,
        "knocks": figures.knocks,
        "moments": figures.moments,
        **year.judge.seen,
    }
