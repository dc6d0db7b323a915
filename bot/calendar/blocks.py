"""A calendar file taken apart line by line, so that what is broken in one entry stays in that entry. Pure, quick on any text."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.errors import Refusal
from bot.staff.marks import N_

KEPT = ("UID", "SUMMARY", "CATEGORIES", "LOCATION", "STATUS", "CLASS", "SEQUENCE", "TRANSP")
TIMES = ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")
"""Of an entry only these are read: never who is invited, or what is written about it."""
_PROPERTY = re.compile(r"([A-Za-z-]+)[;:]")
_FOLD = re.compile(r"\r?\n[ \t]")
_DAY = re.compile(r"^DTSTART[^:]*:(\d{4})(\d\d)(\d\d)", re.IGNORECASE)
_ZONE = re.compile(r"""TZID=(?:"([^"]*)"|([^;:]*))""", re.IGNORECASE)
_LONGEST_LINE = 4000
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(slots=True)
class Block:
    """The lines of one entry. `number` counts from the top of the file; `whole` where its end was found."""

    number: int
    lines: list[str] = field(default_factory=list)
    whole: bool = False

    def value(self, name: str) -> str:
        """What stands behind a property's colon; empty where it is not there."""
        for line in self.lines:
            if line[: len(name)].upper() == name and line[len(name) : len(name) + 1] in {":", ";"}:
                return line.partition(":")[2].strip()
        return ""

    def has(self, *names: str) -> bool:
        """Whether any of these properties is there."""
        return any(line[: len(name)].upper() == name for line in self.lines for name in names)

    @property
    def day(self) -> dt.date | None:
        """The first day, seen without reading it properly; None where that needs more."""
        for line in self.lines:
            if found := _DAY.match(line):
                try:
                    return dt.date(*map(int, found.groups()))
                except ValueError:
                    return None
        return None

    @property
    def zones(self) -> set[str]:
        """The time zones that it names."""
        return {quoted or plain for line in self.lines for quoted, plain in _ZONE.findall(line.partition(":")[0])}


def decoded(data: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 or as older programs write; raises Refusal where it is no calendar."""
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    text = text.replace("\x00", "")
    if "BEGIN:VCALENDAR" not in text.upper():
        page = text.lstrip()[:500].lower().startswith(("<!doctype", "<html", "<?xml"))
        raise Refusal(
            N_("This is a web page, not a calendar. Look for the address that ends in .ics, or asks to subscribe.")
            if page
            else N_("This is not a calendar: a calendar file begins with BEGIN:VCALENDAR.")
        )
    return text


def taken_apart(text: str) -> tuple[list[Block], dict[str, str]]:
    """The entries, and the definitions of time zones by their names."""
    entries: list[Block] = []
    zones: dict[str, str] = {}
    zone: list[str] | None = None
    entry: Block | None = None
    inner = 0
    for line in _FOLD.sub("", text).splitlines():
        mark = line.strip().upper()
        if mark in {"BEGIN:VEVENT", "END:VCALENDAR"}:  # what was open had no end
            entry, inner, zone = None, 0, None
            if mark == "BEGIN:VEVENT":
                entry = Block(len(entries) + 1)
                entries.append(entry)
        elif mark == "BEGIN:VTIMEZONE":
            zone = [line]
        elif zone is not None:
            zone.append(line)
            if mark == "END:VTIMEZONE":
                zones[_named(zone)] = "\r\n".join(zone)
                zone = None
        elif entry is not None and mark == "END:VEVENT":
            entry.whole, entry, inner = True, None, 0
        elif entry is not None:
            inner += mark.startswith("BEGIN:") - (mark.startswith("END:") and inner > 0)
            if not inner and len(line) <= _LONGEST_LINE and _wanted(line):
                entry.lines.append(line)
    return entries, zones


def grouped(blocks: list[Block]) -> Iterator[tuple[str, list[Block]]]:
    """Entries that belong together (a series and its exceptions), each with a name that is the same at every look."""
    uids = [block.value("UID") for block in blocks]
    heads = Counter(uid for uid, block in zip(uids, blocks, strict=True) if not block.has("RECURRENCE-ID"))
    groups: dict[str, list[Block]] = {}
    for uid, block in zip(uids, blocks, strict=True):
        alone = not uid or heads[uid] > 1  # none, or one for many: what it is called and when must do
        named = f"{uid}\n{block.value('SUMMARY')}\n{block.value('DTSTART')}" if alone else uid
        same = groups.setdefault(hashlib.sha256(named.encode()).hexdigest()[:40], [])
        if not (alone and same):
            same.append(block)
    yield from groups.items()


def _wanted(line: str) -> bool:
    found = _PROPERTY.match(line)
    return found is not None and found[1].upper() in KEPT + TIMES


def _named(lines: list[str]) -> str:
    return next((line.partition(":")[2].strip() for line in lines if line.upper().startswith("TZID")), "")
