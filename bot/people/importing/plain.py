"""A table with a pupil on each line, and her or his guardians beside: our template, and what other systems export.

A pupil may stand on several lines (some systems write one for each guardian). A line that contradicts an earlier one is refused
rather than guessed at: who is a guardian of whom decides what she may know.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.people.importing import values
from bot.people.importing.columns import MOST_GUARDIANS, Columns
from bot.people.importing.roster import GuardianIn, Place, PupilIn, Remark, Roster, StaffIn
from bot.people.importing.text import Row, Table
from bot.staff.marks import N_
from db.types import Rights

_LONGEST = {"number": 80, "given_name": 120, "family_name": 120, "name": 200, "class_name": 40, "mail": 254}
_TITLES = {
    "mevrouw": "mevrouw",
    "mevr": "mevrouw",
    "mw": "mevrouw",
    "meneer": "meneer",
    "dhr": "meneer",
    "de heer": "meneer",
}
_TITLE = re.compile(r"(mevrouw|mevr|mw|meneer|dhr|de heer)\.?\s+(?=\S)", re.IGNORECASE)
_MAILED = re.compile(r"(?P<name>[^<>]*)<(?P<mail>[^<>]+)>")
Cells = Mapping[str, tuple[str, ...]]


class _Refused(Exception):
    """This line is not taken; why, as a gettext id."""


@dataclass
class _Reading:
    """What was read so far."""

    file: str
    today: dt.date
    american: bool
    pupils: dict[str, PupilIn] = field(default_factory=dict)
    staff: dict[str, StaffIn] = field(default_factory=dict)
    guardians: dict[str, GuardianIn] = field(default_factory=dict)
    refused: list[Remark] = field(default_factory=list)
    refused_numbers: set[str] = field(default_factory=set)
    notes: list[Remark] = field(default_factory=list)


def read_plain(table: Table, columns: Columns, kind: str, *, today: dt.date) -> Roster:
    """Each line's pupil and guardians; `columns` are those of the table, one each."""
    places: dict[str, list[int]] = {}
    for index, name in enumerate(columns):
        if name:
            places.setdefault(name, []).append(index)
    days = [row.cells[index] for index in places.get("birthday", ()) for row in table.rows]
    reading = _Reading(table.file, today, values.month_first(days))
    for row in table.rows:
        cells = {name: tuple(_cell(name, row.cells[index]) for index in where) for name, where in places.items()}
        _line(reading, row, cells)
    return Roster(
        kind=kind,
        pupils=tuple(reading.pupils.values()),
        staff=tuple(reading.staff.values()),
        refused=tuple(reading.refused),
        refused_numbers=frozenset(reading.refused_numbers),
        notes=tuple(reading.notes),
    )


def _line(reading: _Reading, row: Row, cells: Cells) -> None:
    place = Place(reading.file, row.line)
    number = _one(cells, "number")
    try:
        pupil = _pupil(reading, place, cells, surplus=row.surplus)
    except _Refused as error:
        reading.refused.append(Remark(place, str(error), who=_one(cells, "family_name") or _one(cells, "name")))
        reading.refused_numbers |= {number} if number else set()
        return
    guardians = tuple(_guardians(reading, place, cells, pupil))
    earlier = reading.pupils.get(pupil.number)
    if earlier is None:
        reading.pupils[pupil.number] = replace(pupil, guardians=guardians)
        return
    if (earlier.class_name, earlier.birthday) != (pupil.class_name, pupil.birthday):
        _note(
            reading, place, N_("This pupil stands on an earlier line with another class or birthday: that one counts.")
        )
    names = {(guardian.number, values.words(guardian.name)) for guardian in earlier.guardians}
    more = tuple(g for g in guardians if (g.number, values.words(g.name)) not in names)
    reading.pupils[pupil.number] = replace(earlier, guardians=earlier.guardians + more)


def _pupil(reading: _Reading, place: Place, cells: Cells, *, surplus: bool) -> PupilIn:
    if surplus:
        raise _Refused(N_("This line has more cells than there are headings: is there a delimiter inside a text?"))
    number, (given, family) = _one(cells, "number"), _name(cells, "")
    if not number:
        raise _Refused(N_("There is no number on this line."))
    if not given or not family:
        raise _Refused(N_("There is no whole name on this line."))
    earlier = reading.pupils.get(number)
    if earlier is not None and values.words(earlier.name) != values.words(f"{given} {family}"):
        raise _Refused(N_("This number stood for another pupil on an earlier line."))
    typed = _one(cells, "birthday")
    birthday = values.day(typed, today=reading.today, american=reading.american) if typed else None
    if typed and birthday is None:
        _note(reading, place, N_("The birthday cannot be read, or lies in the future: it was left out."))
    class_name = _one(cells, "class_name") or None
    _check(number=number, given_name=given, family_name=family, class_name=class_name or "")
    mentors = (_mentor(reading, place, _one(cells, name)) for name in ("mentor1", "mentor2"))
    keys = tuple(dict.fromkeys(key for key in mentors if key))
    return PupilIn(number, place, given, family, birthday, class_name, keys)


