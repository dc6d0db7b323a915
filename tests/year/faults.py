"""Faults as people make them, each planted at one place: what a year has to find."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from bot.people import availability, steps
from bot.staff import promises
from db.queries.school import Colleague, SchoolView

Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Fault:
    """A fault in the code; `breaks` is found in what the judge says of it."""

    breaks: str
    plant: Plant


def _instead(place: str, other: object) -> Plant:
    return lambda patch: patch.setattr(place, other)


def _an_hour_off(patch: pytest.MonkeyPatch) -> None:
    real = steps.moment_of
    patch.setattr(steps, "moment_of", lambda *given: real(*given) + dt.timedelta(hours=1))


def _part_time_forgotten(patch: pytest.MonkeyPatch) -> None:
    def works_on(view: SchoolView, person: Colleague, day: dt.date) -> bool:
        return availability.is_open(view, day) and availability.absent(person, day) is None

    for module in ("availability", "steps"):
        patch.setattr(f"bot.people.{module}.works_on", works_on)


def _step_skipped(patch: pytest.MonkeyPatch) -> None:
    real = promises._to_one_of

    async def some(session: Any, look: Any, ids: Any, kind: str, why: str) -> None:
        if kind != "to_above":
            await real(session, look, ids, kind, why)

    patch.setattr(promises, "_to_one_of", some)


async def _nothing(*_: Any, **__: Any) -> int:
    return 0


FAULTS: Mapping[str, Fault] = {
    "a timer is an hour off": Fault("was due|in silence", _an_hour_off),
    "a substitute is forgotten": Fault(
        "substitute forgotten", _instead("bot.people.routing.stand_in", lambda *_: None)
    ),
    "summer time is ignored": Fault(
        "by the fingers", _instead("bot.people.availability.ZoneInfo", lambda _: dt.timezone(dt.timedelta(hours=1)))
    ),
    "holidays are ignored": Fault("by the fingers", _instead("bot.people.availability.is_closed", lambda *_: False)),
    "a part-time day is forgotten": Fault("by the fingers", _part_time_forgotten),
    "a last hour is forgotten": Fault(
        "by the fingers|closed day",
        _instead("bot.people.availability.last_hour", lambda view, *_: availability.closing(view)),
    ),
    "an absence is ignored in a promise": Fault(
        "by the fingers|closed day|able", _instead("bot.people.availability.absent", lambda *_: None)
    ),
    "a step of a silence is skipped": Fault("step 3 was due", _step_skipped),
    "the knock for an answer is dropped": Fault("never left", _instead("bot.staff.replies.add_knock", lambda *_: None)),
    "there is no last resort": Fault(
        "step 5 was due", _instead("bot.staff.promises.last_resort", lambda *_, **__: None)
    ),
    "a promise is not reckoned anew": Fault(
        "closed day|able|substitute",
        _instead("bot.staff.promises.kept", lambda _view, _person, promised, _now: promised),
    ),
    "a parent is not told": Fault("not told|step 4 was due", _instead("bot.staff.promises.tell_parent", _nothing)),
    "a change of mentors is forgotten": Fault(
        "mentor who is none", _instead("bot.staff.duties.mentors_changed", _nothing)
    ),
}
