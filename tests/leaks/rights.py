"""Who may know what, reckoned naively: loops over plain lists, nothing shared with the questions that are tried."""

from __future__ import annotations

from db.types import CaseState, Rights, Role, Sensitivity
from tests.leaks.marks import facts
from tests.leaks.people import ACase, AClass, AGuardian, APupil, ASchool, AStaff

TRUST = {Role.SAFETY_COORDINATOR, Role.CONFIDENTIAL_COUNSELLOR}


def may_read(school: ASchool, person: AStaff, case: ACase) -> bool:
    """docs/staff.md, "Who sees what"."""
    if person.left:
        return False
    if case.assignee_id == person.staff_id:
        return True
    if case.role in person.roles and case.role is not Role.MENTOR:
        return True
    mentors = mentors_of(school, school.pupil(case.pupil_id))
    if case.sensitivity is Sensitivity.SPECIAL:
        theirs = case.role is Role.MENTOR and person.staff_id in mentors
        return theirs or bool(TRUST & set(person.roles))
    if person.administrator or person.staff_id in mentors:
        return True
    return case.assignee_id is None and Role.ADMINISTRATION in person.roles


def may_see(school: ASchool, person: AStaff, case: ACase) -> bool:
    """That it exists."""
    unowned = case.assignee_id is None and Role.ADMINISTRATION in person.roles
    return not person.left and (person.administrator or unowned or may_read(school, person, case))


def mentors_of(school: ASchool, pupil: APupil | None) -> set[int]:
    """The pupil's own, and the class's."""
    if pupil is None:
        return set()
    return set(pupil.mentors) | {
        i for group in school.classes if group.class_id == pupil.class_id for i in group.mentors
    }


def classes_of(school: ASchool, person: AStaff) -> list[AClass]:
    """Those somebody mentors, or a pupil of which; all of them for an administrator."""
    return [
        group
        for group in school.classes
        if person.administrator
        or person.staff_id in group.mentors
        or any(person.staff_id in pupil.mentors for pupil in school.pupils if pupil.class_id == group.class_id)
    ]


def may_know(school: ASchool, person: AStaff) -> set[str]:
    """Every fact that this person may meet on any page."""
    if person.left:
        return set()
    known: set[str] = facts([school.name])
    for colleague in school.staff:
        known |= facts(colleague.names)
        if person.administrator:
            known |= facts(colleague.private)
    for group in classes_of(school, person):
        known |= facts([group.name])
        here = [pupil for pupil in school.pupils if pupil.class_id == group.class_id and not pupil.left]
        for pupil in here:
            known |= facts(pupil.names) | parents_names(school, pupil)
    for case in school.cases:
        if may_read(school, person, case):
            known |= facts(case.words) | names_in(school, case)
    if person.administrator:
        known |= facts(school.unanswered) | directory(school)
        for private in (*(one.private for one in school.pupils), *(one.private for one in school.guardians)):
            known |= facts(private)
    return known


def parents_names(school: ASchool, pupil: APupil) -> set[str]:
    """Who stands beside a pupil on the page of the class."""
    here = [guardian for guardian in school.guardians if pupil.pupil_id in guardian.children]
    return {fact for guardian in here for fact in facts([*guardian.names, guardian.relation])}


def may_see_guardian(school: ASchool, person: AStaff, guardian: AGuardian) -> bool:
    """docs/rights.md, "The guardian's page": administrators, and the mentors of a child of hers."""
    here = [pupil for pupil in map(school.pupil, guardian.children) if pupil is not None and not pupil.left]
    mentors = {mentor for pupil in here for mentor in mentors_of(school, pupil)}
    return guardian in school.guardians and not person.left and (person.administrator or person.staff_id in mentors)


def page_of(school: ASchool, person: AStaff, guardian: AGuardian) -> set[str]:
    """What stands on it: who she is, and her children at school with their classes. No number, no key, no birthday."""
    if not may_see_guardian(school, person, guardian):
        return set()
    known = facts([*guardian.names, guardian.relation])
    for pupil in map(school.pupil, guardian.children):
        if pupil is not None and not pupil.left:
            known |= facts(pupil.names)
            known |= facts(group.name for group in school.classes if group.class_id == pupil.class_id)
    return known


def names_in(school: ASchool, case: ACase) -> set[str]:
    """Guardian, child and class of a case, and her other children: it may be about one of those."""
    guardian, known = school.guardian(case.guardian_id), set[str]()
    children = {case.pupil_id, *(of_rights(guardian) if guardian else ())}
    for pupil in (school.pupil(number) for number in children):
        if pupil is not None and (pupil.pupil_id == case.pupil_id or not pupil.left):
            known |= facts(pupil.names)
            known |= facts(group.name for group in school.classes if group.class_id == pupil.class_id)
    return known | (facts(guardian.names) if guardian else set())


def of_rights(guardian: AGuardian) -> list[int]:
    """The children to whom she has rights."""
    return [pupil_id for pupil_id, rights in guardian.children.items() if rights is not Rights.NONE]


def directory(school: ASchool) -> set[str]:
    """Names of parents with rights, of children at school and of classes: what is shown where somebody says who writes."""
    known = facts(group.name for group in school.classes)
    for guardian in school.guardians:
        children = [school.pupil(pupil_id) for pupil_id in of_rights(guardian)]
        here = [pupil for pupil in children if pupil is not None and not pupil.left]
        if here:
            known |= facts(guardian.names)
        for pupil in here:
            known |= facts(pupil.names)
    return known


def never_in_lists(school: ASchool) -> set[str]:
    """Law 11: what is special stands in no list and no title, whoever looks."""
    special = [case for case in school.cases if case.sensitivity is Sensitivity.SPECIAL]
    other = [case for case in school.cases if case.sensitivity is not Sensitivity.SPECIAL]
    return {fact for case in special for fact in facts(case.words)} - {
        fact for case in other for fact in facts(case.words)
    }


def counted(school: ASchool, person: AStaff) -> dict[str, int]:
    """How many cases stand in each tab."""
    seen = [case for case in school.cases if may_see(school, person, case)]
    opened = [case for case in seen if case.state is CaseState.OPEN]
    return {
        "mine": sum(case.assignee_id == person.staff_id for case in opened),
        "team": sum(case.assignee_id not in (None, person.staff_id) for case in opened),
        "unassigned": sum(case.assignee_id is None for case in opened),
        "waiting": sum(case.state is CaseState.WAITING for case in seen),
        "closed": sum(case.state is CaseState.CLOSED for case in seen),
    }
