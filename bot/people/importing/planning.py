"""From a file and what the line knows to a plan. Pure: the same two always give the same plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from bot.people.importing import values
from bot.people.importing.guardians import Guardians, plan_guardians
from bot.people.importing.known import Known, KnownClass, KnownPupil
from bot.people.importing.mentors import Staff, class_mentors, plan_staff
from bot.people.importing.plan import Edit, Kept, MentorStep, Plan, PupilStep, StaffRef, What
from bot.people.importing.roster import Place, PupilIn, Remark, Roster
from bot.staff.marks import N_
from db.types import Rights


def make_plan(roster: Roster, known: Known, *, part: bool = False) -> Plan:
    """What importing it would do. `part`: the file is only a part of the school, so nobody has left by not being in it."""
    staff = plan_staff(roster, known)
    classes = {_same(row.name): row for row in known.classes}
    new_classes = {
        _same(name): name
        for name in (*(p.class_name for p in roster.pupils if not p.left), *roster.class_mentors)
        if name and _same(name) not in classes
    }
    mentors = class_mentors(roster, staff)
    steps: list[PupilStep] = []
    refused: list[Remark] = [*roster.refused, *staff.refused]
    taken: list[PupilIn] = []
    for pupil in roster.pupils:
        before = known.pupils.get(pupil.number)
        if before is not None and not values.words(f"{before.given_name} {before.family_name}") & values.words(
            pupil.name
        ):
            why = N_("The line knows another pupil under this number: give this one a number of their own.")
            refused.append(Remark(pupil.place, why, who=pupil.name))
        elif pupil.left:
            steps += [_gone(before, pupil.place)] if before is not None and not before.left else []
        else:
            taken.append(pupil)
            steps.append(_pupil(pupil, before, _Where(known, classes, staff, mentors)))
    missing = [] if part or roster.part else _missing(roster, known)
    steps += [_gone(pupil, Place("", 0)) for pupil in missing]
    guardians = plan_guardians(roster, taken, known)
    return Plan(
        kind=roster.kind,
        school_name=roster.school_name,
        pupils=tuple(steps),
        guardians=guardians.steps,
        links=guardians.links,
        phones=guardians.phones,
        staff=staff.steps,
        classes=tuple(new_classes.values()),
        mentors=_mentors(mentors, classes, staff),
        refused=tuple(sorted((*refused, *guardians.refused), key=lambda remark: remark.place)),
        notes=tuple(sorted((*roster.notes, *staff.notes, *guardians.notes), key=lambda remark: remark.place)),
        kept=_kept(taken, known, guardians),
        missing=len(missing),
        here=sum(not pupil.left for pupil in known.pupils.values()),
    )


class _Where:
    """What a pupil's step looks things up in."""

    def __init__(
        self,
        known: Known,
        classes: Mapping[str, KnownClass],
        staff: Staff,
        mentors: Mapping[str, tuple[StaffRef, ...]],
    ) -> None:
        self.names = {row.id: row.name for row in known.classes}
        self.classes, self.staff, self.mentors = classes, staff, mentors


def _pupil(pupil: PupilIn, before: KnownPupil | None, where: _Where) -> PupilStep:
    new: dict[str, object] = {"given_name": pupil.given_name, "family_name": pupil.family_name}
    if pupil.birthday is not None:
        new["birthday"] = pupil.birthday
    own = _own_mentors(pupil, before, where)
    if before is None:
        wanted = {"birthday": None, **new}
        return PupilStep(
            What.NEW,
            pupil.number,
            pupil.name,
            pupil.place,
            set=tuple(wanted.items()),  # type: ignore[arg-type]
            class_name=pupil.class_name,
            mentors=own,
        )
    changed = {name: value for name, value in new.items() if getattr(before, name) != value}
    edits = [Edit(name, str(getattr(before, name) or ""), str(value)) for name, value in changed.items()]
    class_name = None
    old_class = where.names.get(before.class_id or 0, "")
    if pupil.class_name and _same(pupil.class_name) != _same(old_class):
        class_name = pupil.class_name
        edits.append(Edit("class", old_class, class_name))
    if own is not None:
        edits.append(Edit("mentor", where.staff.names(before.mentors), where.staff.names(own)))
    what = What.BACK if before.left else What.CHANGED if edits else What.SAME
    return PupilStep(
        what,
        pupil.number,
        pupil.name,
        pupil.place,
        before.id,
        tuple(changed.items()),  # type: ignore[arg-type]
        class_name,
        own,
        tuple(edits),
    )


def _own_mentors(pupil: PupilIn, before: KnownPupil | None, where: _Where) -> tuple[StaffRef, ...] | None:
    """Mentors of this pupil alone, where the file gives others than the class has; None: as they are."""
    theirs = where.staff.refs(pupil.mentors)
    if not theirs:
        return None
    own = () if pupil.class_name and where.mentors.get(_same(pupil.class_name)) == theirs else theirs
    return None if own == (before.mentors if before else ()) else own


def _missing(roster: Roster, known: Known) -> list[KnownPupil]:
    there = {pupil.number for pupil in roster.pupils} | roster.refused_numbers
    return [pupil for number, pupil in known.pupils.items() if not pupil.left and number not in there]


def _gone(pupil: KnownPupil, place: Place) -> PupilStep:
    return PupilStep(What.LEFT, pupil.number, f"{pupil.given_name} {pupil.family_name}", place, pupil.id)


def _mentors(
    wanted: Mapping[str, tuple[StaffRef, ...]], classes: Mapping[str, KnownClass], staff: Staff
) -> tuple[MentorStep, ...]:
    steps = []
    for name, refs in wanted.items():
        before = classes.get(name)
        old: Sequence[StaffRef] = before.mentors if before else ()
        if tuple(old) != refs:
            shown = before.name if before else staff.class_names[name]
            steps.append(MentorStep(shown, refs, staff.each(old), staff.each(refs), before is None))
    return tuple(steps)


def _kept(taken: Sequence[PupilIn], known: Known, guardians: Guardians) -> tuple[Kept, ...]:
    """Said only where the file names guardians at all."""
    if not any(pupil.guardians for pupil in taken):
        return ()
    by_pupil: dict[int, list[tuple[str, str, Rights]]] = defaultdict(list)
    for guardian in known.guardians.values():
        for pupil_id, (_, rights) in guardian.links.items():
            name = f"{guardian.given_name} {guardian.family_name}".strip()
            by_pupil[pupil_id].append((guardian.number, name, rights))
    found: list[Kept] = []
    for pupil in taken:
        before = known.pupils.get(pupil.number)
        for number, name, rights in by_pupil[before.id] if before else ():
            if rights is not Rights.NONE and (number, pupil.number) not in guardians.named:
                found.append(Kept(name, pupil.name, rights))
    return tuple(found)


def _same(name: str) -> str:
    return " ".join(name.casefold().split())
