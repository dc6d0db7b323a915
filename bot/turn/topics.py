"""Topics of cases: whom at school they belong to and how far they may travel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.turn.types import Child
from db.types import Role, Sensitivity


@dataclass(frozen=True, slots=True)
class Topic:
    """Who gets it. A mentor's topic goes to `without_child` as long as nobody knows which child it is about."""

    role: Role
    sensitivity: Sensitivity
    without_child: Role = Role.ADMINISTRATION
    as_a_whole: bool = False
    """What is told of it is read back whole each time: nothing stays of what was told before."""

    def role_for(self, child: Child | None) -> Role:
        """The role, now that the child is known or not."""
        if self.role is Role.MENTOR and (child is None or not child.mentors):
            return self.without_child
        return self.role


TOPICS: Mapping[str, Topic] = {
    "absence": Topic(Role.ABSENCE_DESK, Sensitivity.PERSONAL, as_a_whole=True),
    "leave": Topic(Role.TEAM_LEADER, Sensitivity.PERSONAL, as_a_whole=True),
    "mentor_message": Topic(Role.MENTOR, Sensitivity.PERSONAL),
    "appointment": Topic(Role.MENTOR, Sensitivity.PERSONAL),
    "concern": Topic(Role.MENTOR, Sensitivity.SPECIAL, without_child=Role.CARE_COORDINATOR),
    "bullying": Topic(Role.SAFETY_COORDINATOR, Sensitivity.SPECIAL),
    "complaint": Topic(Role.TEAM_LEADER, Sensitivity.SPECIAL),
    "contact_details": Topic(Role.ADMINISTRATION, Sensitivity.PERSONAL),
    "callback": Topic(Role.MENTOR, Sensitivity.PERSONAL),
    "interpreter": Topic(Role.ADMINISTRATION, Sensitivity.PERSONAL),
    "privacy": Topic(Role.ADMINISTRATION, Sensitivity.PERSONAL),
    "feedback": Topic(Role.TEAM_LEADER, Sensitivity.OPEN),
    "human": Topic(Role.MENTOR, Sensitivity.PERSONAL),
    "finance": Topic(Role.FINANCE, Sensitivity.SPECIAL),
    "parent_council": Topic(Role.PARENT_COUNCIL, Sensitivity.OPEN),
    "enrolment": Topic(Role.ADMINISTRATION, Sensitivity.PERSONAL),
    "portal": Topic(Role.ADMINISTRATION, Sensitivity.OPEN),
    "support": Topic(Role.CARE_COORDINATOR, Sensitivity.SPECIAL),
    "question": Topic(Role.ADMINISTRATION, Sensitivity.PERSONAL),
    "media": Topic(Role.MENTOR, Sensitivity.SPECIAL),
    "safety": Topic(Role.SAFETY_COORDINATOR, Sensitivity.SPECIAL),
    "coming_of_age": Topic(Role.MENTOR, Sensitivity.PERSONAL),
    "failed": Topic(Role.ADMINISTRATION, Sensitivity.PERSONAL),
}
"""A topic that nobody listed is a question: it still reaches a person."""


def topic(name: str) -> Topic:
    """The topic of that name, or the one for anything else."""
    return TOPICS.get(name, TOPICS["question"])
