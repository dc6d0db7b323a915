"""Bringing something to a person, and saying so without promising what nobody does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.turn.topics import topic as topic_of
from bot.turn.types import CaseReason, Child, PassOn

if TYPE_CHECKING:
    import datetime as dt

    from bot.turn.draft import Draft
    from db.types import Role

NOTHING: Mapping[str, str] = {}


def mentor_today(child: Child, weekday: int) -> str | None:
    """The mentor who works today, else the first of them."""
    names = [mentor.name for mentor in child.mentors if weekday in mentor.weekdays]
    return next(iter([*names, *(mentor.name for mentor in child.mentors)]), None)


def person(draft: Draft, role: Role, child: Child | None, topic: str = "") -> str | None:
    """Who at school gets it, by name: as a rule says, or who stands in for a mentor. None where nobody holds the role."""
    if (ruled := _ruled(draft, child, topic)) is not None:
        return draft.known.school.staff_names.get(ruled)
    if role.value == "mentor" and child is not None:
        names = draft.known.school.staff_names
        return names.get(f"mentor:{child.pupil_id}") or mentor_today(child, draft.today.weekday())
    return draft.known.school.staff_names.get(role.value)


def promise(draft: Draft, role: Role, child: Child | None = None, topic: str = "") -> dt.datetime | None:
    """Before when she hears from that role; of a mentor, from this child's; of a topic with a rule, from whom it names."""
    promised = draft.known.school.promise
    if (ruled := _ruled(draft, child, topic)) is not None:
        return promised[ruled]
    if role.value == "mentor" and child is not None and f"mentor:{child.pupil_id}" in promised:
        return promised[f"mentor:{child.pupil_id}"]
    return promised.get(role.value) or promised.get("administration")


def _ruled(draft: Draft, child: Child | None, topic: str) -> str | None:
    """Where a rule of the school stands among the promises, if there is one for this topic (and child)."""
    key = f"topic:{topic}:{child.pupil_id}" if child is not None else f"topic:{topic}"
    return key if topic and key in draft.known.school.promise else None


def passed_on(
    draft: Draft,
    name: str,
    *,
    reason: CaseReason = CaseReason.ASKED,
    summary: Mapping[str, str] = NOTHING,
    child: Child | None = None,
    claimed: bool = False,
) -> PassOn:
    """What happened. It is verified where a bound guardian speaks of a child of hers, or of no child at all.

    `claimed`: she named a child that the binding does not prove.
    """
    return PassOn(
        topic=name,
        role=topic_of(name).role_for(child).value,
        summary=summary,
        pupil_id=child.pupil_id if child else None,
        reason=reason,
        verified=draft.known.guardian is not None and not claimed,
        since=draft.since,
    )


def hand_over(
    draft: Draft,
    name: str,
    reason: CaseReason,
    *,
    summary: Mapping[str, str] = NOTHING,
    child: Child | None = None,
    said: str | None = None,
) -> None:
    """Pass on and say so: by name, by role, or for an unbound parent only that it was passed on. `said` replaces that."""
    claimed = child is None and "child_text" in summary
    child = child if child or claimed else draft.only_child
    event = passed_on(draft, name, reason=reason, summary=summary, child=child, claimed=claimed)
    draft.emit(event)
    draft.memory = replace(draft.memory, misses=0)
    role = topic_of(name).role_for(child)
    name_of_person, promised = person(draft, role, child, name), promise(draft, role, child, name)
    if not event.verified:
        draft.say(said or "utter_passed_on_unverified", promise=promised)
    elif name_of_person is None:
        draft.say(said or "utter_handed_over_role", promise=promised)
    else:
        draft.say(said or "utter_handed_over", person_name=name_of_person, promise=promised)
