"""Who gets it: the pupil's mentor, who stands in, who comes after them; never nobody, and what is special stays in trust."""

from __future__ import annotations

import pytest

from bot.people.routing import allowed_roles, choose, instead, last_resort, route, rule_for
from bot.turn.topics import TOPICS
from db.queries.school import Rule
from db.types import Role, Sensitivity
from tests.people.view import away, colleague, day, view

TODAY = day("2026-11-23")
LEADER, OFFICE, SAFETY, CARE, LAST = 20, 21, 22, 23, 24
HOLDERS = {
    Role.TEAM_LEADER: (LEADER,),
    Role.ADMINISTRATION: (OFFICE,),
    Role.SAFETY_COORDINATOR: (SAFETY,),
    Role.CARE_COORDINATOR: (CARE,),
    Role.LAST_RESORT: (LAST,),
}
OTHERS = [colleague(number) for number in (LEADER, OFFICE, SAFETY, CARE, LAST)]
SICK = away("2026-11-23", "2026-11-27")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((), (), (1, "role")),
        ((away("2026-11-23", "2026-11-23", 3),), (), (3, "stands_in")),
        ((away("2026-11-23", "2026-11-23"),), (), (2, "role")),
        ((away("2026-11-25", "2026-11-30", 3),), (), (3, "stands_in")),  # away when it is due
        ((away("2026-11-24", "2026-11-24", 3),), (), (1, "role")),  # a day between: she answers on Wednesday
        ((SICK,), (SICK,), (LEADER, "all_away")),
    ],
)
def test_an_absence_passes_it_on(
    first: tuple[object, ...], second: tuple[object, ...], expected: tuple[int, str]
) -> None:
    """To who stands in, else to the other mentor, else to the team leader."""
    people = [colleague(1, absences=first), colleague(2, absences=second), colleague(3)]
    chosen = choose(view(*people, *OTHERS, holders=HOLDERS), Role.MENTOR, (1, 2), TODAY)
    assert chosen.person
    assert (chosen.person.staff_id, chosen.why) == expected


def test_a_part_time_day_passes_nothing_on() -> None:
    """She answers on her next day."""
    chosen = choose(view(colleague(1, weekdays=frozenset({2, 3})), colleague(2)), Role.MENTOR, (1, 2), TODAY)
    assert chosen.person
    assert chosen.person.staff_id == 1


def test_a_substitute_may_be_away_too() -> None:
    """Then it goes to who stands in for that one; a ring of absent people ends."""
    people = [
        colleague(1, absences=(away("2026-11-23", "2026-11-27", 2),)),
        colleague(2, absences=(away("2026-11-20", "2026-11-27", 3),)),
        colleague(3),
    ]
    chosen = choose(view(*people), Role.MENTOR, (1,), TODAY)
    assert chosen.person
    assert chosen.person.staff_id == 3
    ring = [people[0], colleague(2, absences=(away("2026-11-20", "2026-11-27", 1),)), *OTHERS]
    chosen = choose(view(*ring, holders=HOLDERS), Role.MENTOR, (1,), TODAY)
    assert chosen.person
    assert chosen.person.staff_id == LEADER


def test_the_last_resort() -> None:
    """When all others are away it is theirs; where nobody is named for it, an administrator's, and never nobody's."""
    everybody = [colleague(number, absences=(SICK,)) for number in (1, LEADER, OFFICE, SAFETY, CARE)]
    chosen = choose(view(*everybody, colleague(LAST), holders=HOLDERS), Role.MENTOR, (1,), TODAY)
    assert chosen.person
    assert (chosen.person.staff_id, chosen.why) == (LAST, "last_resort")
    unnamed = view(*everybody, colleague(30, administrator=True))
    assert (person := last_resort(unnamed, TODAY))
    assert person.staff_id == 30
    assert (person := last_resort(view(*everybody), TODAY))
    assert person.staff_id == 1
    assert last_resort(view(), TODAY) is None


def test_what_is_of_trust_stays_there() -> None:
    """Where there is no safety coordinator, the care coordinator hears of it before any team leader does."""
    holders: dict[Role, tuple[int, ...]] = {
        role: ids for role, ids in HOLDERS.items() if role is not Role.SAFETY_COORDINATOR
    }
    chosen = choose(view(*OTHERS, holders=holders), Role.SAFETY_COORDINATOR, (), TODAY)
    assert chosen.person
    assert chosen.person.staff_id == CARE


def test_who_stands_in_on_the_day_it_is_due() -> None:
    """An absence of the promised day counts, though neither today nor a new answer's day falls in it."""
    mentor = colleague(1, absences=(away("2026-11-24", "2026-11-24", 3),))
    chosen = instead(view(mentor, colleague(3)), mentor, Role.MENTOR, (1,), TODAY, due=day("2026-11-24"))
    assert chosen.person
    assert (chosen.person.staff_id, chosen.instead_of) == (3, mentor)


def test_a_rule_for_a_class_wins() -> None:
    """Over one for the school, and that one over the line's own."""
    rules = [Rule("appointment", None, Role.ADMINISTRATION, None), Rule("appointment", 7, None, 2)]
    school = view(colleague(1), colleague(2), *OTHERS, holders=HOLDERS, rules=rules)
    by_class = route(school, "appointment", Role.MENTOR, (1,), TODAY, class_id=7)
    by_school = route(school, "appointment", Role.MENTOR, (1,), TODAY, class_id=8)
    unruled = route(school, "human", Role.MENTOR, (1,), TODAY, class_id=7)
    found = [(c.person.staff_id, c.why) for c in (by_class, by_school, unruled) if c.person]
    assert found == [(2, "rule_person"), (OFFICE, "rule"), (1, "role")]


def test_a_rule_never_opens_what_is_special() -> None:
    """A person who no longer holds a role of trust gets nothing special, whatever a rule says of them."""
    assert rule_for(view(), "bullying", None) is None
    school = view(*OTHERS, colleague(5), holders=HOLDERS, rules=[Rule("bullying", None, None, 5)])
    chosen = route(school, "bullying", Role.SAFETY_COORDINATOR, (), TODAY)
    assert chosen.person
    assert chosen.person.staff_id == SAFETY


@pytest.mark.parametrize("name", [name for name, topic in TOPICS.items() if topic.sensitivity is Sensitivity.SPECIAL])
def test_the_roles_that_may_have_what_is_special(name: str) -> None:
    """Its own, and those of trust."""
    assert set(allowed_roles(name)) == {
        TOPICS[name].role,
        Role.CARE_COORDINATOR,
        Role.SAFETY_COORDINATOR,
        Role.CONFIDENTIAL_COUNSELLOR,
    }
