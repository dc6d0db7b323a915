"""Who gets it: topic and pupil decide the role, the class the person, availability who stands in. Never nobody. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from bot.people.availability import absent, promise
from bot.turn.topics import topic as topic_of
from db.queries.school import Colleague, Rule, SchoolView
from db.types import Role, Sensitivity

TRUSTED = (Role.CARE_COORDINATOR, Role.SAFETY_COORDINATOR, Role.CONFIDENTIAL_COUNSELLOR)
"""Who hears of health, care and safety where the one it belongs to cannot, before anybody else does."""
_GENERAL = (Role.TEAM_LEADER, Role.ADMINISTRATION)
NOBODY: Collection[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who it goes to, and why (for one line to that person): role, of whom, standing in for whom."""

    person: Colleague | None
    role: Role
    instead_of: Colleague | None = None
    why: str = "role"

    def reason(self, class_name: str = "") -> dict[str, Any]:
        """What the case keeps of it."""
        why: dict[str, Any] = {"why": self.why, "role": self.role.value}
        if class_name and self.role is Role.MENTOR:
            why["class"] = class_name
        if self.instead_of is not None:
            why |= {"instead_of": self.instead_of.name, "instead_of_id": self.instead_of.staff_id}
        return why


def choose(
    view: SchoolView,
    role: Role,
    mentor_ids: Sequence[int],
    today: dt.date,
    *,
    out: Collection[int] = NOBODY,
    special: bool = False,
) -> Chosen:
    """The person for a role: the pupil's mentor first, then who holds it, who stands in, and whoever comes after them.

    A part-time day passes nothing on: only an absence does, today or on the day on which the answer would be due.
    Somebody is always named while anybody works here. Nobody of those who are `out`. After those of the role those of trust
    come first where it is one of them, or where this is `special`.
    """
    own = list(mentor_ids) if role is Role.MENTOR else []
    own += [i for i in view.holders.get(role, ()) if i not in own]
    for staff_id in own:
        person = view.staff.get(staff_id)
        if person is None or staff_id in out:
            continue
        absence = away(view, person, today)
        if absence is None:
            return Chosen(person, role)
        substitute = stand_in(view, absence, today, out)
        if substitute is not None:
            return Chosen(substitute, role, instead_of=person, why="stands_in")
    why = "all_away" if any(i in view.staff for i in own) else "nobody_holds_it"
    here = (person for person in _after(view, trust=special or role in TRUSTED) if person.staff_id not in out)
    able = next((person for person in here if away(view, person, today) is None), None)
    if able is not None:
        return Chosen(able, role, why=why)
    return Chosen(last_resort(view, today, out=out), role, why="last_resort")


def last_resort(view: SchoolView, today: dt.date, *, out: Collection[int] = NOBODY) -> Colleague | None:
    """Who gets what nobody else can see to: named for it, else an administrator, else anybody; not away, if possible."""
    order = [view.staff[i] for i in view.holders.get(Role.LAST_RESORT, ()) if i in view.staff]
    order += [person for person in view.staff.values() if person.administrator]
    order += view.staff.values()
    for skipped in (out, NOBODY):
        people = [person for person in order if person.staff_id not in skipped]
        if people:
            return next((person for person in people if away(view, person, today) is None), people[0])
    return None


def away(view: SchoolView, person: Colleague, today: dt.date) -> tuple[dt.date, dt.date, int | None] | None:
    """The absence that keeps this person from it: of today, or of the day on which their answer would be due."""
    if (now := absent(person, today)) is not None or not person.absences:
        return now
    never = replace(person, absences=())
    noon = dt.datetime.combine(today, dt.time(12), ZoneInfo(view.timezone))
    return absent(person, promise(view, never, noon).astimezone(ZoneInfo(view.timezone)).date())


