"""Reads a calendar file, in a process of its own: whatever it holds, that has an end (`read`), and nobody waits for it for long.

`python -m bot.calendar.reading` takes the file from its standard input and writes what it found as JSON.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.calendar.blocks import Block, decoded, grouped, taken_apart
from bot.errors import Refusal
from bot.staff.marks import N_

LARGEST = 2 * 1024 * 1024
"""Bytes of a file."""
MOST = 2000
"""Days with an entry, after series were written out."""
LISTED = 200
"""Refused entries that are told one by one."""
AHEAD = dt.timedelta(days=550)
"""So far series are written out: 18 months."""
BEHIND = dt.timedelta(days=31)
LONGEST = dt.timedelta(days=100)
"""What lasts longer tells nobody anything."""
SECONDS, EACH, MEMORY = 10.0, 1.0, 1 << 30
"""What the process gets: seconds in all, for one entry, and bytes."""
_WAIT = 2 * SECONDS + 10
_PRIVATE = {"PRIVATE", "CONFIDENTIAL"}
_CANCELLED = "CANCELLED"
_OFTEN = ("SECONDLY", "MINUTELY", "HOURLY", "BYHOUR", "BYMINUTE", "BYSECOND")
Component = Any
"""An entry as the library has it: half of what it may hold is what somebody else wrote."""
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Found:
    """One entry on its days, both included, in the school's time; `starts` and `ends` empty where it takes the whole day."""

    uid: str
    first: str
    last: str
    starts: str
    ends: str
    title: str
    room: str
    words: str
    """Its title and categories: what it is about."""


@dataclass(slots=True)
class Read:
    """What is in a file. `refused`: (entry, reason); `past`: how many are over, or too far away."""

    entries: list[Found] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    past: int = 0


def read(data: bytes, timezone: str, today: dt.date) -> Read:
    """Read a file, in another process; raises Refusal where nothing of it can be used. Takes up to half a minute: use a thread."""
    if len(data) > LARGEST:
        raise Refusal("This calendar is too large: 2 MB at most.")
    decoded(data)
    command = [sys.executable, "-m", "bot.calendar.reading", timezone, today.isoformat()]
    try:
        # Without our environment: it has secrets in it.
        done = subprocess.run(command, input=data, cwd=_ROOT, env={}, timeout=_WAIT, capture_output=True, check=True)  # noqa: S603 - ourselves
    except (subprocess.SubprocessError, OSError) as error:
        raise Refusal("This calendar cannot be read: it is too much work, or it is broken.") from error
    told = json.loads(done.stdout)
    refused = [(str(entry), str(why)) for entry, why in told["refused"]]
    return Read([Found(**entry) for entry in told["entries"]], refused, told["past"])


# --- in the process of its own


class TooLong(Exception):
    """One entry took too long."""


def read_here(data: bytes, timezone: str, today: dt.date) -> Read:
    """The same without a process around it: call it only where it may take all the time and memory there is."""
    until = time.monotonic() + SECONDS
    blocks, zones = taken_apart(decoded(data))
    reader = _Reader(ZoneInfo(timezone), today - BEHIND, today + AHEAD, zones)
    whole = [block for block in blocks if block.whole]
    for block in blocks:
        if not block.whole:
            reader.refuse(block, N_("It has no end."))
    # The nearest first, so that too many cut off what is furthest away.
    groups = sorted(grouped(whole), key=lambda group: group[1][0].day or today)
    for place, (uid, group) in enumerate(groups):
        full, late = len(reader.found.entries) >= MOST, time.monotonic() > until
        if full or late:
            left = sum(len(rest) for _, rest in groups[place:])
            why = (
                N_("There are more than 2,000 entries: the rest is left out.") if full else N_("Reading took too long.")
            )
            reader.found.refused.append((f"{left} ×", why))
            break
        reader.take(uid, group)
    found = reader.found
    found.entries = sorted(found.entries, key=lambda entry: (entry.first, entry.starts))[:MOST]
    if len(found.refused) > LISTED:
        rest = len(found.refused) - LISTED
        found.refused = [*found.refused[:LISTED], (f"{rest} ×", N_("More that could not be read."))]
    return found


