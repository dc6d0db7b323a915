"""Colleagues in a file: found by number, then by mail, then by a name that exactly one has; and who is a class's mentor."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.people.importing import values
from bot.people.importing.known import Known, KnownStaff
from bot.people.importing.plan import StaffRef, StaffStep, What
from bot.people.importing.roster import Remark, Roster, StaffIn
from bot.staff.marks import N_

_UNKNOWN = N_(
    "The line knows no colleague with this mail address: add them under Settings, Staff, or write the name too, "
    "like Anna de Wit <anna@school.nl>."
)


@dataclass
class Staff:
    """Who is meant by each key of the file, and what becomes of them."""

    called: dict[StaffRef, str] = field(default_factory=dict)
    found: dict[str, StaffRef] = field(default_factory=dict)
    class_names: dict[str, str] = field(default_factory=dict)
    made: list[StaffStep] = field(default_factory=list)
    refused: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)

    @property
    def steps(self) -> tuple[StaffStep, ...]:
        """One for each colleague of whom the file says something."""
        return tuple(self.made)

    def refs(self, keys: Sequence[str]) -> tuple[StaffRef, ...]:
        """Those of them who are known, or will be."""
        return tuple(dict.fromkeys(self.found[key] for key in keys if key in self.found))

    def each(self, refs: Sequence[StaffRef]) -> tuple[str, ...]:
        """Their names."""
        return tuple(self.called.get(ref, "?") for ref in refs)

    def names(self, refs: Sequence[StaffRef]) -> str:
        """The same in one line."""
        return ", ".join(self.each(refs))


def plan_staff(roster: Roster, known: Known) -> Staff:
    """Match every colleague; new ones need a name and a mail address, or nobody could tell them apart."""
    staff = Staff({row.id: f"{row.given_name} {row.family_name}".strip() for row in known.staff})
    numbers = {row.number: row for row in known.staff if row.number}
    mails = {row.email.casefold(): row for row in known.staff if row.email}
    taken: dict[StaffRef, str] = {}
    only_names: list[StaffIn] = []
    for person in roster.staff:
        if not person.number and not person.email:
            only_names.append(person)
            continue
        match = numbers.get(person.number) if person.number else None
        match = match or mails.get(person.email)
        if person.number and match and match.number not in {"", person.number}:
            match = None  # somebody else's mail address
        ref: StaffRef = match.id if match else person.key
        if ref in taken or (match is None and _mail_taken(person, mails, staff)):
            why = N_("A colleague with this mail address is there already: left out.")
            staff.refused.append(Remark(person.place, why, who=person.family_name))
            continue
        if match is None and not person.family_name:
            why = _UNKNOWN
            staff.notes.append(Remark(person.place, why, who=person.email))
            continue
        taken[ref] = person.key
        _take(staff, person, match)
    for person in only_names:
        _by_name(staff, person, known)
    return staff


def class_mentors(roster: Roster, staff: Staff) -> Mapping[str, tuple[StaffRef, ...]]:
    """Mentors by class: as the file gives them, else those whom more than half of its pupils have."""
    wanted: dict[str, tuple[StaffRef, ...]] = {}
    for name, keys in roster.class_mentors.items():
        key = " ".join(name.casefold().split())
        staff.class_names[key] = name
        if refs := staff.refs(keys):
            wanted[key] = refs
    by_class: dict[str, list[tuple[StaffRef, ...]]] = defaultdict(list)
    for pupil in roster.pupils:
        if pupil.class_name and not pupil.left and pupil.mentors:
            key = " ".join(pupil.class_name.casefold().split())
            staff.class_names.setdefault(key, pupil.class_name)
            by_class[key].append(staff.refs(pupil.mentors))
    for key, each in by_class.items():
        most, count = Counter(each).most_common(1)[0]
        if key not in wanted and most and 2 * count > len(each):
            wanted[key] = most
    return wanted


def _take(staff: Staff, person: StaffIn, match: KnownStaff | None) -> None:
    name = f"{person.given_name} {person.family_name}".strip()
    if match is None:
        new = {name: getattr(person, name) for name in ("number", "title", "given_name", "family_name", "email")}
        staff.found[person.key] = person.key
        staff.called[person.key] = name
        staff.made.append(StaffStep(What.NEW, person.key, name, person.place, set=tuple(new.items())))
        return
    if match.left:
        why = N_("This colleague has left the school: let them come back under Settings, Staff, if they work here.")
        staff.notes.append(Remark(person.place, why, who=staff.called[match.id]))
        return
    staff.found[person.key] = match.id
    changed = {}
    if not person.number:
        pass  # a mentor's name beside a pupil: the colleague is not what the line is about
    elif not match.number:
        changed["number"] = person.number
    else:
        for column in ("given_name", "family_name"):
            if getattr(person, column) and getattr(person, column) != getattr(match, column):
                changed[column] = getattr(person, column)
        if person.email and person.email != match.email.casefold() and not match.can_log_in:
            changed["email"] = person.email
    what = What.CHANGED if changed else What.SAME
    staff.made.append(StaffStep(what, person.key, name, person.place, match.id, tuple(changed.items())))


def _mail_taken(person: StaffIn, mails: Mapping[str, KnownStaff], staff: Staff) -> bool:
    new = {dict(step.set).get("email") for step in staff.made}
    return bool(person.email) and (person.email in mails or person.email in new)


def _by_name(staff: Staff, person: StaffIn, known: Known) -> None:
    """Exactly one colleague may have this name: whole, else with initials, else the family name alone."""
    wanted = values.words(f"{person.given_name} {person.family_name}")
    people: list[tuple[StaffRef, str, str]] = [
        (row.id, row.given_name, row.family_name) for row in known.staff if not row.left
    ]
    for step in staff.made:
        if step.what is What.NEW:
            columns = dict(step.set)
            people.append((step.key, columns["given_name"], columns["family_name"]))
    match: list[StaffRef] = []
    for same in (_whole, _initials, _family):
        match = match or [ref for ref, given, family in people if same(wanted, given, family)]
    if len(match) == 1:
        staff.found[person.key] = match[0]
        return
    why = (
        N_("More than one colleague is called like this mentor: write the mail address instead.")
        if match
        else N_("The line knows no colleague of this mentor's name: add them under Settings, Staff, and import again.")
    )
    staff.notes.append(Remark(person.place, why, who=f"{person.given_name} {person.family_name}".strip()))


def _whole(wanted: frozenset[str], given: str, family: str) -> bool:
    return wanted == values.words(f"{given} {family}")


def _initials(wanted: frozenset[str], given: str, family: str) -> bool:
    rest = wanted - values.words(family)
    initial = values.plain(given)[:1]
    return bool(rest) and values.words(family) <= wanted and initial in rest and all(len(word) == 1 for word in rest)


def _family(wanted: frozenset[str], given: str, family: str) -> bool:
    del given
    return wanted == values.words(family)
