"""The rows of a class as its page shows them, and the worklist above them. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from db.queries.classes import Carer, PupilRow
from db.queries.reach import Reach, Spoken
from db.types import Rights


@dataclass(frozen=True, slots=True)
class CarerReach:
    """One guardian beside one pupil. `state`: bound, stopped, blocked or unknown. `greeted`: hello was said to her."""

    carer: Carer
    state: str
    spoken: Spoken
    wrote: dt.datetime | None
    greeted: bool = False


@dataclass(frozen=True, slots=True)
class PupilReach:
    """One row."""

    pupil_id: int
    name: str
    given_name: str
    of_age: bool
    carers: tuple[CarerReach, ...]

    @property
    def contact(self) -> dt.datetime | None:
        """When a person at school last spoke with any guardian of hers."""
        return max((each.spoken.contact for each in self.carers if each.spoken.contact), default=None)

    @property
    def good(self) -> dt.datetime | None:
        """When a good word last arrived."""
        return max((each.spoken.good for each in self.carers if each.spoken.good), default=None)

    @property
    def good_on_its_way(self) -> bool:
        """Whether one waits to leave."""
        return any(each.spoken.good_on_its_way for each in self.carers)

    @property
    def wrote(self) -> dt.datetime | None:
        """When anybody at home last wrote anything."""
        return max((each.wrote for each in self.carers if each.wrote), default=None)

    @property
    def full(self) -> tuple[CarerReach, ...]:
        """The guardians with full rights."""
        return tuple(each for each in self.carers if each.carer.rights is Rights.FULL)

    @property
    def reached(self) -> bool:
        """Whether the line can bring a word to anybody at home."""
        return any(each.state == "bound" for each in self.full)


@dataclass(frozen=True, slots=True)
class Roster:
    """A class: its rows, and whom to do something about. `mentor`: of the class; `own`: pupils whom this person mentors."""

    pupils: tuple[PupilReach, ...]
    mentor: bool
    own: frozenset[int] = frozenset()

    def mentors(self, pupil_id: int) -> bool:
        """Whether this person may say a good word to the parents of this pupil."""
        return self.mentor or pupil_id in self.own

    @property
    def letters(self) -> int:
        """Guardians whom no address is bound to, and who may have a letter."""
        unknown = {
            each.carer.guardian_id
            for row in self.pupils
            for each in row.carers
            if each.carer.rights is not Rights.NONE and not each.carer.channels and each.state == "unknown"
        }
        return len(unknown)

    @property
    def new(self) -> tuple[tuple[PupilReach, CarerReach], ...]:
        """Guardians whom the line knows, with whom no person at school ever spoke or tried to with a hello; each once."""
        found: dict[int, tuple[PupilReach, CarerReach]] = {}
        for row in self.pupils:
            for each in row.full:
                silent = not (each.spoken.contact or each.spoken.good_on_its_way or each.greeted)
                if each.state == "bound" and silent:
                    found.setdefault(each.carer.guardian_id, (row, each))
        return tuple(found.values())

    @property
    def to_call(self) -> tuple[PupilReach, ...]:
        """Pupils of whom nobody at home is reached by the line, nor was ever spoken with."""
        return tuple(row for row in self.pupils if row.full and not row.reached and not row.contact)


def rows_of(pupils: Sequence[PupilRow], found: Reach, *, mentor: bool, own: frozenset[int] = frozenset()) -> Roster:
    """Join what the school's records say with what the line has seen."""
    return Roster(tuple(_row(pupil, found) for pupil in pupils), mentor, own)


def _row(pupil: PupilRow, found: Reach) -> PupilReach:
    carers = tuple(
        CarerReach(
            carer,
            _state(found, carer),
            found.spoken.get((carer.guardian_id, pupil.pupil_id), Spoken()),
            found.wrote(carer.guardian_id),
            greeted=carer.guardian_id in found.greeted,
        )
        for carer in pupil.carers
    )
    return PupilReach(pupil.pupil_id, pupil.name, pupil.given_name, pupil.of_age, carers)


def _state(found: Reach, carer: Carer) -> str:
    bound = found.bound.get(carer.guardian_id, ())
    alive = [each for each in bound if each.alive]
    if not alive:
        return "unknown"
    if any(each.stopped for each in bound):
        return "stopped"
    return "blocked" if all(each.blocked for each in alive) else "bound"
