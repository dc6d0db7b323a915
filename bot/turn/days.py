"""School days, as far as a turn knows them: Monday to Friday without what the calendar and the facts say is free."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flows.happened import Choice
from locales import formats

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.turn.draft import Draft
    from bot.turn.types import Child, School

SCHOOL_WEEK = range(5)
MOMENTS = ("15:30", "9:00", "13:30")
"""When she might come, on three days: after school, in the morning, in the afternoon."""
LONGEST_TITLE = 20
_FAR = 120
_LESSONS_END = "16:00"


def is_school_day(school: School, day: dt.date) -> bool:
    """Whether there are lessons on that day, as far as anybody has said."""
    first, last, off = (
        school.facts.get(name, "") for name in ("next_holiday_start", "next_holiday_end", "next_day_off")
    )
    iso = day.isoformat()
    return (
        day.weekday() in SCHOOL_WEEK
        and day not in school.no_lessons
        and iso != off
        and not (first and last and first <= iso <= last)
    )


def school_days(school: School, start: dt.date) -> Iterator[dt.date]:
    """The school days from a day on."""
    days = (start + dt.timedelta(ahead) for ahead in range(_FAR))
    return (day for day in days if is_school_day(school, day))


def next_school_day(school: School, start: dt.date) -> dt.date:
    """The first school day from this day on."""
    return next(school_days(school, start), start)


def clock(draft: Draft) -> str:
    """The time at school, as facts write it."""
    return f"{draft.known.now.astimezone(ZoneInfo(draft.known.school.timezone)):%H:%M}"


def is_past(draft: Draft, time: str) -> bool:
    """Whether it is later at school than a fact says, "8:30" or "08:30"."""
    return clock(draft) > time.strip().rjust(len("08:30"), "0")


def lessons_are_over(draft: Draft) -> bool:
    """Whether a child that stays at home today misses nothing any more."""
    return is_past(draft, draft.known.school.facts.get("lessons_end") or _LESSONS_END)


def moments(draft: Draft, child: Child | None, *, with_mentor: bool) -> tuple[Choice, ...]:
    """Three moments on the next school days: on those on which the mentor works, where it is the mentor she wants."""
    works = child.mentors[0].weekdays if with_mentor and child and child.mentors else ()
    days = school_days(draft.known.school, draft.today + dt.timedelta(1))
    possible = [day for day in days if not works or day.weekday() in works]
    return tuple(_moment(draft, day, time) for day, time in zip(possible, MOMENTS, strict=False))


def _moment(draft: Draft, day: dt.date, time: str) -> Choice:
    """A weekday and digits, which need no translation; slashes and colons also keep their order from right to left."""
    weekday = formats.short_weekday(day, draft.reads)
    moment = f"{day.day}/{day.month} {time}"
    titles = (f"{weekday} {moment}", moment)
    title = next(title for title in titles if len(title) <= LONGEST_TITLE)
    return Choice(f"{day:%d-%m-%Y}, {time}", title, plain=True)
