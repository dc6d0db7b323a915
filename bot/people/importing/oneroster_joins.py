"""What the files of a OneRoster set say of each other: whose school, who is who, whose guardian, which class, which mentor."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.people.importing import values
from bot.people.importing.oneroster_rows import MENTORS, STUDENT, Fields
from bot.people.importing.roster import Place, Remark, StaffIn
from bot.people.importing.text import NotRead
from bot.staff.marks import N_

ELSEWHERE = "elsewhere"
"""The role of whoever belongs to another school of the same file."""
_LONGEST = 40
"""Of a class's name, as the table has it."""


@dataclass
class Set:
    """The files, and what was read of them so far."""

    files: Mapping[str, Sequence[Fields]]
    today: dt.date
    notes: list[Remark] = field(default_factory=list)
    refused: list[Remark] = field(default_factory=list)
    refused_numbers: set[str] = field(default_factory=set)
    staff: dict[str, StaffIn] = field(default_factory=dict)

    def note(self, row: Fields | str, why: str, **blanks: object) -> None:
        """Something to say about a row, or a whole file."""
        place = Place(row, 0) if isinstance(row, str) else row.place
        self.notes.append(Remark(place, why, blanks))

    def alive(self, name: str) -> list[Fields]:
        """Rows that are not marked as deleted."""
        return [row for row in self.files.get(name, ()) if not row.deleted and not row.surplus]


def school_of(found: Set, school: str, org: str) -> tuple[set[str], str]:
    """(ids of what belongs to the school; empty: everything, its name)."""
    schools = [row for row in found.alive("orgs") if row.get("type").casefold() in {"school", ""}]
    wanted = [row for row in schools if row.id == org] if org else schools
    if len(wanted) > 1 and school:
        wanted = [row for row in schools if values.plain(row.get("name")) == values.plain(school)]
    if (org and not wanted) or (len(schools) > 1 and len(wanted) != 1):
        listed = "; ".join(f"{row.get('name')} = {row.id}" for row in schools[:20])
        raise NotRead(N_("There are several schools in orgs.csv: say which one. %(schools)s"), schools=listed)
    if not wanted:
        return set(), ""
    known = {row.id for row in found.files.get("orgs", ())}
    used = {each for row in found.alive("users") for each in row.list("orgsourcedids", "primaryorgsourcedid")}
    used |= {each for row in found.alive("roles") for each in row.list("orgsourcedid")}
    lost = used - known
    if lost:
        found.note(
            "users.csv", N_("%(count)s organisations that users belong to are not in orgs.csv."), count=len(lost)
        )
    name = wanted[0].get("name")[:200]
    # A set of one school: whoever is in it belongs to it, whatever the rows say of districts and lost organisations.
    return (set() if len(schools) == 1 else {wanted[0].id}), name


def _here(row: Fields, home: set[str]) -> bool:
    orgs = set(row.list("orgsourcedids", "orgsourcedid", "primaryorgsourcedid", "schoolsourcedid"))
    return not home or not orgs or bool(orgs & home)


def roles_of(found: Set, home: set[str]) -> dict[str, str]:
    """Each user's role here. A pupil is a pupil whatever else stands there; then what comes first."""
    roles: dict[str, list[str]] = defaultdict(list)
    elsewhere: set[str] = set()
    gone = {row.id for row in found.files["users"] if row.deleted}
    for row in found.files.get("roles", ()):
        user = row.get("usersourcedid")
        if not _here(row, home):
            elsewhere.add(user)
        elif user in gone or not (row.deleted or _over(found, row)):
            roles[user].append(values.plain(row.get("role")))
    for row in found.files["users"]:
        if not _here(row, home):
            elsewhere.add(row.id)
        elif row.get("role") and row.id not in roles:
            roles[row.id] += [values.plain(role) for role in row.list("role")]
    if "roles" not in found.files and not any(row.get("role") for row in found.files["users"]):
        found.note(
            "users.csv", N_("There is no roles.csv: who is a pupil or a teacher was taken from enrollments.csv.")
        )
        for row in found.alive("enrollments"):
            if _here(row, home):
                roles[row.get("usersourcedid")].append(values.plain(row.get("role")))
    here = {key: STUDENT if STUDENT in names else names[0] for key, names in roles.items() if names}
    return dict.fromkeys(elsewhere, ELSEWHERE) | here


