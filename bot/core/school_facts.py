"""The school as a turn knows it: its facts, who is on the rota, who stands for what, and until when they may promise. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from bot.calendar.facts import known_facts, no_lessons
from bot.people.availability import promise, rota
from bot.people.routing import choose, route
from bot.turn.topics import topic
from bot.turn.types import School
from db.queries.door import ChildFacts
from db.queries.school import SchoolView
from db.types import Role


def known_school(view: SchoolView, children: tuple[ChildFacts, ...], now: dt.datetime) -> School:
    """The school's facts, who is on the rota, and names and promises per role."""
    school = School(
        name=view.name,
        timezone=view.timezone,
        facts=known_facts(view, now),
        rota=rota(view, now),
        promise={},
        staff_names={},
        no_lessons=no_lessons(view.calendar),
    )
    school = _with_people(school, view, [(role.value, role, ()) for role in Role], now)
    school = _with_rules(school, view, None, now)
    return with_mentors(school, view, children, now) if children else school


def with_mentors(school: School, view: SchoolView, children: tuple[ChildFacts, ...], now: dt.datetime) -> School:
    """The same with each child's mentor as `mentor:<pupil id>`, and as `mentor` where there is one child."""
    wanted = [(f"mentor:{child.pupil_id}", Role.MENTOR, child.mentor_ids) for child in children]
    if len(children) == 1:
        wanted.append(("mentor", Role.MENTOR, children[0].mentor_ids))
    school = _with_people(school, view, wanted, now)
    for child in children:
        school = _with_rules(school, view, child, now)
    return school


def _with_rules(school: School, view: SchoolView, child: ChildFacts | None, now: dt.datetime) -> School:
    """The same with who gets each topic for which the school has a rule, as `topic:<name>` and `topic:<name>:<pupil id>`."""
    if not view.rules:
        return school
    today = now.astimezone(ZoneInfo(view.timezone)).date()
    promises, names = dict(school.promise), dict(school.staff_names)
    mentors, class_id = (child.mentor_ids, child.class_id) if child else ((), None)
    for name in {rule.topic for rule in view.rules}:
        found = topic(name)
        role = found.without_child if found.role is Role.MENTOR and not mentors else found.role
        person = route(view, name, role, mentors, today, class_id=class_id).person
        key = f"topic:{name}:{child.pupil_id}" if child else f"topic:{name}"
        promises[key] = promise(view, person, now)
        if person is not None:
            names[key] = person.name
    return replace(school, promise=promises, staff_names=names)


def about(school: School, view: SchoolView, classes: tuple[str, ...], now: dt.datetime) -> School:
    """The same with the facts and the days of these classes."""
    return replace(school, facts=known_facts(view, now, classes), no_lessons=no_lessons(view.calendar, classes))


def _with_people(
    school: School, view: SchoolView, wanted: Sequence[tuple[str, Role, tuple[int, ...]]], now: dt.datetime
) -> School:
    today = now.astimezone(ZoneInfo(view.timezone)).date()
    promises, names = dict(school.promise), dict(school.staff_names)
    for key, role, mentor_ids in wanted:
        chosen = choose(view, role, mentor_ids, today)
        promises[key] = promise(view, chosen.person, now)
        names.pop(key, None)
        if chosen.person is not None:
            names[key] = chosen.person.name
    return replace(school, promise=promises, staff_names=names)
