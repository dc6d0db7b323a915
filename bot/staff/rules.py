"""The rules of a school: which role or person gets a topic. What is special stays in trust, and nothing is learned in silence.

What colleagues pass on to the same person again and again is offered as a rule; an administrator decides. A rule moves what
parents write about children: it is made by somebody who answers for it, and a habit of a busy month must not become one.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.people.routing import allowed_roles, allows, rule_for
from bot.staff.marks import N_
from bot.staff.settings import NotHere
from bot.staff.typed import WrongFields
from bot.turn.topics import TOPICS
from bot.turn.topics import topic as topic_of
from db.queries.routing import Passed, declined, passed_on
from db.queries.school import SchoolView, school_view
from db.tables import ClassMentor, RoutingRule, SchoolClass
from db.types import Role, Sensitivity

LEARNED_FROM, LEARNED_IN = 3, dt.timedelta(days=180)
"""So many cases that went to the same colleague within these days are offered as a rule."""


async def set_rule(
    session: AsyncSession, school_id: int, *, topic: str, class_id: int | None, role: str, staff_id: int | None
) -> None:
    """From now on this topic (in this class) goes to this role or person; a rule for the same is replaced."""
    wrong: dict[str, str] = {}
    wanted = next((each for each in Role if each.value == role), None)
    if topic not in TOPICS:
        wrong["topic"] = N_("Choose one of the list.")
    if (wanted is None) == (staff_id is None):
        wrong["role"] = N_("Choose a role or a person.")
    if wrong:
        raise WrongFields(wrong)
    group = await session.get(SchoolClass, class_id) if class_id else None
    if class_id and (group is None or group.school_id != school_id):
        raise NotHere("This class is not here (any more).")
    if wanted is not None and wanted not in allowed_roles(topic):
        raise WrongFields({"role": N_("This topic is confidential: only its own role and those of trust may get it.")})
    if staff_id is not None:
        view = await school_view(session, school_id)
        if staff_id not in view.staff:
            raise NotHere("This person is not here (any more).")
        mentors = await _mentors(session, school_id, class_id)
        if not allows(topic, view.staff[staff_id], mentors):
            wrong["staff"] = N_("This topic is confidential: this person holds no role that may read it.")
            raise WrongFields(wrong)
    await _forget(session, school_id, topic, class_id)
    session.add(RoutingRule(school_id=school_id, topic=topic, class_id=class_id, role=wanted, staff_id=staff_id))


async def remove_rule(session: AsyncSession, school_id: int, rule_id: int) -> None:
    """The line's own way again."""
    rule = await session.get(RoutingRule, rule_id)
    if rule is None or rule.school_id != school_id:
        raise NotHere("This is not here (any more).")
    await session.delete(rule)


async def decline(session: AsyncSession, school_id: int, *, topic: str, class_id: int | None, staff_id: int) -> None:
    """This is not to be a rule, and is not offered again."""
    if topic in TOPICS:
        session.add(RoutingRule(school_id=school_id, topic=topic, class_id=class_id, staff_id=staff_id, declined=True))


async def offers(session: AsyncSession, view: SchoolView, now: dt.datetime) -> tuple[Passed, ...]:
    """What could be a rule: passed on often enough, neither one already nor declined, and nothing confidential.

    Whoever sees the offer would learn how many such cases a class has.
    """
    unwanted = await declined(session, view.school_id)
    found = []
    for each in await passed_on(session, view.school_id, now - LEARNED_IN, LEARNED_FROM):
        person, rule = view.staff.get(each.staff_id), rule_for(view, each.topic, each.class_id)
        if person is None or (each.topic, each.class_id, each.staff_id) in unwanted:
            continue
        if rule is not None and rule.staff_id == each.staff_id:
            continue
        if (
            topic_of(each.topic).sensitivity is not Sensitivity.SPECIAL
        ):  # also where a case of it was made an ordinary one
            found.append(each)
    return tuple(found)


async def _forget(session: AsyncSession, school_id: int, topic: str, class_id: int | None) -> None:
    same = RoutingRule.class_id == class_id if class_id else RoutingRule.class_id.is_(None)
    await session.execute(
        delete(RoutingRule).where(
            RoutingRule.school_id == school_id, RoutingRule.topic == topic, same, ~RoutingRule.declined
        )
    )


async def _mentors(session: AsyncSession, school_id: int, class_id: int | None) -> frozenset[int]:
    """Of a class; without one nobody mentors all children."""
    if class_id is None:
        return frozenset()
    rows = await session.scalars(
        select(ClassMentor.staff_id).where(ClassMentor.school_id == school_id, ClassMentor.class_id == class_id)
    )
    return frozenset(rows)