class _Reader:
    """Takes one group of entries after the other; none can spoil the next."""

    def __init__(self, zone: ZoneInfo, first: dt.date, last: dt.date, zones: dict[str, str]) -> None:
        self.found = Read()
        self._zone, self._first, self._last, self._zones = zone, first, last, zones

    def refuse(self, block: Block, why: str, *, named: bool = True) -> None:
        """Say which, and why."""
        title = block.value("SUMMARY")[:80] if named else ""
        self.found.refused.append((f"{block.number}. {title}".strip(" ."), why))

    def take(self, uid: str, group: list[Block]) -> None:
        """All days of a group, or the reason why not."""
        head = next((block for block in group if not block.has("RECURRENCE-ID")), group[0])
        often = " ".join(block.value("RRULE").upper() for block in group)
        if any(block.value("CLASS").upper() in _PRIVATE for block in group):
            self.refuse(head, N_("It is marked as private."), named=False)
        elif head.value("STATUS").upper() == _CANCELLED and not head.has("RECURRENCE-ID"):
            self.found.past += 1
        elif any(word in often for word in _OFTEN):
            self.refuse(head, N_("It repeats more than once a day."))
        elif self._over(group):
            self.found.past += 1
        else:
            try:
                with _limited(EACH):
                    days = list(self._days(uid, group))
            except TooLong:
                self.refuse(head, N_("Its repetitions have no end that could be found."))
            except Refusal as refusal:
                self.refuse(head, str(refusal))
            except Exception:  # noqa: BLE001 - written by anybody: whatever it is, the others go on
                self.refuse(head, N_("It is not written as a calendar's entry."))
            else:
                self.found.entries += days
                self.found.past += not days

    def _over(self, group: list[Block]) -> bool:
        """Whether it is over or far away; seen at once for most of a long calendar."""
        head, day = group[0], group[0].day
        if len(group) > 1 or day is None or head.has("RRULE", "RDATE"):
            return False
        return day > self._last or day < self._first - LONGEST

    def _days(self, uid: str, group: list[Block]) -> Iterator[Found]:
        from icalendar import Calendar

        known = "\r\n".join(self._zones[name] for block in group for name in block.zones if name in self._zones)
        events = "\r\n".join("\r\n".join(("BEGIN:VEVENT", *block.lines, "END:VEVENT")) for block in group)
        calendar: Any = Calendar.from_ical(f"BEGIN:VCALENDAR\r\n{known}\r\n{events}\r\nEND:VCALENDAR\r\n")
        components = calendar.walk("VEVENT")
        series = any(block.has("RRULE", "RDATE") and not block.has("RECURRENCE-ID") for block in group)
        if series:
            import recurring_ical_events

            _readable(components)
            components = recurring_ical_events.of(calendar).between(self._first, self._last + dt.timedelta(days=1))
        for component in components:
            if str(component.get("STATUS", "")).upper() == _CANCELLED:
                continue  # one date of a series that goes on
            found = self._entry(uid, component)
            if self._first <= dt.date.fromisoformat(found.last) and dt.date.fromisoformat(found.first) <= self._last:
                yield found

    def _entry(self, uid: str, component: Component) -> Found:
        """One entry on its days. A day's entry ends before its end day, as the format has it."""
        _readable([component])
        starts = component["DTSTART"].dt
        ends = _end(component, starts)
        if isinstance(starts, dt.datetime) != isinstance(ends, dt.datetime):
            raise Refusal("Its end is not of the same kind as its beginning.")
        timed = isinstance(starts, dt.datetime)
        if timed:
            starts, ends = self._local(starts), self._local(ends)
        if ends < starts:
            raise Refusal("It ends before it begins.")
        first = starts.date() if timed else starts
        moment = dt.timedelta(microseconds=1) if timed else dt.timedelta(days=1)
        until = max(starts, ends - moment)
        last = until.date() if timed else until
        if last - first > LONGEST:
            raise Refusal("It lasts longer than 100 days.")
        title = _words(component.get("SUMMARY"))
        return Found(
            uid=uid,
            first=first.isoformat(),
            last=last.isoformat(),
            starts=f"{starts:%H:%M}" if timed else "",
            ends=f"{ends:%H:%M}" if timed else "",
            title=title[:200],
            room=_words(component.get("LOCATION"))[:80],
            words=f"{title} {_categories(component)}"[:400],
        )

    def _local(self, moment: dt.datetime) -> dt.datetime:
        """In the school's time; without a zone it is the school's time already."""
        return moment.astimezone(self._zone).replace(tzinfo=None) if moment.tzinfo else moment


def _readable(components: list[Component]) -> None:
    for component in components:
        broken = {name for name, _ in component.errors}
        if "DTSTART" in broken or not isinstance(getattr(component.get("DTSTART"), "dt", None), dt.date):
            raise Refusal("Its first day cannot be read.")
        if broken & {"DTEND", "DURATION"}:
            raise Refusal("Its end cannot be read.")
        if broken & {"RRULE", "RDATE", "EXDATE"}:
            raise Refusal("Its repetitions cannot be read.")


def _end(component: Component, starts: dt.date) -> Any:
    if "DTEND" in component:
        return component["DTEND"].dt
    if "DURATION" in component:
        lasts = component["DURATION"].dt
        if lasts < dt.timedelta() or lasts > LONGEST:
            raise Refusal(N_("It lasts longer than 100 days.") if lasts > LONGEST else N_("It ends before it begins."))
        return starts + lasts
    return starts


def _categories(component: Component) -> str:
    try:
        return _words(" ".join(map(str, component.categories)))
    except Exception:  # noqa: BLE001 - a title is enough
        return ""


def _words(value: object) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in str(value or "")).split())


@contextlib.contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """What takes longer is broken off, where the system has an alarm clock; the process has an end in any case."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _ring(*_: object) -> None:
    raise TooLong


def _main() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (int(2 * SECONDS),) * 2)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, _ring)
    warnings.simplefilter("ignore")
    data = sys.stdin.buffer.read(LARGEST + 1)
    sys.stdout.write(json.dumps(asdict(read_here(data, sys.argv[1], dt.date.fromisoformat(sys.argv[2])))))


if __name__ == "__main__":
    _main()