def stand_in(
    view: SchoolView, absence: tuple[dt.date, dt.date, int | None], today: dt.date, out: Collection[int] = NOBODY
) -> Colleague | None:
    """Who stands in during an absence; whoever stands in for that one, if they are away as well."""
    seen: set[int] = set()
    number = absence[2]
    while number is not None and number not in seen and (person := view.staff.get(number)) is not None:
        seen.add(number)
        next_absence = away(view, person, today)
        if next_absence is None:
            return None if number in out else person
        number = next_absence[2]
    return None


def instead(
    view: SchoolView,
    person: Colleague,
    role: Role,
    mentor_ids: Sequence[int],
    today: dt.date,
    *,
    due: dt.date | None = None,
) -> Chosen:
    """Who takes over what somebody has who is away, today or when it is due: who stands in, else the next; else it stays."""
    absence = (absent(person, due) if due else None) or away(view, person, today)
    substitute = stand_in(view, absence, today) if absence else None
    found = substitute or choose(view, role, mentor_ids, today, out={person.staff_id}).person
    return Chosen(found or person, role, instead_of=person, why="stands_in")


def above(view: SchoolView, sensitivity: Sensitivity) -> list[int]:
    """Whom silence is brought to: the team leaders, then the administration; with what is special the roles of trust."""
    roles = TRUSTED if sensitivity is Sensitivity.SPECIAL else _GENERAL
    return list(dict.fromkeys(i for role in roles for i in view.holders.get(role, ())))


def _after(view: SchoolView, *, trust: bool) -> Iterator[Colleague]:
    """Who comes after those who hold a role; in trust those of trust do first."""
    for fallback in (*(TRUSTED if trust else ()), *_GENERAL):
        yield from (view.staff[i] for i in view.holders.get(fallback, ()) if i in view.staff)


# --- the rules of a school


def rule_for(view: SchoolView, topic: str, class_id: int | None) -> Rule | None:
    """What the school says of a topic: for this class, else for all; None: as the line itself has it."""
    rules = [rule for rule in view.rules if rule.topic == topic and rule.class_id in (None, class_id)]
    return next((rule for rule in rules if rule.class_id is not None), next(iter(rules), None))


def allowed_roles(name: str) -> tuple[Role, ...]:
    """The roles that a rule may name for a topic: any; for what is special its own and those of trust."""
    found = topic_of(name)
    if found.sensitivity is not Sensitivity.SPECIAL:
        return tuple(role for role in Role if role is not Role.LAST_RESORT)
    return tuple(dict.fromkeys((found.role, *TRUSTED)))


def allows(name: str, person: Colleague, mentors: Collection[int]) -> bool:
    """Whether a rule may name this person: of what is special only who holds a role that may have it, or mentors."""
    if topic_of(name).sensitivity is not Sensitivity.SPECIAL:
        return True
    held = set(person.roles) & set(allowed_roles(name))
    mentoring = topic_of(name).role is Role.MENTOR and person.staff_id in mentors
    return bool(held) or mentoring


def route(
    view: SchoolView, name: str, role: Role, mentor_ids: Sequence[int], today: dt.date, *, class_id: int | None = None
) -> Chosen:
    """The person for a topic: by the school's rule, else by the role that the line itself has for it."""
    rule = rule_for(view, name, class_id)
    if rule is None:
        return choose(view, role, mentor_ids, today)
    person = view.staff.get(rule.staff_id or 0)
    if person is None:
        chosen = choose(view, rule.role or role, mentor_ids, today)
        return replace(chosen, why="rule") if chosen.why == "role" else chosen
    # What is special stays with who may have it: a rule that was right once may have outlived the person's role.
    if topic_of(name).sensitivity is Sensitivity.SPECIAL and not allows(name, person, mentor_ids):
        return choose(view, role, mentor_ids, today)
    absence = away(view, person, today)
    if absence is None:
        return Chosen(person, role, why="rule_person")
    substitute = stand_in(view, absence, today)
    if substitute is not None:
        return Chosen(substitute, role, instead_of=person, why="stands_in")
    return choose(view, role, mentor_ids, today, out={person.staff_id})
