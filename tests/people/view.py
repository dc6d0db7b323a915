"""A school as the pure part sees it, with whoever a test needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from db.queries.school import Colleague, Rule, SchoolView
from db.types import Role

ZONE = "Europe/Amsterdam"


def colleague(number: int, **more: Any) -> Colleague:
    """Somebody who works from Monday to Friday and is never away."""
    given: dict[str, Any] = {
        "title": "mevrouw",
        "given_name": "A",
        "family_name": f"Nummer{number}",
        "say_as": "",
        "mobile": "",
        "weekdays": frozenset(range(5)),
        "roles": (),
        "absences": (),
    }
    return Colleague(staff_id=number, **given | more)


def view(
    *people: Colleague,
    holders: Mapping[Role, tuple[int, ...]] | None = None,
    facts: Mapping[str, str] | None = None,
    rules: Sequence[Rule] = (),
) -> SchoolView:
    """A school with these people."""
    return SchoolView(
        school_id=1,
        version=1,
        content_revision=0,
        name="Voorbeeldcollege",
        timezone=ZONE,
        accent="",
        demo=False,
        facts=facts or {},
        staff={person.staff_id: person for person in people},
        holders=holders or {},
        rota=(),
        rules=tuple(rules),
    )


def day(text: str) -> dt.date:
    """A day as it is written."""
    return dt.date.fromisoformat(text)


def away(first: str, last: str, substitute: int | None = None) -> tuple[dt.date, dt.date, int | None]:
    """An absence."""
    return day(first), day(last), substitute
