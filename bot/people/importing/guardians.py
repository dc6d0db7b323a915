"""Guardians in a file: who is who, what they may know of whom, and which mobile numbers the records give them.

A number of the school's own decides. Where a file has none, she is whoever has this name beside this pupil already; else somebody
of the same name with the same mobile number or mail; else she is new, and gets a number made of the pupil's.

Who was found to stand twice in the files (bot/people/uniting.py) is one guardian under either number and either name; what she is
called, the lines with her own number say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.people.importing import values
from bot.people.importing.known import Known, KnownGuardian
from bot.people.importing.plan import Edit, GuardianStep, LinkStep, PhoneStep, What
from bot.people.importing.roster import GuardianIn, PupilIn, Remark, Roster
from bot.staff.marks import N_
from db.types import Rights

_STRICT = list(Rights)
"""From knowing most to knowing nothing."""


@dataclass
class Guardians:
    """What becomes of the guardians."""

    steps: tuple[GuardianStep, ...] = ()
    links: tuple[LinkStep, ...] = ()
    phones: tuple[PhoneStep, ...] = ()
    named: set[tuple[str, str]] = field(default_factory=set)
    """(guardian, pupil) as the file has them."""
    refused: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)


@dataclass
class _Person:
    """One guardian over all lines of the file."""

    number: str
    said: GuardianIn
    before: KnownGuardian | None
    own: bool = True
    """Whether `said` stands under this number, or under another that is hers too."""
    phones: dict[str, None] = field(default_factory=dict)
    links: dict[str, GuardianIn] = field(default_factory=dict)
    edits: list[Edit] = field(default_factory=list)

    def hear(self, said: GuardianIn, *, own: bool) -> None:
        """Another line about her: the first one counts, what it left open is filled."""
        self.phones |= dict.fromkeys(said.phones)
        first, then = (said, self.said) if own and not self.own else (self.said, said)
        self.said = replace(first, language=first.language or then.language)
        self.own = self.own or own


def plan_guardians(roster: Roster, pupils: Sequence[PupilIn], known: Known) -> Guardians:
    """All guardians of these pupils, and those who stand alone."""
    found = Guardians()
    people = _people(roster, pupils, known, found)
    found.links = tuple(_links(people, pupils, known))
    found.phones = tuple(_phones(people, known, found))
    found.steps = tuple(_step(person) for person in people.values())
    return found


# --- who is who


def _people(roster: Roster, pupils: Sequence[PupilIn], known: Known, found: Guardians) -> dict[str, _Person]:
    people: dict[str, _Person] = {}
    who = _Who(known)
    for pupil in pupils:
        for line in pupil.guardians:
            said = line
            number = said.number or who.number(said, pupil.number)
            if not _take(people, known, found, number, said):
                continue
            number = _kept(known, number)
            who.remember(number, said)
            earlier = people[number].links.get(pupil.number)
            people[number].links[pupil.number] = said if earlier is None else _both(earlier, said, known, found)
            found.named.add((number, pupil.number))
    for said in roster.guardians:
        _take(people, known, found, said.number, said)
    return people


def _kept(known: Known, number: str) -> str:
    """The number of whoever this is."""
    return known.twins[number].kept if number in known.twins else number


def _both(earlier: GuardianIn, said: GuardianIn, known: Known, found: Guardians) -> GuardianIn:
    """Two lines about one guardian of one pupil: the narrower rights, and how she is related as her own number says."""
    if said.rights and earlier.rights and said.rights is not earlier.rights:
        said = replace(said, rights=max(said.rights, earlier.rights, key=_STRICT.index))
        why = N_("Two lines give this guardian different rights: the narrower ones count.")
        found.notes.append(Remark(said.place, why, who=said.name))
    relation = earlier.relation if said.number in known.twins else said.relation
    relation = relation or said.relation or earlier.relation
    return replace(said, rights=said.rights or earlier.rights, relation=relation)


def _take(people: dict[str, _Person], known: Known, found: Guardians, number: str, said: GuardianIn) -> bool:
    twin = known.twins.get(number)
    number = _kept(known, number)
    before = known.guardians.get(number)
    names = [f"{before.given_name} {before.family_name}"] if before else []
    names += [each.name for each in known.twins.values() if each.kept == number]
    if names and not any(values.same_person(name, said.name) for name in names):
        why = N_("The line knows another guardian under this number: give this one a number of their own.")
        found.refused.append(Remark(said.place, why, who=said.name))
        return False
    # Found by name, the other spelling is hers too.
    own = twin is None and (before is None or bool(said.number) or values.words(names[0]) == values.words(said.name))
    if not own and before is not None:  # how she is called stands under her own number
        said = replace(said, given_name=before.given_name, family_name=before.family_name)
        said = replace(said, language=None if before.language else said.language)
    if number not in people:
        people[number] = _Person(number, said, before, own)
    people[number].hear(said, own=own)
    return True


class _Who:
    """Numbers for guardians whom the file gives none."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.pupils = {row.id: row.number for row in known.pupils.values()}
        self.beside: dict[tuple[str, frozenset[str]], str] = {}
        self.by_sign: dict[tuple[str, frozenset[str]], str] = {}
        self.used = set(known.guardians) | set(known.twins)
        phones: dict[int, list[str]] = {}
        for phone, address in known.addresses.items():
            if address.guardian_id is not None:
                phones.setdefault(address.guardian_id, []).append(phone)
        for number, row in known.guardians.items():
            name = values.words(f"{row.given_name} {row.family_name}")
            for pupil_id in row.links:
                self.beside[self.pupils.get(pupil_id, ""), name] = number
            for phone in phones.get(row.id, ()):
                self.by_sign.setdefault((phone, name), number)
        for twin in known.twins.values():
            kept, name = known.guardians.get(twin.kept), values.words(twin.name)
            for pupil_id in kept.links if kept else ():
                self.beside.setdefault((self.pupils.get(pupil_id, ""), name), twin.kept)
            for phone in phones.get(kept.id, ()) if kept else ():
                self.by_sign.setdefault((phone, name), twin.kept)

    def number(self, said: GuardianIn, pupil: str) -> str:
        """The number of whoever this is, or a new one."""
        name = values.words(said.name)
        if (pupil, name) in self.beside:
            return self.beside[pupil, name]
        for sign in (*said.phones, said.mail):
            if sign and (sign, name) in self.by_sign:
                return self.by_sign[sign, name]
        n = 1
        while f"{pupil}-{n}" in self.used:
            n += 1
        return f"{pupil}-{n}"

    def remember(self, number: str, said: GuardianIn) -> None:
        """So that the same person is found beside a brother or sister."""
        self.used.add(number)
        for sign in (*said.phones, said.mail):
            if sign:
                self.by_sign.setdefault((sign, values.words(said.name)), number)


