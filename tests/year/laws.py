"""What a year must hold, judged after every moment at which something happened; by the fingers of `naive.py` only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from db.types import Role
from tests.year.naive import Fingers, Person, local, minute, moment
from tests.year.school import Place

STEP_BY = {"reminded": (1, 2, 3), "to_next": (2,), "to_above": (3,), "to_last_resort": (5,)}
BY_HAND = ("not_mine", "handed_over")


class Broken(Exception):
    """A law of the year is broken: which, and in what."""


@dataclass
class Watched:
    """A case as the judge saw it last."""

    waiting: int
    promised: int
    person: int
    step: int
    told: int
    plan: int
    """The number of the plan with which that was so."""


@dataclass
class Judge:
    """Remembers every case in somebody's hands, and knows what must happen to it next."""

    place: Place
    plan: int = 0
    """Raised by every change of days, absences, calendar, mentors."""
    cases: dict[int, Watched] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    ladders: dict[tuple[int, int, int], Mapping[int, int]] = field(default_factory=dict)

    @property
    def fingers(self) -> Fingers:
        """What is known of people and days."""
        return self.place.fingers

    def person(self, staff_id: int | None, what: str) -> Person:
        """Who has it: somebody."""
        person = self.fingers.people.get(staff_id or 0)
        if person is None or person.left:
            raise Broken(f"nobody: {what}")
        return person

    def due(self, watched: Watched) -> tuple[int, int]:
        """The step that follows, and its minute."""
        person = self.fingers.people[watched.person]
        if watched.step == 4:
            return 5, watched.promised
        return watched.step + 1, self.ladder(person, watched.promised)[watched.step + 1]

    def ladder(self, person: Person, promised: int) -> Mapping[int, int]:
        """Reckoned once for each plan."""
        key = (self.plan, person.staff_id, promised)
        if key not in self.ladders:
            self.ladders[key] = self.fingers.ladder(person, promised)
        return self.ladders[key]

    def look(self, now: int, rows: Sequence[Any], events: Sequence[Any], told: dict[int, int]) -> None:
        """One moment: the open cases, what happened since the last one, and what parents were told last."""
        happened: dict[int, list[Any]] = {}
        for event in events:
            happened.setdefault(event.case_id, []).append(event)
        open_now = {row.id for row in rows}
        for gone in self.cases.keys() - open_now:
            del self.cases[gone]
        for row in rows:
            self.case(now, row, happened.get(row.id, []), told.get(row.id, 0))

    def case(self, now: int, row: Any, events: Sequence[Any], told: int) -> None:
        """One open case."""
        what = f"case {row.id} ({row.topic}) at {moment(now):%a %d %b %H:%M}"
        person = self.person(row.assignee_id, what)
        if row.promise_at is None:
            raise Broken(f"no promise: {what}")
        promised, waiting = minute(row.promise_at), minute(row.waiting_since)
        before = self.cases.get(row.id)
        if before is None or before.waiting != waiting:
            self.begins(now, row, person, promised, waiting, what)
            if any(event.kind == "opened" for event in events):
                self.first(now, row, what)
            return
        self.stands_in(before, row, events, what)
        self.climbs(now, before, row, events, promised, what)
        if (
            before.step < 5 or promised > now
        ):  # after the last resort's day nothing is promised any more, only reminded of
            self.honest(now, person, promised, what)
        before.told = max(before.told, told)
        if any(event.kind == "not_told" for event in events):
            before.told = max(before.told, promised)
        if promised > before.told:
            raise Broken(f"not told of {moment(promised):%a %d %b %H:%M}: {what}")
        before.person, before.promised, before.plan = row.assignee_id, promised, self.plan

    def begins(self, now: int, row: Any, person: Person, promised: int, waiting: int, what: str) -> None:
        """A parent waits from now on: the promise is noon of the second day, by the fingers too."""
        self.seen["promises"] += 1
        expected = self.fingers.promise(person, waiting)
        if promised != expected:
            raise Broken(
                f"promise {moment(promised):%a %d %b %H:%M}, by the fingers {moment(expected):%a %d %b %H:%M}: {what}"
            )
        self.honest(now, person, promised, what)
        watched = Watched(waiting, promised, row.assignee_id, 0, promised, self.plan)
        self.leave_out(watched, now)
        self.cases[row.id] = watched

    def first(self, now: int, row: Any, what: str) -> None:
        """A mentor who is away today is stood in for, where somebody is named who is here."""
        if (
            row.role is not Role.MENTOR
            or row.pupil_id is None
            or row.why.get("why") not in {"role", "class", "stands_in"}
        ):
            return
        mentors = self.place.mentors[self.place.class_of[row.pupil_id]]
        first = self.fingers.people[mentors[0]]
        absence = first.absence(local(now)[0])
        substitute = self.fingers.people.get((absence[2] if absence else None) or 0)
        if row.why.get("why") != "stands_in" and row.assignee_id not in mentors:
            raise Broken(f"not with a mentor: {what}")
        if substitute is not None and self.here(substitute, now) and row.assignee_id != substitute.staff_id:
            raise Broken(f"substitute forgotten: {what}")

    def here(self, person: Person, now: int) -> bool:
        """Neither away today nor on any day until the answer would be due."""
        until = self.fingers.promise(person, now)
        return not person.left and not any(person.absence(day) for day in range(local(now)[0], local(until)[0] + 3))

    def stands_in(self, before: Watched, row: Any, events: Sequence[Any], what: str) -> None:
        """When an absence is in the way of a promise it goes to who stands in."""
        given = [event for event in events if event.kind == "given_on"]
        if not given or any(event.kind in BY_HAND for event in events):  # who had it in between is not known here
            return
        self.seen["given on"] += 1
        old = self.fingers.people[before.person]
        absence = old.absence(local(before.promised)[0])
        substitute = self.fingers.people.get((absence[2] if absence else None) or 0)
        now = minute(given[0].at)
        if substitute is not None and self.here(substitute, now) and given[0].to_id != substitute.staff_id:
            raise Broken(f"substitute forgotten: {what}")
        if before.person == row.assignee_id:
            raise Broken(f"given to whom it was taken from: {what}")

    def honest(self, now: int, person: Person, promised: int, what: str) -> None:
        """The promise lies in a working hour of who has it, who can act before it."""
        if promised <= now:
            raise Broken(f"a promise passed in silence: {what}")
        day, clock = local(promised)
        ends = self.fingers.ends(person, day)
        if not ends or clock > ends:
            raise Broken(f"promised into a closed day, {moment(promised):%a %d %b %H:%M}: {what}")
        if not self.fingers.works_between(person, now, promised):
            raise Broken(f"nobody able to act: {what}")

    def climbs(self, now: int, before: Watched, row: Any, events: Sequence[Any], promised: int, what: str) -> None:
        """Every step in its minute, none before, none left out."""
        kinds = [event.kind for event in events]
        by_hand = any(kind in BY_HAND for kind in kinds)
        if by_hand or "new_mentor" in kinds:
            self.seen["by hand"] += 1
            if before.promised > now or "new_mentor" in kinds:
                before.step = 0
            if before.promised <= now and "told_later" in kinds:
                before.step = 4
        elif before.step >= 5:
            return
        else:
            self.step(now, before, row, events, what)
        if promised != before.promised and before.step < 4:
            self.seen["reckoned anew"] += 1
            before.step = 0
        before.person, before.promised = row.assignee_id, promised
        self.leave_out(before, now)

    def step(self, now: int, before: Watched, row: Any, events: Sequence[Any], what: str) -> None:
        """The step that is due, in its minute."""
        step, due = self.due(before)
        climbed = [event for event in events if event.kind in STEP_BY or (event.kind.startswith(("told", "not_t")))]
        taken = any(self._is(event.kind, step) and minute(event.at) == due for event in climbed)
        changed = before.plan != self.plan
        if due <= now and not taken and not changed:
            raise Broken(f"step {step} was due at {moment(due):%a %d %b %H:%M}: {what}")
        if climbed and not taken and not changed:
            raise Broken(f"step {step} is due at {moment(due):%a %d %b %H:%M}, not yet: {what}")
        if changed and not taken:  # by another plan it was due before: it is taken at once
            before.step = max([before.step, *(STEP_BY[event.kind][0] for event in climbed if event.kind in STEP_BY)])
        if taken:
            self.seen[f"step {step}"] += 1
            before.step = step
            if step == 5:
                self.last_resort(now, row, what)

    def leave_out(self, watched: Watched, now: int) -> None:
        """Who has just got it is not reminded of it in the same breath."""
        ladder = self.ladder(self.fingers.people[watched.person], watched.promised)
        if watched.step == 0:
            watched.step = sum(ladder[step] <= now for step in (1, 2, 3))

    def last_resort(self, now: int, row: Any, what: str) -> None:
        """Those named for it, if one of them is here."""
        named = [self.fingers.people[number] for number in self.place.holders[Role.LAST_RESORT]]
        if any(self.here(person, now) for person in named) and row.assignee_id not in {p.staff_id for p in named}:
            raise Broken(f"not with the last resort: {what}")

    @staticmethod
    def _is(kind: str, step: int) -> bool:
        if step == 4:
            return kind in {"told_later", "not_told"}
        return step in STEP_BY.get(kind, ())

    def next_due(self, now: int) -> int | None:
        """The next minute at which something must happen."""
        times = [self.due(watched)[1] for watched in self.cases.values() if watched.step < 5]
        return min((at for at in times if at > now), default=None)
