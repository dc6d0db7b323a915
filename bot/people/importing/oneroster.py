"""OneRoster 1.1 and 1.2 sets as they are found: files missing, headings odd, guardians named from one side only.

A user's `sourcedId` is the number by which the line knows her again: the standard promises that it stays.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.people.importing import values
from bot.people.importing.oneroster_joins import (
    ELSEWHERE,
    Set,
    agents_of,
    birthdays_of,
    classes_of,
    roles_of,
    school_of,
)
from bot.people.importing.oneroster_rows import NONE_RIGHTS, STUDENT, Fields, guardian_role, rows_of
from bot.people.importing.opening import Files
from bot.people.importing.roster import GuardianIn, PupilIn, Remark, Roster, StaffIn
from bot.people.importing.text import NotRead
from bot.staff.marks import N_
from db.types import Rights

_LONGEST_ID, _LONGEST_NAME = 80, 120


class _Refused(Exception):
    """This user is not taken; why, as a gettext id."""


@dataclass(frozen=True, slots=True)
class _People:
    """Everybody in the set, and what its other files say of them."""

    found: Set
    users: Mapping[str, Fields]
    roles: Mapping[str, str]
    agents: Mapping[str, Sequence[str]]
    homes: Mapping[str, str]
    birthdays: Mapping[str, dt.date]


def is_oneroster(files: Files) -> bool:
    """Whether these files are a set, or its users alone."""
    head = files.get("users.csv", b"")[:4000].replace(b"\x00", b"").lower()
    return b"sourcedid" in head or b"sourced_id" in head or b"sourced id" in head


def read_oneroster(files: Files, *, today: dt.date, school: str = "", org: str = "") -> Roster:
    """What the set says of one school: the one called `school`, or with the sourcedId `org`, or the only one."""
    rows = {name.removesuffix(".csv"): rows_of(name, data) for name, data in files.items()}
    if not rows.get("users"):
        raise NotRead(N_("There is nobody in users.csv."))
    manifest = {row.get("propertyname").casefold(): row.get("value").casefold() for row in rows.get("manifest", ())}
    found = Set(rows, today)
    home, school_name = school_of(found, school, org)
    users = _users(found)
    roles = roles_of(found, home)
    homes, mentors = classes_of(found, home)
    people = _People(found, users, roles, agents_of(users, roles), homes, birthdays_of(found))
    named = {agent for theirs in people.agents.values() for agent in theirs}
    pupils: list[PupilIn] = []
    alone: list[GuardianIn] = []
    for row in users.values():
        try:
            _user(people, row, pupils, alone, named)
        except _Refused as error:
            _refuse(found, row, str(error))
    newer = "1.2" in manifest.get("oneroster.version", "") or "roles" in rows
    return Roster(
        kind=f"oneroster {'1.2' if newer else '1.1'}",
        pupils=tuple(pupils),
        staff=tuple(found.staff.values()),
        guardians=tuple(alone),
        class_mentors={name: tuple(k for k in keys if k in found.staff) for name, keys in mentors.items()},
        refused=_once(found.refused),
        refused_numbers=frozenset(found.refused_numbers),
        notes=_once(found.notes),
        school_name=school_name,
        part=manifest.get("file.users") == "delta",
    )


def _users(found: Set) -> dict[str, Fields]:
    """By sourcedId, the first with each; whose row cannot be trusted is nobody."""
    users: dict[str, Fields] = {}
    for row in found.files["users"]:
        if not row.id:
            _refuse(found, row, N_("There is no sourcedId on this line."))
        elif row.id in users:
            _refuse(found, row, N_("This sourcedId stood on an earlier line."))
        elif row.surplus:
            _refuse(
                found, row, N_("This line has more cells than there are headings: is there a delimiter inside a text?")
            )
        else:
            users[row.id] = row
    return users


def _user(people: _People, row: Fields, pupils: list[PupilIn], alone: list[GuardianIn], named: set[str]) -> None:
    """A guardian of somebody is read beside the pupil; whoever has no child here is kept, so that one may come later."""
    role = people.roles.get(row.id, "")
    if role == STUDENT:
        pupils.append(_pupil(people, row))
    elif row.deleted or role == ELSEWHERE or (guardian_role(role) and row.id in named):
        return
    elif guardian_role(role):
        alone.append(_guardian(people.found, row, role))
    elif role:
        _staff(people.found, row)
    elif row.id not in named:
        raise _Refused(N_("Nothing says whether this is a pupil, a parent or a teacher."))


def _refuse(found: Set, row: Fields, why: str) -> None:
    found.refused.append(Remark(row.place, why, who=row.get("familyname")))
    found.refused_numbers.add(row.id)


def _once(remarks: Sequence[Remark]) -> tuple[Remark, ...]:
    """A guardian of two is read twice."""
    return tuple({str(remark): remark for remark in remarks}.values())


def _pupil(people: _People, row: Fields) -> PupilIn:
    given, family = _names(row)
    guardians: list[GuardianIn] = []
    for agent in people.agents.get(row.id, ()):
        other = people.users.get(agent)
        if other is None or other.deleted:
            people.found.note(row, N_("A guardian of this pupil is not in the file, or deleted there."))
        elif agent != row.id:
            try:
                guardians.append(_guardian(people.found, other, people.roles.get(agent, "")))
            except _Refused as error:
                _refuse(people.found, other, str(error))
    return PupilIn(
        row.id,
        row.place,
        given,
        family,
        people.birthdays.get(row.id),
        people.homes.get(row.id),
        guardians=tuple(guardians),
        left=row.deleted,
    )


def _guardian(found: Set, row: Fields, role: str) -> GuardianIn:
    given, family = _names(row)
    relation = values.relation(role if guardian_role(role) else "guardian")
    rights = Rights.NONE if role in NONE_RIGHTS else None
    language = next((values.language(text) for text in row.ending("language", "taal") if text), None)
    return GuardianIn(row.place, given, family, row.id, relation, rights, language, _phones(found, row))


def _staff(found: Set, row: Fields) -> None:
    mail = values.email(row.get("email")) or values.email(row.get("username"))
    given, family = _names(row)
    if mail is None:
        raise _Refused(N_("A member of staff without a mail address cannot be told apart: left out."))
    found.staff[row.id] = StaffIn(row.id, row.place, row.id, "", given, family, mail)


def _names(row: Fields) -> tuple[str, str]:
    given = row.get("preferredgivenname") or row.get("givenname")
    family = row.get("preferredfamilyname") or row.get("familyname")
    middle = row.get("preferredmiddlename") or row.get("middlename")
    if not given or not family:
        raise _Refused(N_("There is no whole name on this line."))
    if middle and all(word in values.PREFIXES for word in re.split(r"[\s']+", middle) if word):
        family = f"{middle} {family}"
    if len(row.id) > _LONGEST_ID or max(len(given), len(family)) > _LONGEST_NAME:
        raise _Refused(N_("A name, number or class on this line is too long."))
    if any(values.formula(text) for text in (row.id, given, family)):
        raise _Refused(N_("A name, number or class on this line begins like a formula."))
    return given, family


def _phones(found: Set, row: Fields) -> tuple[str, ...]:
    numbers: list[str] = []
    for typed in (row.get("sms"), row.get("phone")):
        number = values.phone(typed) if typed else None
        if typed and number is None:
            found.note(row, N_("A phone number cannot be right: it was left out."))
        elif number and not values.can_text(number):
            found.note(row, N_("A landline gets no messages: it was left out."))
        elif number:
            numbers.append(number)
    return tuple(dict.fromkeys(numbers))