# --- what they may know


def _links(people: dict[str, _Person], pupils: Sequence[PupilIn], known: Known) -> list[LinkStep]:
    names = {pupil.number: pupil.name for pupil in pupils}
    steps: list[LinkStep] = []
    for person in people.values():
        for pupil_number, said in person.links.items():
            pupil = known.pupils.get(pupil_number)
            link = person.before.links.get(pupil.id) if person.before and pupil else None
            relation, old = link or ("", None)
            rights = said.rights or old or Rights.FULL
            wanted = said.relation or relation
            if link is not None and (wanted, rights) == (relation, old):
                continue
            shown = (person.said.name, names[pupil_number])
            steps.append(LinkStep(person.number, pupil_number, wanted, rights, old, shown))
            if old is None:
                person.edits.append(Edit("child", "", shown[1]))
            elif old is not rights:
                person.edits.append(Edit("rights", old.value, rights.value))
            else:
                person.edits.append(Edit("relation", relation, wanted))
    return steps


# --- how they are reached


def _phones(people: dict[str, _Person], known: Known, found: Guardians) -> list[PhoneStep]:
    """Whose each number is. First come, first served: a number that two have is shared, and that is said."""
    ids = {person.before.id: person for person in people.values() if person.before}
    owners: dict[str, str] = {}
    for phone, address in known.addresses.items():
        holder = ids.get(address.guardian_id or 0)
        if address.guardian_id is not None and holder is not None and phone in holder.phones:
            owners[phone] = holder.number  # theirs before, and still
    steps: list[PhoneStep] = []
    for person in people.values():
        for phone in person.phones:
            steps += _give(person, phone, owners, ids, known, found)
    for phone, address in known.addresses.items():
        holder = ids.get(address.guardian_id or 0)
        if holder is not None and holder.phones and phone not in holder.phones and phone not in owners:
            holder.edits.append(Edit("phone", phone, ""))
            steps.append(PhoneStep(phone, None, address.id))
            if holder.before and holder.before.id in address.bound_to:
                why = N_(
                    "A number that is no longer in the file was proven to be this guardian's: it stays so until somebody ends it."
                )
                found.notes.append(Remark(holder.said.place, why, who=holder.said.name))
    return steps


def _give(
    person: _Person,
    phone: str,
    owners: dict[str, str],
    ids: dict[int, _Person],
    known: Known,
    found: Guardians,
) -> list[PhoneStep]:
    address = known.addresses.get(phone)
    owner = owners.get(phone)
    if owner is None and address is not None and address.guardian_id is not None:
        holder = ids.get(address.guardian_id)
        if holder is None or not holder.phones:
            owner = ""  # somebody whose numbers the file does not give: it stays hers
    if address is not None and address.staff:
        why = N_("This mobile number is a colleague's: it was left out.")
        found.notes.append(Remark(person.said.place, why, who=person.said.name))
        return []
    if owner is not None and owner != person.number:
        why = N_(
            "This mobile number is another guardian's too: a shared phone. It stays with the first; the line asks who is writing."
        )
        found.notes.append(Remark(person.said.place, why, who=person.said.name))
        return []
    owners[phone] = person.number
    mine = person.before.id if person.before else None
    if address is not None and address.guardian_id is not None and address.guardian_id == mine:
        return []
    if address is not None and address.bound_to - {mine}:
        why = N_("This mobile number was proven to be another guardian's: that stays so until somebody ends it.")
        found.notes.append(Remark(person.said.place, why, who=person.said.name))
    person.edits.append(Edit("phone", "", phone))
    return [PhoneStep(phone, person.number, address.id if address else None)]


def _step(person: _Person) -> GuardianStep:
    said, before = person.said, person.before
    new: dict[str, str | None] = {"given_name": said.given_name, "family_name": said.family_name}
    if said.language:
        new["language"] = said.language
    if before is None:
        columns = {"language": None, **new}
        return GuardianStep(What.NEW, person.number, said.name, said.place, set=tuple(columns.items()))
    changed = {name: value for name, value in new.items() if getattr(before, name) != value}
    edits = [Edit(name, str(getattr(before, name) or ""), str(value)) for name, value in changed.items()]
    edits += [edit for edit in person.edits if edit.field != "phone"]
    moved = [edit for edit in person.edits if edit.field == "phone"]
    if moved:
        gone, come = ([text for text in side if text] for side in zip(*((e.old, e.new) for e in moved), strict=True))
        edits.append(Edit("phone", ", ".join(gone), ", ".join(come)))
    what = What.CHANGED if edits else What.SAME
    return GuardianStep(what, person.number, said.name, said.place, before.id, tuple(changed.items()), tuple(edits))