def agents_of(users: Mapping[str, Fields], roles: Mapping[str, str]) -> dict[str, list[str]]:
    """Guardians by pupil, from whichever side they are named."""
    agents: dict[str, list[str]] = defaultdict(list)
    for row in users.values():
        for other in row.list("agentsourcedids"):
            if roles.get(row.id) == STUDENT:
                agents[row.id].append(other)
            elif roles.get(other) == STUDENT and not row.deleted:
                agents[other].append(row.id)
    return {pupil: list(dict.fromkeys(theirs)) for pupil, theirs in agents.items()}


def classes_of(found: Set, home: set[str]) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """(class by pupil, mentors by class): the class that is her home, and the teacher who is first there."""
    names = _home_classes(found, home)
    homes: dict[str, str] = {}
    teachers: dict[str, list[tuple[bool, str]]] = defaultdict(list)
    for row in found.alive("enrollments"):
        name, user = names.get(row.get("classsourcedid"), ""), row.get("usersourcedid")
        role = values.plain(row.get("role")) if name and not _over(found, row) else ""
        if role == STUDENT and homes.setdefault(user, name) != name:
            found.note(row, N_("A pupil is in two homeroom classes: the first one counts."))
        elif role in MENTORS:
            teachers[name].append((row.yes("primary"), user))
    mentors: dict[str, tuple[str, ...]] = {}
    for name in dict.fromkeys(names.values()):
        every = [user for _, user in teachers[name]]
        first = [user for primary, user in teachers[name] if primary] or (every if len(every) == 1 else [])
        if first:
            mentors[name] = tuple(dict.fromkeys(first))[:2]
        else:
            why = N_("Class %(name)s has no first teacher: choose its mentor under Settings, Mentors.")
            found.note("enrollments.csv", why, name=name)
    return homes, mentors


def _home_classes(found: Set, home: set[str]) -> dict[str, str]:
    """Names of homeroom classes by sourcedId."""
    names: dict[str, str] = {}
    for row in found.alive("classes"):
        if values.plain(row.get("classtype")) == "homeroom" and _here(row, home):
            title, code = row.get("title"), row.get("classcode")
            name = title if 0 < len(title) <= _LONGEST else (code or title)[:_LONGEST]
            if name and not values.formula(name):
                names[row.id] = name
    if found.alive("classes") and not names:
        why = N_("No class is of the type homeroom: pupils come without a class. Give them one by CSV.")
        found.note("classes.csv", why)
    return names


def birthdays_of(found: Set) -> dict[str, dt.date]:
    """By sourcedId, of demographics.csv; day first, unless the whole column can only be American."""
    rows = found.alive("demographics")
    american = values.month_first(row.get("birthdate") for row in rows)
    days: dict[str, dt.date] = {}
    for row in rows:
        typed = row.get("birthdate")
        day = values.day(typed, today=found.today, american=american) if typed else None
        if day is not None:
            days[row.id] = day
        elif typed:
            found.note(row, N_("The birthday cannot be read, or lies in the future: it was left out."))
    return days


def _over(found: Set, row: Fields) -> bool:
    """Whether it has ended, or has not begun. A day that cannot be read ends nothing."""
    ends, begins = row.get("enddate"), row.get("begindate")
    far = dt.date(9998, 12, 31)
    end = values.day(ends, today=far) if ends else None
    begin = values.day(begins, today=far) if begins else None
    return bool((end and end < found.today) or (begin and begin > found.today))
