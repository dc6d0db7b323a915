"""What is known of who gets what: the rules of a school, and what was passed on by hand again and again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import distinct, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Case, CaseEvent, Pupil, RoutingRule, SchoolClass, Staff
from db.types import CaseState, Role, Sensitivity

_BY_HAND = ("not_mine", "handed_over")


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule, as it is shown. `class_name` empty: every class."""

    id: int
    topic: str
    class_id: int | None
    class_name: str
    role: Role | None
    staff_id: int | None


@dataclass(frozen=True, slots=True)
class Passed:
    """So many cases of a topic (and class) went to the same colleague by hand."""

    topic: str
    class_id: int | None
    class_name: str
    staff_id: int
    cases: int


async def rule_rows(session: AsyncSession, school_id: int) -> tuple[RuleRow, ...]:
    """All rules, by topic; those for every class first."""
    rows = await session.execute(
        select(RoutingRule, SchoolClass.name)
        .outerjoin(SchoolClass, SchoolClass.id == RoutingRule.class_id)
        .where(RoutingRule.school_id == school_id, ~RoutingRule.declined)
        .order_by(RoutingRule.topic, SchoolClass.name.is_not(None), SchoolClass.name, RoutingRule.id)
    )
    return tuple(
        RuleRow(rule.id, rule.topic, rule.class_id, name or "", rule.role, rule.staff_id) for rule, name in rows
    )


async def declined(session: AsyncSession, school_id: int) -> frozenset[tuple[str, int | None, int | None]]:
    """What was offered and is not wanted: topic, class, colleague."""
    rows = await session.execute(
        select(RoutingRule.topic, RoutingRule.class_id, RoutingRule.staff_id).where(
            RoutingRule.school_id == school_id, RoutingRule.declined
        )
    )
    return frozenset((topic, class_id, staff_id) for topic, class_id, staff_id in rows)


async def stuck_cases(session: AsyncSession, school_id: int) -> int:
    """Open cases with nobody, or with somebody who has left."""
    found = await session.scalar(
        select(func.count())
        .select_from(Case)
        .outerjoin(Staff, Staff.id == Case.assignee_id)
        .where(Case.school_id == school_id, Case.state == CaseState.OPEN)
        .where(or_(Staff.id.is_(None), Staff.left_at.is_not(None)))
    )
    return found or 0


async def passed_on(session: AsyncSession, school_id: int, since: dt.datetime, least: int) -> tuple[Passed, ...]:
    """What colleagues passed on to the same person in at least so many cases; that person still works here.

    Of special cases nothing: whoever makes the rules may not know what those are about.
    """
    cases = func.count(distinct(Case.id))
    rows = await session.execute(
        select(Case.topic, Pupil.class_id, SchoolClass.name, CaseEvent.to_id, cases.label("cases"))
        .join(Case, Case.id == CaseEvent.case_id)
        .join(Staff, Staff.id == CaseEvent.to_id)
        .outerjoin(Pupil, Pupil.id == Case.pupil_id)
        .outerjoin(SchoolClass, SchoolClass.id == Pupil.class_id)
        .where(
            CaseEvent.school_id == school_id,
            CaseEvent.kind.in_(_BY_HAND),
            CaseEvent.staff_id != CaseEvent.to_id,
            CaseEvent.at >= since,
            Case.sensitivity != Sensitivity.SPECIAL,
            Staff.left_at.is_(None),
        )
        .group_by(Case.topic, Pupil.class_id, SchoolClass.name, CaseEvent.to_id)
        .having(cases >= least)
        .order_by(cases.desc(), Case.topic)
    )
    return tuple(Passed(row.topic, row.class_id, row.name or "", row.to_id, row.cases) for row in rows)
