"""The second reckoning: minute by minute, with dates written out by hand. It shares no code with what it judges.

Minutes are counted since 1970 in UTC. Summer time, holidays and who works when are known here once more, from other sources than
the program's: the rule of 1996, the ministry's list as a school prints it, and the plan of the year.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

EPOCH = dt.date(1970, 1, 1)
DAY = 1440
OPENS, CLOSES, NOON = 8 * 60, 17 * 60, 12 * 60
SUMMER = (("2026-03-29", "2026-10-25"), ("2027-03-28", "2027-10-31"))
"""From and until these Sundays at one o'clock UTC it is two hours later in Amsterdam, else one."""
HOLIDAYS = (
    ("2026-10-17", "2026-10-25"),
    ("2026-12-19", "2027-01-03"),
    ("2027-02-20", "2027-02-28"),
    ("2027-04-24", "2027-05-02"),
    ("2027-07-17", "2027-08-29"),
)
PUBLIC = ("2027-03-28", "2027-03-29", "2027-05-06", "2027-05-16", "2027-05-17")
"""Easter, Ascension Day and Whitsun; the others lie in holidays."""


def number(day: dt.date) -> int:
    """A day as the number of days since 1970."""
    return (day - EPOCH).days


def minute(at: dt.datetime) -> int:
    """A moment as the number of minutes since 1970."""
    return int(at.timestamp()) // 60


def moment(at: int) -> dt.datetime:
    """And back."""
    return dt.datetime.fromtimestamp(at * 60, dt.UTC)


_TURNS = [
    tuple(number(dt.date.fromisoformat(day)) * DAY + 60 for day in pair)  # 01:00 UTC
    for pair in SUMMER
]


def local(at: int) -> tuple[int, int]:
    """A minute as the clock at school shows it: the day, and the minute of that day."""
    ahead = 120 if any(begins <= at < ends for begins, ends in _TURNS) else 60
    return divmod(at + ahead, DAY)


def day_of(at: int) -> dt.date:
    """The day at school."""
    return EPOCH + dt.timedelta(days=local(at)[0])


@dataclass
class Person:
    """Somebody at school, as the plan of the year has them."""

    staff_id: int
    weekdays: set[int]
    last: dict[int, int] = field(default_factory=dict)
    """The last minute of a weekday, where it is not the school's."""
    absences: list[tuple[int, int, int | None]] = field(default_factory=list)
    left: bool = False

    def absence(self, day: int) -> tuple[int, int, int | None] | None:
        """The one that a day falls in."""
        return next((each for each in self.absences if each[0] <= day <= each[1]), None)


@dataclass
class Fingers:
    """What is known of the school at this moment."""

    people: dict[int, Person] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)

    def shut(self, days: Iterable[str]) -> None:
        """Closed on these days."""
        self.closed |= {number(dt.date.fromisoformat(day)) for day in days}

    def ends(self, person: Person, day: int) -> int:
        """The minute at which this person's day is over; 0 on a day on which they are not there."""
        weekday = (day + 3) % 7  # 1 January 1970 was a Thursday
        if weekday > 4 or day in self.closed or weekday not in person.weekdays or person.left or person.absence(day):
            return 0
        return min(person.last.get(weekday, CLOSES), CLOSES)

    def promise(self, person: Person, now: int, days: int = 2) -> int:
        """Walk on, minute by minute, until noon (or their last minute) of the second day after today that they work."""
        today, at, seen = local(now)[0], now, 0
        counted, ends = today, 0
        while True:
            at += 1
            day, clock = local(at)
            if day > counted:
                counted, ends = day, self.ends(person, day)
                seen += ends > 0
            if ends and seen == days and clock == min(NOON, ends):
                return at

    def works_between(self, person: Person, now: int, until: int) -> bool:
        """Whether there is any minute in which this person is at work."""
        day, clock = local(now)
        last, ends_at = local(until)
        while day <= last:
            ends = self.ends(person, day)
            until_minute = min(ends, ends_at) if day == last else ends
            if max(clock, OPENS) < until_minute:
                return True
            day, clock = day + 1, 0
        return False

    def ladder(self, person: Person, promised: int) -> Mapping[int, int]:
        """The minutes of the steps: reminded (1), to the next (2), to who is above (3), told (4)."""
        day, _ = local(promised)
        at, seen, ends = promised, day, 0
        while True:  # back to noon of the last day before that they work
            at -= 1
            back, clock = local(at)
            if back < seen:
                seen, ends = back, self.ends(person, back)
                if day - back > 59:  # in two months without any: when it goes to the next
                    reminded = 0
                    break
            if ends and clock == min(NOON, ends):
                reminded = at
                break
        opens = promised
        while local(opens)[1] > OPENS:
            opens -= 1
        return {1: reminded or opens, 2: opens, 3: (opens + promised) // 2, 4: promised}

    def morning(self, person: Person, now: int) -> int:
        """When the school opens on the next day that this person works."""
        today, at = local(now)[0], now
        while True:
            at += 1
            day, clock = local(at)
            if day > today and clock == OPENS and self.ends(person, day):
                return at


def school_year() -> Fingers:
    """The school before anybody works there."""
    fingers = Fingers()
    for first, last in HOLIDAYS:
        day, until = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
        while day <= until:
            fingers.closed.add(number(day))
            day += dt.timedelta(days=1)
    fingers.shut(PUBLIC)
    return fingers