def _guardians(reading: _Reading, place: Place, cells: Cells, pupil: PupilIn) -> list[GuardianIn]:
    found: list[GuardianIn] = []
    for n in range(1, MOST_GUARDIANS + 1):
        start = f"guardian{n}."
        theirs = {name.removeprefix(start): cell for name, cell in cells.items() if name.startswith(start)}
        if not any(any(cell) for cell in theirs.values()):
            continue
        try:
            found.append(_guardian(reading, place, theirs, found))
        except _Refused as error:
            reading.refused.append(Remark(place, str(error), who=pupil.name))
    return found


def _guardian(reading: _Reading, place: Place, cells: Cells, others: Sequence[GuardianIn]) -> GuardianIn:
    number, (given, family) = _one(cells, "number"), _name(cells, "")
    if not family:
        raise _Refused(N_("A guardian has no family name: left out."))
    _check(number=number, given_name=given, family_name=family)
    mail = values.email(_one(cells, "mail")) or ""
    typed = _one(cells, "language")
    language = values.language(typed) if typed else None
    if typed and language is None:
        _note(
            reading,
            place,
            N_("The line does not know the language %(language)s: it was left out."),
            language=typed[:40],
        )
    relation = values.relation(_one(cells, "relation"))
    phones = _phones(reading, place, cells)
    guardian = GuardianIn(place, given, family, number, relation, _rights(cells), language, phones, mail)
    _same_person(reading, guardian)
    if any(values.words(other.name) == values.words(guardian.name) for other in others):
        raise _Refused(N_("Two guardians of one pupil have the same name: the second is left out."))
    return guardian


def _same_person(reading: _Reading, guardian: GuardianIn) -> None:
    """One number is one person: another name under it would give one family's facts to another."""
    if not guardian.number:
        return
    earlier = reading.guardians.setdefault(guardian.number, guardian)
    if values.words(earlier.name) != values.words(guardian.name):
        raise _Refused(N_("A guardian's number stood for another name on an earlier line: left out."))


def _rights(cells: Cells) -> Rights | None:
    typed, authority = _one(cells, "rights"), _one(cells, "authority")
    found = values.rights(typed) if typed else values.rights(authority, authority=True) if authority else None
    if found is None and (typed or authority):
        raise _Refused(
            N_("A guardian's rights are neither full, limited nor none: left out, so that nobody knows too much.")
        )
    return found


def _phones(reading: _Reading, place: Place, cells: Cells) -> tuple[str, ...]:
    numbers: list[str] = []
    for cell in cells.get("phone", ()):
        for typed in re.split(r"[,;|]| / ", cell):
            if not typed.strip():
                continue
            number = values.phone(typed.strip())
            if number is None:
                _note(reading, place, N_("A phone number cannot be right: it was left out."))
            elif not values.can_text(number):
                _note(reading, place, N_("A landline gets no messages: it was left out."))
            else:
                numbers.append(number)
    return tuple(dict.fromkeys(numbers))


def _mentor(reading: _Reading, place: Place, typed: str) -> str:
    """The key of a colleague: a mail address, a name, or both: Anna de Wit <anna@school.nl>."""
    if not typed or values.formula(typed) or len(typed) > _LONGEST["mail"]:
        return ""
    both = _MAILED.fullmatch(typed)
    mail = values.email(both["mail"].strip() if both else typed) or ""
    name = both["name"].strip() if both else "" if mail else typed
    title = _TITLE.match(name)
    given, family = values.full_name(name[title.end() :] if title else name) if name else ("", "")
    key = mail or "name:" + " ".join(sorted(values.words(f"{given} {family}")))
    made = StaffIn(
        key,
        place,
        title=_TITLES[title[1].casefold()] if title else "",
        given_name=given[:120],
        family_name=family[:120],
        email=mail,
    )
    earlier = reading.staff.setdefault(key, made)
    if not earlier.family_name and family:
        reading.staff[key] = made
    return key


def _name(cells: Cells, start: str) -> tuple[str, str]:
    given, family = _one(cells, start + "given_name"), _one(cells, start + "family_name")
    prefix, whole = _one(cells, start + "prefix"), _one(cells, start + "name")
    if not family and whole:
        split = values.full_name(whole)
        return (given or split[0]), split[1]
    return given, f"{prefix} {family}".strip() if family else ""


def _check(**texts: str) -> None:
    for name, text in texts.items():
        if len(text) > _LONGEST[name]:
            raise _Refused(N_("A name, number or class on this line is too long."))
        if values.formula(text):
            raise _Refused(N_("A name, number or class on this line begins like a formula."))


def _note(reading: _Reading, place: Place, why: str, **blanks: object) -> None:
    reading.notes.append(Remark(place, why, blanks))


def _cell(name: str, text: str) -> str:
    """Of rights every word counts: `none` is not nothing there."""
    return text if name.endswith((".rights", ".authority")) else values.nothing(text)


def _one(cells: Cells, name: str) -> str:
    return next((cell for cell in cells.get(name, ()) if cell), "")
